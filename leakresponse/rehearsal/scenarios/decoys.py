"""Honest programs beside an attack: the nightly job of the same app, a migration with a new tool, the order sync.

They act through the same API, and they must be working again when the response is over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.scenarios.simulation import Step, host_of
from leakresponse.rehearsal.stage import secret_name

AGENTS: Mapping[str, str] = {
    "Drift": "Drift/4.2", "Order Sync": "OrderSync/2.1", "Data Migrator": "DataMigrator/0.9",
    "Service Console": "ServiceConsole/7.3", "Returns Portal": "ReturnsPortal/1.4",
}  # fmt: skip
NIGHT = timedelta(hours=3, minutes=10)
_NIGHTLY = "SELECT Id, CaseNumber, Subject, Status, Priority, ContactId, LastModifiedDate FROM Case"
_MIGRATED = "SELECT Id, FirstName, LastName, Email, Phone, AccountId, Customer_Number__c FROM Contact"
_ACCOUNTS = "SELECT Id, Name, BillingCity, BillingState, BillingPostalCode FROM Account LIMIT 4000"
_ORDERS = "SELECT Id, OrderNumber, Status, TotalAmount FROM Order ORDER BY OrderNumber DESC LIMIT 50"
_CONSOLE = "SELECT Id, CaseNumber, Subject, Status FROM Case WHERE IsClosed = false LIMIT 20"


def integration_of(connection: Mapping[str, Any], app: str, user: str = "") -> dict[str, Any]:
    """An integration of connection.json by app and the part of its username before the @. Raises BadInput."""
    for one in connection["integrations"]:
        if one["app"] == app and (not user or str(one["username"]).split("@")[0] == user):
            return dict(one)
    raise BadInput(f"the org has no integration {app} {user}".rstrip())


def client_of(connection: Mapping[str, Any], integration: Mapping[str, Any], host: int = 11) -> OrgClient:
    """An honest client: usual address, usual name."""
    address = host_of(integration.get("usual_addresses") or ["127.0.0.1"], host)
    return OrgClient(connection, address, AGENTS.get(integration["app"], "Client/1.0"))


def log_in(client: OrgClient, integration: Mapping[str, Any]) -> None:
    """With whatever the integration has: refresh token or key file."""
    file = integration.get("private_key_file")
    client.login_integration(integration, Path(file).read_text(encoding="utf-8") if file else "")


def decoy_steps(connection: Mapping[str, Any], start: datetime, end: datetime) -> Iterator[Step]:
    """What honest programs do between two moments."""
    night = start.replace(hour=0, minute=0, second=0, microsecond=0) + NIGHT
    while night < end:
        if night > start:
            yield Step(night, partial(_nightly, connection))
        night += timedelta(days=1)
    sync = start + timedelta(minutes=25)
    while sync < end:
        yield Step(sync, partial(_order_sync, connection))
        sync += timedelta(hours=3)
    for back in (timedelta(days=2, hours=5), timedelta(hours=20)):
        yield Step(end - back, partial(_migrate, connection))
    for back in (timedelta(days=3, hours=2), timedelta(days=1, hours=2)):
        yield Step(end - back, partial(_rightful, connection))


def _nightly(connection: Mapping[str, Any]) -> None:
    """The app's own nightly job: key login, bulk query, results; never deleted."""
    integration = integration_of(connection, "Drift", "drift.nightly")
    client = client_of(connection, integration, 12)
    log_in(client, integration)
    client.bulk_query(_NIGHTLY)


def _order_sync(connection: Mapping[str, Any]) -> None:
    integration = integration_of(connection, "Order Sync")
    client = client_of(connection, integration)
    log_in(client, integration)
    client.query(_ORDERS)


def _migrate(connection: Mapping[str, Any]) -> None:
    """A mass read by a tool that the org has known for six days: it looks like theft and is none."""
    integration = integration_of(connection, "Data Migrator")
    client = client_of(connection, integration)
    log_in(client, integration)
    client.bulk_query(_MIGRATED)
    client.query(_ACCOUNTS)


def _rightful(connection: Mapping[str, Any]) -> None:
    """The owner of the stolen token goes on using it, from the usual network."""
    integration = integration_of(connection, "Drift", "drift.integration")
    client = client_of(connection, integration)
    log_in(client, integration)
    client.query(_CONSOLE)


def decoy_list(connection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For the answer: whom the response must not leave cut off, and with which credential each must work afterwards."""
    found = []
    for integration in connection["integrations"]:
        user = str(integration["username"]).split("@")[0]
        if integration["app"] == "Drift" and user != "drift.nightly":
            continue
        rotated = integration["app"] == "Drift"
        found.append(
            {
                "name": f"{integration['app']} ({user})",
                "app": integration["app"],
                "username": integration["username"],
                "credential": "rotated key" if rotated else "existing",
                "secret_name": secret_name(integration) if integration.get("private_key_file") else "",
            }
        )
    return found
