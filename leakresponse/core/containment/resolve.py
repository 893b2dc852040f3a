"""Which app and which user an alert means: by name, id or consumer key; by username, id or e-mail address.

What is meant in two ways, or in none, is said loudly: `principal: ...` makes the word contained impossible.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from leakresponse.core.containment.rows import AppRow

_ID_LENGTHS = (15, 18)
#: Consumer keys of Salesforce begin so and are far longer than a name.
KEY_PREFIX, KEY_LENGTH = "3MVG9", 60


@dataclass(frozen=True, slots=True)
class Meant:
    """Names of apps, and what could not be told apart. OauthToken and LoginHistory know apps by name alone."""

    names: frozenset[str]
    unresolved: tuple[str, ...] = ()


def looks_like_key(value: str) -> bool:
    """Whether an app is named by its consumer key, which is a secret half and never shown."""
    return value.startswith(KEY_PREFIX) or len(value) >= KEY_LENGTH


def resolve_apps(values: Iterable[str], apps: Iterable[AppRow], key_handles: Iterable[str] = ()) -> Meant:
    """The names of the apps that an alert gives by name, API name, id or consumer key.

    `key_handles` are the fingerprints of those values that look like a consumer key.
    """
    rows, handles = tuple(apps), frozenset(key_handles)
    names: set[str] = set()
    problems: list[str] = []
    for value in sorted(set(values)):
        if looks_like_key(value):
            continue
        found = _found(value, rows)
        names |= {row.name for row in found} or {value}
        problems += _twins(found, rows)
    for handle in sorted(handles):
        found = [row for row in rows if row.key_handle == handle]
        names |= {row.name for row in found}
        problems += (
            _twins(found, rows) if found else ["principal: no app of this org has the consumer key of the alert"]
        )
    return Meant(frozenset(names), tuple(dict.fromkeys(problems)))


def _found(value: str, rows: tuple[AppRow, ...]) -> list[AppRow]:
    by_id = [row for row in rows if len(value) in _ID_LENGTHS and row.app_id and row.app_id[:15] == value[:15]]
    exact = [row for row in rows if value in (row.name, row.developer_name)]
    folded = [row for row in rows if row.name.casefold() == value.casefold()]
    return by_id or exact or folded


def _twins(found: Iterable[AppRow], rows: tuple[AppRow, ...]) -> list[str]:
    """Apps of the same name: their tokens cannot be told apart, so all of them are cut, and it is said."""
    names = sorted({row.name for row in found})
    counted = {name: sum(row.name == name for row in rows) for name in names}
    return [f"app_names: {n} apps are called {name}; all of them are cut" for name, n in counted.items() if n > 1]


def users_of_address(address: str, found: int) -> str:
    """What to say of an e-mail address that does not mean exactly one user; empty where it does."""
    if found == 1:
        return ""
    return f"principal: {found or 'no'} users have the e-mail address of the alert"
