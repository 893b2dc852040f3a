"""One address, each of its fields read once; the facts that every rule of the resolver asks for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from leakresponse.core.residency.countries import Country, city_countries, fits_form, read_country
from leakresponse.core.residency.postal import Postal, read_postal
from leakresponse.core.residency.states import StateText, label, merge_state, read_state
from leakresponse.core.residency.text import has_mojibake, is_placeholder, squeeze
from leakresponse.core.residency.zips import city_states, military_code, zip_cities, zip_states

_POST = re.compile(r"\b(?:APO|FPO|DPO)\b")
_TAIL_CODE = re.compile(r"\s([A-Z]{2})\.?$")


class Address(NamedTuple):
    """One address as typed. None means that the source has no such column, which is no defect of the row."""

    city: str | None = None
    state: str | None = None
    state_code: str | None = None
    postal: str | None = None
    country: str | None = None
    country_code: str | None = None
    street: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The read address. `zip_states` are labels' codes of an assigned ZIP; `city` is squeezed and without its state."""

    city: str
    city_state: StateText
    city_is_post: bool
    state: StateText
    postal: Postal
    country: Country
    zip_states: tuple[str, ...]
    military_zip: str
    flags: tuple[str, ...]

    @property
    def us(self) -> bool:
        """Whether the country field itself says that this is in the US."""
        return self.country.kind in ("us", "state")

    @property
    def labels(self) -> tuple[str, ...]:
        """Residencies of the ZIP's states, main one first."""
        return tuple(label(s) for s in self.zip_states)

    @property
    def city_fits_zip(self) -> bool:
        """The city is one that mail for this ZIP carries."""
        return bool(self.city) and self.city in zip_cities(self.postal.zip5)

    @property
    def city_elsewhere(self) -> bool:
        """The city is a US city, but of other states than the ZIP's."""
        states = city_states(self.city) if self.city else frozenset()
        return bool(states) and not states & set(self.zip_states)

    @property
    def foreign_cities(self) -> tuple[str, ...]:
        """Countries with a big city of this name whose postcodes have the form of this one."""
        return tuple(c for c in city_countries(self.city) if fits_form(self.postal.raw, c)) if self.city else ()


def _read_city(text: str) -> tuple[str, StateText, bool]:
    """City key, the state inside the field, and whether it stands behind a separator ('Kenai, Alaska')."""
    for sign in (",", "/"):
        head, found, tail = text.rpartition(sign)
        state = read_state(tail.strip()) if found and tail.strip() else StateText("blank")
        if state.kind == "state" and state.how != "fips":
            return squeeze(head), state, sign == ","
    match = _TAIL_CODE.search(text)
    if match and read_state(match[1]).kind == "state" and not _POST.search(text):
        return squeeze(text[: match.start()]), read_state(match[1]), False
    return squeeze(text), StateText("blank"), False


def _field_flags(address: Address, state: StateText, differs: bool, in_city: bool, blank_city: bool) -> list[str]:
    flags: list[str] = []
    if address.state is not None and state.kind == "blank":
        flags.append("STATE_BLANK")
    if state.how == "misspelt":
        flags.append("STATE_MISSPELT")
    flags += [
        name
        for name, holds in (
            ("STATE_CODE_CONFLICT", differs),
            ("STATE_AMBIGUOUS", state.kind == "ambiguous"),
            ("STATE_FOREIGN", state.kind == "foreign"),
            ("STATE_UNREADABLE", state.kind == "unreadable"),
            ("STATE_IN_CITY", in_city),
            ("CITY_BLANK", address.city is not None and blank_city),
            ("MOJIBAKE", any(has_mojibake(t) for t in (address.city, address.state, address.street) if t)),
        )
        if holds
    ]
    return flags


def _postal_flags(address: Address, postal: Postal, states: tuple[str, ...], military: str) -> list[str]:
    if address.postal is None:
        return []
    flags = list(postal.flags)
    if postal.kind == "zip" and not states and not military:
        flags.append("ZIP_UNKNOWN")
    if len(states) > 1:
        flags.append("ZIP_MULTISTATE")
    return flags


def _country_flags(country: Country) -> list[str]:
    if country.unsure:
        return ["COUNTRY_CONFLICT"]
    names = {"unreadable": "COUNTRY_UNREADABLE", "state": "STATE_IN_COUNTRY"}
    return [names[country.kind]] if country.kind in names else []


def read_address(address: Address) -> Evidence:
    """Read every field of one address; no decision is taken here."""
    city_text = (address.city or "").strip()
    city, city_state, in_city = _read_city(city_text)
    blank_city = is_placeholder(city_text)
    state, differs = merge_state((address.state or "").strip(), (address.state_code or "").strip())
    postal = read_postal(address.postal or "")
    as_state = read_state((address.country or "").strip())
    country = read_country(
        (address.country or "").strip(),
        (address.country_code or "").strip(),
        as_state.code if as_state.kind == "state" and as_state.how != "fips" else "",
    )
    military = military_code(postal.zip5) if postal.kind == "zip" else ""
    states = zip_states(postal.zip5) if postal.kind == "zip" and not military else ()
    flags = [
        *_field_flags(address, state, differs, in_city, blank_city),
        *_postal_flags(address, postal, states, military),
        *_country_flags(country),
    ]
    post = bool(_POST.search(city_text.upper()))
    key = "" if blank_city else city
    return Evidence(key, city_state, post, state, postal, country, states, military, tuple(flags))
