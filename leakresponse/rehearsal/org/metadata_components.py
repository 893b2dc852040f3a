"""Components as they were last deployed."""

from __future__ import annotations

import sqlite3
from typing import Any

from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import all_rows, first_row

#: Key prefixes by type; types that are rows of an object have their rows' ids. Others are the simulation's own.
_PREFIXES = {"Settings": "000", "CustomObject": "01I", "CustomField": "00N", "ApexClass": "01p", "Flow": "300"}
_OTHER = "0Md"


def find(db: sqlite3.Connection, kind: str, name: str) -> dict[str, Any] | None:
    """A component, or None."""
    return first_row(db, "SELECT * FROM sim_component WHERE kind = ? AND name = ?", kind, name)


def names(db: sqlite3.Connection, kind: str) -> list[str]:
    """Every component of a type."""
    return [row["name"] for row in all_rows(db, "SELECT name FROM sim_component WHERE kind = ? ORDER BY name", kind)]


def keep(
    db: sqlite3.Connection, kind: str, name: str, content: bytes, meta: bytes | None, at: str, by: str,
    component_id: str = "",
) -> tuple[bool, str]:  # fmt: skip
    """Write a component; the answer is whether it is new, and its id."""
    there = find(db, kind, name)
    if there is None:
        given = component_id or new_id(_PREFIXES.get(kind, _OTHER))
        db.execute("INSERT INTO sim_component VALUES (?,?,?,?,?,?,?,?,?)",
                   (kind, name, given, content, meta, at, by, at, by))  # fmt: skip
        return True, given
    given = component_id or there["component_id"]
    sql = (
        "UPDATE sim_component SET content = ?, meta = ?, modified = ?, modified_by = ?, component_id = ? "
        "WHERE kind = ? AND name = ?"
    )
    db.execute(sql, (content, meta, at, by, given, kind, name))
    return False, given


def forget(db: sqlite3.Connection, kind: str, name: str) -> bool:
    """Drop a component; false where there was none."""
    return db.execute("DELETE FROM sim_component WHERE kind = ? AND name = ?", (kind, name)).rowcount > 0
