"""People and their records for the scope bench: Bulk API result pages and the truth, made in whole columns.

Shaped like T01 (rehearsal/scenarios/t01.py): every Contact and every Case of a shop. Nothing here goes through the
simulated org. Some people wrote by web form only, some have two contacts, some states are empty or spelled out, some
cases carry a card number or an SSN in their text, and others carry digits that only look like one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from leakresponse.core.residency.zips import splits, zip_table

PAGE_ROWS = 100_000
CONTACT_FIELDS = (
    "Id",
    "FirstName",
    "LastName",
    "Name",
    "Email",
    "Phone",
    "MobilePhone",
    "MailingStreet",
    "MailingCity",
    "MailingState",
    "MailingPostalCode",
    "MailingCountry",
    "Birthdate",
    "SSN__c",
    "Drivers_License__c",
    "Card_Last4__c",
    "Customer_Number__c",
    "Loyalty_Tier__c",
    "AccountId",
    "CreatedDate",
    "Brand__c",
    "LastModifiedDate",
)
CASE_FIELDS = (
    "Id",
    "CaseNumber",
    "Subject",
    "Description",
    "Status",
    "Origin",
    "Priority",
    "Type",
    "Reason",
    "ContactId",
    "AccountId",
    "OwnerId",
    "SuppliedName",
    "SuppliedEmail",
    "SuppliedPhone",
    "IsClosed",
    "ClosedDate",
    "CreatedDate",
    "LastModifiedDate",
)
_FIRST = ("Ann", "Bob", "Cleo", "Dirk", "Esra", "Finn", "Gina", "Hugo", "Ines", "Jon", "Kim", "Lars", "Mina", "Ned")
_LAST = ("Abbot", "Brand", "Cole", "Drake", "Evans", "Frost", "Grant", "Hale", "Irwin", "Jones", "Keller", "Lane")
_WORDS = ("Oak", "Elm", "Pine", "Lake", "Hill", "Main", "Mill", "Park", "River", "Spring")
_TEXTS = (
    "My parcel has not arrived yet, please look into it.",
    "The size does not fit and I want to send it back.",
    "I was charged twice for the same order.",
    "Please change my address for the next delivery.",
    "The discount code of your newsletter does not work.",
)

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Column = Any  # a pyarrow array: its stubs do not tell kernels' answers apart


@dataclass(frozen=True, slots=True)
class Shop:
    """Everything about N people, as columns: who has a contact, which cases are whose."""

    size: int
    rng: np.random.Generator
    has_contact: Flags
    doubled: Ints  # people with a second contact
    case_owner: Ints
    place: Ints  # index into the places
    places: pd.DataFrame  # zip, city, state, name


def make_shop(size: int, seed: int = 8) -> Shop:
    """`size` people; one case for six of ten, and for everybody without a contact."""
    rng = np.random.default_rng(seed)
    has_contact = rng.random(size) < 0.85
    with_case = np.flatnonzero((rng.random(size) < 0.6) | ~has_contact)
    again = rng.choice(with_case, len(with_case) // 10, replace=False) if len(with_case) else with_case
    contacts = np.flatnonzero(has_contact)
    doubled = rng.choice(contacts, len(contacts) // 25, replace=False)
    places = _places()
    place = rng.integers(0, len(places), size)
    return Shop(size, rng, has_contact, np.sort(doubled), np.concatenate([with_case, again]), place, places)


def _places() -> pd.DataFrame:
    """Assigned ZIPs of one civil state each, so that a ZIP alone decides."""
    rows = [
        (code, entry.cities.split("|")[0].title(), entry.state)
        for code, entry in zip_table().items()
        if entry.type == "S" and entry.active and code not in splits() and entry.state in _STATES
    ]
    frame = pd.DataFrame(rows, columns=["zip", "city", "state"])
    kept = frame.groupby("state").head(200).reset_index(drop=True)
    return kept.assign(name=kept["state"].map(_STATES))


def write_pages(shop: Shop, folder: Path) -> dict[str, int]:
    """Result pages `<object>-<number>.csv`, quoted as Bulk writes them; the truth beside them. Answers row counts."""
    folder.mkdir(parents=True, exist_ok=True)
    contacts, contact_marks = _contacts(shop)
    cases, case_marks = _cases(shop)
    for name, table in (("Contact", contacts), ("Case", cases)):
        for number, start in enumerate(range(0, table.num_rows, PAGE_ROWS)):
            options = pa_csv.WriteOptions(quoting_style="all_valid")
            pa_csv.write_csv(table.slice(start, PAGE_ROWS), folder / f"{name}-{number:04}.csv", options)
    _truth(shop, [contact_marks, case_marks]).to_csv(folder / "truth.csv", index=False)
    return {"Contact": contacts.num_rows, "Case": cases.num_rows}


def write_tables(folder: Path) -> None:
    """What the scripts by hand look places up in: ZIPs with their state, and spellings of states with their code."""
    folder.mkdir(parents=True, exist_ok=True)
    zips = [(code, entry.state) for code, entry in zip_table().items()]
    pd.DataFrame(zips, columns=["zip", "state"]).to_csv(folder / "zips.csv", index=False)
    spelled = [*((code, code) for code in _STATES), *((name.upper(), code) for code, name in _STATES.items())]
    pd.DataFrame(spelled, columns=["text", "code"]).to_csv(folder / "states.csv", index=False)


def _contacts(shop: Shop) -> tuple[pa.Table, dict[str, Ints]]:
    """Contacts, those with a second one last (their e-mail in capitals); and who has which element."""
    who = np.concatenate([np.flatnonzero(shop.has_contact), shop.doubled])
    again = np.arange(len(who)) >= int(shop.has_contact.sum())
    rng, size = shop.rng, len(who)
    numbers = pa.array(np.arange(size))
    place = shop.places.iloc[shop.place[who]]
    plain = rng.random(size) < 0.9
    first, last = _names(who)
    states = np.where(plain, place["state"], np.where(rng.random(size) < 0.5, place["name"], ""))
    email = _emails(who)
    marks = {
        "dob": rng.random(size) < 0.7,
        "ssn": rng.random(size) < 0.03,
        "drivers_license": rng.random(size) < 0.02,
    }
    columns: dict[str, Column] = {
        "Id": _ids("003", numbers),
        "FirstName": first,
        "LastName": last,
        "Name": _join(first, " ", last),
        "Email": pc.if_else(pa.array(again), pc.utf8_upper(email), email),
        "Phone": _join("(555) ", _padded(who % 1000, 3), "-", _padded(who % 9973, 4)),
        "MobilePhone": _where(rng.random(size) < 0.5, _join("555-", _padded(who % 9967, 4))),
        "MailingStreet": _join(_text(who % 9800 + 100), " ", _pick(_WORDS, who // 7), " St"),
        "MailingCity": pa.array(place["city"]),
        "MailingState": pa.array(states.astype(str)),
        "MailingPostalCode": pa.array(place["zip"]),
        "MailingCountry": _pick(("United States", "USA", ""), who),
        "Birthdate": _where(
            marks["dob"], _join(_text(1940 + who % 60), "-0", _text(1 + who % 9), "-1", _text(who % 9))
        ),
        "SSN__c": _where(
            marks["ssn"],
            _join("2", _padded(who % 99, 2), "-", _padded(11 + who % 80, 2), "-", _padded(1000 + who % 8000, 4)),
        ),
        "Drivers_License__c": _where(marks["drivers_license"], _join("D", _padded(who, 8))),
        "Card_Last4__c": _padded(who % 10_000, 4),
        "Customer_Number__c": _join("C-", _padded(who, 8)),
        "Loyalty_Tier__c": _pick(("Gold", "Silver", "Basic"), who),
        "AccountId": _ids("001", pa.array(who)),
        "CreatedDate": _pick(_DAYS, who),
        "Brand__c": _pick(("Harbor", "Pine"), who),
        "LastModifiedDate": _pick(_DAYS, who // 3),
    }
    always = dict.fromkeys(("name", "email", "phone", "postal_address"), who)
    return _table(columns, CONTACT_FIELDS), always | {name: who[mark] for name, mark in marks.items()}


def _cases(shop: Shop) -> tuple[pa.Table, dict[str, Ints]]:
    """Cases: of a contact by reference, else by the web form's own name and e-mail."""
    who, rng = shop.case_owner, shop.rng
    size = len(who)
    numbers = np.arange(size)
    contact_at = np.cumsum(shop.has_contact) - 1
    known = shop.has_contact[who]
    first, last = _names(who)
    card, social = rng.random(size) < 0.03, rng.random(size) < 0.02
    alike = ~card & ~social & (rng.random(size) < 0.1)
    text = _pick(_TEXTS, numbers)
    text = _join(text, _where(card, _join(" My card is ", _cards(numbers), ".")))
    text = _join(
        text,
        _where(
            social,
            _join(
                " SSN 2", _padded(who % 99, 2), "-", _padded(11 + who % 80, 2), "-", _padded(1000 + who % 8000, 4), "."
            ),
        ),
    )
    text = _join(text, _where(alike, _join(" Order 90000000", _padded(numbers, 8), " of the app.")))
    columns: dict[str, Column] = {
        "Id": _ids("500", pa.array(numbers)),
        "CaseNumber": _padded(numbers, 8),
        "Subject": _pick(("Where is my order", "Return", "Charged twice"), numbers),
        "Description": text,
        "Status": _pick(("Closed", "New"), numbers),
        "Origin": _pick(("Web", "Phone"), numbers),
        "Priority": _pick(("Medium",), numbers),
        "Type": _pick(("Problem", "Question"), numbers),
        "Reason": _pick(("", "Delivery"), numbers),
        "ContactId": _where(known, _ids("003", pa.array(contact_at[who]))),
        "AccountId": _where(known, _ids("001", pa.array(who))),
        "OwnerId": _ids("005", pa.array(numbers % 40)),
        "SuppliedName": _where(~known, _join(first, " ", last)),
        "SuppliedEmail": _where(~known, _emails(who)),
        "SuppliedPhone": _where(~known, _join("555-", _padded(who % 9967, 4))),
        "IsClosed": _pick(("true", "false"), numbers),
        "ClosedDate": _pick((*_DAYS, ""), numbers),
        "CreatedDate": _pick(_DAYS, numbers),
        "LastModifiedDate": _pick(_DAYS, numbers // 5),
    }
    forms = dict.fromkeys(("name", "email", "phone"), who[~known])
    return _table(columns, CASE_FIELDS), {**forms, "payment_card_alone": who[card], "ssn": who[social]}


def _truth(shop: Shop, marks: list[dict[str, Ints]]) -> pd.DataFrame:
    """(state, element, people), and the element `any` for everybody of a state."""
    touched = np.zeros(shop.size, np.bool_)
    touched[shop.case_owner] = True
    states = np.where(shop.has_contact, shop.places["state"].to_numpy()[shop.place], "UNKNOWN")
    held: dict[str, Flags] = {"any": touched | shop.has_contact}
    for some in marks:
        for name, who in some.items():
            held.setdefault(name, np.zeros(shop.size, np.bool_))[who] = True
    parts = [
        pd.Series(states[has]).value_counts().rename_axis("state").reset_index(name="people").assign(element=name)
        for name, has in held.items()
    ]
    found = pd.concat(parts)[["state", "element", "people"]]
    return found.sort_values(["state", "element"], ignore_index=True)


def _names(who: Ints) -> tuple[Column, Column]:
    return _pick(_FIRST, who), _join(_pick(_LAST, who // len(_FIRST)), _pick(("", "son", "man"), who // 31))


def _emails(who: Ints) -> Column:
    first, last = _names(who)
    return pc.utf8_lower(_join(first, ".", last, _text(who), "@mail", _text(who % 50), ".example"))


def _cards(numbers: Ints) -> Column:
    """Card numbers of sixteen digits with a right check digit (ISO/IEC 7812: Luhn)."""
    body = 4_00000_000000_000 + numbers * 7 + 13
    digits = np.stack([body // 10**place % 10 for place in range(15)])
    doubled = digits[::2] * 2
    total = (doubled - 9 * (doubled > 9)).sum(axis=0) + digits[1::2].sum(axis=0)
    return pa.array(body * 10 + (10 - total % 10) % 10).cast(pa.string())


def _ids(prefix: str, numbers: Column) -> Column:
    """Salesforce ids of 18 characters; without capitals the last three are AAA."""
    return _join(prefix, "0", pc.utf8_lpad(numbers.cast(pa.string()), 11, "0"), "AAA")


def _text(numbers: Ints) -> Column:
    return pa.array(numbers).cast(pa.string())


def _padded(numbers: Ints, width: int) -> Column:
    return pc.utf8_lpad(_text(numbers), width, "0")


def _join(*parts: Column) -> Column:
    return pc.binary_join_element_wise(*parts, "")


def _pick(words: tuple[str, ...], numbers: Ints) -> Column:
    return pa.array(words).take(pa.array(numbers % len(words)))


def _where(chosen: Flags, values: Column) -> Column:
    return pc.if_else(pa.array(chosen), values, "")


def _table(columns: Mapping[str, Column], order: tuple[str, ...]) -> pa.Table:
    return pa.table({name: columns[name] for name in order})


_DAYS = tuple(f"2026-{month:02}-{day:02}T08:30:00.000Z" for month in range(1, 11) for day in (3, 9, 14, 21, 27))
_STATES = {
    "AL": "Alabama",
    "AZ": "Arizona",
    "CA": "California",
    "CO": "Colorado",
    "FL": "Florida",
    "GA": "Georgia",
    "IL": "Illinois",
    "MA": "Massachusetts",
    "ME": "Maine",
    "MI": "Michigan",
    "NC": "North Carolina",
    "NY": "New York",
    "OH": "Ohio",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "TX": "Texas",
    "UT": "Utah",
    "VA": "Virginia",
    "VT": "Vermont",
    "WI": "Wisconsin",
}
