"""Blocking by metadata: refused logins while it stands, our own block alone lifted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.cuts import CUTS, Hands, check_human_task
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.errors import BadInput
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.org.oauth_apps import block_app, unblock_app
from tests.support.org_faults import keep_alive
from tests.support.served_org import Served

CUT = CUTS["block_app"]


@pytest.fixture
def key(org: Served) -> str:
    """The consumer key of an app that logs in by key."""
    return str(org.integration("order.sync")["consumer_key"])


@pytest.fixture
def keyed(client: SalesforceClient, key: str) -> Iterator[tuple[Hands, str]]:
    """Hands that know the key, and its handle; nothing is blocked afterwards."""
    hands = Hands(client, {fingerprint(key): Redacted(key)})
    yield hands, fingerprint(key)
    CUT.undo(hands, fingerprint(key), {})


def test_blocked_no_key_logs_in_until_it_is_lifted(org: Served, keyed: tuple[Hands, str]) -> None:
    (hands, target), facts = keyed, org.integration("order.sync")
    assert CUT.act(hands, target) == {"blocked": True}
    assert CUT.dead(hands, target).dead
    assert org.key_login(facts).json()["error"] == "app_blocked"
    assert CUT.act(hands, target) == {"already": True}
    assert CUT.undo(hands, target, {}) == {"unblocked": True}
    assert CUT.undo(hands, target, {}) == {"already": True}
    assert not CUT.dead(hands, target).dead
    assert org.key_login(facts).status_code == 200


def test_a_block_made_by_hand_counts_and_stays(org: Served, keyed: tuple[Hands, str], key: str) -> None:
    hands, target = keyed
    with org.world.store.write() as db:
        block_app(db, key, "Order Sync")
    assert CUT.act(hands, target) == {"already": True}
    assert CUT.undo(hands, target, {}) == {"already": True}
    assert CUT.dead(hands, target).dead
    assert check_human_task(hands, "block:Order Sync").dead
    with org.world.store.write() as db:
        unblock_app(db, key)
    assert not check_human_task(hands, "block:Order Sync").dead


def test_a_block_that_the_org_did_not_make_is_not_proven(org: Served, keyed: tuple[Hands, str]) -> None:
    keep_alive(org, "*/metadata/deployRequest", "POST")
    CUT.act(*keyed)
    assert not CUT.dead(*keyed).dead


def test_without_the_consumer_key_it_is_a_persons_work(hands: Hands) -> None:
    with pytest.raises(BadInput):
        CUT.act(hands, "0" * 16)


def test_other_tasks_show_nowhere(hands: Hands) -> None:
    assert not check_human_task(hands, "idp:005").dead
