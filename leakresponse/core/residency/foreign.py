"""Addresses that are abroad, may be abroad, or only look so. The country comes before any two-letter code."""

from __future__ import annotations

from dataclasses import replace

from leakresponse.core.residency.countries import Country, city_countries, fits_form, has_form
from leakresponse.core.residency.evidence import Evidence
from leakresponse.core.residency.reading import Reading, known, open_set
from leakresponse.core.residency.states import label
from leakresponse.core.residency.zips import city_states, host_country, prefix_states
from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX


def settle_country(e: Evidence) -> Evidence:
    """Decide a country text that is a country's code or name and a US state's as well ('CA', 'DE', 'Georgia').

    It is the state where the ZIP is one of that state and cannot be that country's postcode, or the city is the ZIP's;
    else the country field means what country fields mean.
    """
    if e.country.kind != "either":
        return e
    foreign, state = e.country.code, e.country.state
    as_us = replace(e, country=Country("us", "US", state), flags=(*e.flags, "STATE_IN_COUNTRY"))
    if state == e.military_zip:
        return as_us
    if state in e.zip_states and (e.city_fits_zip or not fits_form(e.postal.raw, foreign)):
        return as_us
    sure = e.postal.kind == "foreign" or e.state.country == foreign or foreign in city_countries(e.city)
    spelt = not e.zip_states and e.postal.kind != "blank"
    return replace(e, country=Country("foreign", foreign, state, unsure=not (sure or spelt)))


def resolve_foreign(e: Evidence) -> Reading:
    """The country field names a foreign country."""
    country = e.country.code
    here = FOREIGN_PREFIX + country
    if e.military_zip and (e.city_is_post or host_country(e.postal.zip5) == country):
        post = MILITARY_PREFIX + e.military_zip
        if country in city_countries(e.city):
            return open_set((here, post), "military ZIP and civil city abroad")
        return known(post, "military ZIP hosted abroad", "medium", review=True)
    doubt = _us_doubt(e, here)
    if doubt is not None:
        return doubt
    if e.country.unsure:
        also = (label(e.country.state),) if e.country.state else ()
        if e.state.kind == "state" and e.state.code == e.country.state:
            return open_set((here, *also), "one code in state and country")
        return known(here, "country code that is a state code too", "low", review=True, also=also)
    if country == "AE" and e.state.code == "AE" and e.postal.kind == "blank":
        return known(here, "country, beside the code of military post", "medium", review=True)
    return known(here, "country", "high")


def _us_doubt(e: Evidence, here: str) -> Reading | None:
    """A US address under a foreign country, often a picklist's default: the form of the postcode decides."""
    if not e.zip_states or e.postal.repaired:
        return None
    agrees = e.state.kind == "state" and e.state.code in e.zip_states
    could_be_foreign = fits_form(e.postal.raw, e.country.code) or not has_form(e.country.code)
    if agrees and (e.city_fits_zip or not could_be_foreign):
        also = (*e.labels, here)
        return known(label(e.state.code), "state and ZIP against country", "medium", review=True, also=also)
    if agrees and e.country.code not in city_countries(e.city):
        return open_set((here, *e.labels), "state and ZIP against country")
    if e.state.kind in ("blank", "unreadable") and not could_be_foreign:
        return open_set((here, *e.labels), "ZIP against country")
    return None


def resolve_unnamed(e: Evidence) -> Reading | None:
    """No country is named: whether the rest is abroad. None where nothing points there, so that US rules go on."""
    if e.postal.kind == "foreign":
        return known(FOREIGN_PREFIX + e.postal.country, "foreign postcode form", "medium", review=True)
    if e.city_fits_zip or (e.state.kind == "state" and e.state.code in e.zip_states):
        return None
    return _by_city(e) or _by_state_text(e)


def _by_city(e: Evidence) -> Reading | None:
    countries = e.foreign_cities
    if not countries:
        return None
    own = [c for c in countries if c in (e.state.country, e.state.code)]
    if len(own) == 1:
        return known(FOREIGN_PREFIX + own[0], "foreign city, region and postcode form", "medium", review=True)
    if e.state.kind == "state":
        return None
    places = tuple(FOREIGN_PREFIX + c for c in countries)
    if len(places) == 1 and not city_states(e.city) and not e.military_zip:
        return known(places[0], "foreign city and postcode form", "medium", review=True)
    here = e.labels or tuple(label(s) for s in prefix_states(e.postal.zip3))
    return open_set((*places, *here), "city and code fit a foreign country and a ZIP")


def _by_state_text(e: Evidence) -> Reading | None:
    if e.state.kind != "foreign":
        return None
    place = FOREIGN_PREFIX + e.state.country
    if e.zip_states and not (e.postal.repaired and fits_form(e.postal.raw, e.state.country)):
        return open_set((*e.labels, place), "foreign region against ZIP")
    return known(place, "foreign region in the state field", "medium", review=True)
