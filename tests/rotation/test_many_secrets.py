"""200 secrets of three orgs side by side: bounded, in turns, and one that fails stops nobody else."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leakresponse.adapters import keypair
from leakresponse.adapters.salesforce import certificates
from leakresponse.rotation.kinds import jwt_key_pair
from leakresponse.rotation.plan import plan
from leakresponse.rotation.rotate import each, first_pass, outcome_of, second_pass
from leakresponse.rotation.types import Outcome, SecretEntry
from tests.support.rotation import Hands, hands_of, vault_served
from tests.support.rotation_crowd import stock_crowd
from tests.support.served_org import Served, serve

MANY, PARALLEL = 200, 8


@pytest.fixture(scope="module")
def orgs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, ...]]:
    names = ("production", "outlet", "studio")
    served = serve(tmp_path_factory.mktemp("three") / "state", names=names)
    yield (served, *(served.beside(name) for name in names[1:]))
    served.stop()


@pytest.fixture(scope="module")
def crowd(
    tmp_path_factory: pytest.TempPathFactory, orgs: tuple[Served, ...]
) -> Iterator[tuple[Hands, list[SecretEntry]]]:
    with vault_served() as vault:
        entries = stock_crowd(vault, orgs, MANY)
        yield hands_of(tmp_path_factory.mktemp("ledger"), vault, *orgs), entries


@pytest.fixture(scope="module")
def seen() -> dict[str, list[Any]]:
    return {"deploying": [], "at_once": []}


@pytest.fixture(scope="module")
def outcomes(crowd: tuple[Hands, list[SecretEntry]], seen: dict[str, list[Any]]) -> Iterator[dict[str, Outcome]]:
    """All of them, with one whose consumer key nobody knows, one without a key, and one of an org without a block."""
    hands, entries = crowd
    broken = [_broken(hands, entries[0]), _keyless(hands, entries[1]), _homeless(hands, entries[2])]
    context = hands.context(mode="planned", parallel=PARALLEL)
    chosen = [one.entry for one in plan([*entries, *broken], "planned")]
    with pytest.MonkeyPatch.context() as patch:
        _watch(patch, seen)
        runs = each(chosen, PARALLEL, lambda entry: first_pass(context, entry))
        each(runs, PARALLEL, lambda run: second_pass(context, run))
    yield {run.entry.name: outcome_of(context, run) for run in runs}


def _watch(patch: pytest.MonkeyPatch, seen: dict[str, list[Any]]) -> None:
    """Count deploys that run at once in an org, and secrets that are worked on at once."""
    real, busy, lock = certificates.deploy_certificate, set(), threading.Lock()

    def deploy(client: Any, *rest: Any) -> str:
        org = client.access.instance_url
        with lock:
            seen["deploying"].append(org in busy)
            busy.add(org)
            seen["at_once"].append(len(busy))
        try:
            return real(client, *rest)
        finally:
            with lock:
                busy.discard(org)

    patch.setattr(jwt_key_pair, "deploy_certificate", deploy)
    pair = keypair.make_key_pair("one of many")
    patch.setattr(jwt_key_pair, "make_key_pair", lambda *_: pair)  # 200 keys of one second each prove nothing more


def _broken(hands: Hands, like: SecretEntry) -> SecretEntry:
    return _added(hands, like, "broken/unknown-app", {**hands.vault.read(like.name), "consumer_key": "3MVG9nobody"})


def _keyless(hands: Hands, like: SecretEntry) -> SecretEntry:
    value = hands.vault.read(like.name)
    return _added(hands, like, "broken/incomplete", {"app": value["app"], "username": value["username"]})


def _homeless(hands: Hands, like: SecretEntry) -> SecretEntry:
    return _added(hands, like, "broken/no-org", dict(hands.vault.read(like.name)), org_id="00D000000000000AAA")


def _added(hands: Hands, like: SecretEntry, name: str, value: dict[str, str], org_id: str = "") -> SecretEntry:
    hands.vault.create(name, value, {})
    return SecretEntry(name, like.kind, org_id or like.org_id, like.app, like.username)


def test_every_other_secret_is_good(outcomes: dict[str, Outcome]) -> None:
    good = [one for one in outcomes.values() if not one.name.startswith("broken/")]
    assert len(good) == MANY
    assert [one for one in good if not one.good] == []


def test_each_that_failed_is_named_with_its_reason(outcomes: dict[str, Outcome]) -> None:
    errors = {name: one.error for name, one in outcomes.items() if not one.good}
    assert errors["broken/unknown-app"] == "NO_SUCH_APP"
    assert errors["broken/incomplete"] == "VALUE_INCOMPLETE"
    assert errors["broken/no-org"]
    assert len(errors) == 3


def test_an_org_deploys_one_at_a_time(outcomes: dict[str, Outcome], seen: dict[str, list[Any]]) -> None:
    assert len(seen["deploying"]) == MANY
    assert not any(seen["deploying"])


def test_the_orgs_deploy_side_by_side(outcomes: dict[str, Outcome], seen: dict[str, list[Any]]) -> None:
    assert max(seen["at_once"]) > 1


def test_the_vault_ends_with_one_current_version_each(
    outcomes: dict[str, Outcome], crowd: tuple[Hands, list[SecretEntry]]
) -> None:
    hands, entries = crowd
    for entry in entries:
        labels = [one for one in hands.vault.describe(entry.name).stages.values() if one]
        assert sorted(labels) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_outages_are_measured_for_all(outcomes: dict[str, Outcome]) -> None:
    measured = [one.outage_seconds for one in outcomes.values() if one.good]
    assert all(one is not None and 0 < one < 60 for one in measured)


def test_the_crowd_is_of_three_orgs(crowd: tuple[Hands, list[SecretEntry]], tmp_path: Path) -> None:
    assert len({one.org_id for one in crowd[1]}) == 3
