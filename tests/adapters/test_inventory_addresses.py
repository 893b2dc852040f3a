"""Whom live sessions at an alert's addresses add to it: a person in a browser, not everybody who let an app in."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

from leakresponse.adapters.salesforce.inventory import _with_addresses
from leakresponse.core.containment import AppRow, SessionRow
from leakresponse.core.types import Alert, Principal, Window

MOMENT = datetime(2026, 11, 20, tzinfo=UTC)
ADDRESS = "109.70.100.68"
APPS = (AppRow("", "My Ticket Portal", installed=False),)


def session(user: str, app: str) -> SessionRow:
    return SessionRow(f"0Ak{user}", user, app, "Oauth2" if app else "UI", ADDRESS, False, "")


def found(*principals: Principal) -> tuple[set[str], set[str]]:
    alert = Alert("a1", "desk", MOMENT, "", Window(MOMENT, MOMENT), principals)
    seeds = (
        {one.value for one in principals if one.kind == "connected_app"},
        {one.value for one in principals if one.kind == "user"},
    )
    sessions = [session("second", "My Ticket Portal"), session("third", "Browser")]
    parts = cast(Any, SimpleNamespace(unresolved=[]))
    return _with_addresses(parts, alert, seeds, sessions, APPS)


def test_a_user_who_let_the_app_in_is_not_meant_where_the_alert_says_whom() -> None:
    address, app = Principal("address", ADDRESS), Principal("connected_app", "My Ticket Portal")
    assert found(address, app, Principal("user", "first"))[1] == {"first", "third"}


def test_a_shared_user_keeps_its_other_programs_where_the_app_alone_explains_the_address() -> None:
    address, app = Principal("address", ADDRESS), Principal("connected_app", "My Ticket Portal")
    assert found(address, app)[1] == {"third"}


def test_without_a_named_app_everybody_at_the_address_is_meant() -> None:
    assert found(Principal("address", ADDRESS))[1] == {"second", "third"}
