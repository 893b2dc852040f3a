"""Which records of an object a user reaches, as SQL: org-wide defaults, owners, roles, sharing rules, guests.

An org-wide default stands on the object (EntityDefinition.InternalSharingModel). Private records are reached by their
owner, by whoever stands above the owner in the role hierarchy, by members of the queue that owns them, and by sharing
rules. Guests start from nothing, own nothing and get records by guest rules alone, to read only (Salesforce Help,
"Securely Share Your Experience Cloud Sites with Guest Users"). Not modelled: manual shares, teams, territories.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from typing import Literal, TypeAlias

from leakresponse.rehearsal.org.permissions import Held, Rule
from leakresponse.rehearsal.org.schema import Schema, SObject, quoted
from leakresponse.rehearsal.org.soql_engine_names import Rows

Act: TypeAlias = Literal["Read", "Edit", "Delete"]
#: What files may hang on: whoever reaches the record reaches the file.
_LINKED = ("Case", "Contact", "Account")
_FILES = frozenset({"ContentDocument", "ContentVersion", "ContentDocumentLink"})
_IMPLICIT = ("Case", "Opportunity")
_NOTHING = "0"


def rows_of(held: Held, schema: Schema, act: Act = "Read") -> Rows:
    """The condition that keeps a user to the records that sharing gives."""
    return lambda obj, alias: _reach(held, schema, obj, alias, act)


def share(db: sqlite3.Connection, name: str, shared_to: str, field: str = "", value: str = "", kind: str = "criteria",
          access: str = "Read") -> None:  # fmt: skip
    """Write a sharing rule: records whose `field` has `value` (all without a field) go to a user, group or role.

    `kind` is criteria, owner (`value` is then the group whose members own the records) or guest.
    """
    sql = "INSERT INTO sim_sharing_rule (object, kind, field, value, shared_to, access) VALUES (?, ?, ?, ?, ?, ?)"
    db.execute(sql, (name, kind, field, value, shared_to, access))


def _reach(held: Held, schema: Schema, obj: SObject, alias: str, act: Act) -> str:
    model = obj.external_sharing if held.guest else obj.sharing
    if not model or (held.sees_all(obj) if act == "Read" else held.changes_all(obj)):
        return ""
    if model == "ReadWrite" and act != "Delete":
        return ""
    if model == "Read" and act == "Read":
        return ""
    if obj.name in _FILES and "QueryAllFiles" in held.system:
        return ""
    if model == "ControlledByParent" and obj.parent_field:
        return _through_parent(held, schema, obj, alias, act)
    parts = [*_owned(held, obj, alias, act), *_ruled(held, obj, alias, act)]
    if obj.name == "ContentDocument" and act == "Read":
        parts += _linked(held, schema, alias)
    if obj.name == "Account" and act == "Read" and not held.guest:
        parts += _of_children(held, schema, alias)
    return f"({' OR '.join(parts) or _NOTHING})"


def _owned(held: Held, obj: SObject, alias: str, act: Act) -> Iterator[str]:
    """Own records, those of people in roles below, and those of the user's queues."""
    if obj.name == "User":
        yield f"{alias}.Id = {_text(held.user_id)}"
        return
    if held.guest or "OwnerId" not in obj.fields:
        return
    yield f"{alias}.OwnerId = {_text(held.user_id)}"
    if held.roles:
        below = " ".join(('SELECT Id FROM "User" WHERE UserRoleId IN', f"({_texts(held.roles)})"))
        yield f"{alias}.OwnerId IN ({below})"
    if held.groups and act != "Delete":
        yield f"{alias}.OwnerId IN ({_texts(held.groups)})"


def _ruled(held: Held, obj: SObject, alias: str, act: Act) -> Iterator[str]:
    for rule in held.rules:
        fits = rule.object == obj.name and (rule.kind == "guest") == held.guest
        if fits and (act == "Read" or (act == "Edit" and rule.access == "Edit")):
            yield _criterion(rule, obj, alias)


def _criterion(rule: Rule, obj: SObject, alias: str) -> str:
    if rule.kind == "owner":
        members = " ".join(("SELECT UserOrGroupId FROM GroupMember WHERE GroupId =", _text(rule.value)))
        return f"{alias}.OwnerId IN ({members})"
    one = obj.field(rule.field)
    if not rule.field:
        return "1"
    if one is None:
        return _NOTHING
    value = str(int(rule.value.lower() == "true")) if one.type == "boolean" else _text(rule.value)
    return f"{alias}.{quoted(one.name)} = {value}"


def _through_parent(held: Held, schema: Schema, obj: SObject, alias: str, act: Act) -> str:
    """Whoever reaches the parent reaches the record; one without a parent is its owner's alone."""
    link = obj.fields[obj.parent_field]
    parent, column = schema[link.reference_to[0]], f"{alias}.{quoted(link.name)}"
    inner = _reach(held, schema, parent, f"{alias}p", act)
    parts = [f"({column} IS NULL AND {one})" for one in _owned(held, obj, alias, act)]
    parts += _ruled(held, obj, alias, act)
    if held.may("Read", parent):
        if not inner:
            return ""
        ids = " ".join(("SELECT Id FROM", quoted(parent.name), f"AS {alias}p WHERE", inner))
        parts.append(f"{column} IN ({ids})")
    return f"({' OR '.join(parts) or _NOTHING})"


def _linked(held: Held, schema: Schema, alias: str) -> Iterator[str]:
    links = "SELECT ContentDocumentId FROM ContentDocumentLink WHERE LinkedEntityId"
    yield f"{alias}.Id IN ({links} = {_text(held.user_id)})"
    for number, name in enumerate(_LINKED):
        obj, inner = schema[name], f"{alias}d{number}"
        if held.may("Read", obj):
            where = _reach(held, schema, obj, inner, "Read")
            ids = " ".join(("SELECT Id FROM", quoted(name), f"AS {inner}", f"WHERE {where}" if where else ""))
            yield f"{alias}.Id IN ({links} IN ({ids}))"


def _of_children(held: Held, schema: Schema, alias: str) -> Iterator[str]:
    """Whoever reaches a case or an opportunity may read its account (Salesforce Help, "Built-In Sharing Behavior")."""
    for number, name in enumerate(_IMPLICIT):
        obj, inner = schema[name], f"{alias}i{number}"
        if held.may("Read", obj):
            where = _reach(held, schema, obj, inner, "Read")
            ids = " ".join(("SELECT AccountId FROM", quoted(name), f"AS {inner}", f"WHERE {where}" if where else ""))
            yield f"{alias}.Id IN ({ids})"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _texts(values: tuple[str, ...]) -> str:
    return ", ".join(_text(one) for one in values)
