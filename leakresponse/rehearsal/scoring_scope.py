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
from leakresponse.rehearsal.scoring_bounds import claim_of, score_bounds

#: Objects that hold no person's data and are therefore no part of the comparison.
NOT_ABOUT_PEOPLE = frozenset({"Organization", "Report"})
USER_PREFIX = "005"
RESIDENCY_AIM = 0.998
#: Flags by which a case says that a person's address is protected.
PROTECTED_FLAGS = frozenset({"protected", "protected_address"})


def score_scope(
    reads: pd.DataFrame, truth: pd.DataFrame, finished: CaseReader, exact_possible: bool = True
) -> dict[str, Any]:
    """Precision and recall of records, people and person x element; share of residencies that are right.

    `exact_possible`: whether the org's logs give the exact set. Where they do not, a case passes by bounds that hold
    the truth, and never by claiming an exact set that is not it.
    """
    exposures = finished.frame("exposures.parquet", ["object", "record_id", "certainty"])
    found = finished.frame("people.parquet")
    matched = match_people(found, truth)
    judged = found[~found["person_id"].map(matched["staff"]).astype(bool)]
    claim = claim_of(judged, finished.counts("case.json"))
    bounded = not claim.exact or _in_doubt(exposures)
    exact = {**_records(exposures, reads), **_people(matched, truth), **_elements(matched, found, truth)}
    places, more = _residency(matched, found, truth), _marks(matched, found, truth)
    rates = [value for name, value in {**exact, **more}.items() if name.endswith(("_precision", "_recall"))]
    bounds = {**score_bounds(claim, truth, reads), "certain_right": _certain_right(matched, judged)} if bounded else {}
    held = bounded and not exact_possible and bool(bounds["truth_inside"]) and bounds["certain_right"] == 1.0
    passed = (held or all(rate == 1.0 for rate in rates)) and places["residency_right"] >= RESIDENCY_AIM
    return {**exact, **places, **more, "bounded": bounded, **bounds, "passed": passed}


def _in_doubt(exposures: pd.DataFrame) -> bool:
    """Whether there are records that no channel is certain of."""
    certain = exposures.loc[exposures["certainty"] == "certain", "record_id"]
    return not exposures["record_id"].isin(certain).all()


def _certain_right(matched: pd.DataFrame, judged: pd.DataFrame) -> float:
    """Of the people that the case is certain of, the share who really were exposed."""
    sure = judged.loc[judged["certainty"] == "certain", "person_id"] if "certainty" in judged else judged["person_id"]
    return rate(int((matched["human"].reindex(sure) != "").sum()), len(sure))


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
    own = truth[["person_id", "all_record_ids"]].explode("all_record_ids").dropna()
    owner = own.set_index("all_record_ids")["person_id"]
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
    matched = pd.DataFrame(
        {"human": who, "whole": single & (held == wanted), "staff": (others == 0) & (high < 0)},
        index=pd.Index(persons),
    )
    return _match_households(matched, found, truth) if "shared_ids" in truth else matched


def _match_households(matched: pd.DataFrame, found: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    """People of whom nothing but records of their household were read: nothing tells its members apart, so any of the
    pipeline's people who have exactly these records stand for them, as many as there are."""
    homes = truth.loc[(truth["record_ids"].map(len) == 0), ["person_id", "shared_ids"]]
    homes = homes.assign(key=homes["shared_ids"].map(lambda ids: tuple(sorted(ids))))
    lone = found.loc[found["person_id"].map(matched["human"]).eq(""), ["person_id", "record_ids"]]
    lone = lone.assign(key=lone["record_ids"].map(lambda ids: tuple(sorted(ids))))
    for side in (homes, lone):
        side["turn"] = side.groupby("key").cumcount()
    pairs = lone.merge(homes, on=["key", "turn"], suffixes=("", "_human"))
    matched.loc[pairs["person_id"], "human"] = pairs["person_id_human"].to_numpy()
    matched.loc[pairs["person_id"], "whole"] = True
    return matched


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


def _marks(matched: pd.DataFrame, found: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    """What the scenario knows besides: whose address is protected, and which of the retailer's companies hold whom."""
    known = matched.loc[matched["human"] != "", "human"]
    said = found.set_index("person_id").loc[known.index]
    real = truth.set_index("person_id").reindex(known)
    more: dict[str, Any] = {}
    if "protected" in truth:
        claimed = said["flags"].map(lambda some: bool(PROTECTED_FLAGS & set(some))).to_numpy(np.bool_)
        right = int((claimed & real["protected"].to_numpy(np.bool_)).sum())
        more["protected_precision"] = rate(right, int(claimed.sum()))
        more["protected_recall"] = rate(right, int(truth["protected"].sum()))
    if "legal_entities" in truth:
        named = [set(str(one).split("; ")) for one in said["legal_entity"]]
        agree = sum(one == set(of) for one, of in zip(named, real["legal_entities"], strict=True))
        more["entity_precision"] = rate(agree, len(named))
    return more


def _is_candidate(said: Any, candidates: Iterable[str]) -> bool:
    return said == UNKNOWN or said in set(candidates)
