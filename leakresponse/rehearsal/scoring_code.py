"""Scores of credentials that lay open in code: found, rotated without an outage, and what nobody can know said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from leakresponse.rehearsal import probes
from leakresponse.rehearsal.answer import Answer, read_sealed
from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.real_job import read_journal

#: So many runs before and after the rotation show that the job was really there.
_RUNS = 3


def score_rotated(
    answer_dir: Path,
    finished: CaseReader,
    connection: Mapping[str, Any],
    current_key: Callable[[str], str],
    job_journal: Path,
) -> dict[str, dict[str, Any]]:
    """Every score of a case that began with a finder's report; the arguments are those of `scoring.score`."""
    answer, case = read_sealed(answer_dir), finished.counts("case.json")
    doors = probes.try_doors(connection, answer)
    honest = probes.try_honest(connection, answer.decoys, current_key)
    return {
        "code": score_code(answer, finished.document("code_scan.json")),
        "rotation": score_planned(answer, doors, honest, case),
        "job": score_job(answer, read_journal(job_journal), case),
        "window": score_window(answer, case),
    }


def score_code(answer: Answer, report: Mapping[str, Any]) -> dict[str, Any]:
    """What was planted is live, at its place, gone from the tip, with whom it serves and its replacement; no other."""
    wanted: Mapping[str, str] = answer.extra["fingerprints"]
    live = {one["fingerprint"]: one for one in report["findings"] if one["live"]}
    right = [kind for kind, mark in wanted.items() if mark in live and _is_told(answer, kind, live[mark])]
    made_up = sorted(set(live) - set(wanted.values()))
    return {
        "planted": len(wanted),
        "found_live": len(right),
        "called_live_wrongly": len(made_up),
        "findings": len(report["findings"]),
        "commits": report["commits"],
        "passed": len(right) == len(wanted) and not made_up and report["commits"] > answer.extra["deep"],
    }


def _is_told(answer: Answer, kind: str, row: Mapping[str, Any]) -> bool:
    (place,) = row["places"] if len(row["places"]) == 1 else ({},)
    since = datetime.fromtimestamp(place.get("first_at", 0)).astimezone()
    first = datetime.fromisoformat(answer.first_act).replace(microsecond=0)
    return (
        row["kind"] == kind
        and row["secret"] == answer.extra["secret_name"]
        and row["consumers"] == answer.extra["consumers"]
        and row["replace_with"].endswith(f"#{kind.removeprefix('salesforce_')}")
        and place.get("path") == answer.extra["path"]
        and since == first
        and bool(place.get("removed_in"))
    )


def score_planned(
    answer: Answer, doors: Sequence[probes.Door], honest: Sequence[probes.Honest], case: Mapping[str, Any]
) -> dict[str, Any]:
    """Exactly the secret that lay open was rotated, as planned; the stranger is refused, nobody else is cut off."""
    facts = case["phases"].get("rotate", {})
    done = {str(one["name"]): one for one in facts.get("secrets", [])}
    wanted = {answer.extra["secret_name"]}
    alive = sorted(f"{door.kind} of {door.owner}" for door in doors if door.open)
    cut = [f"{one.name}: {one.code}" for one in honest if not one.works]
    told = [one["kind"] for one in case["phases"].get("rest", {}).get("still_in_force", [])]
    proven = all(one["old_refused"] and one["new_works"] and one["pending_removed"] for one in done.values())
    return {
        "mode": facts.get("mode", ""),
        "secrets_expected": len(wanted),
        "secrets_rotated": len(done),
        "proven": proven,
        "doors": len(doors),
        "told_in_force": told,
        "alive": alive,
        "cut_off": cut,
        "passed": set(done) == wanted and proven and facts.get("mode") == "planned" and bool(doors)
        and not alive and not cut and told == answer.extra["still_in_force"],
    }  # fmt: skip


def score_job(answer: Answer, runs: Sequence[Mapping[str, Any]], case: Mapping[str, Any]) -> dict[str, Any]:
    """The real job ran before, during and after the rotation, on the old key, then on the new one, and never failed."""
    facts = case["phases"].get("rotate", {})
    start, end = str(facts.get("started_at", "")), str(facts.get("finished_at", ""))
    during = sum(bool(start) and start <= run["at"] <= end for run in runs)
    old = [run for run in runs if run["key"] == answer.extra["old_key"]]
    new = [run for run in runs if run["key"] not in {"", answer.extra["old_key"]}]
    failed = [run for run in runs if run["failed"]]
    return {
        "runs": len(runs),
        "runs_during_rotation": during,
        "runs_on_old": len(old),
        "runs_on_new": len(new),
        "failed": len(failed),
        "codes": sorted({run["failed"] for run in failed}),
        "logged_in_again": sum(run["logged_in_again"] for run in runs),
        "passed": len(old) >= _RUNS and len(new) >= _RUNS and during >= _RUNS and not failed,
    }


def score_window(answer: Answer, case: Mapping[str, Any]) -> dict[str, Any]:
    """The days that the secret lay open, those that logs cover, those that nobody can tell of, and the odd logins."""
    facts = case["phases"].get("look_back", {})
    wanted = {
        "open_days": answer.extra["exposed_days"],
        "log_days": answer.extra["log_days"],
        "unknown_days": answer.extra["exposed_days"] - answer.extra["log_days"],
        "odd_logins": answer.extra["odd_logins"],
    }
    told = {name: facts.get(name) for name in wanted}
    return {**told, "wanted": wanted, "passed": told == wanted}
