"""Every OauthToken row of an org, past the silent cap.

`Id` is always null, so rows are keyed by DeleteToken. A query never gives more than 2,500 rows, without a word (object
reference, OauthToken; containment facts, "OauthToken paging"): the count is compared, the query is continued on
CreatedDate, and where that comes to a halt it is split by user.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.soql.build import Where, batches, compare, count, isin, select

TOKEN_CAP = 2500
_USERS_A_QUERY = 200
_FIELDS = ("AppMenuItemId", "AppName", "CreatedDate", "DeleteToken", "LastUsedDate", "UseCount", "UserId")


@dataclass(frozen=True, slots=True)
class Tokens:
    """Rows with their secrets, and how many the org counts beyond them, which nobody has seen."""

    rows: tuple[dict[str, Any], ...] = field(repr=False)
    unseen: int = 0


def fingerprint(secret: str) -> str:
    """What stands for a token or a key in the ledger: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(secret.encode()).hexdigest()[:16]


def read_tokens(client: SalesforceClient, parallel: int = 6) -> Tokens:
    """All rows, in as few calls as the cap allows. The DeleteTokens never enter a query: queries are logged."""
    total = client.count(count("OauthToken"))
    if total <= TOKEN_CAP:
        return Tokens(tuple(client.query(select("OauthToken", _FIELDS))))
    found = _by_date(client, total)
    if len(found) < total:
        found |= _by_user(client, parallel)
        total = client.count(count("OauthToken"))
    return Tokens(tuple(found.values()), max(0, total - len(found)))


def _by_date(client: SalesforceClient, total: int) -> dict[str, dict[str, Any]]:
    """Slices of up to 2,500, oldest first; each begins at the last moment of the one before, which is read again."""
    found: dict[str, dict[str, Any]] = {}
    where: Where | None = None
    for _ in range(total // TOKEN_CAP * 2 + 2):
        page = _rows(client, where)
        fresh = {row["DeleteToken"]: row for row in page if row["DeleteToken"] not in found}
        found |= fresh
        if len(page) < TOKEN_CAP or not fresh:
            break
        where = compare("CreatedDate", ">=", datetime.fromisoformat(page[-1]["CreatedDate"]))
    return found


def _by_user(client: SalesforceClient, parallel: int) -> dict[str, dict[str, Any]]:
    """More than 2,500 tokens of one moment: users in groups, halved where a group meets the cap."""
    users = [row["Id"] for row in client.query(select("User", ["Id"]))]
    groups = list(batches(users, _USERS_A_QUERY))
    with ThreadPoolExecutor(parallel) as pool:
        parts = pool.map(lambda group: _of_users(client, group), groups)
        return {row["DeleteToken"]: row for part in parts for row in part}


def _of_users(client: SalesforceClient, users: Sequence[str]) -> list[dict[str, Any]]:
    rows = _rows(client, isin("UserId", users))
    if len(rows) < TOKEN_CAP or len(users) == 1:
        return rows
    half = len(users) // 2
    return _of_users(client, users[:half]) + _of_users(client, users[half:])


def _rows(client: SalesforceClient, where: Where | None) -> list[dict[str, Any]]:
    return list(client.query(select("OauthToken", _FIELDS, where=where, order_by=["CreatedDate"])))
