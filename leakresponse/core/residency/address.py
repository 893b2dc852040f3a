"""One address to one reading: country first, then foreign signs, military post, and the US rules."""

from __future__ import annotations

from leakresponse.core.residency.domestic import resolve_domestic
from leakresponse.core.residency.evidence import Address, Evidence, read_address
from leakresponse.core.residency.foreign import resolve_foreign, resolve_unnamed, settle_country
from leakresponse.core.residency.military import resolve_military
from leakresponse.core.residency.reading import Reading, unique
from leakresponse.core.residency.zips import SUSPICIOUS

#: Defects of a US ZIP that say nothing about a postcode abroad.
_US_ONLY: tuple[str, ...] = (
    "ZIP_LEADING_ZERO_LOST", "ZIP_UNKNOWN", "ZIP_MALFORMED", "ZIP_NOT_A_ZIP", "ZIP_PLUS4", "ZIP_MULTISTATE",
    "ZIP_BLANK", "ZIP_PLACEHOLDER", "STATE_FOREIGN", "STATE_UNREADABLE", "STATE_AMBIGUOUS", "STATE_BLANK",
)  # fmt: skip


def resolve_address(address: Address) -> Reading:
    """Where one address is, and what is wrong with it."""
    evidence = settle_country(read_address(address))
    reading = _decide(evidence)
    flags = _flags(evidence, reading)
    return Reading(reading.residency, reading.candidates, reading.confidence, reading.review, flags, reading.basis)


def _decide(e: Evidence) -> Reading:
    if e.country.kind == "foreign":
        return resolve_foreign(e)
    if not e.us:
        abroad = resolve_unnamed(e)
        if abroad is not None:
            return abroad
    return resolve_military(e) or resolve_domestic(e)


def _flags(e: Evidence, reading: Reading) -> tuple[str, ...]:
    flags = [f for f in e.flags if not (reading.is_foreign and f in _US_ONLY)]
    against = e.state.kind == "state" and bool(e.zip_states) and e.state.code not in e.zip_states
    if against and not reading.is_foreign and not (reading.residency == "DC" and e.state.code == "WA"):
        flags.append("STATE_ZIP_CONFLICT")
    if e.postal.zip5 in SUSPICIOUS and not reading.is_foreign and (not e.zip_states or reading.confidence == "low"):
        flags.append("ZIP_PLACEHOLDER")
    if reading.is_military:
        flags.append("MILITARY")
    return unique(flags)
