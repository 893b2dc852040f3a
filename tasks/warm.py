"""What a process that waits for alerts holds ready: blocks, and a client whose session with the org is open.

Only a process that calls `keep_warm` again and again holds anything. Every other one reads blocks anew, so that a
change in the UI counts at once; here it counts when they are next read, and what is old is let go.
"""

from __future__ import annotations

import hashlib
import threading

from blocks import AwsVault, CaseStore, ResponsePolicy, SalesforceOrg
from leakresponse.adapters.salesforce import SalesforceClient
from tasks import support

HELD_SECONDS = 90.0
_lock = threading.Lock()
_clients: dict[str, tuple[str, SalesforceClient]] = {}


def keep_warm(org: str, vault: str, store: str, policy: str) -> None:
    """Read the blocks anew, open the ledger, and see that the session with the org lives."""
    for kind, name in ((SalesforceOrg, org), (AwsVault, vault), (CaseStore, store), (ResponsePolicy, policy)):
        if name:
            support.hold(kind, name, HELD_SECONDS)
    support.ledger_of(support.store_block(store)).cases()
    block = support.org_block(org)
    facts = hashlib.sha256(block.model_dump_json(context={"include_secrets": True}).encode()).hexdigest()
    with _lock:
        held = _clients.get(org)
    client = held[1] if held and held[0] == facts else block.client()
    client.call("GET", "/limits")
    with _lock:
        _clients[org] = (facts, client)


def client_of(org: str) -> SalesforceClient:
    """The client that is held for this org, else one of its own."""
    with _lock:
        held = _clients.get(org)
    return held[1] if held else support.org_block(org).client()


def waiting_alerts(store: str) -> list[str]:
    """Ids of stored alerts that have opened no case yet."""
    ledger = support.ledger_of(support.store_block(store))
    return [alert.alert_id for alert in ledger.alerts("stored") if alert.alert_id]
