"""Who the principals of an alert logged in as: LoginHistory, which every org keeps (object reference)."""

from __future__ import annotations

from collections.abc import Sequence

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.networks import covers
from leakresponse.core.soql.build import between, isin, select
from leakresponse.core.types import Alert, Principal


def readers_of(client: SalesforceClient, alert: Alert) -> frozenset[str]:
    """User ids behind the alert's users, apps and addresses, by the logins inside its window.

    Application and SourceIp cannot be filtered on, so the window's logins are read whole.
    """
    names = [one.value for one in alert.principals if one.kind == "user"]
    found = {one for one in names if one.startswith("005")}
    usernames = [one for one in names if "@" in one]
    if usernames:
        rows = client.query(select("User", ["Id"], where=isin("Username", usernames)))
        found |= {row["Id"] for row in rows}
    others = [one for one in alert.principals if one.kind in {"connected_app", "address"}]
    if others:
        where = between("LoginTime", alert.window.start, alert.window.end)
        asked = ["UserId", "Application", "SourceIp", "Status"]
        for row in client.query(select("LoginHistory", asked, where=where)):
            if row["Status"] == "Success" and _is_of(row, others):
                found.add(row["UserId"])
    return frozenset(found)


def _is_of(row: dict[str, str | None], principals: Sequence[Principal]) -> bool:
    application, address = (row["Application"] or "").lower(), row["SourceIp"] or ""
    return any(
        one.value.lower() == application if one.kind == "connected_app" else covers(one.value, address)
        for one in principals
    )
