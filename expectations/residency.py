"""The gate on residency columns: what decides whose law applies, before anybody asks the law.

Our own answer (residency, candidates, confidence) must hold to its vocabulary, else the gate stops. What customers and
shops typed (postal code, state) may be dirty: such rows are set aside for a person to look at and nothing stops.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from expectations.gate import Rule, matches, not_null, one_of, run_gate, unique
from expectations.places import PLACE, PLACES
from leakresponse.core.quality import GateResult

if TYPE_CHECKING:
    import pandas as pd

GATE: Final = "residency"
CONFIDENCE: Final = ("high", "medium", "low", "none", "unknown")
#: Five digits, or ZIP+4. Asked only of rows whose country is the United States or blank.
ZIP_FORM: Final = r"\d{5}(?:-?\d{4})?"
_FITS = "state_fits_zip"
_US_ZIP = "us_postal_code"


def check(frame: pd.DataFrame, id_column: str = "person_id") -> GateResult:
    """Check one row per person: `residency, candidates, confidence, state, postal_code, country`.

    `candidates` is text with spaces or a list. Never raises for what is in the rows: a missing column or a check that
    cannot be carried out is a tool failure of its rule.
    """
    return run_gate(GATE, _derived(frame), id_column, rules(id_column))


def rules(id_column: str = "person_id") -> tuple[Rule, ...]:
    """The suite, in the order in which it is reported."""
    return (
        not_null(id_column),
        unique([id_column], "one_row_per_person", "the person has more than one row"),
        not_null("residency"),
        matches("residency", PLACE, "residency_known_code", "residency is not a code of the vocabulary"),
        matches("candidates", PLACES, "candidates_known_codes", "a candidate is not a code of the vocabulary"),
        not_null("confidence"),
        one_of("confidence", CONFIDENCE, "confidence_known_word", "confidence is not a word of the vocabulary"),
        matches(_US_ZIP, ZIP_FORM, "postal_code_form", "postal code has not the form of a ZIP", stops=False),
        one_of(_FITS, ["yes"], "state_fits_zip", "state and ZIP name different states", stops=False),
    )


def _derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as the rules read them. A column that cannot be derived stays away, which fails its rule aloud."""
    out = frame.reset_index(drop=True)
    if "candidates" in out.columns:
        out["candidates"] = out["candidates"].map(_joined)
    if {"postal_code", "country"} <= set(out.columns):
        out[_US_ZIP] = out["postal_code"].where(_in_the_us(out["country"]))
    if {"state", "postal_code", "country"} <= set(out.columns):
        out[_FITS] = _agreement(out)
    return out


def _joined(candidates: object) -> str | None:
    if candidates is None or isinstance(candidates, float):
        return None
    if isinstance(candidates, str):
        return candidates.strip() or None
    return " ".join(str(c) for c in candidates) if isinstance(candidates, Iterable) else str(candidates)


def _in_the_us(country: pd.Series) -> pd.Series:
    from leakresponse.core.residency.countries import country_code

    verdict = {text: not text.strip() or country_code(text) == "US" for text in country.dropna().astype(str).unique()}
    return country.map(lambda text: verdict.get(text, True)).astype(bool)


def _agreement(frame: pd.DataFrame) -> pd.Series:
    """yes or no where a US row has both a readable state and an assigned ZIP, else nothing."""
    import pandas as pd

    both = frame["state"].notna() & frame["postal_code"].notna() & _in_the_us(frame["country"])
    pairs = frame.loc[both, ["state", "postal_code"]].astype(str)
    known = {pair: _fits(*pair) for pair in set(zip(pairs["state"], pairs["postal_code"], strict=True))}
    answers = [known[pair] for pair in zip(pairs["state"], pairs["postal_code"], strict=True)]
    return pd.Series(answers, index=pairs.index, dtype=object).reindex(frame.index)


def _fits(state: str, postal_code: str) -> str | None:
    from leakresponse.core.residency.postal import read_postal
    from leakresponse.core.residency.states import read_state
    from leakresponse.core.residency.zips import military_code, serves_neighbour, zip_states

    said = read_state(state)
    zip5 = read_postal(postal_code).zip5
    places = zip_states(zip5)
    if said.kind != "state" or not places:
        return None
    if said.code in places or said.code == military_code(zip5) or serves_neighbour(zip5, said.code):
        return "yes"
    return "no"
