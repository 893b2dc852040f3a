"""A vendor's list is read as it stands or refused; applied later it changes labels, and the change is counted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from leakresponse.core.attribution import attribute
from leakresponse.core.attribution_diff import changes
from leakresponse.core.errors import BadInput
from leakresponse.core.events import normalise_elf
from leakresponse.core.events_ids import to18
from leakresponse.core.types import Alert, Principal, Window
from leakresponse.core.vendor_lists import parse_vendor_list

THEFT = datetime(2026, 11, 17, 11, tzinfo=UTC)
APP, OTHER_APP = to18("0H4000000000001"), to18("0H4000000000009")


def test_a_list_is_read() -> None:
    listed = parse_vendor_list(
        {"source": "vendor notice", "attack": ["198.51.100.7"], "own": {"App": ["203.0.113.0/24"]}}
    )
    assert listed.attack == ("198.51.100.7/32",) and listed.own == {"App": ("203.0.113.0/24",)}


@pytest.mark.parametrize(
    "document",
    [
        {}, [], {"attack": "198.51.100.7"}, {"attack": ["nonsense"]}, {"attack": ["0.0.0.0/0"]},
        {"own": ["203.0.113.0/24"]}, {"attack": ["198.51.100.7"], "other": 1}, {"attack": []},
    ],
)  # fmt: skip
def test_what_is_no_list_is_refused(document: object) -> None:
    with pytest.raises(BadInput):
        parse_vendor_list(document)


def row(at: datetime, address: str, session: str, app: str = APP) -> dict[str, str]:
    return {
        "TIMESTAMP_DERIVED": at.strftime("%Y-%m-%dT%H:%M:%S.000Z"), "CLIENT_IP": address, "SESSION_KEY": session,
        "USER_ID_DERIVED": "005000000000001AAA", "CONNECTED_APP_ID": app, "STATUS_CODE": "200", "USER_AGENT": "Sync/1",
        "REQUEST_ID": session,
    }  # fmt: skip


def events() -> pd.DataFrame:
    """A month of sync from one network; reconnaissance by another app's token on day one; theft on day 17."""
    days = [row(THEFT - timedelta(days=n, hours=3), "52.32.118.10", f"n{n}") for n in range(30)]
    recon = row(THEFT - timedelta(days=16), "3.239.45.43", "recon", OTHER_APP)
    theft = row(THEFT, "208.68.36.90", "theft")
    return normalise_elf("RestApi", pd.DataFrame([*days, recon, theft], dtype="str"), "f").events


ALERT = Alert(
    "a", "test", THEFT, "", Window(THEFT - timedelta(hours=1), THEFT + timedelta(hours=1)),
    (Principal("connected_app", APP),),
)  # fmt: skip
CUT = THEFT + timedelta(days=1)


def sessions(labelled: pd.DataFrame, label: str = "attack") -> set[str]:
    return set(labelled.loc[labelled["label"] == label, "session_key"])


def test_a_published_address_adds_rows_that_nothing_linked_before() -> None:
    first = attribute(events(), ALERT, cut_at=CUT)
    second = attribute(events(), ALERT, cut_at=CUT, published=["3.239.45.43"])
    assert sessions(first) == {"theft"} and sessions(second) == {"theft", "recon"}
    assert second.loc[second["session_key"] == "recon", "reason"].tolist() == [
        "address that the vendor published as the attack's"
    ]


def test_a_wider_list_adds_more() -> None:
    narrow = attribute(events(), ALERT, cut_at=CUT, published=["3.239.45.44"])
    wide = attribute(events(), ALERT, cut_at=CUT, published=["3.239.45.0/24"])
    assert sessions(narrow) == {"theft"} and sessions(wide) == {"theft", "recon"}


def test_a_published_network_that_is_usual_draws_in_no_ordinary_day() -> None:
    labelled = attribute(events(), ALERT, cut_at=CUT, published=["52.32.0.0/16"])
    assert {one for one in sessions(labelled) if one.startswith("n")} == set()


def test_the_vendors_own_addresses_clear_its_rows() -> None:
    labelled = attribute(events(), ALERT, cut_at=CUT, allowed={APP: ["208.68.36.0/24"]})
    assert "theft" not in sessions(labelled)


def test_the_change_is_counted_by_label() -> None:
    def touched(**rules) -> pd.DataFrame:
        labelled = attribute(events(), ALERT, cut_at=CUT, **rules)
        return labelled[labelled["label"] != "legitimate"]

    first, second = touched(), touched(published=["3.239.45.43"])
    assert changes(first, second) == {"legitimate_to_attack": 1}
    assert changes(second, first) == {"attack_to_legitimate": 1}
    assert changes(first, first) == {}
