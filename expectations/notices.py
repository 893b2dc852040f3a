"""The gate on the list of notices, the last one before something that cannot be taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from expectations.gate import Rule, matches, not_null, one_of, run_gate, unique
from expectations.places import PLACE
from leakresponse.core.quality import GateResult

if TYPE_CHECKING:
    import pandas as pd

GATE: Final = "notices"
CHANNELS: Final = ("email", "letter")
#: The dot-atom form of RFC 5322 addr-spec within the lengths of RFC 5321 section 4.5.3.1, and a host name with a dot.
EMAIL_FORM: Final = (
    r"(?=.{3,254}\Z)(?=[^@]{1,64}@)[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])"
)
_BY_EMAIL = "email_where_used"
_APPROVED = "approved_word"


def check(frame: pd.DataFrame) -> GateResult:
    """Check one row per notice before any is sent.

    Columns: `notice_id, person_id, legal_entity, jurisdiction, variant, variant_hash, channel, email, approved`. Every
    row set aside is named by its notice id. A bad e-mail address sets its row aside and stops nothing.
    """
    return run_gate(GATE, _derived(frame), "notice_id", rules())


def rules() -> tuple[Rule, ...]:
    """The suite, in the order in which it is reported."""
    return (
        not_null("notice_id"),
        unique(["notice_id"], "notice_id_once", "the notice id appears more than once"),
        not_null("person_id"),
        not_null("legal_entity"),
        unique(
            ["person_id", "legal_entity"],
            "one_notice_per_person_and_entity",
            "the person has more than one notice of this legal entity",
        ),
        not_null("jurisdiction"),
        matches("jurisdiction", PLACE, "jurisdiction_known_code", "jurisdiction is not a code of the vocabulary"),
        not_null("variant"),
        not_null("variant_hash"),
        matches("variant_hash", r"[0-9a-f]{64}", "variant_hash_form", "variant hash is not a SHA-256"),
        not_null(_APPROVED),
        one_of(_APPROVED, ["yes"], "variant_approved", "the variant of the notice is not approved"),
        not_null("channel"),
        one_of("channel", CHANNELS, "channel_known", "channel is neither email nor letter"),
        one_of(_BY_EMAIL, ["fits"], "email_form", "e-mail address is missing or malformed", stops=False),
    )


def _derived(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns as the rules read them. A column that cannot be derived stays away, which fails its rule aloud."""
    out = frame.reset_index(drop=True)
    if "approved" in out.columns:
        out[_APPROVED] = out["approved"].map({True: "yes", False: "no"})
    if {"channel", "email"} <= set(out.columns):
        fits = out["email"].astype("string").str.match(rf"{EMAIL_FORM}\Z").fillna(False).astype(bool)
        verdict = fits.map({True: "fits", False: "does not fit"})
        out[_BY_EMAIL] = verdict.where(out["channel"].eq("email").fillna(False).astype(bool))
    return out
