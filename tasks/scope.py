"""From labelled events to people: what was read, read again, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from leakresponse.core.types import Alert, ObjectInfo
from tasks.frames import TOUCHED_EVENTS, read_frame
from tasks.partitions import Workers, find_people, look_up
from tasks.replays import run_replays
from tasks.support import files_of, ledger_of, log, org_block, policy_block, step, store_block

if TYPE_CHECKING:
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.core.exposure import Lookup, Read
    from leakresponse.core.permissions import Snapshot
    from leakresponse.core.scope_engine import Source
    from leakresponse.ledger import CaseFiles

#: The stored pages that people are found from.
SOURCES = "work/sources.json"
#: A note leads to its case, the case to its contact, the contact to its account.
LOOKUP_ROUNDS = 3


@step("read again what was read")
def expose(
    case_id: str, alert: Alert, org: str, store: str, policy: str, unknown: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any]:
    """Replay the attacker's queries by Bulk API 2.0 and write exposures.parquet and the records behind it.

    `unknown`: spans of which the logs do not tell; who the alert names and the logs do not may have read anything.
    Pages already stored are not fetched again, so a killed run goes on. The answer holds counts only.
    """
    from leakresponse.adapters.salesforce.data_exports import data_exports
    from leakresponse.adapters.salesforce.login_history import readers_of
    from leakresponse.adapters.salesforce.permission_snapshot import key_prefixes
    from leakresponse.adapters.salesforce.report_definitions import read_reports
    from leakresponse.core import exposure as model
    from leakresponse.core.scope_engine_exposures import COMPACT_FILE
    from leakresponse.core.scope_engine_files import read_table
    from leakresponse.core.scope_engine_reads import expose_stored, sources_of

    files = files_of(store_block(store), case_id)
    client = org_block(org).client()
    events = read_frame(files, TOUCHED_EVENTS)
    events["record_ids"] = events["record_ids"].map(lambda ids: None if ids is None else list(ids))
    found = model.reads_of(events, read_reports(client, model.report_ids(events)), key_prefixes(client))
    readers = readers_of(client, alert)
    users = readers | {read.user_id for read in found}
    found += model.data_export_reads(data_exports(client, users, alert.window))
    found += model.silent_reads(readers, alert.window, found, unknown)
    describe = describe_all(client, _objects_of(client, found))
    ledger = ledger_of(store_block(store))
    snapshot = _permissions(client, found, describe, ledger.actions(case_id))
    reads = model.resolve_reads(found, describe, snapshot)
    replays = model.plan_replays(reads, describe)
    parallel = policy_block(policy).parallel
    stored = run_replays(client, replays, files, parallel, "reading again what the attacker read")
    limits = _limits(client, reads)
    exposures, differences = expose_stored(files, reads, replays, stored, limits)
    gaps = model.gap_reads(reads, differences, describe)
    if gaps:
        reads = [*reads, *gaps]
        replays = model.plan_replays(reads, describe)
        stored = run_replays(client, replays, files, parallel, "looking for rows that changed since")
        exposures, differences = expose_stored(files, reads, replays, stored, limits)
    found_records = exposures.write(files)
    _write_sources(files, list(sources_of(files, reads, replays, stored)))
    for difference in differences:
        ledger.note(case_id, "read_reconciled", _difference(difference))
    open_ones = sum(not (d.bound and d.bound.is_exact) for d in differences)
    if open_ones:
        log.warning("%s reads are bounded rather than exact", open_ones)
    return {
        "reads": len(reads),
        "replays": len(replays),
        "bounded_reads": open_ones,
        "possible": found_records.get("possible", 0),
        "unseen_permissions": list(snapshot.notes) if snapshot else [],
        "bounds": model.scope_bounds(model.count_named(read_table(files, COMPACT_FILE)), differences, limits),
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


@step("find the people behind the records")
def resolve_people(case_id: str, org: str, store: str, policy: str) -> dict[str, Any]:
    """Write people.parquet, recipients.parquet and secrets.json (fingerprints of secrets in the exposed text).

    The answer holds counts: people, records, states, elements, secrets by kind, and pairs of people in doubt.
    """
    from leakresponse.core import scope_engine as engine
    from leakresponse.core import scope_engine_links as under_two_keys
    from leakresponse.core.elements_overrides import overrides_from
    from leakresponse.core.elements_report import field_facts
    from leakresponse.core.scope_engine_exposures import COMPACT_FILE

    files = files_of(store_block(store), case_id)
    client = org_block(org).client()
    rules = policy_block(policy)
    workers = Workers(case_id, store, rules.dask_scheduler)
    overrides = overrides_from(rules.field_classes)
    settings = engine.Settings(
        datetime.now(UTC).date(), rules.legal_entity or "unnamed entity", overrides=overrides
    )  # fmt: skip
    for one in overrides:
        ledger_of(store_block(store)).note(case_id, "field_class_decided", asdict(one))
    describe = describe_all(client, set(_exposed_fields(files)))
    sources, asked = _read_sources(files), Asked()
    for _ in range(LOOKUP_ROUNDS):
        plan = engine.prepare(files, sources, COMPACT_FILE, describe, settings)
        workers.run("records that lead to people", look_up, plan, files)
        more = [
            _look_up(client, files, one, describe, rules.parallel) for one in asked.fresh(engine.lookups(files, plan))
        ]
        if not any(more):
            break
        sources += [source for some in more for source in some]
    else:
        plan = engine.prepare(files, sources, COMPACT_FILE, describe, settings)
    links = under_two_keys.find_links(files, sources, describe)
    if len(links.same):
        plan = engine.prepare(files, sources, COMPACT_FILE, describe, settings, links)
    tallies = workers.run("people", find_people, plan, files)
    found = engine.finish(files, plan, tallies).facts()
    found |= under_two_keys.doubt_left(files, links).facts(links)
    return found | {"fields": field_facts(_exposed_fields(files), describe, overrides, settings.as_of)}


class Asked:
    """What was looked up already, so that no round asks for it again."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], set[str]] = {}

    def fresh(self, lookups: Iterable[Lookup]) -> list[Lookup]:
        """The same without what an earlier round asked for; empty ones fall away."""
        found = []
        for one in lookups:
            before = self._values.setdefault((one.object, one.column), set())
            new = [value for value in one.values if value not in before]
            before.update(new)
            if new:
                found.append(replace(one, values=new))
        return found


def _look_up(
    client: SalesforceClient, files: CaseFiles, lookup: Lookup, describe: Mapping[str, ObjectInfo], parallel: int
) -> list[Source]:
    """Fetch records that are missing; those that the org does not have give nothing."""
    from leakresponse.core.exposure import replays_for_ids
    from leakresponse.core.scope_engine import Source

    plans = replays_for_ids(describe[lookup.object], list(lookup.values), column=lookup.column)
    stored = run_replays(client, plans, files, parallel, f"finding people: {lookup.object}")
    parts = [part for plan in plans for part in stored[plan.replay_id]]
    return [Source(lookup.object, one.name, one.rows, one.bytes) for one in parts]


def _exposed_fields(files: CaseFiles) -> dict[str, set[str]]:
    """Objects whose records were exposed, with the fields that were."""
    from leakresponse.core.scope_engine_exposures import COMPACT_FILE, FIELD_LISTS
    from leakresponse.core.scope_engine_files import read_table

    lists = json.loads(files.read(FIELD_LISTS))
    kinds = read_table(files, COMPACT_FILE, ["object", "fields"]).group_by(["object", "fields"]).aggregate([])
    found: dict[str, set[str]] = {}
    for kind in kinds.to_pylist():
        found.setdefault(str(kind["object"]), set()).update(lists[kind["fields"]])
    return found


def _write_sources(files: CaseFiles, sources: Sequence[Source]) -> None:
    files.write(SOURCES, json.dumps([asdict(one) for one in sources]).encode())


def _read_sources(files: CaseFiles) -> list[Source]:
    from leakresponse.core.scope_engine import Source

    return [Source(**one) for one in json.loads(files.read(SOURCES))]
