"""From labelled events to people: what was read, read again, and whose it is."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from leakresponse.core import progress
from leakresponse.core.types import Alert, ObjectInfo
from tasks.frames import read_frame, write_frame, write_table
from tasks.support import files_of, ledger_of, log, org_block, policy_block, step, store_block

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.core.exposure import Read, Replay
    from leakresponse.core.permissions import Snapshot
    from leakresponse.ledger import CaseFiles

RAW_EVENTS = "events-raw.parquet"
WORK = "work"


@step("tell attack from ordinary traffic")
def attribute(case_id: str, alert: Alert, org: str, store: str, cut_at: str) -> dict[str, Any]:
    """Label every event and write events.parquet; the answer counts labels and has the attack's first and last time."""
    from leakresponse.core.attribution import attribute as label

    files = files_of(store_block(store), case_id)
    block = org_block(org)
    client = block.client()
    events = read_frame(files, RAW_EVENTS)
    events["record_ids"] = events["record_ids"].map(lambda ids: None if ids is None else list(ids))
    aliases = _aliases(client, alert)
    own = {r["Id"] for r in client.query(_users_named([client.access.username]))}
    labelled = label(
        events, alert, cut_at=datetime.fromisoformat(cut_at), responder_keys=frozenset(own), aliases=aliases
    )
    write_frame(files, "events.parquet", labelled, "EVENTS")
    times = labelled.loc[labelled["label"] == "attack", "timestamp"]
    span = {"first": times.min().isoformat(), "last": times.max().isoformat()} if len(times) else {}
    return {str(k): int(v) for k, v in labelled["label"].value_counts().items()} | span


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


@step("read again what was read")
def expose(case_id: str, org: str, store: str, policy: str) -> dict[str, Any]:
    """Replay the attacker's queries by Bulk API 2.0 and write exposures.parquet and the records behind it.

    Pages already stored are not fetched again, so a killed run goes on. The answer holds counts only.
    """
    from leakresponse.adapters.salesforce.permission_snapshot import key_prefixes
    from leakresponse.adapters.salesforce.report_definitions import read_reports
    from leakresponse.core import exposure as model

    files = files_of(store_block(store), case_id)
    client = org_block(org).client()
    events = read_frame(files, "events.parquet")
    events["record_ids"] = events["record_ids"].map(lambda ids: None if ids is None else list(ids))
    found = model.reads_of(events, read_reports(client, model.report_ids(events)), key_prefixes(client))
    describe = describe_all(client, _objects_of(client, found))
    ledger = ledger_of(store_block(store))
    snapshot = _permissions(client, found, describe, ledger.actions(case_id))
    reads = model.resolve_reads(found, describe, snapshot)
    replays = model.plan_replays(reads, describe)
    parallel = policy_block(policy).parallel
    frames = run_replays(client, replays, files, parallel, "reading again what the attacker read")
    limits = _limits(client, reads)
    exposures, differences = model.expose(reads, replays, frames, limits)
    write_frame(files, "exposures.parquet", exposures, "EXPOSURES")
    for name, records in model.records_of(reads, replays, frames).items():
        write_table(files, f"{WORK}/records-{name}.parquet", records)
    for difference in differences:
        ledger.note(case_id, "read_reconciled", _difference(difference))
    open_ones = sum(not (d.bound and d.bound.is_exact) for d in differences)
    if open_ones:
        log.warning("%s reads are bounded rather than exact", open_ones)
    return {
        "reads": len(reads),
        "replays": len(replays),
        "bounded_reads": open_ones,
        "possible": int((exposures["certainty"] == "possible").sum()),
        "bounds": model.scope_bounds(model.count_named(exposures), differences, limits),
    }


def _difference(difference: Any) -> dict[str, Any]:
    return {
        "read": difference.read_id,
        "expected": difference.expected,
        "found": difference.found,
        "explained": difference.explained,
        "reasons": list(difference.reasons),
        "bound": difference.bound.facts() if difference.bound else None,
    }


def _objects_of(client: SalesforceClient, reads: Sequence[Read]) -> set[str]:
    from leakresponse.core.exposure import may_hold_people, needs_every_object

    named = {read.object for read in reads if read.object and not read.is_system}
    return named | (may_hold_people(client.object_names()) if needs_every_object(reads) else set())


def _permissions(
    client: SalesforceClient, reads: Sequence[Read], describe: Mapping[str, ObjectInfo], actions: Iterable[Any]
) -> Snapshot | None:
    """What the readers could read at the time; our own cut of a guest profile is put back in. None without reads."""
    from leakresponse.adapters.salesforce.permission_snapshot import read_snapshot

    if not reads:
        return None
    window = (min(read.first_seen for read in reads), max(read.last_seen for read in reads))
    taken = {one.target: list(one.inverse.items()) for one in actions if one.kind == "restrict_guest" and one.inverse}
    return read_snapshot(client, {read.user_id for read in reads}, set(describe), window, taken)


def _limits(client: SalesforceClient, reads: Sequence[Read]) -> dict[str, int]:
    from leakresponse.adapters.salesforce.permission_snapshot import readable_counts
    from leakresponse.core.exposure import limited_objects

    objects = limited_objects(reads)
    return readable_counts(client, sorted(objects), max(read.last_seen for read in reads)) if objects else {}


def describe_all(client: SalesforceClient, objects: Iterable[str]) -> dict[str, ObjectInfo]:
    """Describe the objects read, their children where a query reached down, and those that lead to people."""
    from leakresponse.core.exposure_spread import PEOPLE_OBJECTS

    known = {name.lower(): name for name in client.object_names()}
    wanted = {known[o.lower()] for o in objects if o.lower() in known}
    children = {child for o in wanted for child in client.children(o).values() if child in known.values()}
    people = {o for o in PEOPLE_OBJECTS if o.lower() in known}
    with ThreadPoolExecutor(8) as pool:
        found = pool.map(client.describe, sorted(wanted | children | people))
        described = {info.name: info for info in found}
        classified = pool.map(client.classified, [described[o] for o in sorted(wanted)])
        return {**described, **{info.name: info for info in classified}}


def run_replays(
    client: SalesforceClient, replays: Sequence[Replay], files: CaseFiles, parallel: int, stage: str
) -> dict[str, pd.DataFrame]:
    """Run each replay once; the rows are kept as Parquet under the replay's id."""
    done = 0

    def one(replay: Replay) -> tuple[str, pd.DataFrame]:
        nonlocal done
        name = f"{WORK}/{replay.replay_id}.parquet"
        frame = read_frame(files, name) if files.exists(name) else _fetch(client, replay.soql, files, name)
        done += 1
        progress.report(stage, done, len(replays))
        return replay.replay_id, frame

    with ThreadPoolExecutor(min(parallel, 4)) as pool:
        return dict(pool.map(one, replays))


def _fetch(client: SalesforceClient, soql: str, files: CaseFiles, name: str) -> pd.DataFrame:
    """One Bulk API 2.0 query, pages in order, written atomically."""
    import pandas as pd

    from leakresponse.adapters.salesforce import bulk
    from leakresponse.core.tables import text_table

    job = bulk.run_query(client, soql)
    parts = [text_table(b"".join(page)) for page in bulk.pages(client, job)]
    bulk.remove(client, job)
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"Id": []})
    write_table(files, name, frame)
    return frame


@step("find the people behind the records")
def resolve_people(case_id: str, org: str, store: str, policy: str) -> dict[str, Any]:
    """Write people.parquet, recipients.parquet and secrets.json (fingerprints of secrets in the exposed text).

    The answer holds counts: people, records, states, elements, secrets by kind.
    """
    from leakresponse.core import people as model
    from leakresponse.core import residency
    from leakresponse.core.exposure import combine_records, replays_for_ids

    files = files_of(store_block(store), case_id)
    client = org_block(org).client()
    rules = policy_block(policy)
    exposures = read_frame(files, "exposures.parquet")
    exposures["fields"] = exposures["fields"].map(list)
    records = _stored_records(files)
    describe = describe_all(client, set(exposures["object"]))
    for _ in range(3):
        lookups = model.missing_links(exposures, records, describe)
        if not lookups:
            break
        for lookup in lookups:
            plans = replays_for_ids(describe[lookup.object], list(lookup.values), column=lookup.column)
            stage = f"finding people: {lookup.object}"
            for frame in run_replays(client, plans, files, rules.parallel, stage).values():
                records[lookup.object] = combine_records(records.get(lookup.object), frame)
    people, recipients, addresses = model.people_of(
        exposures, records, describe, default_entity=rules.legal_entity or "unnamed entity"
    )
    placed = residency.resolve_evidence(addresses, as_of=datetime.now(UTC).date())
    people = _with_residency(people, placed)
    write_frame(files, "people.parquet", people, "PEOPLE")
    write_frame(files, "recipients.parquet", recipients, "RECIPIENTS")
    secrets = model.secrets_in(exposures, records, describe)
    document = [asdict(finding) for finding in secrets]
    files.write("secrets.json", json.dumps(document, indent=1).encode())
    return _counts(people, exposures) | {"secrets": dict(Counter(finding.kind for finding in secrets))}


def _stored_records(files: CaseFiles) -> dict[str, pd.DataFrame]:
    names = files.names(WORK, "records-*.parquet")
    return {PurePath(n).stem.removeprefix("records-"): read_frame(files, n) for n in names}


def _with_residency(people: pd.DataFrame, placed: pd.DataFrame) -> pd.DataFrame:
    """People with their place; flags and review of both are united. A person without an address is UNKNOWN."""
    renamed = placed.rename(columns={placed.columns[0]: "person_id", "flags": "place_flags", "review": "place_review"})
    joined = people.drop(columns=["residency", "candidates", "confidence"], errors="ignore")
    joined = joined.merge(renamed, on="person_id", how="left")
    joined["residency"] = joined["residency"].fillna("UNKNOWN").replace("", "UNKNOWN")
    joined["candidates"] = joined["candidates"].fillna("").str.split()
    joined["confidence"] = joined["confidence"].fillna("unknown")
    marks = joined["place_flags"].fillna("").str.lower().str.split()
    joined["flags"] = [sorted({*own, *more}) for own, more in zip(joined["flags"], marks, strict=True)]
    joined["review"] = joined["review"].astype(bool) | joined["place_review"].eq("Y")
    return joined


def _counts(people: pd.DataFrame, exposures: pd.DataFrame) -> dict[str, Any]:
    records = exposures[["object", "record_id"]].drop_duplicates()
    return {
        "people": len(people),
        "records": len(records),
        "states": {str(k): int(v) for k, v in people["residency"].value_counts().items()},
        "objects": {str(k): int(v) for k, v in records["object"].value_counts().items()},
        "elements": {str(k): int(v) for k, v in people["elements"].explode().value_counts().items()},
        "first_read": exposures["first_seen"].min().isoformat() if len(exposures) else "",
        "last_read": exposures["last_seen"].max().isoformat() if len(exposures) else "",
        "people_possible": int((people["certainty"] == "possible").sum()),
        "minors": int(people["flags"].map(lambda f: "minor" in f).sum()),
        "under_review": int(people["review"].sum()),
    }
