"""Steps for a secret that lay open in code: the report into the case, and how far back anybody can look."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.core.code_secrets import Known, words_of
from leakresponse.core.look_back import networks_of, window_of
from leakresponse.core.soql.build import all_of, compare, isin, select
from tasks.support import files_of, ledger_of, org_block, step, store_block

REPORT, WORDS = "code_scan.json", "code-leak.md"
#: LoginHistory is kept about so long (salesforce_api.md 2.6).
_LOGIN_DAYS = 180


@step("write what the code holds into the case")
def write_report(case_id: str, store: str, report: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report as a file of the case; the answer holds names of live secrets, counts, and since when.

    A secret that was found in a plain folder has no first commit: then nobody knows since when.
    """
    files_of(store_block(store), case_id).write(REPORT, json.dumps(dict(report), indent=1).encode())
    live = [one for one in report["findings"] if one["live"]]
    first = [place["first_at"] for one in live for place in one["places"] if place["first_at"]]
    facts = {
        "found": len(report["findings"]),
        "live": len(live),
        "secrets": sorted({one["secret"] for one in live if one["secret"]}),
        "not_in_vault": sum(not one["secret"] for one in live),
        "open_since": datetime.fromtimestamp(min(first), UTC).isoformat() if first else "",
        "shallow": report["shallow"],
        "not_read": {kind: report[kind] for kind in ("binary", "large", "unreadable", "missing")},
    }
    ledger_of(store_block(store)).note(case_id, "code_scanned", facts)
    return facts


@step("look back over logins")
def look_back(case_id: str, org: str, store: str, scanned: Mapping[str, Any]) -> dict[str, Any]:
    """The window that logs cover and the one that they do not, and logins of the secrets' apps and users by network.

    Which logins are odd is a matter of counts: a person judges them. The answer holds counts, networks and times.
    """
    client, now = org_block(org).client(), datetime.now(UTC)
    oldest = next(client.query(select("EventLogFile", ["LogDate"], order_by=["LogDate"], limit=1)), None)
    reach = datetime.fromisoformat(str(oldest["LogDate"])) if oldest else now
    opened = datetime.fromisoformat(scanned["open_since"]) if scanned["open_since"] else now
    window = window_of(opened, reach, now)
    addresses = _addresses(client, _live(case_id, store), max(opened, now - timedelta(days=_LOGIN_DAYS)))
    networks = networks_of(addresses)
    facts = {
        **asdict(window),
        "words": window.words,
        "logins": len(addresses),
        "odd_logins": sum(one.logins for one in networks if one.odd),
        "networks": [asdict(one) for one in networks],
    }
    ledger_of(store_block(store)).note(case_id, "looked_back", facts)
    return facts


@step("see what is still in force")
def see_rest(case_id: str, store: str, in_force: Iterable[Known]) -> dict[str, Any]:
    """Which of the found values the vault still holds as current after the rotation, and the whole in words.

    A refresh token goes on with a new consumer secret: alone it opens nothing any more, and a person renews it.
    """
    current = {one.fingerprint for one in in_force if one.live}
    rest = [
        {"kind": one["kind"], "secret": one["secret"], "replace_with": one["replace_with"]}
        for one in _live(case_id, store)
        if one["fingerprint"] in current or not one["secret"]
    ]
    ledger_of(store_block(store)).note(case_id, "still_in_force", {"values": rest})
    return {"still_in_force": rest}


@step("say what was found and done")
def write_words(case_id: str, store: str) -> None:
    """The case for a reader: where each live secret was, what replaces it, what nobody can know, what is left to do."""
    ledger, files = ledger_of(store_block(store)), files_of(store_block(store), case_id)
    phases = {name: dict(ledger.phase_facts(case_id, name) or {}) for name in ("look_back", "rotate", "rest")}
    lines = words_of(json.loads(files.read(REPORT)), phases["look_back"], phases["rotate"], phases["rest"])
    files.write(WORDS, "\n".join(lines).encode())


def _live(case_id: str, store: str) -> list[dict[str, Any]]:
    """The live secrets of the report in the case."""
    report = json.loads(files_of(store_block(store), case_id).read(REPORT))
    return [one for one in report["findings"] if one["live"]]


def _addresses(client: SalesforceClient, live: Sequence[Mapping[str, Any]], since: datetime) -> list[str]:
    """Where their users logged in from through their apps; LoginHistory cannot be filtered by the app."""
    apps, usernames = {one["app"] for one in live}, sorted({one["username"] for one in live if one["username"]})
    where = isin("Username", usernames) if usernames else None
    users = [row["Id"] for row in client.query(select("User", ["Id"], where=where))] if where else []
    if not users:
        return []
    where = all_of(isin("UserId", users), compare("LoginTime", ">=", since))
    rows = client.query(select("LoginHistory", ["Application", "SourceIp"], where=where))
    return [str(row["SourceIp"]) for row in rows if row["Application"] in apps]
