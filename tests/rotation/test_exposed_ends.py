"""Exposed secrets that are nobody's in the vault: the operator's endpoint, else a person; never a value."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.adapters.webhook import SignedHook
from leakresponse.core.redact import Redacted
from leakresponse.rotation.exposed import Exposed
from leakresponse.rotation.exposed_ends import end_exposed
from leakresponse.rotation.types import RotationContext
from tests.support import outside
from tests.support.outside import Outside
from tests.support.rotation import Hands

WAREHOUSE = Exposed("snowflake_host", "aaaabbbbccccdddd", ("500000000000001", "500000000000002"))
GATEWAY = Exposed("stripe_key", "1111222233334444", ("500000000000003",))
OURS = Exposed("salesforce_refresh_token", "9999888877776666", ("500000000000004",), "sf/drift", "AWSCURRENT")


@pytest.fixture
def service() -> Iterator[Outside]:
    with outside.serving() as served:
        yield served


@pytest.fixture
def context(hands: Hands, service: Outside) -> RotationContext:
    """With an endpoint for the warehouse alone."""
    made = hands.context()
    hook = SignedHook(Redacted(service.hook_url), Redacted(outside.SECRET))
    made.hook_of = lambda kind: hook if kind == "snowflake_host" else None
    return made


def test_the_endpoint_of_its_kind_is_asked_and_its_word_is_called_its_word(
    context: RotationContext, service: Outside
) -> None:
    [done] = end_exposed(context, [WAREHOUSE])
    assert (done.state, done.how) == ("ended", "STATED_BY_ENDPOINT")
    document, _ = service.asked[0]
    assert (document["action"], document["fingerprint"]) == ("rotate_exposed", WAREHOUSE.fingerprint)
    assert document["seen_in"] == list(WAREHOUSE.records)


def test_a_kind_without_an_endpoint_is_a_persons_duty(context: RotationContext, service: Outside) -> None:
    [done] = end_exposed(context, [GATEWAY])
    assert (done.state, bool(done.duty[0]), service.asked) == ("person", True, [])


def test_what_the_vault_holds_is_rotated_by_its_own_kind_and_not_here(context: RotationContext) -> None:
    assert end_exposed(context, [OURS]) == []


def test_an_endpoint_that_fails_does_not_stop_the_rest(context: RotationContext, service: Outside) -> None:
    service.act = lambda document: (409, {})
    states = [one.state for one in end_exposed(context, [WAREHOUSE, GATEWAY])]
    assert states == ["failed", "person"]


def test_an_endpoint_at_work_is_told_as_such_and_asked_again_next_time(
    context: RotationContext, service: Outside
) -> None:
    service.act = lambda document: (202, {})
    assert end_exposed(context, [WAREHOUSE])[0].state == "at_work"
    service.act = lambda document: (200, {"done": True})
    assert end_exposed(context, [WAREHOUSE])[0].state == "ended"
    assert len({headers["Idempotency-Key"] for _, headers in service.asked}) == 1
