"""What logs can tell of the time that a secret lay open, and which networks are rare."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from leakresponse.core.look_back import Network, Window, networks_of, window_of

NOW = datetime(2026, 11, 28, tzinfo=UTC)


def days(count: float) -> datetime:
    return NOW - timedelta(days=count)


def test_begun_days_of_exposure_count_and_only_whole_days_of_logs() -> None:
    window = window_of(days(400.5), days(30.9), NOW)
    assert window == Window(401, 30, 371)
    assert "371" in window.words


def test_logs_that_cover_all_of_it_leave_no_gap() -> None:
    window = window_of(days(9.5), days(30), NOW)
    assert (window.unknown_days, "all of them" in window.words) == (0, True)


def test_without_logs_nothing_is_known() -> None:
    assert window_of(days(5), NOW, NOW) == Window(5, 0, 5)


def test_rare_networks_are_odd_and_the_busiest_never_is() -> None:
    addresses = [f"203.0.113.{n % 20}" for n in range(97)] + ["185.220.101.4", "185.220.101.9", "2001:db8:1:2::3"]
    assert networks_of(addresses) == (
        Network("203.0.113.0/24", 97, False), Network("185.220.101.0/24", 2, True), Network("2001:db8:1::/48", 1, True),
    )  # fmt: skip
    assert networks_of(["10.0.0.1"]) == (Network("10.0.0.0/24", 1, False),)


def test_two_networks_of_one_size_are_no_oddity() -> None:
    assert not any(one.odd for one in networks_of(["10.0.0.1", "10.0.1.1"] * 30))


def test_what_is_no_address_is_kept_as_it_is() -> None:
    assert networks_of(["Salesforce.com IP"] * 2)[0].network == "Salesforce.com IP"


def test_no_logins_no_networks() -> None:
    assert networks_of([]) == ()
