"""Scoring the notices: every human who must be told was told once, at his own address, under his own state's law."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from leakresponse.rehearsal.case_reader import CaseReader
from leakresponse.rehearsal.mail_sink import Accepted, read_journal
from leakresponse.rehearsal.scoring_scope import match_people


def score_notices(truth: pd.DataFrame, finished: CaseReader, journal: Path) -> dict[str, Any]:
    """due, sent, duplicates, missing; undue (nobody owed it), misdirected (another's address), wrong_variant."""
    accepted = read_journal(journal)
    notices = finished.frame("notices.parquet", ["notice_id", "person_id", "jurisdiction", "channel"])
    people = finished.frame("people.parquet", ["person_id", "record_ids"])
    sent = _sent(accepted, notices, match_people(people, truth)["human"])
    real = truth.set_index("person_id")
    due = set(real.index[real["duty"] == "required"])
    told = sent[sent["human"] != ""]
    figures = {
        "due": len(due),
        "sent": len(sent),
        "duplicates": int(told["human"].duplicated().sum() + (sent["human"] == "").sum() - _strangers(sent)),
        "missing": len(due - set(told["human"])),
        "undue": _undue(told, real) + _strangers(sent),
        "misdirected": _misdirected(told, real),
        "wrong_variant": _wrong_variant(told, real),
    }
    faults = ("duplicates", "missing", "undue", "misdirected", "wrong_variant")
    return {**figures, "passed": not any(figures[name] for name in faults)}


def _sent(accepted: Sequence[Accepted], notices: pd.DataFrame, humans: pd.Series) -> pd.DataFrame:
    """One row per accepted message: notice, header's jurisdiction, the list's own, recipient's hash, human."""
    rows = pd.DataFrame(
        [(one.notice_id, one.jurisdiction, one.to_sha256) for one in accepted],
        columns=["notice_id", "header", "to"],
        dtype="str",
    )
    joined = rows.merge(notices.drop_duplicates("notice_id"), on="notice_id", how="left")
    joined["human"] = humans.reindex(joined["person_id"]).fillna("").to_numpy()
    return joined


def _strangers(sent: pd.DataFrame) -> int:
    """Notices to nobody that the scenario knows; the same one twice is a double, not a second stranger."""
    return int(sent.loc[sent["human"] == "", "notice_id"].nunique())


def _undue(told: pd.DataFrame, real: pd.DataFrame) -> int:
    """People told although the law does not ask it; where the law is open, telling is no fault."""
    duty = real["duty"].reindex(told["human"].unique())
    return int((duty == "not_required").sum())


def _misdirected(told: pd.DataFrame, real: pd.DataFrame) -> int:
    mailed = told[told["channel"] == "email"]
    return int((mailed["to"].to_numpy() != real["email_sha256"].reindex(mailed["human"]).to_numpy()).sum())


def _wrong_variant(told: pd.DataFrame, real: pd.DataFrame) -> int:
    """The text of another state than the human's, or a header that is not what the list says."""
    sure = told[real["definite"].reindex(told["human"]).astype("bool").to_numpy()]
    other = (sure["header"].to_numpy() != real["residency"].reindex(sure["human"]).to_numpy()).sum()
    return int(other + (told["header"] != told["jurisdiction"]).sum())
