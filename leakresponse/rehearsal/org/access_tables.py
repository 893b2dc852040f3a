"""What the store keeps about access beside the objects: sharing rules, and a number that every change of access moves.

The number lets answers about access be remembered: it changes in the same transaction as the rows, however they are
written (triggers), so that a taken permission is gone with the next call.
"""

from __future__ import annotations

import sqlite3

_RULES = """
CREATE TABLE IF NOT EXISTS sim_sharing_rule (
  rule_id INTEGER PRIMARY KEY, object TEXT NOT NULL, kind TEXT NOT NULL, field TEXT NOT NULL, value TEXT NOT NULL,
  shared_to TEXT NOT NULL, access TEXT NOT NULL)
"""
_VERSION = "CREATE TABLE IF NOT EXISTS sim_access_version (number INTEGER NOT NULL)"
_FIRST = "INSERT INTO sim_access_version SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM sim_access_version)"
_WATCHED = (
    "Profile", "PermissionSet", "PermissionSetAssignment", "ObjectPermissions", "FieldPermissions", "Group",
    "GroupMember", "UserRole", "sim_sharing_rule",
)  # fmt: skip
#: A login writes to User: only what access hangs on counts.
_OF_USER = 'UPDATE OF "ProfileId", "UserRoleId", "UserType"'


def create(db: sqlite3.Connection) -> None:
    """Make the tables and the triggers where they are not there yet; the objects' tables must exist."""
    for statement in (_RULES, _VERSION, _FIRST):
        db.execute(statement)
    for table in _WATCHED:
        for act in ("INSERT", "UPDATE", "DELETE"):
            db.execute(_trigger(table, act))
    for act in ("INSERT", _OF_USER):
        db.execute(_trigger("User", act))


def _trigger(table: str, act: str) -> str:
    name = f"access_{table}_{act.split(maxsplit=1)[0].lower()}"
    then = "BEGIN UPDATE sim_access_version SET number = number + 1; END"
    return " ".join(("CREATE TRIGGER IF NOT EXISTS", f'"{name}"', "AFTER", act, "ON", f'"{table}"', then))


def version(db: sqlite3.Connection) -> int:
    """The number of now."""
    return int(db.execute("SELECT number FROM sim_access_version").fetchone()[0])
