"""Callouts through a named credential leave its name and the sizes, never the data."""

from __future__ import annotations

import pytest
import requests

from tests.support.served_org import Served, log_rows


def call_out(org: Served, **given: object) -> requests.Response:
    return requests.post(f"{org.url}/simulation/callout", json=given, timeout=20)


def test_a_callout_leaves_its_credential_its_address_and_its_size(org: Served) -> None:
    user = org.integration("order.sync")["username"]
    assert call_out(org, named_credential="Payment_Gateway", username=user, bytes_sent=9_000).status_code == 200
    named, sent = log_rows(org, "NamedCredential").iloc[-1], log_rows(org, "ApexCallout").iloc[-1]
    assert named["NAMED_CREDENTIAL_NAME"] == "Payment_Gateway"
    assert (sent["REQUEST_SIZE"], sent["URL"]) == ("9000", '"https://gateway.harborpay.example/v2"')
    assert named["REQUEST_ID"] == sent["REQUEST_ID"]


@pytest.mark.parametrize("given", [{"named_credential": "Nothing"}, {"username": "nobody"}, {}])
def test_an_unknown_credential_or_user_is_refused(org: Served, given: dict[str, str]) -> None:
    assert call_out(org, **given).status_code == 400


def test_the_ways_outside_can_be_listed(org: Served) -> None:
    names = {one["DeveloperName"] for one in org.responder().rows("SELECT DeveloperName FROM NamedCredential")}
    assert names == {"Payment_Gateway", "Order_Management", "Email_Marketing"}
