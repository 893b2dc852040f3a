"""What the scenarios share: furniture of the org, the alert as the security desk sends it, the innocent by name."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.client import Received
from leakresponse.rehearsal.org.build_access import assign_owned, grant
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.permissions_scope import permissionable
from leakresponse.rehearsal.org.schema_changes import with_field
from leakresponse.rehearsal.org.schema_types import Field
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.population import Population

ALERT = "alert.json"
OFFICE = "192.0.2.60"
ADMIN, PROGRAMS = "System Administrator", "Integration User"


def size_of(connection: Mapping[str, Any], scenario: str) -> tuple[int, int]:
    """People and seed of the org. Raises BadInput where they are not known, since the truth hangs on them."""
    people, seed = connection.get("people"), connection.get("seed")
    if people is None or seed is None:
        raise BadInput(f"{scenario} needs the org's size and seed")
    return int(people), int(seed)


def stamps(world: World) -> dict[str, str]:
    """Audit fields of something that the org's system makes now."""
    now, by = iso(world.clock.now()), world.system_user
    return {
        "CreatedDate": now, "CreatedById": by, "LastModifiedDate": now, "LastModifiedById": by, "SystemModstamp": now,
    }  # fmt: skip


def staff_username(source: World | Population, number: int) -> str:
    """The `number`-th of the staff, from 1: before the act from the org, in it from the generator; the same person."""
    if isinstance(source, Population):
        return str(source.tables["User"]["Username"].iloc[number - 1])
    found = source.store.one('SELECT Username FROM "User" WHERE UserType = \'Standard\' ORDER BY Id LIMIT 1 OFFSET ?',
                             number - 1)  # fmt: skip
    if found is None:
        raise BadInput("the org has too few users")
    return str(found["Username"])


def make_admin(world: World, username: str) -> None:
    """One of the staff is an administrator."""
    with world.store.write() as db:
        sql = 'UPDATE "User" SET ProfileId = (SELECT Id FROM Profile WHERE Name = ?) WHERE Username = ?'
        db.execute(sql, (ADMIN, username))
        user = db.execute('SELECT Id FROM "User" WHERE Username = ?', (username,)).fetchone()
        assign_owned(db, iso(world.clock.now()), user[0])


def make_program_user(world: World, local: str, label: str) -> str:
    """A user that programs run as, with the profile of integrations; the answer is its id."""
    user_id, username = new_id("005"), f"{local}@{world.brand.domain}"
    first, _, last = label.partition(" ")
    with world.store.write() as db:
        profile = db.execute("SELECT Id FROM Profile WHERE Name = ?", (PROGRAMS,)).fetchone()
        put(db, "User", {
            "Id": user_id, "Username": username, "Email": username, "FirstName": first, "LastName": last, "Name": label,
            "Alias": local[:8], "IsActive": 1, "UserType": "Standard", "TimeZoneSidKey": "America/Los_Angeles",
            "ProfileId": profile[0], **stamps(world),
        })  # fmt: skip
        put(db, "UserLogin", {"Id": new_id("0Yw"), "UserId": user_id, "LastModifiedDate": iso(world.clock.now())})
        assign_owned(db, iso(world.clock.now()), user_id)
    return user_id


def make_reach(
    world: World, label: str, objects: Mapping[str, str], usernames: Iterable[str], hidden: Iterable[str] = ()
) -> None:
    """A permission set with object rights by letters (`cast_access.LETTERS`), held by these users."""
    audit, set_id = stamps(world), new_id("0PS")
    with world.store.write() as db:
        put(db, "PermissionSet", {
            "Id": set_id, "Name": label.replace(" ", "_"), "Label": label, "Type": "Regular", "IsCustom": 1, **audit,
        })  # fmt: skip
        grant(db, world.store.schema, set_id, objects, audit, hidden)
        for username in usernames:
            user = db.execute('SELECT Id FROM "User" WHERE Username = ?', (username,)).fetchone()
            put(db, "PermissionSetAssignment", {
                "Id": new_id("0Pa"), "AssigneeId": user[0], "PermissionSetId": set_id, "IsActive": 1,
                "SystemModstamp": audit["SystemModstamp"],
            })  # fmt: skip


def add_field(world: World, object_name: str, field: Field) -> None:
    """A field that an administrator made; whoever may read the object may see it."""
    with world.store.write() as db:
        made = with_field(world.store.schema[object_name], field)
        world.store.change_object(made)
        if not permissionable(made, field):
            return
        holders = db.execute("SELECT ParentId FROM ObjectPermissions WHERE SobjectType = ?", (object_name,)).fetchall()
        for (set_id,) in holders:
            put(db, "FieldPermissions", {
                "Id": new_id("01k"), "ParentId": set_id, "SobjectType": object_name,
                "Field": f"{object_name}.{field.name}", "PermissionsRead": 1, "PermissionsEdit": 1,
                "SystemModstamp": iso(world.clock.now()),
            })  # fmt: skip


def write_alert(
    state: Path, scenario: str, summary: str, window: tuple[datetime, datetime],
    principals: Iterable[tuple[str, str]],
) -> None:  # fmt: skip
    """What the retailer's security desk sends: public, beside the org, and no part of the sealed answer.

    For attacks that no detection of ours knows yet. `principals` are pairs of kind and value.
    """
    now = datetime.now(UTC)
    document = {
        "id": f"soc-{scenario.lower()}-{now:%Y%m%d%H%M%S}", "source": "security desk", "detected_at": now.isoformat(),
        "summary": summary, "window": {"from": window[0].isoformat(), "to": window[1].isoformat()},
        "principals": [{"kind": kind, "value": value} for kind, value in principals],
    }  # fmt: skip
    fresh = state / f"{ALERT}.new"
    fresh.write_text(json.dumps(document, indent=1), encoding="utf-8")
    fresh.replace(state / ALERT)


def integrations(connection: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Every program of the retailer, which must go on with the credential that it has."""
    return [
        {
            "name": f"{one['app']} ({str(one['username']).split('@')[0]})", "app": one["app"],
            "username": one["username"], "credential": "existing", "secret_name": "",
        }
        for one in connection["integrations"]
    ]  # fmt: skip


def merged(parts: Iterable[Received]) -> Received:
    """What several clients received, together."""
    whole = Received()
    for part in parts:
        for name, frames in part.frames.items():
            whole.frames.setdefault(name, []).extend(frames)
    return whole
