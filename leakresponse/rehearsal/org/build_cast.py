"""The cast in the store: organisation, profiles, users, connected apps, grants, tokens and sessions."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.rehearsal.org import cast
from leakresponse.rehearsal.org.build_access import make_access
from leakresponse.rehearsal.org.cast_outward import make_outward
from leakresponse.rehearsal.org.certs import write_private
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.identity import SESSION_SECONDS
from leakresponse.rehearsal.org.ids import new_id, numbered_id
from leakresponse.rehearsal.org.oauth_apps import CONNECTED, ECA
from leakresponse.rehearsal.org.oauth_tokens import approve
from leakresponse.rehearsal.org.store import all_rows, put
from leakresponse.rehearsal.org.world import SYSTEM_USER_NUMBER, World
from leakresponse.rehearsal.traffic_cast import Cast, Integration, Staff


@dataclass(slots=True)
class Made:
    """What the cast has become. `refresh_tokens` are live: app to username to token."""

    crew: Cast
    integrations: list[dict[str, Any]]
    responder_key: str
    refresh_tokens: dict[str, dict[str, str]] = field(repr=False)


@dataclass(slots=True)
class _Stage:
    """The open transaction and what was made so far, by name."""

    world: World
    db: sqlite3.Connection
    now: str
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict, repr=False)

    def audit(self, days_ago: int = 900) -> dict[str, Any]:
        """Audit fields of something made so long ago."""
        made = iso(self.world.clock.now() - timedelta(days=days_ago))
        by = self.world.system_user
        return {
            "CreatedDate": made, "CreatedById": by, "LastModifiedDate": made, "LastModifiedById": by,
            "SystemModstamp": made,
        }  # fmt: skip


def make_cast(world: World) -> Made:
    """Write the cast; staff are users that the population brought along."""
    with world.store.write() as db:
        stage = _Stage(world, db, iso(world.clock.now()))
        _organization(stage)
        staff = _users(stage, _profiles(stage))
        make_access(db, world.store.schema, stage.audit())
        for number, app in enumerate(cast.APPS, 1):
            stage.apps[app.name] = _app(stage, number, app)
            _permission_set(stage, number, app)
        make_outward(db, stage.audit())
        _authorise(stage, staff[: cast.DRIFT_AGENTS])
        _browser_sessions(stage, staff[-cast.BROWSER_SESSIONS :])
    return Made(
        Cast(world.org_id, tuple(_traffic(stage)), tuple(Staff(u["Id"], u["Username"]) for u in staff)),
        [_shown(stage, login) for login in cast.LOGINS[1:]],
        stage.apps[cast.RESPONDER_APP]["consumer_key"], stage.tokens,
    )  # fmt: skip


def _organization(stage: _Stage) -> None:
    put(stage.db, "Organization", {
        "Id": stage.world.org_id, "Name": stage.world.org_name, "OrganizationType": "Enterprise Edition",
        "InstanceName": "SIM1", "IsSandbox": int(stage.world.is_sandbox), "LanguageLocaleKey": "en_US",
        "TimeZoneSidKey": "America/Los_Angeles",
        "Street": "1 Harbor Way", "City": "Seattle", "State": "WA", "PostalCode": "98101", "Country": "United States",
        "Phone": "(206) 555-0100", "PrimaryContact": "Leak Response", **stage.audit(3000),
    })  # fmt: skip


def _profiles(stage: _Stage) -> dict[str, str]:
    ids = {}
    for number, (name, held) in enumerate(cast.PROFILES.items(), 1):
        ids[name] = numbered_id("00e", number)
        flags = {f"Permissions{one}": 1 for one in held}
        put(stage.db, "Profile", {
            "Id": ids[name], "Name": name, "UserType": "Standard", **flags, **stage.audit(3000),
        })  # fmt: skip
    return ids


def _users(stage: _Stage, profiles: dict[str, str]) -> list[dict[str, Any]]:
    """Programs' users are made, staff get a profile; everybody gets the row that freezes. The answer is the staff."""
    db = stage.db
    db.execute('UPDATE "User" SET ProfileId = ? WHERE ProfileId IS NULL', (profiles["Standard User"],))
    staff = all_rows(db, 'SELECT Id, Username FROM "User" WHERE IsActive = 1 ORDER BY Id')
    for number, (user, name) in enumerate(cast.USERS.items(), SYSTEM_USER_NUMBER):
        first, _, last = name.partition(" ")
        row = {
            "Id": numbered_id("005", number), "Username": cast.username(user), "Email": cast.username(user),
            "FirstName": first, "LastName": last or first, "Name": name, "Alias": user[:8], "IsActive": 1,
            "UserType": "Standard", "TimeZoneSidKey": "America/Los_Angeles",
            "ProfileId": profiles[cast.PROFILE_OF.get(user, "Integration User")], **stage.audit(),
        }  # fmt: skip
        put(db, "User", row)
        stage.users[user] = row
    for number, (user_id,) in enumerate(db.execute('SELECT Id FROM "User" ORDER BY Id').fetchall(), 1):
        put(db, "UserLogin", {"Id": numbered_id("0Yw", number), "UserId": user_id, "LastModifiedDate": stage.now})
    return staff


def _app(stage: _Stage, number: int, app: cast.App) -> dict[str, Any]:
    """The app with its key pair: the certificate in the org, the private key in `keys/`.

    What AppMenuItem.Type says of an External Client App is not confirmed; of the documented values it is the nearest.
    """
    certificate = ""
    if app.has_key:
        pair = make_key_pair(app.name)
        certificate = pair.certificate_pem
        folder = stage.world.state / "keys"
        folder.mkdir(mode=0o700, exist_ok=True)
        write_private(folder / f"{cast.developer_name(app.name)}.pem", pair.private_pem.reveal().encode())
    row = {
        "app_id": numbered_id("0xI" if app.eca else "0H4", number), "name": app.name,
        "developer_name": cast.developer_name(app.name), "kind": ECA if app.eca else CONNECTED,
        "consumer_key": f"3MVG9{secrets.token_urlsafe(60)}", "certificate": certificate,
        "consumer_secret": secrets.token_hex(32).upper() if app.has_secret else "",
        "admin_approved": int(app.admin_approved), "menu_item_id": numbered_id("0DS", number),
        "run_as": stage.users[app.run_as]["Id"] if app.run_as else None, "callback": app.callback,
        "device_flow": int(app.device_flow), "needs_pkce": int(app.eca),
    }  # fmt: skip
    put(stage.db, "sim_app", row)
    if not app.eca:
        put(stage.db, "ConnectedApplication", {
            "Id": row["app_id"], "Name": app.name, "OptionsAllowAdminApprovedUsersOnly": row["admin_approved"],
            **stage.audit(app.since_days),
        })  # fmt: skip
    put(stage.db, "AppMenuItem", {
        "Id": row["menu_item_id"], "Name": row["developer_name"], "Label": app.name, "ApplicationId": row["app_id"],
        "Type": "ConnectedApplication", "IsUsingAdminAuthorization": row["admin_approved"],
        **stage.audit(app.since_days),
    })  # fmt: skip
    return row


def _permission_set(stage: _Stage, number: int, app: cast.App) -> None:
    """The set named after the app, such as Drift Access: the grant of the app, and who holds it."""
    if not app.admin_approved:
        return
    set_id = numbered_id("0PS", number)
    held = cast.RESPONDER_PERMISSIONS if app.name == cast.RESPONDER_APP else ("ApiEnabled",)
    label = f"{app.name} Access"
    put(stage.db, "PermissionSet", {
        "Id": set_id, "Name": cast.developer_name(label), "Label": label, "Type": "Regular", "IsCustom": 1,
        **{f"Permissions{one}": 1 for one in held}, **stage.audit(app.since_days),
    })  # fmt: skip
    put(stage.db, "SetupEntityAccess", {
        "Id": numbered_id("0J0", number), "ParentId": set_id, "SetupEntityId": stage.apps[app.name]["app_id"],
        "SetupEntityType": "ConnectedApplication", "SystemModstamp": stage.now,
    })  # fmt: skip
    for user in cast.GRANTED[app.name]:
        put(stage.db, "PermissionSetAssignment", {
            "Id": new_id("0Pa"), "AssigneeId": stage.users[user]["Id"], "PermissionSetId": set_id, "IsActive": 1,
            "SystemModstamp": stage.now,
        })  # fmt: skip


def _authorise(stage: _Stage, agents: list[dict[str, Any]]) -> None:
    """Refresh tokens: of the programs' users, and of the staff that use Drift themselves."""
    pairs = [(login.app, stage.users[login.user]) for login in cast.LOGINS if login.kind == "refresh_token"]
    pairs += [("Drift", user) for user in agents]
    for number, (app, user) in enumerate(pairs):
        last_used = iso(stage.world.clock.now() - timedelta(hours=number % 40))
        token = approve(stage.world, stage.apps[app], user["Id"], stage.db, last_used, uses=100 + number)
        stage.tokens.setdefault(app, {})[user["Username"]] = token


def _browser_sessions(stage: _Stage, staff: list[dict[str, Any]]) -> None:
    """Staff at work in the browser; no revoke of a token ends these."""
    for number, user in enumerate(staff):
        at = iso(stage.world.clock.now() - timedelta(minutes=7 * number))
        history, session, address = new_id("0Ya"), new_id("0Ak"), f"192.0.2.{40 + number}"
        put(stage.db, "LoginHistory", {
            "Id": history, "UserId": user["Id"], "LoginTime": at, "LoginType": "Application",
            "LoginUrl": stage.world.my_domain, "SourceIp": address, "Status": "Success",
            "Application": "Browser", "Browser": "Chrome 141", "Platform": "Windows 11", "OptionsIsPost": 1,
        })  # fmt: skip
        put(stage.db, "AuthSession", {
            "Id": session, "UsersId": user["Id"], "CreatedDate": at, "LastModifiedDate": at,
            "NumSecondsValid": SESSION_SECONDS, "UserType": "Standard", "SourceIp": address,
            "LoginType": "Application", "SessionType": "UI", "SessionSecurityLevel": "STANDARD", "ParentId": session,
            "LoginHistoryId": history,
        })  # fmt: skip


def _shown(stage: _Stage, login: cast.Login) -> dict[str, Any]:
    """An integration as connection.json tells it, but for its credential."""
    app = stage.apps[login.app]
    role = next(one for one in cast.APPS if one.name == login.app)
    secret = {"consumer_secret": app["consumer_secret"]} if login.kind == "refresh_token" else {}
    return {
        "app": login.app, "consumer_key": app["consumer_key"], **secret, "username": cast.username(login.user),
        "usual_addresses": list(role.networks), "has_key": login.kind == "jwt",
    }  # fmt: skip


def _traffic(stage: _Stage) -> list[Integration]:
    """The integrations as the log generator needs them."""
    found = []
    for login in cast.LOGINS[1:]:
        role = next(one for one in cast.APPS if one.name == login.app)
        user = stage.users[login.user]
        found.append(Integration(
            login.app, stage.apps[login.app]["app_id"], user["Id"], user["Username"], role.networks, role.agent,
            login.kind, login.rhythm, min(role.since_days, 30),
        ))  # fmt: skip
    return found
