"""What is said of a found secret: live or not, where it is used, what to put in its place."""

from __future__ import annotations

from typing import Any

import pytest

from leakresponse.core.code_secrets import CodeScan, CodeSecret, Known, Place, report_of

PLACE = Place("jobs/sync.py", 3)
ARN = "arn:aws:secretsmanager:us-east-1:1:secret:sync-a1b2c3"


def found(kind: str = "salesforce_consumer_secret", mark: str = "m1", keys: tuple[str, ...] = ()) -> CodeSecret:
    return CodeSecret(kind, mark, (PLACE,), keys)


def row_of(one: CodeSecret, known: tuple[Known, ...] = (), apps: dict[str, str] | None = None) -> dict[str, Any]:
    (row,) = report_of(CodeScan("/code", True, (one,), texts=7), known, apps or {})["findings"]
    return dict(row)


@pytest.mark.parametrize(("stage", "live"), [("AWSCURRENT", True), ("AWSPENDING", True), ("AWSPREVIOUS", False)])
def test_a_value_of_the_vault_is_live_by_its_stage(stage: str, live: bool) -> None:
    row = row_of(found(), (Known("m1", "salesforce/sync", ARN, "consumer_secret", stage, "Sync", ("nightly", "web")),))
    assert (row["live"], row["stage"], row["app"], row["consumers"]) == (live, stage, "Sync", ["nightly", "web"])
    assert row["replace_with"] == f"{ARN}#consumer_secret"


def test_a_value_that_is_current_somewhere_is_live_though_previous_elsewhere() -> None:
    old = Known("m1", "a", "", "consumer_secret", "AWSPREVIOUS")
    new = Known("m1", "b", "", "consumer_secret", "AWSCURRENT")
    assert (row_of(found(), (old, new))["live"], row_of(found(), (old, new))["secret"]) == (True, "b")


@pytest.mark.parametrize(
    ("kind", "live"), [("salesforce_consumer_secret", True), ("salesforce_refresh_token", True), ("password", False)]
)
def test_what_the_vault_does_not_know_is_live_with_a_living_app(kind: str, live: bool) -> None:
    row = row_of(found(kind, keys=("k1", "k2")), apps={"k1": "Order Sync"})
    assert (row["live"], row["beside_apps"], row["replace_with"]) == (live, ["Order Sync"], "")


def test_a_value_that_the_vault_knows_as_previous_is_not_live_through_its_app() -> None:
    known = Known("m1", "a", "", "consumer_secret", "AWSPREVIOUS")
    assert row_of(found(keys=("k1",)), (known,), {"k1": "Order Sync"})["live"] is False


def test_unknown_secrets_are_told_and_not_live() -> None:
    assert (row_of(found())["live"], row_of(found())["secret"]) == (False, "")


def test_allowed_fingerprints_are_left_out_and_counted() -> None:
    scan = CodeScan("/code", False, (found(mark="m1"), found(mark="m2")))
    report = report_of(scan, [Known("m1", "a", "", "k", "AWSCURRENT")], {}, frozenset({"m1"}))
    assert (report["allowed"], report["live"], [row["fingerprint"] for row in report["findings"]]) == (1, 0, ["m2"])


def test_live_ones_come_first_and_counts_of_the_scan_are_kept() -> None:
    scan = CodeScan("/code", True, (found(mark="m1"), found(mark="m2")), texts=7, binary=2, shallow=True)
    report = report_of(scan, [Known("m2", "a", "", "k", "AWSCURRENT")], {})
    assert [row["fingerprint"] for row in report["findings"]] == ["m2", "m1"]
    assert (report["texts"], report["binary"], report["shallow"], report["live"]) == (7, 2, True, 1)
