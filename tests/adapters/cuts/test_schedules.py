"""Subscriptions are paused and set going again; scheduled jobs are for a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from leakresponse.adapters.salesforce.cuts import CUTS, CannotGiveBack, Hands, check_human_task
from leakresponse.core.errors import Refused
from leakresponse.rehearsal.org.store import put
from tests.support.org_faults import keep_alive, order
from tests.support.served_org import Served

CUT = CUTS["unschedule"]
CRON = "08e000000000002AAA"


@pytest.fixture(autouse=True)
def none_left(org: Served) -> Iterator[None]:
    """The org is shared: what a test subscribed to is gone after it."""
    yield
    with org.world.store.write() as db:
        db.execute("DELETE FROM sim_subscription")


def _subscribed(org: Served) -> dict[str, Any]:
    """A report that somebody has mailed to himself every day."""
    body = {
        "source": "lightningReportSubscribe", "name": "Every contact", "recordId": "00O000000000001AAA",
        "schedule": {"frequency": "daily", "details": {"time": 3}}, "thresholds": [{"type": "always"}],
    }  # fmt: skip
    answer = org.client("migration").call("POST", "/analytics/notifications", json=body)
    assert answer.status_code == 201
    return dict(answer.json())


def _now(org: Served, subscription_id: str) -> dict[str, Any]:
    found = dict(org.responder().call("GET", f"/analytics/notifications/{subscription_id}").json())
    found.pop("lastModifiedDate")
    return found


def test_a_subscription_is_paused_and_comes_back_as_it_was(org: Served, hands: Hands) -> None:
    target = _subscribed(org)["id"]
    before = _now(org, target)
    assert CUT.act(hands, target) == {"active": False}
    assert CUT.dead(hands, target).dead
    assert CUT.act(hands, target) == {"already": True}
    assert CUT.undo(hands, target, {}) == {"active": True}
    assert _now(org, target) == before
    assert CUT.undo(hands, target, {}) == {"already": True}


def test_one_that_the_org_keeps_going_is_not_proven(org: Served, hands: Hands) -> None:
    target = _subscribed(org)["id"]
    keep_alive(org, "*/analytics/notifications/*", "PUT")
    CUT.act(hands, target)
    assert not CUT.dead(hands, target).dead


def test_a_lost_answer_is_asked_for_again(org: Served, hands: Hands) -> None:
    target = _subscribed(org)["id"]
    order(org, {"match": {"path": "*/analytics/notifications/*", "method": "PUT", "count": 1}, "fault": "reset"})
    CUT.act(hands, target)
    assert CUT.dead(hands, target).dead


def test_one_that_is_gone_cannot_be_given_back(hands: Hands) -> None:
    assert CUT.act(hands, "0Au000000000009AAA") == {"already": True}
    assert CUT.dead(hands, "0Au000000000009AAA").dead
    with pytest.raises(CannotGiveBack):
        CUT.undo(hands, "0Au000000000009AAA", {})


def test_a_scheduled_job_is_a_persons_work_and_seen_done(org: Served, hands: Hands) -> None:
    with org.world.store.write() as db:
        put(db, "CronTrigger", {"Id": CRON, "OwnerId": org.world.system_user, "State": "WAITING"})
    with pytest.raises(Refused) as refused:
        CUT.act(hands, CRON)
    assert refused.value.code == "NO_API"
    assert not check_human_task(hands, f"schedule:{CRON}").dead
    with org.world.store.write() as db:
        db.execute("DELETE FROM CronTrigger WHERE Id = ?", (CRON,))
    assert check_human_task(hands, f"schedule:{CRON}").dead
    assert CUT.act(hands, CRON) == {"already": True}
