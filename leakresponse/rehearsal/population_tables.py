"""Records made of humans: one Arrow table per Salesforce object, and which human each record is about."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from leakresponse.rehearsal import population_words as vocabulary
from leakresponse.rehearsal.population_humans import BRANDS, Humans, licences
from leakresponse.rehearsal.population_ids import (
    Column,
    Ints,
    Mask,
    constant,
    empty,
    join,
    moments,
    numbers,
    padded,
    pc,
    pick,
    record_ids,
    take,
    where,
)
from leakresponse.rehearsal.population_places import FIELDS, Places
from leakresponse.rehearsal.population_texts import NOTES, SUBJECTS, Texts, make_texts

STAFF = 200
STAFF_START = 1_000
#: Records were made between these days; fixed, so that a seed gives the same org on every day.
_FIRST, _LAST = np.datetime64("2016-01-01T00:00:00"), np.datetime64("2026-08-31T00:00:00")
_ADDRESS = {"street": "Street", "city": "City", "state": "State", "postal": "PostalCode", "country": "Country"}


@dataclass(slots=True)
class Records:
    """Tables so far, and pairs of human number and record id. `texts` and `case_humans` go with the rows of Case."""

    rng: np.random.Generator
    humans: Humans
    places: Places
    staff: Column
    tables: dict[str, pa.Table] = field(default_factory=dict)
    pairs: list[tuple[Ints, Column]] = field(default_factory=list)
    texts: Texts = field(init=False)
    case_humans: Ints = field(init=False)

    def add(self, name: str, ids: Column, columns: Mapping[str, Column], about: Ints | None = None) -> None:
        """Add a table with its audit fields; `about` gives each record's human, -1 for none."""
        count = len(ids)
        created = self.rng.integers(_FIRST.astype(np.int64), _LAST.astype(np.int64), count)
        changed = np.minimum(created + self.rng.integers(0, 40_000_000, count), _LAST.astype(np.int64))
        by, last = self.owners(count), moments(changed)
        audit = {
            "CreatedDate": moments(created), "CreatedById": by, "LastModifiedDate": last, "LastModifiedById": by,
            "SystemModstamp": last,
        }  # fmt: skip
        self.tables[name] = pa.table({"Id": ids, **columns, **audit})
        if about is not None:
            known = np.flatnonzero(about >= 0)
            self.pairs.append((about[known], take(ids, known)))

    def owners(self, count: int) -> Column:
        """Somebody on the staff for each row."""
        return take(self.staff, self.rng.integers(0, len(self.staff), count))


def make_records(rng: np.random.Generator, humans: Humans, places: Places, staff: Column | None = None) -> Records:
    """Every table of the business side; `staff` are the ids of those who are there already."""
    records = Records(rng, humans, places, record_ids("005", STAFF, STAFF_START) if staff is None else staff)
    if staff is None:
        _staff(records)
    accounts = _accounts(records)
    contacts = _contacts(records, accounts)
    _leads(records)
    _loyalty(records, contacts)
    _cases(records, accounts, contacts)
    _orders(records, accounts, contacts)
    _opportunities(records, accounts)
    return records


def _address(records: Records, prefix: str, rows: Ints, hidden: Mask | None = None) -> dict[str, Column]:
    """The five address columns of some places; blank texts are null, as the org has no empty text."""
    found = {}
    for name in FIELDS:
        column = take(records.places.columns[name], rows)
        gone = np.array(pc.equal(column, "")) | (hidden if hidden is not None else False)
        found[f"{prefix}{_ADDRESS[name]}"] = where(~gone, column)
    return found


def _staff(records: Records) -> None:
    rng, count = records.rng, len(records.staff)
    first, last = pick(rng, vocabulary.FIRST_NAMES, count), pick(rng, vocabulary.LAST_NAMES, count)
    number = pc.cast(pa.array(np.arange(1, count + 1)), pa.large_string())
    user = join(pc.utf8_lower(first), constant(".", count), pc.utf8_lower(last), number)
    username = join(user, constant("@harborpine.example", count))
    line = padded(rng.integers(100, 200, count), 4)
    columns = {
        "Username": username, "Email": username, "FirstName": first, "LastName": last,
        "Name": join(first, last, sep=" "), "Alias": pc.utf8_slice_codeunits(user, 0, 8),
        "Phone": join(constant("(206) 555-", count), line), "MobilePhone": join(constant("(425) 555-", count), line),
        "Title": pick(rng, vocabulary.TITLES, count), "Department": pick(rng, vocabulary.DEPARTMENTS, count),
        "CompanyName": constant(BRANDS[0], count), "UserType": constant("Standard", count),
        "TimeZoneSidKey": constant("America/Los_Angeles", count), "IsActive": pa.array(np.ones(count, dtype=np.int64)),
        "LastLoginDate": moments(_LAST.astype(np.int64) + rng.integers(-900_000, 0, count)),
    }  # fmt: skip
    records.add("User", records.staff, columns)


def _accounts(records: Records) -> Column:
    """One per household: the first address rows are those of the customers' households."""
    humans = records.humans
    first = np.unique(humans.place[: humans.customers], return_index=True)[1]
    houses = humans.place[first]
    ids = record_ids("001", len(first))
    columns = {
        "Name": join(take(humans.last, first), constant("Household", len(first)), sep=" "),
        "Type": constant("Household", len(first)), **_address(records, "Billing", houses),
        "Phone": take(humans.phone, first), "OwnerId": records.owners(len(first)),
        "Brand__c": take(humans.brand, first),
    }  # fmt: skip
    records.add("Account", ids, columns)
    lookup = np.zeros(int(houses.max()) + 1, dtype=np.int64)
    lookup[houses] = np.arange(len(houses))
    return take(ids, lookup[humans.place[: humans.customers]])


def _contacts(records: Records, accounts: Column) -> Column:
    """One per customer, and for two in a hundred a second one: e-mail in other case, fewer fields."""
    humans, rng = records.humans, records.rng
    mailed = np.array(pc.is_valid(humans.email))[: humans.customers]
    twice = np.flatnonzero(mailed & (rng.random(humans.customers) < 0.02))
    rows = np.concatenate([np.arange(humans.customers), twice])
    second = np.arange(len(rows)) >= humans.customers
    houses = humans.place[rows]
    email = take(humans.email, rows)
    residency = take(records.places.residency, houses)
    first, last = take(humans.first, rows), take(humans.last, rows)
    count = len(rows)
    columns = {
        "AccountId": take(accounts, rows), "FirstName": first, "LastName": last, "Name": join(first, last, sep=" "),
        "Email": where(second, pc.utf8_capitalize(email), email), "Phone": take(humans.phone, rows),
        "MobilePhone": where(~second, take(humans.mobile, rows)),
        **_address(records, "Mailing", houses, ~records.places.on_contact[houses]),
        "Birthdate": where(~second, take(humans.birth, rows)), "Description": empty(count),
        "HasOptedOutOfEmail": pa.array((rng.random(count) < 0.2).astype(np.int64)),
        "OwnerId": records.owners(count), "Brand__c": take(humans.brand, rows),
        "Customer_Number__c": join(constant("C", count), padded(rng.integers(0, 10**8, count), 8)),
        "SSN__c": where(~second, take(humans.ssn, rows)),
        "Drivers_License__c": where(~second, licences(rng, residency)),
        "Card_Last4__c": take(humans.card_last4, rows),
        "Loyalty_Tier__c": where(rng.random(count) < 0.1, pick(rng, vocabulary.TIERS, count)),
    }  # fmt: skip
    ids = record_ids("003", count)
    records.add("Contact", ids, columns, rows)
    return ids.slice(0, humans.customers)


def _leads(records: Records) -> None:
    """Humans of their own, and old leads of some customers with the same e-mail and name."""
    humans, rng = records.humans, records.rng
    mailed = np.array(pc.is_valid(humans.email))[: humans.customers]
    became = np.flatnonzero(mailed & (rng.random(humans.customers) < 0.03))
    rows = np.concatenate([np.arange(humans.customers, humans.customers + humans.leads), became])
    count = len(rows)
    houses = humans.place[rows]
    first, last = take(humans.first, rows), take(humans.last, rows)
    columns = {
        "FirstName": first, "LastName": last, "Name": join(first, last, sep=" "),
        "Company": pick(rng, vocabulary.COMPANIES, count), "Email": take(humans.email, rows),
        "Phone": take(humans.phone, rows), **_address(records, "", houses, ~records.places.on_contact[houses]),
        "Status": pick(rng, ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted"), count),
        "OwnerId": records.owners(count), "Brand__c": take(humans.brand, rows),
    }  # fmt: skip
    records.add("Lead", record_ids("00Q", count), columns, rows)


def _loyalty(records: Records, contacts: Column) -> None:
    humans, rng = records.humans, records.rng
    rows = np.flatnonzero(rng.random(humans.customers) < 0.10)
    count = len(rows)
    columns = {
        "Name": join(constant("LM-", count), padded(numbers(count), 7)), "Contact__c": take(contacts, rows),
        "Email__c": take(humans.email, rows), "Points__c": pa.array(rng.integers(0, 20_000, count).astype(float)),
        "Birthdate__c": take(humans.birth, rows), "OwnerId": records.owners(count),
    }  # fmt: skip
    records.add("Loyalty_Member__c", record_ids("a0L", count), columns, rows)


def _cases(records: Records, accounts: Column, contacts: Column) -> None:
    """Requests of three customers in ten, a few not linked to a contact, and those of people known by a form alone."""
    humans, rng = records.humans, records.rng
    asking = np.flatnonzero(rng.random(humans.customers) < 0.30)
    repeated = np.repeat(asking, 1 + rng.poisson(0.5, len(asking)))
    web = np.arange(humans.customers + humans.leads, humans.count)
    rows = np.concatenate([repeated, web])
    count = len(rows)
    mailed = np.array(pc.is_valid(take(humans.email, rows)))
    strange = rows >= humans.customers
    loose = strange | (mailed & ~humans.shared_email[rows] & (rng.random(count) < 0.04))
    named = loose | (rng.random(count) < 0.4)
    linked = np.where(strange, 0, rows)
    texts = make_texts(rng, count)
    records.texts, records.case_humans = texts, rows
    columns = {
        "CaseNumber": padded(numbers(count, 1_000), 8), "ContactId": where(~loose, take(contacts, linked)),
        "AccountId": where(~loose, take(accounts, linked)), "Subject": pick(rng, SUBJECTS, count),
        "Description": texts.description, "Status": pick(rng, ("New", "Working", "Closed", "Closed"), count),
        "Origin": pick(rng, ("Web", "Email", "Phone", "Chat"), count),
        "Priority": pick(rng, ("Low", "Medium", "Medium", "High"), count),
        "SuppliedName": where(named, take(humans.name, rows)), "SuppliedEmail": where(named, take(humans.email, rows)),
        "SuppliedPhone": where(named, take(humans.phone, rows)), "OwnerId": records.owners(count),
    }  # fmt: skip
    ids = record_ids("500", count)
    records.add("Case", ids, columns, rows)
    _history(records, ids, rows, np.flatnonzero(~loose), contacts)


def _history(records: Records, cases: Column, humans_of: Ints, linked: Ints, contacts: Column) -> None:
    """What agents noted on half of the cases that belong to a contact."""
    humans, rng = records.humans, records.rng
    noted = linked[rng.random(len(linked)) < 0.55]
    rows, count = humans_of[noted], len(noted)
    columns = {
        "Name": join(constant("CH-", count), padded(numbers(count), 7)), "Case__c": take(cases, noted),
        "Contact__c": take(contacts, rows), "Note__c": pick(rng, NOTES, count),
        "Email__c": where(rng.random(count) < 0.7, take(humans.email, rows)), "OwnerId": records.owners(count),
    }  # fmt: skip
    records.add("Case_History__c", record_ids("a0H", count), columns, rows)


def _orders(records: Records, accounts: Column, contacts: Column) -> None:
    """Purchases; some are gifts that go to somebody else's address."""
    humans, rng = records.humans, records.rng
    rows = np.repeat(np.arange(humans.customers), rng.poisson(0.7, humans.customers))
    count = len(rows)
    gift = rng.random(count) < 0.02
    houses = np.where(gift, rng.integers(0, humans.places, count), humans.place[rows])
    spent = rng.integers(900, 60_000, count) / 100
    day = rng.integers(_FIRST.astype("datetime64[D]").astype(int), _LAST.astype("datetime64[D]").astype(int), count)
    columns = {
        "OrderNumber": padded(numbers(count), 8), "AccountId": take(accounts, rows),
        "BillToContactId": take(contacts, rows), "EffectiveDate": _dates(day),
        "Status": pick(rng, ("Draft", "Activated", "Activated"), count), "TotalAmount": pa.array(spent),
        **_address(records, "Shipping", houses, ~records.places.on_contact[houses]), "OwnerId": records.owners(count),
    }  # fmt: skip
    records.add("Order", record_ids("801", count), columns, rows)


def _dates(numbers: Ints) -> Column:
    return pc.utf8_slice_codeunits(moments(numbers * 86_400), 0, 10)


def _opportunities(records: Records, accounts: Column) -> None:
    rng, count = records.rng, max(1, records.humans.customers // 500)
    rows = rng.integers(0, len(accounts), count)
    columns = {
        "AccountId": take(accounts, rows),
        "Name": join(constant("Wholesale", count), padded(np.arange(count), 4), sep=" "),
        "StageName": pick(rng, ("Prospecting", "Proposal", "Closed Won"), count),
        "Amount": pa.array(rng.integers(10, 900, count) * 100.0),
        "CloseDate": constant("2026-12-31", count), "OwnerId": records.owners(count),
    }  # fmt: skip
    records.add("Opportunity", record_ids("006", count), columns)


def record_lists(pairs: Iterable[tuple[Ints, Column]], count: int) -> Column:
    """For each of `count` humans the list of record ids about them, in the order of the tables."""
    listed = list(pairs)
    humans = np.concatenate([rows for rows, _ in listed])
    ids = pa.concat_arrays([_flat(column) for _, column in listed])
    order = np.argsort(humans, kind="stable")
    offsets = np.searchsorted(humans[order], np.arange(count + 1))
    return pa.LargeListArray.from_arrays(pa.array(offsets, type=pa.int64()), take(ids, order))


def _flat(column: Column) -> Column:
    return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
