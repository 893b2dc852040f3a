"""Secrets in free text that open other systems; what it gives away of people is read in `elements_text`.

Nothing here returns a value that was found: only fingerprints by which the same secret is known again. What a secret
looks like is told in `secret_shapes`.
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leakresponse.core.exposure_ids import matching
from leakresponse.core.secret_rules import find_in_text
from leakresponse.core.secret_shapes import HINT


@dataclass(frozen=True, slots=True)
class SecretFinding:
    """A secret found in exposed text: what kind, in which record and field, and its fingerprint; never the value."""

    kind: str
    object: str
    record_id: str
    field: str
    fingerprint: str


def find_secrets(object_name: str, record_ids: pd.Series, texts: pd.Series, field: str) -> list[SecretFinding]:
    """Secrets in a column of text, each once per record."""
    filled = texts.fillna("").astype("str")
    wanted = matching(filled, HINT)
    found: dict[tuple[str, str], SecretFinding] = {}
    for record_id, text in zip(record_ids[wanted].tolist(), filled[wanted].tolist(), strict=True):
        for one in find_in_text(text):
            mark = one.fingerprint
            found.setdefault((str(record_id), mark), SecretFinding(one.kind, object_name, str(record_id), field, mark))
    return list(found.values())
