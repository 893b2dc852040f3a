"""Requests about the own data: read from what people send, matched to one person or to nobody, never guessed."""

from __future__ import annotations

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.subject_requests import exposure_of, frame_of, kind_of, match, read_csv, read_email, request_of

PEOPLE = pd.DataFrame(
    {
        "person_id": ["p1", "p2", "p3"],
        "record_ids": [["003000000000001AAA", "500000000000001AAA"], ["003000000000002AAA"], ["00Q000000000003AAA"]],
        "elements": [["email", "name", "ssn"], ["name"], []],
        "certainty": ["certain", "possible", "possible"],
        "legal_entity": ["Shop Inc.", "Shop Inc.", "Outlet LLC"],
        "residency": ["CA", "NY", "UNKNOWN"],
    }
)
RECIPIENTS = pd.DataFrame(
    {
        "person_id": ["p1", "p2", "p3"],
        "name": ["Ana Müller", "Bo Ek", "Cy Ek"],
        "email": ["ana@example.com", "ek@example.com", "ek@example.com"],
        "postal_code": ["94105-1234", "10001", "10001"],
    }
)


def one(**values: str) -> dict[str, object]:
    made = request_of({"request_id": "r", "kind": "access", **values}, "csv")
    assert made is not None
    return match(frame_of([made]), PEOPLE, RECIPIENTS).iloc[0].to_dict()


@pytest.mark.parametrize(
    ("asked", "outcome", "person", "candidates"),
    [
        ({"email": "ANA@example.com", "name": "ana muller"}, "matched", "p1", 1),
        ({"record_id": "003000000000002"}, "matched", "p2", 1),
        ({"email": "ek@example.com", "name": "Cy Ek"}, "matched", "p3", 1),
        ({"email": "ek@example.com"}, "unsure", "", 2),
        ({"email": "ana@example.com"}, "unsure", "", 1),
        ({"email": "ana@example.com", "name": "Somebody Else"}, "unsure", "", 1),
        ({"name": "Bo Ek", "postal_code": "10001"}, "unsure", "", 1),
        ({"record_id": "003000000000002AAA", "email": "ana@example.com", "name": "Ana Müller"}, "unsure", "", 2),
        ({"name": "Bo Ek"}, "unknown", "", 0),
        ({"email": "nobody@example.com", "name": "No Body"}, "unknown", "", 0),
    ],
)
def test_only_a_record_or_email_and_name_say_who_asks(asked, outcome, person, candidates):
    found = one(**asked)
    assert (found["outcome"], found["person_id"], found["candidates"]) == (outcome, person, candidates)


def test_every_request_gets_one_line_in_its_order():
    asked = frame_of(
        request_of({"request_id": str(n), "email": email}, "csv")  # type: ignore[misc]
        for n, email in enumerate(["ek@example.com", "no@example.com", "ana@example.com"])
    )
    found = match(asked, PEOPLE, RECIPIENTS)
    assert list(found["request_id"]) == list(asked["request_id"])
    assert list(found["outcome"]) == ["unsure", "unknown", "unsure"]


def test_a_privacy_centres_csv_is_read_with_its_own_headers():
    header = "Ticket ID,Request Type,First Name,Last Name,Data Subject Email"
    (request,) = read_csv(f"{header}\n7,Right to be forgotten,Ana,Müller,a@x.org\n".encode("utf-8-sig")).requests
    assert (request.kind, request.name, request.email) == ("deletion", "Ana Müller", "a@x.org")


def test_rows_that_cannot_be_used_are_named_and_the_others_kept():
    found = read_csv(b"id,type,email\n1,access,a@x.org\n2,access\n3,access,\n\n")
    assert [r.email for r in found.requests] == ["a@x.org"]
    assert found.rejected == ((3, "2 columns instead of 3"), (4, "names nobody"))


@pytest.mark.parametrize("content", [b"", b"colour,size\nred,4\n", b"\xff\xfe\x00"])
def test_what_is_no_table_of_requests_is_refused(content):
    with pytest.raises(BadInput):
        read_csv(content)


def test_a_mail_is_one_request():
    mail = (
        b"From: Ana <ana@example.com>\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@x>\r\n"
        b"Subject: my data\r\n\r\nPlease erase everything you hold about me.\r\n"
    )
    (request,) = read_email(mail).requests
    assert (request.kind, request.name, request.email) == ("deletion", "Ana", "ana@example.com")
    assert request.received_at.startswith("2026-11-20T10:00:00")


def test_a_mail_of_nobody_is_refused():
    with pytest.raises(BadInput, match="no sender"):
        read_email(b"Subject: x\r\n\r\nhello")


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("RTBF", "deletion"), ("DSAR", "access"), ("please delete it and send a copy of it", "deletion"),
        ("GlobalOptOut", "other"), ("", "other"),
    ],
)  # fmt: skip
def test_what_is_asked_for(words, kind):
    assert kind_of(words) == kind


def test_nothing_personal_shows():
    request = request_of({"request_id": "ana@example.com", "email": "ana@example.com", "name": "Ana"}, "csv")
    assert "ana" not in repr(request).lower()


def test_the_exposure_of_one_person_is_that_persons_alone():
    exposures = pd.DataFrame(
        {
            "object": ["Contact", "Case", "Contact"],
            "record_id": ["003000000000001AAA", "500000000000001AAA", "003000000000002AAA"],
            "first_seen": pd.to_datetime(["2026-11-02", "2026-11-01", "2026-10-01"], utc=True),
            "last_seen": pd.to_datetime(["2026-11-03", "2026-11-01", "2026-12-01"], utc=True),
        }
    )
    found = exposure_of("p1", PEOPLE, exposures)
    assert found["objects"] == {"Case": 1, "Contact": 1}
    assert (found["first_read"], found["last_read"]) == ("2026-11-01T00:00:00+00:00", "2026-11-03T00:00:00+00:00")
    assert (found["elements"], found["certainty"]) == (["email", "name", "ssn"], "certain")
