"""The scorecard of a rehearsal: what the case says and what really works, against the sealed answer.

Seven scores, each with its figures and `passed`; a rehearsal passes only where all do. Doors are tried now, by use, not
read from the case. Every score can fail, and tests break the pipeline to see that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from leakresponse.core.events_ids import to18
from leakresponse.rehearsal import probes
from leakresponse.rehearsal.answer import Answer, read_answer, read_sealed
from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.scoring_law import score_law
from leakresponse.rehearsal.scoring_notices import score_notices
from leakresponse.rehearsal.scoring_scope import score_scope

Scores = dict[str, dict[str, Any]]


def score(
    answer_dir: Path,
    finished: CaseReader,
    connection: Mapping[str, Any],
    journal: Path,
    current_key: Callable[[str], str],
    evidence_holds: Callable[[], bool],
) -> Scores:
    """Every score of one finished case.

    `journal` is the mail sink's; `current_key` gives the private key (PEM) that a vault holds for a secret's name now;
    `evidence_holds` verifies the case's chain and hashes.
    """
    answer, reads, people = read_answer(answer_dir)
    doors = probes.try_doors(connection, answer)
    honest = probes.try_honest(connection, answer.decoys, current_key)
    case = finished.counts("case.json")
    exposed = {str(one["fingerprint"]) for one in finished.document("exposed_secrets.json")}
    return {
        "detection": score_detection(answer, finished),
        "containment": score_containment(doors, honest, case),
        "rotation": score_rotation(answer, doors, honest, case, exposed),
        "scope": score_scope(reads, people, finished, exact_possible(answer)),
        "law": score_law(people, finished),
        "notices": score_notices(people, finished, journal),
        "evidence": score_evidence(answer, finished, evidence_holds()),
    }


def score_contained(
    answer_dir: Path, finished: CaseReader, connection: Mapping[str, Any], current_key: Callable[[str], str]
) -> Scores:
    """Containment alone, for a case that was taken no further.

    Detection is not scored: most of these alerts are the security desk's. Programs that work again only with a rotated
    key are left out, since nothing was rotated.
    """
    answer = read_sealed(answer_dir)
    doors = probes.try_doors(connection, answer)
    innocent = [one for one in answer.decoys if one["credential"] != "rotated key"]
    honest = probes.try_honest(connection, innocent, current_key)
    case = finished.counts("case.json")
    return {"containment": score_containment(doors, honest, case)}


def score_scoped(
    answer_dir: Path, finished: CaseReader, connection: Mapping[str, Any], current_key: Callable[[str], str]
) -> Scores:
    """Containment and scope, for a case that ends before anybody is told."""
    answer, reads, people = read_answer(answer_dir)
    contained = score_contained(answer_dir, finished, connection, current_key)
    return {**contained, "scope": score_scope(reads, people, finished, exact_possible(answer))}


def exact_possible(answer: Answer) -> bool:
    """Whether the logs of the scenario give the exact set of records that were read."""
    return not answer.extra.get("bounded", False)


def score_detection(answer: Answer, finished: CaseReader) -> dict[str, Any]:
    """The alert names the attacker's app or user, no innocent address, and a window that meets the last act."""
    alert = finished.document("alert.json")
    named = {(one["kind"], str(one["value"])) for one in alert["principals"]}
    addresses = {value for kind, value in named if kind == "address"}
    start, end = (datetime.fromisoformat(str(alert["window"][side])) for side in ("from", "to"))
    last = datetime.fromisoformat(answer.last_act)
    late = datetime.fromisoformat(str(alert["detected_at"])) - last
    known = ("connected_app", answer.app) in named or bool(addresses & set(answer.addresses))
    innocent = len(addresses - set(answer.addresses))
    in_window = start <= last <= end
    return {
        "names_attack": known,
        "innocent_addresses": innocent,
        "window_meets_theft": in_window,
        "late_s": round(late.total_seconds()),
        "passed": known and not innocent and in_window,
    }


def score_containment(doors: list[probes.Door], honest: list[probes.Honest], case: Mapping[str, Any]) -> dict[str, Any]:
    """Every credential of the attacker refused, no honest program left cut off. A claim with a door open is a fault."""
    live = [door for door in doors if door.open]
    cut = [one for one in honest if not one.works]
    claimed = bool(case["phases"].get("contain", {}).get("contained_at"))
    return {
        "paths_total": len(doors),
        "paths_dead": len(doors) - len(live),
        "alive": sorted(f"{door.kind} of {door.owner}" for door in live)[:20],
        "wrongly_cut": len(cut),
        "cut_off": [f"{one.name}: {one.code}" for one in cut],
        "claimed": claimed,
        "false_claim": claimed and bool(live),
        "passed": bool(doors) and not live and not cut and claimed,
    }


def score_rotation(
    answer: Answer, doors: list[probes.Door], honest: list[probes.Honest], case: Mapping[str, Any], exposed: set[str]
) -> dict[str, Any]:
    """Exactly the credentials that should be rotated were; the old key is refused, the new one works.

    The secrets of the text that was read are part of the set, by fingerprint (`exposed`): each is rotated or has an
    owner, and none is made up.
    """
    rotated = [one for one in answer.decoys if one["credential"] == "rotated key"]
    wanted = {one["secret_name"] for one in rotated}
    done = {str(one["name"]): one for one in case["phases"].get("rotate", {}).get("secrets", [])}
    keys = [door for door in doors if door.kind == "key"]
    working = {one.name: one.works for one in honest}
    old_refused = bool(keys) and not any(door.open for door in keys)
    new_works = all(working.get(one["name"], False) for one in rotated)
    pending = sorted(name for name in wanted if not done.get(name, {}).get("pending_removed"))
    leaked = {one["fingerprint"] for one in answer.secrets}
    return {
        "secrets_expected": len(wanted),
        "secrets_rotated": len(done),
        "unexpected": sorted(set(done) - wanted),
        "not_rotated": sorted(wanted - set(done)),
        "old_key_refused": old_refused,
        "new_key_works": new_works,
        "pending_left": pending,
        "exposed_expected": len(leaked),
        "exposed_listed": len(exposed),
        "exposed_missing": len(leaked - exposed),
        "exposed_made_up": len(exposed - leaked),
        "passed": set(done) == wanted and old_refused and new_works and not pending and exposed == leaked,
    }


def score_evidence(answer: Answer, finished: CaseReader, holds: bool) -> dict[str, Any]:
    """The rows of the attacker's deleted jobs were kept, in the table and in the raw files, and the chain holds."""
    columns = ["event_type", "job_id", "job_status", "label"]
    events = finished.frame("events.parquet", columns)
    bulk = events[events["event_type"] == "BulkApi2"]
    ids = bulk["job_id"].fillna("").map(to18)
    gone = bulk["job_status"].str.lower().str.contains("delet", na=False)
    jobs = [to18(str(job["job_id"])) for job in answer.jobs]
    kept = sum(bool((gone & (ids == job) & (bulk["label"] == "attack")).any()) for job in jobs)
    raw = _named_in_files(finished, [job[:15] for job in jobs])
    return {
        "deleted_jobs": len(jobs),
        "deleted_jobs_kept": kept,
        "deleted_jobs_in_raw_files": raw,
        "chain_holds": holds,
        "passed": holds and kept == len(jobs) == raw,
    }


def _named_in_files(finished: CaseReader, ids: list[str]) -> int:
    """How many of the ids occur in the raw evidence."""
    wanted = {one.encode() for one in ids}
    seen: set[bytes] = set()
    for content in finished.evidence():
        seen |= {one for one in wanted - seen if one in content}
    return len(seen)
