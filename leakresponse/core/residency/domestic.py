"""US addresses: ZIP, state and city against each other.

The ZIP beats the state field when only one of them can be read; when both can and they disagree, both stay in play.
A repaired ZIP counts only as long as nothing contradicts it. A city alone is no evidence.
"""

from __future__ import annotations

from leakresponse.core.residency.evidence import Evidence
from leakresponse.core.residency.reading import Confidence, Reading, known, nothing, open_set
from leakresponse.core.residency.states import LOOKALIKES, StateText, label, read_state
from leakresponse.core.residency.zips import SUSPICIOUS, city_states, is_lopsided, prefix_states, serves_neighbour
from leakresponse.core.vocabulary import FOREIGN_PREFIX, UNKNOWN


def resolve_domestic(e: Evidence) -> Reading:
    """Place an address that is in the US, or that nothing places abroad."""
    state, borrowed = _best_state(e)
    if e.zip_states:
        if state.kind == "state":
            return _agreeing(e, state, borrowed) or _conflicting(e, state)
        return _by_zip(e, state)
    if e.postal.kind == "masked":
        return _by_prefix(e, state)
    if state.kind in ("state", "ambiguous", "foreign"):
        return _by_state(e, state, borrowed)
    return _unassigned(e)


def _best_state(e: Evidence) -> tuple[StateText, bool]:
    """The state field, or else a state found in a neighbouring field; True where it was borrowed from there."""
    if e.state.kind in ("state", "ambiguous"):
        return e.state, False
    if e.city_state.kind == "state":
        return e.city_state, True
    swapped = read_state(e.city)
    if e.state.kind == "unreadable" and swapped.kind == "state":
        return swapped, True
    if e.country.state:
        return StateText("state", e.country.state, "name"), e.country.kind == "state"
    if e.postal.state:
        return StateText("state", e.postal.state, "name"), True
    return e.state, False


def _agreeing(e: Evidence, state: StateText, borrowed: bool) -> Reading | None:
    """State and ZIP say the same: a state of the ZIP's set is accepted, the whole set stays in play."""
    code = state.code
    if code == "WA" and e.zip_states == ("DC",) and e.city.startswith("washington"):
        return known("DC", "ZIP; the city's name in the state field", "medium")
    if code not in e.zip_states:
        return None
    place = label(code)
    weak = borrowed or not e.us or state.how == "fips" or e.postal.repaired == "signs"
    sure: Confidence = "medium" if weak and not place.startswith(FOREIGN_PREFIX) else "high"
    return known(place, "state and ZIP agree", sure, also=e.labels)


def _conflicting(e: Evidence, state: StateText) -> Reading:
    """Both can be read and disagree; a city that fits only one of them decides, with review."""
    place = label(state.code)
    if e.postal.repaired or e.postal.zip5 in SUSPICIOUS:
        return known(place, "state against a doubtful ZIP", "low", review=True, also=e.labels)
    if serves_neighbour(e.postal.zip5, state.code):
        return known(place, "state of an agency's own ZIP", "medium", review=True, also=e.labels)
    towns = city_states(e.city) if e.city else frozenset()
    zip_town = e.city_fits_zip or (bool(towns & set(e.zip_states)) and state.code not in towns)
    if zip_town and is_lopsided(e.postal.zip5):
        return known(e.labels[0], "ZIP and city against state", "medium", review=True, also=(*e.labels, place))
    return open_set((*e.labels, place), "state against ZIP")


def _by_zip(e: Evidence, state: StateText) -> Reading:
    """The ZIP is assigned and the state field gives nothing to hold against it."""
    hinted = [o for o in state.options if o in e.labels]
    if len(hinted) == 1:
        return known(hinted[0], "ZIP and an old state code", "medium", also=e.labels)
    if not is_lopsided(e.postal.zip5):
        return open_set(e.labels, "ZIP over a state line, no state")
    place, fits = e.labels[0], e.city_fits_zip
    if e.country.kind == "unreadable" and not fits:
        return _in_no_known_country(e, place)
    if e.postal.zip5 in SUSPICIOUS and not fits:
        return known(place, "a ZIP often typed as a filler", "low", review=True, also=(*e.labels, UNKNOWN))
    if e.postal.repaired == "zero" and e.city_elsewhere:
        return open_set(e.labels, "repaired ZIP against city")
    unbacked = e.postal.repaired == "signs" or (e.postal.repaired == "zero" and not e.us)
    if unbacked and not fits:
        return known(place, "repaired ZIP alone", "low", review=True, also=e.labels)
    doubtful = e.city_elsewhere or state.kind == "ambiguous" or (state.kind == "foreign" and not fits)
    return known(place, "ZIP", "medium", review=doubtful, also=e.labels)


def _in_no_known_country(e: Evidence, place: str) -> Reading:
    """A country is written and cannot be read: it is not the US by silence, and no zero is restored on its word."""
    if e.postal.repaired:
        return open_set((*e.labels, UNKNOWN), "repaired ZIP under an unreadable country")
    return known(place, "ZIP under an unreadable country", "low", review=True, also=(*e.labels, UNKNOWN))


def _by_prefix(e: Evidence, state: StateText) -> Reading:
    """A masked ZIP: its three digits are an exact rule outside a few prefixes, and those are refused."""
    states = prefix_states(e.postal.zip3)
    places = tuple(label(s) for s in states)
    if not states:
        return _by_state(e, state, False) if state.kind == "state" else _unassigned(e)
    if state.kind == "state" and state.code in states:
        return known(label(state.code), "state and masked ZIP agree", "medium", also=places)
    if state.kind == "state":
        return open_set((*places, label(state.code)), "state against masked ZIP")
    if len(places) == 1:
        return known(places[0], "masked ZIP", "medium")
    return open_set(places, "masked ZIP over a state line")


def _by_state(e: Evidence, state: StateText, borrowed: bool) -> Reading:
    """No ZIP to go by. A code that is a foreign one as well needs the country, or a city of that state."""
    if state.kind == "ambiguous":
        return open_set(state.options, "ambiguous state field")
    if state.kind == "foreign":
        return open_set((FOREIGN_PREFIX + state.country,), "foreign region in a US address")
    place = label(state.code)
    if state.how == "fips":
        return known(place, "state number", "medium" if e.us else "low", review=not e.us)
    in_town = state.code in city_states(e.city)
    if not e.us and state.is_bare_lookalike and not in_town:
        return open_set((place, *LOOKALIKES[state.code]), "state code that is a foreign code too")
    if e.country.kind == "unreadable" and not in_town:
        return known(place, "state under an unreadable country", "low", review=True, also=(UNKNOWN,))
    return known(place, "state in a neighbouring field" if borrowed else "state", "medium")


def _unassigned(e: Evidence) -> Reading:
    """Neither state nor an assigned ZIP. The prefix of an unassigned ZIP is a hint, not a place."""
    if e.postal.kind != "zip" or e.postal.zip5 in SUSPICIOUS:
        return nothing()
    places = tuple(label(s) for s in prefix_states(e.postal.zip3))
    return open_set(places, "prefix of an unassigned ZIP")
