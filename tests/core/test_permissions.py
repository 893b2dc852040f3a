"""What somebody could read: permission sets added up, sharing defaults, guests, and what was taken away since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from leakresponse.core.exposure import plan_replays, reads_of, resolve_reads
from leakresponse.core.exposure_spread import may_hold_people
from leakresponse.core.permissions import (
    Grants,
    ObjectRight,
    Snapshot,
    readable,
    with_holder,
    with_rights,
)
from tests.support.exposure_events import DESCRIBE, USER, C, at, elf, reads, rest

CONTACT = DESCRIBE["Contact"]
READ = {"Contact": ObjectRight(read=True)}
SNAPSHOT = Snapshot(
    datetime(2026, 11, 24, tzinfo=UTC),
    holders={USER: frozenset({"profile"})},
    guests=frozenset(),
    grants={
        "profile": Grants(objects=READ, fields=frozenset({"Contact.Email", "Contact.LastName"})),
        "wide": Grants(objects={"Contact": ObjectRight(True, True, True), "Account": ObjectRight(read=True)}),
        "admin": Grants(view_all_data=True, view_all_fields=True, objects={"Case": ObjectRight(read=True)}),
    },
    sharing={"Contact": ("Private", "Private")},
    guarded=frozenset(f"Contact.{name}" for name in ("Email", "LastName", "SSN__c", "MailingAddress")),
    governed=frozenset({"Contact", "Account", "Case"}),
)


def test_fields_without_permission_are_hidden_and_unguarded_ones_shown() -> None:
    found = readable(SNAPSHOT, USER, CONTACT)
    assert found.fields == {"Id", "LastName", "Email", "AccountId", "OwnerId"}
    assert not found.all_records


def test_parts_of_an_address_go_with_the_whole() -> None:
    granted = with_rights(SNAPSHOT, "profile", [("Contact.MailingAddress", "Read")])
    assert "MailingStreet" not in readable(SNAPSHOT, USER, CONTACT).fields
    assert "MailingStreet" in readable(granted, USER, CONTACT).fields


@pytest.mark.parametrize("held", ["wide", "admin"])
def test_view_all_opens_records_and_fields(held: str) -> None:
    found = readable(with_holder(SNAPSHOT, USER, held), USER, CONTACT)
    assert (found.all_records, found.fields) == (True, frozenset(CONTACT.fields))


def test_view_all_data_opens_every_object_and_not_every_field() -> None:
    data = with_rights(SNAPSHOT, "profile", [("PermissionsViewAllData", "true")])
    assert readable(data, USER, DESCRIBE["Account"]).all_records
    assert "SSN__c" not in readable(data, USER, CONTACT).fields


def test_an_object_that_nobody_opened_for_the_user_is_closed() -> None:
    assert readable(SNAPSHOT, USER, DESCRIBE["Account"]).nothing
    assert not readable(SNAPSHOT, USER, CONTACT).nothing


def test_an_object_without_permissions_of_its_own_is_open() -> None:
    files = replace(CONTACT, name="ContentVersion")
    assert not readable(SNAPSHOT, USER, files).nothing


def test_public_sharing_opens_every_record_and_guests_have_a_default_of_their_own() -> None:
    public = replace(SNAPSHOT, sharing={"Contact": ("Read", "Private")})
    assert readable(public, USER, CONTACT).all_records
    assert not readable(replace(public, guests=frozenset({USER})), USER, CONTACT).all_records


def test_a_guest_never_has_view_all() -> None:
    guest = replace(with_holder(SNAPSHOT, USER, "wide"), guests=frozenset({USER}))
    assert not readable(guest, USER, CONTACT).all_records


def test_rights_that_a_cut_took_are_given_back() -> None:
    cut = replace(SNAPSHOT, grants={**SNAPSHOT.grants, "profile": Grants()})
    assert readable(cut, USER, CONTACT).nothing
    back = with_rights(cut, "profile", [("Contact", "Read,Create"), ("Contact.Email", "Read,Edit")])
    assert "Email" in readable(back, USER, CONTACT).fields


@pytest.mark.parametrize("snapshot", [None, SNAPSHOT])
def test_somebody_unknown_may_have_read_everything(snapshot: Snapshot | None) -> None:
    found = readable(snapshot, "005000000000099AAA", CONTACT)
    assert found.fields == frozenset(CONTACT.fields)
    assert found.all_records


def test_every_field_means_those_that_the_reader_sees() -> None:
    found = reads(rest(1, f"/services/data/v67.0/sobjects/Contact/{C[0]}"))
    (read,) = resolve_reads([replace(one, fields=("FIELDS(ALL)",)) for one in found], DESCRIBE, SNAPSHOT)
    assert "SSN__c" not in read.fields
    assert "Email" in read.fields


def test_a_read_of_unknown_object_is_one_of_each_object_that_the_reader_could_read() -> None:
    row = {
        "TIMESTAMP_DERIVED": at(1),
        "ACTION_MESSAGE": "1$apex://Own/ACTION$load=3",
        "SESSION_KEY": "",
        "LOGIN_KEY": "",
    }
    found = resolve_reads(reads_of(elf("AuraRequest", row).assign(label="attack")), DESCRIBE, SNAPSHOT)
    assert [read.object for read in found] == ["Contact"]
    assert len(plan_replays(found, DESCRIBE)) == 1


def test_setup_history_and_messages_hold_nobody() -> None:
    names = ("Contact", "Applicant__c", "ContactHistory", "CaseShare", "Profile", "Order_Placed__e", "Config__mdt")
    assert may_hold_people(names) == {"Contact", "Applicant__c"}
