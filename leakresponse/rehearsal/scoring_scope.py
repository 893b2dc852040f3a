"""Scoring the scope: records, people and elements that the pipeline names, against what the attacker received.

A person of the pipeline counts as right if his records belong to one human and hold everything of that human that was
exposed. Each human counts once. Staff and integration users are compared by record only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from leakresponse.core.vocabulary import UNKNOWN
from leakresponse.rehearsal.case_reader import CaseReader

#: Objects that hold no person's data and are therefore no part of the comparison.
NOT_ABOUT_PEOPLE = frozenset({"Organization"})
USER_PREFIX = "005"
RESIDENCY_AIM = 0.998


def score_scope(reads: pd.DataFrame, truth: pd.DataFrame, finished: CaseReader) -> dict[str, Any]:
    """Precision and recall of records, people and person x element; share of residencies that are right."""
    exposures = finished.frame("exposures.parquet", ["object", "record_id", "certainty"])
    found = finished.frame("people.parquet")
    records = _records(exposures, reads)
    matched = match_people(found, truth)
    people = _people(matched, truth)
    elements = _elements(matched, found, truth)
    places = _residency(matched, found, truth)
    exact = {**records, **people, **elements}
    bounded = bool((exposures["certainty"] == "possible").any())
    rates = [value for name, value in exact.items() if name.endswith(("_precision", "_recall"))]
    passed = all(rate == 1.0 for rate in rates) and places["residency_right"] >= RESIDENCY_AIM
    inside = {"truth_inside": exact["records_recall"] == 1.0 and exact["people_recall"] == 1.0} if bounded else {}
    return {**exact, **places, "bounded": bounded, **inside, "passed": passed}


def rate(hits: int, of: int) -> float:
    """A share; of nothing, everything is right."""
    return round(hits / of, 6) if of else 1.0


def _records(exposures: pd.DataFrame, reads: pd.DataFrame) -> dict[str, Any]:
    said = set(exposures.loc[~exposures["object"].isin(NOT_ABOUT_PEOPLE), "record_id"])
    read = set(reads.loc[~reads["object"].isin(NOT_ABOUT_PEOPLE), "record_id"])
    both = len(said & read)
    return {
        "records_read": len(read),
        "records_found": len(said),
        "records_precision": rate(both, len(said)),
        "records_recall": rate(both, len(read)),
    }


def match_people(found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """For each person of the pipeline: human ("" for none or several), whole (all exposed records there), staff."""
    owner = truth[["person_id", "all_record_ids"]].explode("all_record_ids").set_index("all_record_ids")["person_id"]
    rows = found[["person_id", "record_ids"]].explode("record_ids", ignore_index=True)
    person, persons = pd.factorize(rows["person_id"])
    human, humans = pd.factorize(owner.reindex(rows["record_ids"]).to_numpy(object))
    low, high = np.full(len(persons), len(humans)), np.full(len(persons), -1)
    known = human >= 0
    np.minimum.at(low, person[known], human[known])
    np.maximum.at(high, person[known], human[known])
    single = (high >= 0) & (low == high)
    names = np.append(humans.astype(object), "")
    who = names[np.where(single, high, len(humans))]
    exposed = rows["record_ids"].isin(set(truth["record_ids"].explode())).to_numpy()
    held = np.bincount(person[exposed], minlength=len(persons))
    wanted = truth.set_index("person_id")["record_ids"].map(len).reindex(who).to_numpy()
    users = rows["record_ids"].astype("str").str.startswith(USER_PREFIX).to_numpy(np.bool_)
    others = np.bincount(person[~users], minlength=len(persons))
    return pd.DataFrame(
        {"human": who, "whole": single & (held == wanted), "staff": (others == 0) & (high < 0)},
        index=pd.Index(persons),
    )


def _people(matched: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    judged = matched[~matched["staff"]]
    right = judged.loc[judged["whole"], "human"].nunique()
    return {
        "people": len(truth),
        "people_found": len(judged),
        "people_precision": rate(right, len(judged)),
        "people_recall": rate(right, len(truth)),
    }


def _elements(matched: pd.DataFrame, found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    judged = matched[~matched["staff"]]
    said = _pairs(found.set_index("person_id").loc[judged.index, "elements"])
    humans = judged["human"].reindex([person for person, _ in said])
    claimed = {(human or f"nobody:{person}", element) for human, (person, element) in zip(humans, said, strict=True)}
    real = set(_pairs(truth.set_index("person_id")["elements"]))
    both = len(claimed & real)
    return {
        "elements": len(real),
        "elements_found": len(claimed),
        "element_precision": rate(both, len(claimed)),
        "element_recall": rate(both, len(real)),
    }


def _pairs(lists: pd.Series) -> list[tuple[str, str]]:
    rows = lists.explode().dropna()
    return list(zip(rows.index, rows, strict=True))


def _residency(matched: pd.DataFrame, found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """A certain truth must be met exactly; of an uncertain one any candidate is right, and so is "unknown"."""
    known = matched[matched["human"] != ""]
    said = found.set_index("person_id")["residency"].reindex(known.index)
    real = truth.set_index("person_id").reindex(known["human"])
    right = said.to_numpy() == real["residency"].to_numpy()
    soft = ~real["definite"].to_numpy(np.bool_)
    allowed = [_is_candidate(one, of) for one, of in zip(said, real["candidates"], strict=True)]
    right |= soft & np.array(allowed, dtype=np.bool_)
    return {"residency_right": rate(int(right.sum()), len(right)), "residency_wrong": int((~right).sum())}


def _is_candidate(said: Any, candidates: Iterable[str]) -> bool:
    return said == UNKNOWN or said in set(candidates)
