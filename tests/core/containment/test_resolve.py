"""Which app and which user an alert means."""

from __future__ import annotations

import pytest

from leakresponse.core.containment import AppRow, looks_like_key, resolve_apps, users_of_address

KEY = "3MVG9" + "x" * 80
APPS = (
    AppRow("0H4000000000001AAA", "Drift", developer_name="Drift_App", key_handle="h1"),
    AppRow("0H4000000000002AAA", "Data Loader"),
    AppRow("", "Data Loader", installed=False),
)


@pytest.mark.parametrize("value", ["Drift", "drift", "Drift_App", "0H4000000000001", "0H4000000000001AAA"])
def test_an_app_is_found_by_name_api_name_and_both_ids(value):
    assert resolve_apps([value], APPS).names == {"Drift"}


def test_an_app_is_found_by_the_fingerprint_of_its_key():
    assert looks_like_key(KEY)
    found = resolve_apps([KEY], APPS, ["h1"])
    assert (found.names, found.unresolved) == ({"Drift"}, ())


def test_a_key_of_no_app_is_said_and_never_shown():
    found = resolve_apps([KEY], APPS, ["h9"])
    assert not found.names
    assert found.unresolved[0].startswith("principal:")
    assert KEY not in found.unresolved[0]


def test_two_apps_of_one_name_are_both_cut_and_said():
    found = resolve_apps(["0H4000000000002"], APPS)
    assert found.names == {"Data Loader"}
    assert found.unresolved == ("app_names: 2 apps are called Data Loader; all of them are cut",)


def test_an_unknown_name_stays_as_it_is_for_the_plan_to_shout_about():
    assert resolve_apps(["Unheard of"], APPS).names == {"Unheard of"}


@pytest.mark.parametrize(("found", "said"), [(1, ""), (0, "principal: no"), (3, "principal: 3")])
def test_an_address_means_exactly_one_user_or_it_is_said(found, said):
    assert users_of_address("a@x.example", found).startswith(said)
    assert "a@x.example" not in users_of_address("a@x.example", found)
