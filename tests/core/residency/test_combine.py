"""Several addresses of one person: dates, second opinions, gifts and mailboxes."""

from __future__ import annotations

from leakresponse.core.residency import Address, resolve_address
from leakresponse.core.residency.combine import Dated, Kind, Marks, combine
from leakresponse.core.residency.reading import Reading

BLANK = Address()


def at(kind: Kind, state: str, when: int | None = None, country: str = "US") -> Dated:
    return Dated(kind, when, resolve_address(Address(state=state, country=country)))


def judged(answer: Reading) -> tuple[str, set[str], str, bool]:
    return answer.residency, set(answer.candidates), answer.confidence, answer.review


def test_nothing_at_all() -> None:
    assert judged(combine([])) == ("UNKNOWN", {"UNKNOWN"}, "unknown", True)


def test_blank_contact_takes_billing_at_medium_at_most() -> None:
    blank = Dated("mailing", None, resolve_address(BLANK))
    billing = Dated("billing", None, resolve_address(Address(state="IL", postal="60601", country="US")))
    assert judged(combine([blank, billing])) == ("IL", {"IL"}, "medium", False)


def test_newer_delivery_moves_a_person_when_billing_agrees() -> None:
    answer = combine([at("mailing", "CA", 1), at("billing", "NV"), at("shipping", "NV", 2)])
    assert judged(answer) == ("NV", {"NV", "CA"}, "medium", True)
    assert "ADDRESS_CONFLICT" in answer.flags


def test_older_delivery_moves_nobody() -> None:
    answer = combine([at("mailing", "CA", 2), at("billing", "NV"), at("shipping", "NV", 1)])
    assert answer.residency == "CA"


def test_one_parcel_may_be_a_gift() -> None:
    answer = combine([at("mailing", "CA", 1), at("shipping", "NV", 2)])
    assert judged(answer) == ("CA", {"CA", "NV"}, "medium", True)


def test_two_deliveries_are_no_gift() -> None:
    answer = combine([at("mailing", "CA", 1), at("shipping", "NV", 2), at("shipping", "NV", 3)])
    assert answer.residency == "NV"


def test_gift_beside_an_agreeing_billing_address_needs_no_review() -> None:
    answer = combine([at("mailing", "CA", 1), at("billing", "CA"), at("shipping", "NV", 2)])
    assert judged(answer) == ("CA", {"CA", "NV"}, "medium", False)
    assert "GIFT_SHIPMENT" in answer.flags


def test_undated_disagreement_is_low_and_kept_with_the_contact() -> None:
    assert judged(combine([at("mailing", "CA"), at("billing", "NV")])) == ("CA", {"CA", "NV"}, "low", True)


def test_newer_billing_wins_over_an_older_contact() -> None:
    assert combine([at("mailing", "CA", 1), at("billing", "NV", 2)]).residency == "NV"


def test_a_lead_is_silent_beside_a_contact_and_speaks_alone() -> None:
    assert judged(combine([at("mailing", "CA", 1), at("lead", "NV", 2)])) == ("CA", {"CA"}, "medium", False)
    assert combine([at("lead", "NV", 2)]).residency == "NV"


def test_another_address_decides_a_split_zip() -> None:
    split = Dated("mailing", None, resolve_address(Address(postal="42223", country="US")))
    assert judged(combine([split, at("billing", "TN")])) == ("TN", {"KY", "TN"}, "medium", False)
    assert judged(combine([split, at("billing", "OH")])) == ("UNKNOWN", {"KY", "TN", "OH"}, "low", True)


def test_military_post_keeps_the_billing_state_as_candidate() -> None:
    answer = combine([at("mailing", "AP", 1), at("billing", "TX")])
    assert judged(answer) == ("MIL:AP", {"MIL:AP", "TX"}, "medium", True)


def test_a_mailbox_is_a_weak_address() -> None:
    answer = combine([at("mailing", "SD")], Marks(forwarder=True, flags=("FORWARDER",)))
    assert judged(answer) == ("SD", {"SD", "UNKNOWN"}, "low", True)


def test_a_forwarder_with_a_foreign_second_address_is_open() -> None:
    answer = combine([at("mailing", "FL"), at("billing", "", country="Colombia")], Marks(forwarder=True))
    assert judged(answer) == ("UNKNOWN", {"FL", "FOREIGN:CO"}, "low", True)


def test_a_second_address_confirms_a_mailbox() -> None:
    answer = combine([at("mailing", "SD"), at("billing", "SD")], Marks(forwarder=True))
    assert (answer.residency, answer.confidence, answer.review) == ("SD", "medium", False)
