"""Which services are on the new version: by CloudTrail, by the login history, or not known."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.stub import Stubber

from leakresponse.adapters.cloudtrail import Read, SecretReads
from leakresponse.core.errors import Refused
from leakresponse.rotation.consumers import pick_up
from leakresponse.rotation.rotate import first_pass
from tasks import rotation
from tasks.rotation import Rotator
from tests.support.rotation import Hands, stock_key, stock_pair
from tests.support.served_org import Served

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
BEFORE = NOW - timedelta(hours=1)


def test_a_service_that_read_it_since_is_on_the_new_one(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, "order.sync", consumers="order-api stock-job late-job")
    reads = [Read(entry.name, "order-api", NOW), Read("arn:x", "stock-job", NOW), Read(entry.name, "late-job", BEFORE)]
    seen = pick_up(hands.context(), entry, NOW, reads, "arn:x")
    assert (seen.waiting, seen.seen) == (("late-job",), False)
    assert pick_up(hands.context(), entry, BEFORE, reads, "arn:x").seen


def test_the_reading_of_another_secret_tells_nothing(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, "order.sync", consumers="order-api")
    assert pick_up(hands.context(), entry, NOW, [Read("other", "order-api", NOW)]).waiting == ("order-api",)


def test_without_cloudtrail_a_login_speaks_for_the_one_service(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, "order.sync", consumers="order-api")
    since = datetime.now(UTC)
    assert pick_up(hands.context(), entry, since, None).waiting == ("order-api",)
    org.client("order.sync")
    assert pick_up(hands.context(), entry, since - timedelta(seconds=2), None).seen


def test_without_cloudtrail_a_login_speaks_for_none_of_two(org: Served, hands: Hands) -> None:
    entry = stock_key(hands.vault, org, "order.sync", consumers="order-api stock-job")
    since = datetime.now(UTC) - timedelta(seconds=2)
    org.client("order.sync")
    seen = pick_up(hands.context(), entry, since, None)
    assert (seen.waiting, seen.seen) == (("order-api", "stock-job"), False)


def test_a_login_says_nothing_while_both_pairs_work(org: Served, hands: Hands) -> None:
    entry = replace(stock_pair(hands.vault, org, "returns.portal"), consumers=("returns-app",))
    seen = pick_up(hands.context(), entry, NOW, None)
    assert (seen.waiting, seen.seen) == (("returns-app",), False)
    assert seen.how.startswith("nothing tells")


def test_where_no_service_is_named_that_is_said(org: Served, hands: Hands) -> None:
    seen = pick_up(hands.context(), stock_key(hands.vault, org, "order.sync"), NOW, None)
    assert (seen.waiting, seen.how) == ((), "no service is named by the secret's tags")


class Trail:
    """Tells of one reading after some looks."""

    def __init__(self, name: str, looks: int) -> None:
        self.name, self.looks = name, looks

    def since(self, moment: datetime) -> list[Read]:
        self.looks -= 1
        return [] if self.looks >= 0 else [Read(self.name, "returns-app", datetime.now(UTC))]


@pytest.mark.parametrize(("looks", "left"), [(2, 0), (99, 1)])
def test_the_wait_ends_with_the_last_service_or_with_the_time(org: Served, hands: Hands, looks: int, left: int) -> None:
    entry = replace(stock_pair(hands.vault, org, "returns.portal"), consumers=("returns-app",))
    context = hands.context(mode="planned", pick_up_seconds=5.0, pick_up_poll_seconds=1.0)
    slept: list[float] = []
    context.sleep = slept.append
    trail = Trail(entry.name, looks)
    rotator = Rotator(hands.case_id, context, hands.ledger, hands.orgs, entry.org_id, "t", trail)  # type: ignore[arg-type]
    runs = [first_pass(context, entry)]
    assert rotation.await_pick_up.fn(rotator, runs) == left
    assert sum(slept) == (2.0 if left == 0 else 5.0)


def test_cloudtrail_is_read_page_by_page_and_refused_calls_do_not_count() -> None:
    reads = SecretReads("us-east-1")

    def event(who: str, **detail: object) -> dict[str, object]:
        return {"Username": who, "EventTime": NOW, "CloudTrailEvent": json.dumps(detail)}

    asked = {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "GetSecretValue"}], "StartTime": NOW}
    first = [event("a", requestParameters={"secretId": "one"}), event("b", errorCode="AccessDenied")]
    second = [event("c", requestParameters={"secretId": "two"}), event("d", requestParameters=None)]
    with Stubber(reads._client) as stub:
        stub.add_response("lookup_events", {"Events": first, "NextToken": "n"}, asked)
        stub.add_response("lookup_events", {"Events": second}, {**asked, "NextToken": "n"})
        assert reads.since(NOW) == [Read("one", "a", NOW), Read("two", "c", NOW)]


def test_a_role_that_may_not_look_is_refused_with_the_code() -> None:
    reads = SecretReads("us-east-1")
    with Stubber(reads._client) as stub:
        stub.add_client_error("lookup_events", "AccessDeniedException")
        with pytest.raises(Refused) as refused:
            reads.since(NOW)
    assert refused.value.code == "AccessDeniedException"
