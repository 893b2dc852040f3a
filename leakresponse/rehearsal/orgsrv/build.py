"""Making an org: keys, cast, people, thirty days of ordinary logs. An existing state is used as it is."""

from __future__ import annotations

import secrets
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leakresponse.rehearsal import population, traffic
from leakresponse.rehearsal.org.schema import SCHEMA, definition_rows
from leakresponse.rehearsal.orgsrv import cast, certs
from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.org import Org
from leakresponse.rehearsal.traffic_cast import Cast, Integration, Staff

if TYPE_CHECKING:
    import pandas as pd

DAYS = 30
STAFF = 200


def build(state: Path, people: int, seed: int) -> Org:
    """The org of that folder, made on first use. `people` and `seed` matter then only."""
    state.mkdir(parents=True, exist_ok=True, mode=0o700)
    org = Org(state)
    org.store.create()
    if org.store.meta("built"):
        return org
    certs.make_authority(state / "tls")
    org.store.set_meta("org_id", org.store.new_id("00D"))
    _organisation(org)
    users = _users(org)
    apps = _apps(org, users)
    _people(org, people, seed)
    _definitions(org)
    org.store.index()
    _background(org, apps, users, seed, people)
    org.store.set_meta("built", {"people": people, "seed": seed})
    return org


def _organisation(org: Org) -> None:
    now = iso(org.clock.now())
    org.store.insert("Organization", {
        "Id": org.org_id, "Name": "Harbor & Pine", "OrganizationType": "Enterprise Edition", "InstanceName": "SIM1",
        "IsSandbox": 1, "LanguageLocaleKey": "en_US", "TimeZoneSidKey": "America/New_York", "CreatedDate": now,
        "LastModifiedDate": now, "SystemModstamp": now,
    })  # fmt: skip


def _users(org: Org) -> dict[str, str]:
    """Users of the cast and staff: short name to User id."""
    names = list(dict.fromkeys(login.user for login in cast.LOGINS))
    names += [f"staff{number:03}" for number in range(1, STAFF + 1)]
    now = iso(org.clock.now() - timedelta(days=400))
    found = {}
    with org.store.write():
        for name in names:
            found[name] = org.store.new_id("005")
            org.store.insert("User", {
                "Id": found[name], "Username": cast.username(name), "Email": cast.username(name), "FirstName": "",
                "LastName": name, "Name": name, "IsActive": 1, "UserType": "Standard", "CreatedDate": now,
                "LastModifiedDate": now, "SystemModstamp": now, "LastLoginDate": iso(org.clock.now()),
            })  # fmt: skip
            row = {"Id": org.store.new_id("0Yw"), "UserId": found[name], "IsFrozen": 0, "IsPasswordLocked": 0}
            org.store.insert("UserLogin", row)
    return found


def _apps(org: Org, users: dict[str, str]) -> dict[str, str]:
    """Apps with their keys, permission sets, grants, tokens: name to app id. Integrations go to the org's facts."""
    ids: dict[str, str] = {}
    integrations: list[dict[str, Any]] = []
    with org.store.write():
        for role in cast.APPS:
            ids[role.name] = _app(org, role)
            _grant(org, role, ids[role.name], users)
        for login in cast.LOGINS:
            found = _login(org, login, ids[login.app], users)
            if login.shown:
                integrations.append(found)
    org.store.set_meta("integrations", integrations)
    return ids


def _app(org: Org, role: cast.AppRole) -> str:
    app_id, menu = org.store.new_id("0H4"), org.store.new_id("0DS")
    now = iso(org.clock.now() - timedelta(days=role.since_days))
    dates = {"CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
    certificate = ""
    if role.pre_authorised:
        certificate = certs.make_login_key(org.state / "keys" / f"{_file(role.name)}.key", role.name)
    org.store.insert("ConnectedApplication", {
        "Id": app_id, "Name": role.name, "OptionsAllowAdminApprovedUsersOnly": int(role.pre_authorised), **dates})  # fmt: skip
    org.store.insert("AppMenuItem", {"Id": menu, "Name": _file(role.name), "Label": role.name, "ApplicationId": app_id,
                                     "Type": "ConnectedApplication", **dates})  # fmt: skip
    org.store.insert("_app", {
        "app_id": app_id, "name": role.name, "consumer_key": f"3MVG9{secrets.token_urlsafe(60)}",
        "consumer_secret": secrets.token_hex(32) if role.secret else "", "certificate": certificate,
        "pre_authorised": int(role.pre_authorised), "menu_item_id": menu,
    })  # fmt: skip
    return app_id


def _grant(org: Org, role: cast.AppRole, app_id: str, users: dict[str, str]) -> None:
    """The app's permission set, who has it, and the grant that lets them log in by JWT."""
    responder = role.name == cast.APPS[0].name
    held = cast.RESPONDER_PERMISSIONS if responder else cast.INTEGRATION_PERMISSIONS
    set_id = org.store.new_id("0PS")
    now = iso(org.clock.now())
    org.store.insert("PermissionSet", {
        "Id": set_id, "Name": f"{_file(role.name)}_Access", "Label": f"{role.name} Access", "Type": "Regular",
        "IsCustom": 1, "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now,
        **{f"Permissions{name}": 1 for name in held},
    })  # fmt: skip
    jwt_users = [login.user for login in cast.LOGINS if login.app == role.name and login.kind == "jwt"]
    others = [login.user for login in cast.LOGINS if login.app == role.name] if not role.pre_authorised else []
    for user in dict.fromkeys([*jwt_users, *cast.ALSO_GRANTED.get(role.name, ()), *others]):
        org.store.insert("PermissionSetAssignment", {
            "Id": org.store.new_id("0Pa"), "AssigneeId": users[user], "PermissionSetId": set_id, "IsActive": 1,
            "SystemModstamp": now})  # fmt: skip
    if role.pre_authorised:
        org.store.insert("SetupEntityAccess", {
            "Id": org.store.new_id("0J0"), "ParentId": set_id, "SetupEntityId": app_id,
            "SetupEntityType": "ConnectedApplication", "SystemModstamp": now})  # fmt: skip


def _login(org: Org, login: cast.Login, app_id: str, users: dict[str, str]) -> dict[str, Any]:
    """One user's credential of an app; the answer is its entry of connection.json."""
    app = org.store.one("SELECT * FROM _app WHERE app_id = ?", app_id) or _pending_app(org, app_id)
    role = next(r for r in cast.APPS if r.name == login.app)
    found = {"app": login.app, "app_id": app_id, "consumer_key": app["consumer_key"], "user_id": users[login.user],
             "username": cast.username(login.user), "usual_addresses": list(role.network)}  # fmt: skip
    if app["consumer_secret"]:
        found["consumer_secret"] = app["consumer_secret"]
    if login.kind == "jwt":
        return found | {"private_key_file": str((org.state / "keys" / f"{_file(login.app)}.key").resolve())}
    refresh = f"5Aep{secrets.token_urlsafe(60)}"
    created = iso(org.clock.now() - timedelta(days=role.since_days))
    org.store.insert("OauthToken", {
        "Id": None, "AccessToken": refresh, "AppMenuItemId": app["menu_item_id"], "AppName": login.app,
        "CreatedDate": created, "DeleteToken": f"del{secrets.token_urlsafe(40)}", "LastUsedDate": created,
        "RequestToken": None, "UseCount": 1, "UserId": users[login.user]})  # fmt: skip
    return found | {"refresh_token": refresh}


def _pending_app(org: Org, app_id: str) -> dict[str, Any]:
    """The app as the open transaction sees it."""
    with org.store.write() as connection:
        cursor = connection.execute("SELECT * FROM _app WHERE app_id = ?", (app_id,))
        return dict(zip([c[0] for c in cursor.description], cursor.fetchone(), strict=True))


def _people(org: Org, people: int, seed: int) -> None:
    made = population.generate(people, seed)
    for table, frame in made.tables.items():
        obj = SCHEMA[table]
        known = {field.name for field in obj.stored}
        columns = [c for c in frame.columns if c in known]
        org.store.load(table, columns, frame[columns].itertuples(index=False, name=None))
    keep_truth(made.truth, org.state)


def keep_truth(truth: pd.DataFrame, state: Path) -> None:
    """The generator's truth, sealed for the scenario: the pipeline never opens it."""
    folder = state / "answer"
    folder.mkdir(mode=0o700, exist_ok=True)
    truth.to_parquet(folder / "truth.parquet", index=False)


def _definitions(org: Org) -> None:
    rows = list(definition_rows())
    for table in ("EntityDefinition", "FieldDefinition"):
        some = [row for name, row in rows if name == table]
        org.store.load(table, list(some[0]), (list(row.values()) for row in some))


def _background(org: Org, apps: dict[str, str], users: dict[str, str], seed: int, people: int) -> None:
    roles = {role.name: role for role in cast.APPS}
    integrations = tuple(
        Integration(
            app=login.app, app_id=apps[login.app], user_id=users[login.user], username=cast.username(login.user),
            addresses=roles[login.app].network, agent=roles[login.app].agent,
            login="jwt" if login.kind == "jwt" else "refresh_token", since_days=roles[login.app].since_days,
        )
        for login in cast.LOGINS if login.user != "responder"
    )  # fmt: skip
    staff = tuple(Staff(users[n], cast.username(n)) for n in users if n.startswith("staff"))
    crew = Cast(org.org_id, integrations, staff)
    end = org.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    for event_type, frame in traffic.background(crew, seed, end, DAYS).items():
        org.logs.import_rows(event_type, frame)
    for name, frame in traffic.background_events(crew, seed, end, DAYS).items():
        known = [c for c in frame.columns if SCHEMA[name].field(str(c))]
        org.store.load(name, known, frame[known].itertuples(index=False, name=None))


def _file(name: str) -> str:
    return name.replace(" ", "_")


def connection(org: Org, http_url: str, https_url: str, scheme: str) -> dict[str, Any]:
    """What connection.json says."""
    app = org.store.one("SELECT consumer_key FROM _app WHERE name = ?", cast.APPS[0].name)
    assert app is not None
    return {
        "instance_url": https_url if scheme == "https" else http_url, "http_url": http_url, "https_url": https_url,
        "org_id": org.org_id, "consumer_key": app["consumer_key"], "username": cast.username("responder"),
        "private_key_file": str((org.state / "keys" / f"{_file(cast.APPS[0].name)}.key").resolve()),
        "ca_file": str((org.state / "tls" / "ca.pem").resolve()), "sandbox": True, "simulated": True,
        "api_version": "67.0", "integrations": org.store.meta("integrations"),
    }  # fmt: skip
