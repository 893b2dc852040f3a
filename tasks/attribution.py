"""Telling the attack's rows from ordinary traffic, over logs of any size."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import IO, TYPE_CHECKING, Any

from leakresponse.core.types import Alert
from tasks.frames import EVENT_PARTS, PARTS_INDEX, TOUCHED_EVENTS, read_frame
from tasks.support import files_of, ledger_of, org_block, policy_block, step, store_block

if TYPE_CHECKING:
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.core.attribution_select import Attributed
    from leakresponse.core.vendor_lists import VendorList
    from leakresponse.ledger import CaseFiles, Ledger

#: Where a case may keep a vendor's list under its name.
VENDOR_LISTS = "vendor-lists"


@step("tell attack from ordinary traffic")
def attribute(
    case_id: str, alert: Alert, org: str, store: str, policy: str, cut_at: str, vendor_addresses: str = ""
) -> dict[str, Any]:
    """Label every event and write events.parquet; the answer counts labels and has the attack's first and last time.

    `vendor_addresses` names a vendor's published list, in the case or in the policy; what a repeated run changes is
    noted in the ledger.
    """
    from leakresponse.core.attribution import Rules
    from leakresponse.core.attribution_select import label_classes
    from leakresponse.core.events_table import table_of
    from leakresponse.core.log_tables import parquet_bytes

    files = files_of(store_block(store), case_id)
    client = org_block(org).client()
    listed = _vendor_list(files, policy, vendor_addresses)
    own = {row["Id"] for row in client.query(_users_named([client.access.username]))}
    rules = Rules(cut_at=datetime.fromisoformat(cut_at), responder_keys=own, aliases=_aliases(client, alert))
    if listed:
        rules |= Rules(cut_at=rules["cut_at"], published=listed.attack, allowed=listed.own)
    labels = label_classes(_parts(files), alert, **rules)
    found = labels.attributed()
    _note_changes(ledger_of(store_block(store)), case_id, files, found, vendor_addresses, listed)
    files.write("events.parquet", parquet_bytes(labels.tables()))
    files.write(TOUCHED_EVENTS, parquet_bytes(iter([table_of(found.events)])))
    span = {"first": found.first.isoformat(), "last": found.last.isoformat()} if found.first and found.last else {}
    return {**found.counts, **span}


def _parts(files: CaseFiles) -> list[Callable[[], IO[bytes]]]:
    """The parts that belong to the last finished collection, each to be opened when it is wanted."""

    def opener(name: str) -> Callable[[], IO[bytes]]:
        return lambda: files.open(f"{EVENT_PARTS}/{name}")

    return [opener(name) for name in json.loads(files.read(PARTS_INDEX))]


def _vendor_list(files: CaseFiles, policy: str, name: str) -> VendorList | None:
    """The list of that name: the case's own before the policy's. Raises BadInput where neither has it."""
    from leakresponse.core.errors import BadInput
    from leakresponse.core.vendor_lists import parse_vendor_list

    if not name:
        return None
    kept = f"{VENDOR_LISTS}/{name}.json"
    if files.exists(kept):
        try:
            return parse_vendor_list(json.loads(files.read(kept)))
        except ValueError:
            raise BadInput(f"{kept}: no JSON") from None
    known = policy_block(policy).vendor_addresses
    if name not in known:
        raise BadInput("vendor_addresses: neither the case nor the policy has a list of that name")
    return parse_vendor_list(known[name])


def _note_changes(
    ledger: Ledger, case_id: str, files: CaseFiles, found: Attributed, name: str, listed: VendorList | None
) -> None:
    """What this run changes against the one before it; written before the tables are."""
    from leakresponse.core.attribution_diff import changes

    if not files.exists(TOUCHED_EVENTS):
        return
    moved = changes(read_frame(files, TOUCHED_EVENTS), found.events)
    networks = {"attack": len(listed.attack), "own": sum(map(len, listed.own.values()))} if listed else {}
    if moved or listed:
        source = listed.source if listed else ""
        note = {"vendor_list": name, "source": source, "networks": networks, "moved": moved, "rows": found.counts}
        ledger.note(case_id, "attribution_repeated", note)


def _users_named(usernames: Sequence[str]) -> str:
    from leakresponse.core.soql.build import isin, select

    return select("User", ["Id", "Username"], where=isin("Username", usernames))


def _aliases(client: SalesforceClient, alert: Alert) -> dict[str, list[str]]:
    """Ids that the org knows the alert's principals by: usernames to User ids, app names to app ids."""
    from leakresponse.core.soql.build import select

    found: dict[str, list[str]] = {}
    usernames = [p.value for p in alert.principals if p.kind == "user" and "@" in p.value]
    for row in client.query(_users_named(usernames)) if usernames else ():
        found.setdefault(row["Username"], []).append(row["Id"])
    apps = {p.value for p in alert.principals if p.kind == "connected_app"}
    for row in client.query(select("ConnectedApplication", ["Id", "Name"])) if apps else ():
        if row["Name"] in apps:
            found.setdefault(row["Name"], []).append(row["Id"])
        if row["Id"] in apps or row["Id"][:15] in apps:
            found.setdefault(row["Id"], []).append(row["Name"])
    return found
