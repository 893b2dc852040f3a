"""Scoring the law: obligations that the case names, against the hand-written key and the true counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd

from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.scenarios.law_key import KEY, OBJECTIVE_DAYS, Facts, Rule, due_on, status_of

#: A duty that the key leaves to counsel: agencies that the Massachusetts office names.
_OPEN_DUTIES = frozenset({("MA", "cra")})


def score_law(truth: pd.DataFrame, finished: CaseReader) -> dict[str, Any]:
    """expected and found duties, and every one that is missing, invented, misdated or miscounted, in words."""
    document = finished.counts("obligations.json")
    case = finished.counts("case.json")
    facts, wrong = _facts(document.get("facts", {}), str(case.get("discovered_at", "")))
    expected = found = 0
    if facts is not None:
        for state, key in KEY.items():
            certain, possible = counts_of(truth, state)
            for rule in key.rules:
                expected += 1
                problem = _problem(state, rule, certain, possible, facts, document["obligations"])
                found += problem != "missing"
                wrong += [f"{state} {rule.recipient} {rule.word}".strip() + f": {problem}"] if problem else []
        expected += 1
        met = _objective_met(facts, document["obligations"])
        found += met
        wrong += [] if met else ["72-hour objective: missing or misdated"]
    wrong += _invented(document["obligations"])
    return {"expected": expected, "found": found, "wrong": len(wrong), "problems": wrong[:20], "passed": not wrong}


def counts_of(truth: pd.DataFrame, state: str) -> tuple[int, int]:
    """People of a state who must be told, and those who may have to be: unsure residence, or an open question."""
    certain = int(((truth["duty"] == "required") & (truth["residency"] == state)).sum())
    unsure = truth[truth["duty"] == "open"]
    maybe = unsure["candidates"].map(lambda some: state in set(some)) | (unsure["residency"] == state)
    return certain, int(maybe.sum())


def _facts(given: Mapping[str, Any], discovered_at: str) -> tuple[Facts | None, list[str]]:
    """The days the pipeline decided on; they must fit the case: discovery as recorded, determination not before it."""
    try:
        facts = Facts(date.fromisoformat(given["discovered_on"]), date.fromisoformat(given["determined_on"]))
        recorded = datetime.fromisoformat(discovered_at).date()
    except (KeyError, TypeError, ValueError):
        return None, ["facts: discovered_on, determined_on or discovered_at is missing"]
    wrong = [] if facts.discovered == recorded else ["facts: discovered_on is not the day of discovery"]
    wrong += [] if facts.determined >= facts.discovered else ["facts: determined before discovered"]
    return facts, wrong


def _problem(
    state: str, rule: Rule, certain: int, possible: int, facts: Facts, obligations: list[dict[str, Any]]
) -> str:
    """What is wrong with the duty as found; empty where nothing is."""
    matches = [
        one
        for one in obligations
        if one["jurisdiction"] == state
        and one["recipient"] == rule.recipient
        and one["kind"] == "statutory"
        and rule.word in str(one["recipient_name"]).lower()
    ]
    if not matches:
        return "missing"
    wanted = status_of(rule, certain, possible)
    one = next((m for m in matches if m["status"] == "required"), matches[0])
    if wanted != "open" and one["status"] != wanted:
        return f"{one['status']} instead of {wanted}"
    if one["status"] != "required":
        return ""
    if rule.recipient == "individuals" and not certain <= int(one["people"]) <= certain + possible:
        return f"{one['people']} people instead of {certain} to {certain + possible}"
    return _date_problem(KEY[state].rules[0], rule, facts, one.get("due_on"))


def _date_problem(people_rule: Rule, rule: Rule, facts: Facts, said: str | None) -> str:
    wanted = {due_on(rule, facts)} | ({due_on(people_rule, facts)} if rule.or_with_people else set())
    if (date.fromisoformat(said) if said else None) in wanted:
        return ""
    return f"due {said} instead of {' or '.join(str(day) for day in wanted)}"


def _objective_met(facts: Facts, obligations: list[dict[str, Any]]) -> bool:
    """The 72-hour clock is there, is called internal, and ends three days after discovery."""
    due = (facts.discovered + timedelta(days=OBJECTIVE_DAYS)).isoformat()
    return any(one["kind"] == "internal" and one.get("due_on") == due for one in obligations)


def _invented(obligations: list[dict[str, Any]]) -> list[str]:
    """Duties of the key's states that the law does not have, or the house objective sold as law."""
    wrong = []
    for one in obligations:
        state, recipient = one["jurisdiction"], one["recipient"]
        if one["status"] != "required" or one["kind"] != "statutory" or state not in KEY:
            continue
        rules = [r for r in KEY[state].rules if r.recipient == recipient and r.word in one["recipient_name"].lower()]
        if not rules and (state, recipient) not in _OPEN_DUTIES:
            wrong.append(f"{state} {recipient} {one['recipient_name']}: not in the law")
    return wrong
