"""Writing many records by REST: `/composite/sobjects`, 200 a call (REST guide, "sObject Collections")."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from leakresponse.rehearsal.client import Denied, OrgClient

MOST = 200


def create_all(client: OrgClient, name: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Create records; the answer is their ids, in the order of the rows. Raises Denied where one is refused."""
    ids: list[str] = []
    for start in range(0, len(rows), MOST):
        records = [{"attributes": {"type": name}, **row} for row in rows[start : start + MOST]]
        body = {"allOrNone": True, "records": records}
        results = client.call("POST", "/composite/sobjects", json=body).json()
        if not all(one["success"] for one in results):
            raise Denied(200, "record refused")
        ids += [str(one["id"]) for one in results]
    return ids
