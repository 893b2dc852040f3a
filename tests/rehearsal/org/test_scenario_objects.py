"""Custom objects of scenarios are objects like any other, open to whom they are granted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from leakresponse.rehearsal.org.scenario_objects import add_object, applicant, payment_log
from tests.rehearsal.org.test_aura import aura, items
from tests.support.served_org import Served


@pytest.fixture(scope="module")
def scene(org: Served) -> Iterator[Served]:
    """An org with both objects: cards for the integrations, applicants for the public too."""
    add_object(org.world, payment_log(), [("Integration User", "RCE")])
    add_object(org.world, applicant(), [("Help Center Profile", "RC")], sharing="Read")
    yield org


def test_a_sync_job_writes_cards_and_another_program_reads_them(scene: Served) -> None:
    sync = scene.client("order.sync")
    given = {"CardNumber__c": "4111111111111111", "CVV__c": "123", "Payload__c": "{}"}
    made = sync.call("POST", "/sobjects/Payment_Log__c", json=given)
    assert made.status_code == 201, made.text
    rows = scene.client("drift.integration").rows("SELECT CVV__c FROM Payment_Log__c")
    assert [one["CVV__c"] for one in rows] == ["123"]


def test_support_does_not_see_what_it_was_not_given(scene: Served) -> None:
    refused = scene.client("support.lead").call("GET", "/query", params={"q": "SELECT Id FROM Payment_Log__c"})
    assert (refused.status_code, refused.json()[0]["errorCode"]) == (400, "INVALID_TYPE")


def test_a_guest_reads_applicants_where_sharing_is_public(scene: Served) -> None:
    made = scene.responder().call("POST", "/sobjects/Franchise_Applicant__c", json={"Name": "Noa Vale"})
    assert made.status_code == 201, made.text
    found = aura(scene, items("Franchise_Applicant__c")).json()["actions"][0]
    assert found["state"] == "SUCCESS"
    assert [one["record"]["Name"] for one in found["returnValue"]["result"]] == ["Noa Vale"]


def test_an_unknown_profile_is_an_error_and_leaves_nothing(scene: Served) -> None:
    other = payment_log()
    with pytest.raises(KeyError):
        add_object(scene.world, other, [("Nobody", "R")])
