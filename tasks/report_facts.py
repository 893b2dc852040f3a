"""What the report says, gathered from the ledger and the case folder alone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.core.alerts import parse_alert
from leakresponse.core.vocabulary import FOREIGN_PREFIX, JURISDICTIONS, MILITARY_PREFIX
from leakresponse.documents import action_words as words
from leakresponse.ledger import CaseFiles, Ledger
from leakresponse.rotation.exposed import duty_of
from tasks.frames import read_frame
from tasks.report_fields import field_lines
from tasks.report_places import places_of
from tasks.support import policy_block

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.documents import facts as F

#: Chain rows that a reader of the report wants to see in the timeline, and in which words.
MOMENTS = {
    "case_opened": "case opened",
    "phase_started": "phase begun",
    "phase_finished": "phase finished",
    "approval": "approval recorded",
    "old_key_tried": "old key tried",
    "new_key_tried": "new key tried",
    "quality_gate": "quality gate",
}


def gather(case_id: str, files: CaseFiles, ledger: Ledger, policy: str) -> F.ReportFacts:
    """Everything the report says, from the record."""
    from leakresponse.documents import facts as F

    rules = policy_block(policy)
    phases = {p.phase: p.facts for p in ledger.phases(case_id)}
    document = json.loads((files.folder / "obligations.json").read_text(encoding="utf-8"))
    length, head = ledger.chain_head(case_id)
    evidence = {ref.sha256: ref.bytes for ref in ledger.evidence(case_id)}
    now = datetime.now(UTC)
    return F.ReportFacts(
        case=_header(case_id, files, ledger, phases, rules.legal_entity, now),
        as_of=now.date(),
        scope=_scope(files, phases["scope"], date.fromisoformat(document["facts"]["discovered_on"])),
        seal=F.Seal(head, length, len(evidence), sum(evidence.values())),
        timeline=tuple(_timeline(ledger, case_id)),
        paths=tuple(_paths(ledger, case_id, phases["contain"])),
        credentials=(*_credentials(phases["rotate"]), *_credentials(phases.get("rotate_exposed", {}))),
        duties=tuple(_duties(document)),
        decisions=tuple(
            F.DecisionLine(a.at, a.subject, a.decision, a.by, a.reason, a.subject_hash, a.policy)
            for a in ledger.approvals(case_id)
        ),
        notices=tuple(_notice_counts(files)),
        variants=tuple(_variants(files, ledger, case_id)),
        gates=tuple(_gates(files.folder)),
        risks=tuple(_risks(phases, document)),
        tasks=(
            *_human_tasks(document, phases["contain"]),
            *_exposed_tasks(phases.get("rotate_exposed", {})),
        ),
        marks=tuple(_marks(ledger, case_id, phases)),
        suppress_below=rules.suppress_below,
    )


def _header(
    case_id: str, files: CaseFiles, ledger: Ledger, phases: Mapping[str, Any], entity: str, now: datetime
) -> F.CaseHeader:
    from leakresponse.documents import facts as F

    alert = parse_alert(files.read("alert.json"))
    case = ledger.case(case_id)
    assert case is not None
    return F.CaseHeader(
        case_id=case_id,
        entity=entity,
        org_id=str(phases["contain"].get("org_id", "")),
        alert_id=alert.id,
        alert_source=alert.source,
        discovered_at=alert.detected_at,
        opened_at=case.opened_at,
        generated_at=now,
        window_start=_time(phases["scope"]["events"].get("first")) or alert.window.start,
        window_end=_time(phases["scope"]["events"].get("last")) or alert.window.end,
        apps=tuple(phases["contain"].get("apps", ())),
        simulated=bool(phases["contain"].get("simulated")),
    )


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _timeline(ledger: Ledger, case_id: str) -> Iterator[F.TimelineEntry]:
    """Moments of the chain in words; actions of one kind are one line with their number, at the time of the last."""
    from leakresponse.documents import facts as F

    kinds = {a.key: a.kind for a in ledger.actions(case_id)}
    done: dict[str, list[datetime]] = {}
    entries = []
    for entry in ledger.timeline(case_id):
        at = datetime.fromisoformat(str(entry.at).replace("Z", "+00:00"))
        if entry.kind == "action_done":
            done.setdefault(kinds.get(str(entry.body.get("key")), "action"), []).append(at)
        elif entry.kind in MOMENTS:
            entries.append(
                F.TimelineEntry(at, _moment(entry.kind, entry.body), _phase_of(entry.body), _actor(entry.body))
            )
    for kind, times in done.items():
        if kind not in words.SILENT:
            what = f"{words.done(kind)} ({len(times)})"
            entries.append(F.TimelineEntry(max(times), what, words.phase_of(kind), "responder"))
    yield from sorted(entries, key=lambda e: e.at)


def _moment(kind: str, body: Mapping[str, Any]) -> str:
    detail = body.get("phase") or body.get("subject") or body.get("secret") or body.get("gate") or ""
    outcome = body.get("answer") or body.get("outcome") or ""
    return ": ".join(part for part in (MOMENTS[kind], str(detail), str(outcome)) if part)


def _phase_of(body: Mapping[str, Any]) -> str:
    return str(body.get("phase", ""))


def _actor(body: Mapping[str, Any]) -> str:
    return str(body.get("by", "responder"))


def _marks(ledger: Ledger, case_id: str, phases: Mapping[str, Any]) -> Iterator[F.ClockMark]:
    """Seconds from the opening of the case."""
    from leakresponse.documents import facts as F

    case = ledger.case(case_id)
    assert case is not None
    known = {
        "first cut": phases["contain"].get("first_cut_at"),
        "contained": phases["contain"].get("contained_at"),
        "scope known": phases["scope"].get("finished_at"),
        "notices ready": phases["notify"].get("ready_at"),
    }
    for name, at in known.items():
        if at:
            yield F.ClockMark(name, (datetime.fromisoformat(at) - case.opened_at).total_seconds())


def _paths(ledger: Ledger, case_id: str, contained: Mapping[str, Any]) -> Iterator[F.AccessPath]:
    from leakresponse.documents import facts as F

    cut = {(a.kind, a.target): a.finished_at for a in ledger.actions(case_id)}
    proved = contained.get("contained_at")
    for path in contained.get("paths", ()):
        yield F.AccessPath(
            kind=words.PATHS.get(path["kind"], path["kind"].replace("_", " ")),
            subject=path["target"],
            action=path["kind"].replace("_", " "),
            dead=path["dead"],
            proof=path["proof"],
            cut_at=cut.get((path["kind"], path["target"])),
            proved_at=datetime.fromisoformat(proved) if proved else None,
        )


def _credentials(rotated: Mapping[str, Any]) -> Iterator[F.Credential]:
    from leakresponse.documents import facts as F

    for secret in rotated.get("secrets", ()):
        moment = str(secret["finished_at"] or rotated.get("finished_at") or "")
        yield F.Credential(
            name=secret["name"],
            kind=words.credential(secret["kind"]),
            old_refused=secret["old_refused"],
            new_works=secret["new_works"],
            proof=_old_answered(secret),
            rotated_at=datetime.fromisoformat(moment) if moment else None,
            pending_removed=secret["pending_removed"],
            outage_seconds=secret["outage_seconds"],
            not_on_new=tuple(secret["consumers_not_on_new"]),
            trouble=_trouble(secret),
        )


def _old_answered(secret: Mapping[str, Any]) -> str:
    """How the last use of the old credential was answered."""
    if secret["old_refused"]:
        return f"use of the old one answered {secret['refusal']}"
    return "use of the old one worked, or was not tried"


def _trouble(secret: Mapping[str, Any]) -> str:
    """What keeps it from being good, in words."""
    parts = [f"failed: {secret['error']}"] if secret["error"] and not secret["person_needed"] else []
    parts += [f"a person is needed: {secret['person_needed']}"] if secret["person_needed"] else []
    parts += ["taken back, the old one is in place"] if secret["rolled_back"] else []
    parts += [f"{secret['tokens_alive']} tokens of the old one live"] if secret["tokens_alive"] else []
    return "; ".join(parts)


def _scope(files: CaseFiles, scoped: Mapping[str, Any], discovered: date) -> F.Scope:
    from leakresponse.documents import facts as F

    people = read_frame(files, "people.parquet", ["residency", "candidates", "certainty", "confidence"])
    exposures = read_frame(files, "exposures.parquet")
    states = Counter(people["residency"])
    unsure = exposures["certainty"] == "possible"
    certain = exposures[~unsure][["object", "record_id"]].drop_duplicates()
    bounded = int(scoped.get("exposures", {}).get("bounded_reads", 0))
    return F.Scope(
        records=int(scoped["records"]),
        people=int(scoped["people"]),
        objects=tuple(_objects(exposures)),
        elements=tuple(F.ElementScope(k, v) for k, v in scoped["elements"].items()),
        places=tuple(places_of(people, scoped, discovered)),
        foreign=sum(n for c, n in states.items() if str(c).startswith(FOREIGN_PREFIX)),
        military=sum(n for c, n in states.items() if str(c).startswith(MILITARY_PREFIX)),
        unplaced=sum(
            n
            for c, n in states.items()
            if c not in JURISDICTIONS and not str(c).startswith((FOREIGN_PREFIX, MILITARY_PREFIX))
        ),
        records_possible=int(scoped["records"]) - len(certain),
        people_possible=_not_certain(scoped),
        minors=int(scoped["minors"]),
        under_review=int(scoped["under_review"]),
        bounded=bool(bounded or scoped.get("people_doubles")),
        bound_reason="; ".join(_bound_reasons(bounded, scoped)),
        **field_lines(scoped),
    )


def _not_certain(scoped: Mapping[str, Any]) -> int:
    """People who may not be: only possible reads, and those who may be somebody else's second key."""
    return min(int(scoped["people"]), int(scoped["people_possible"]) + int(scoped.get("people_doubles", 0)))


def _bound_reasons(bounded: int, scoped: Mapping[str, Any]) -> Iterator[str]:
    if bounded:
        yield "the logs give a range for some queries"
    if scoped.get("people_doubles"):
        yield "some people may be one person under two keys"


def _objects(exposures: pd.DataFrame) -> Iterator[F.ObjectScope]:
    from leakresponse.documents import facts as F

    for name, rows in exposures.groupby("object"):
        certain = rows.loc[rows["certainty"] == "certain", "record_id"].nunique()
        fields = sorted({f for some in {tuple(x) for x in rows["fields"]} for f in some})
        channels = tuple(sorted(rows["channel"].unique()))
        yield F.ObjectScope(str(name), certain, rows["record_id"].nunique() - certain, tuple(fields), channels)


def _duties(document: Mapping[str, Any]) -> Iterator[F.Duty]:
    from leakresponse.documents import facts as F

    names = ("jurisdiction", "recipient", "recipient_name", "status", "kind", "people", "due_text", "clock_starts",
             "citation", "because", "link", "question", "people_possible")  # fmt: skip
    for duty in document["obligations"]:
        due = duty.get("due_on")
        yield F.Duty(**{n: duty[n] for n in names}, due_on=date.fromisoformat(due) if due else None)


def _notice_counts(files: CaseFiles) -> Iterator[F.NoticeCount]:
    from leakresponse.documents import facts as F

    table = read_frame(files, "notices.parquet", ["jurisdiction", "legal_entity", "status"])
    for (place, entity), rows in table.groupby(["jurisdiction", "legal_entity"]):
        states = Counter(rows["status"].replace("sending", "unknown"))
        yield F.NoticeCount(str(place), str(entity), len(rows), **{k: int(v) for k, v in states.items()})


def _variants(files: CaseFiles, ledger: Ledger, case_id: str) -> Iterator[F.VariantLine]:
    from leakresponse.documents import facts as F

    by = next((a.by for a in ledger.approvals(case_id) if a.subject == "notice variants"), "")
    table = read_frame(files, "notices.parquet", ["variant", "variant_hash"])
    for (variant, digest), rows in table.groupby(["variant", "variant_hash"]):
        yield F.VariantLine(str(variant), str(digest), len(rows), by)


def _gates(folder: Path) -> Iterator[F.GateLine]:
    from leakresponse.core.quality import GateResult, Quarantined, RuleResult
    from leakresponse.documents import facts as F

    for path in sorted((folder / "quality").glob("*.json")):
        held = json.loads(path.read_text(encoding="utf-8"))
        rules = tuple(RuleResult(**r) for r in held["rules"])
        quarantine = tuple(Quarantined(**q) for q in held["quarantine"])
        yield F.GateLine.of(GateResult(held["gate"], held["rows_in"], held["rows_passed"], rules, quarantine))


def _risks(phases: Mapping[str, Any], document: Mapping[str, Any]) -> Iterator[F.OpenRisk]:
    from leakresponse.documents import facts as F

    gap = phases["scope"].get("logs", {}).get("gap_seconds", 0)
    if gap:
        detail = f"The newest log file ends {gap} s before the last real-time event."
        yield F.OpenRisk("Log files were still on the way", detail, "medium")
    for span in phases["scope"].get("logs", {}).get("unknown", ()):
        types = f" ({', '.join(span['types'])})" if span["types"] else ""
        detail = f"From {span['from']} to {span['to']}: {span['because']}{types}. Figures of that time are bounds."
        yield F.OpenRisk("The logs do not tell of a part of the window", detail, "high")
    exposed = phases.get("rotate_exposed", {})
    if exposed.get("open"):
        kinds = ", ".join(f"{kind.replace('_', ' ')} ({count:,})" for kind, count in sorted(exposed["open"].items()))
        detail = f"In the exposed text, not ended yet: {kinds}. Who replaces each is in exposed_secrets.json."
        yield F.OpenRisk("Other systems' secrets were exposed", detail, "high")
    if exposed.get("vault_unread"):
        detail = (
            f"{exposed['vault_unread']:,} secrets of the vault could not be read and compared with the exposed text."
        )
        yield F.OpenRisk("A secret of ours may be among the exposed ones", detail, "medium")
    undecided = [
        o["people"]
        for o in document["obligations"]
        if o["status"] == "review" and o["recipient"] == "individuals" and o["kind"] == "statutory"
    ]
    if sum(undecided):
        detail = f"For {sum(undecided):,} people the law is not decided; they are counted and not told yet."
        yield F.OpenRisk("People whose law is under review", detail, "high")
    idle = [line for line in phases["contain"].get("leftovers", ()) if not line[3]]
    if idle:
        detail = f"{len(idle)} authorisations that nobody uses or nobody installed are left; judge and remove them."
        yield F.OpenRisk("Ways to a second theft", detail, "medium")
    yield F.OpenRisk(
        "Certificates deployed by metadata",
        "That the old certificate ends with the deploy was proven by use here; prove it again after each rotation.",
        "low",
    )


def _exposed_tasks(exposed: Mapping[str, Any]) -> Iterator[F.HumanTask]:
    """What the owners of secrets do that stood in the leaked text and are not ours to rotate."""
    from leakresponse.documents import facts as F

    for kind, count in sorted(exposed.get("open", {}).items()):
        owner, what = duty_of(kind)
        yield F.HumanTask(f"{kind.replace('_', ' ')} ({count:,} in exposed_secrets.json): {what}", owner)


def _human_tasks(document: Mapping[str, Any], contained: Mapping[str, Any]) -> Iterator[F.HumanTask]:
    """What no proven API does in the org, then filings."""
    from leakresponse.documents import facts as F

    for task in contained.get("human_tasks", ()):
        steps = "; ".join([*task["steps"], f"check: {task['check']}"])
        yield F.HumanTask(f"{task['reason']}: {steps}", "Salesforce administrator", done=bool(task["done"]))
    for duty in document["obligations"]:
        if duty["recipient"] in ("regulator", "cra") and duty["status"] == "required":
            due = date.fromisoformat(duty["due_on"]) if duty["due_on"] else None
            yield F.HumanTask(f"{duty['jurisdiction']}: file with {duty['recipient_name']}", "counsel", due)
