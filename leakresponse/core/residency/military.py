"""Military and diplomatic post: inside the US for postage, and no state.

AA, AE and AP are addresses (USPS Publication 28 section 225). The notice goes by military mail; for counting, home of
record or the billing state stays a candidate beside it.
"""

from __future__ import annotations

from leakresponse.core.residency.evidence import Evidence
from leakresponse.core.residency.reading import Reading, known, open_set
from leakresponse.core.residency.states import label
from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX

#: Old style rows name the gateway city: 'APO New York', 'FPO San Francisco', 'APO Miami'.
_GATEWAYS: dict[str, str] = {"newyork": "AE", "sanfrancisco": "AP", "seattle": "AP", "miami": "AA"}


def resolve_military(e: Evidence) -> Reading | None:
    """The answer where ZIP, state field or city is one of military post; None where none is."""
    if e.military_zip and not (e.postal.repaired and not _backed(e)):
        return _by_zip(e)
    if e.state.is_military:
        return _by_state(e)
    if e.city_is_post and not e.zip_states:
        return _by_city(e)
    return None


def _backed(e: Evidence) -> bool:
    return e.us or e.city_is_post or e.state.is_military


def _by_zip(e: Evidence) -> Reading:
    """The ZIP decides; the rest says how sure one may be."""
    place = MILITARY_PREFIX + e.military_zip
    if e.state.is_military and e.state.code == e.military_zip:
        sure = e.us and e.state.how == "usps"
        return known(place, "military ZIP and state code", "high" if sure else "medium")
    if e.state.kind in ("blank", "unreadable") and e.us:
        return known(place, "military ZIP", "medium")
    return known(place, "military ZIP alone or against the state field", "medium", review=True)


def _by_state(e: Evidence) -> Reading:
    place = label(e.state.code)
    if e.zip_states:
        return open_set((place, *e.labels), "military state code against a civil ZIP")
    if e.state.code == "AE" and e.state.how == "usps" and not (e.us or e.city_is_post):
        return open_set((place, f"{FOREIGN_PREFIX}AE"), "AE without country or ZIP")
    return known(place, "military state code without ZIP", "medium")


def _by_city(e: Evidence) -> Reading:
    gateway = next((code for city, code in _GATEWAYS.items() if e.city.endswith(city)), "")
    if gateway:
        return known(MILITARY_PREFIX + gateway, "military post office by its gateway", "low", review=True)
    places = [label(e.state.code)] if e.state.kind == "state" else []
    return open_set((*places, *(MILITARY_PREFIX + c for c in ("AE", "AP", "AA"))), "military post office without ZIP")
