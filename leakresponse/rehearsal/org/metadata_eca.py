"""External Client Apps by deploy (Metadata API guide, pages of these types).

The header alone is no app yet: its OAuth settings give it a consumer key. `ExtlClntAppConfigurablePolicies.isEnabled`
false switches the app off, `isOauthPluginEnabled` false its OAuth part. Rotating the key or secret by a flag goes
through with a warning only, which fails a deploy without `ignoreWarnings`.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from leakresponse.rehearsal.org import metadata_components
from leakresponse.rehearsal.org.certs import public_key
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.login_ranges import relax
from leakresponse.rehearsal.org.metadata_apps import grant_to
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Kind, Outcome, Run, stored_tree
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, said, tree, truth
from leakresponse.rehearsal.org.oauth_apps import set_eca_enabled
from leakresponse.rehearsal.org.oauth_policies import of_eca
from leakresponse.rehearsal.org.store import first_row, put
from leakresponse.rehearsal.org.world import World

_ROTATES = "A new consumer key or secret was generated: update every client of the app"
_TYPE = "ExternalClientApplication"
_GLOBAL, _POLICIES = "ExtlClntAppGlobalOauthSettings", "ExtlClntAppConfigurablePolicies"
_ENDINGS = {_GLOBAL: "_glbloauth", _POLICIES: "_plcy"}
#: Elements of ExtlClntAppGlobalOauthSettings and the columns behind them.
_FLAGS = {
    "isIntrospectAllTokens": "sees_all_tokens", "isPkceRequired": "needs_pkce", "isDeviceFlowEnabled": "device_flow",
    "isRefreshTokenRotationEnabled": "rotates", "isConsumerSecretOptional": "secret_optional",
}  # fmt: skip


def _app(db: Any, name: str) -> dict[str, Any] | None:
    sql = "SELECT * FROM sim_app WHERE kind = 'eca' AND installed = 1 AND developer_name = ?"
    return first_row(db, sql, name)


def _app_of(run: Run, root: Element) -> dict[str, Any]:
    """The app that a settings or policies file names. Raises ComponentRefused."""
    name = said(root, "externalClientApplication") or ""
    found = _app(run.db, name)
    if found is None:
        raise ComponentRefused(f"In field: externalClientApplication - no ExternalClientApplication named {name} found")
    return found


def apply_header(run: Run, name: str, root: Element) -> Outcome:
    """The app itself. Until its OAuth settings come, nobody can log in to it: it has no consumer key that is told."""
    label = said(root, "label")
    if not label or not said(root, "contactEmail"):
        missing = "label" if not label else "contactEmail"
        raise ComponentRefused(f"Required fields are missing: [{missing}]")
    there = _app(run.db, name)
    if there is not None:
        run.db.execute("UPDATE sim_app SET name = ? WHERE app_id = ?", (label, there["app_id"]))
        return Outcome(component_id=there["app_id"])
    app_id, item_id = new_id("0xI"), new_id("0DS")
    put(run.db, "sim_app", {
        "app_id": app_id, "name": label, "developer_name": name, "consumer_key": _consumer_key(),
        "consumer_secret": secrets.token_hex(32).upper(), "certificate": "", "admin_approved": 0, "kind": "eca",
        "menu_item_id": item_id,
    })  # fmt: skip
    put(run.db, "AppMenuItem", {
        "Id": item_id, "Name": name, "Label": label, "ApplicationId": app_id, "Type": _TYPE, **run.stamps(),
    })  # fmt: skip
    run.trail("insertExternalClientApplication", "External Client Apps", f"Created External Client App {label}")
    return Outcome(True, app_id)


def _consumer_key() -> str:
    return f"3MVG9{secrets.token_urlsafe(60)}"


def remove_header(run: Run, name: str) -> bool:
    """The app goes, with what it could log in to."""
    app = _app(run.db, name)
    if app is None:
        return False
    run.ended(set_eca_enabled(run.db, app["app_id"], on=False, lenient=run.world.lenient) or [])
    run.db.execute("UPDATE sim_app SET installed = 0 WHERE app_id = ?", (app["app_id"],))
    for table, field in (("SetupEntityAccess", "SetupEntityId"), ("AppMenuItem", "ApplicationId")):
        run.db.execute(f"DELETE FROM {table} WHERE {field} = ?", (app["app_id"],))  # noqa: S608
    metadata_components.forget(run.db, _TYPE, name)
    run.trail("deleteExternalClientApplication", "External Client Apps", f"Deleted External Client App {app['name']}")
    return True


def apply_global(run: Run, _name: str, root: Element) -> Outcome:
    """Keys, certificate and flows."""
    app = _app_of(run, root)
    columns: dict[str, Any] = {
        column: int(truth(value)) for tag, column in _FLAGS.items() if (value := said(root, tag)) is not None
    }
    if callback := said(root, "callbackUrl"):
        columns["callback"] = callback
    if certificate := said(root, "certificate"):
        if public_key(certificate) is None:
            raise ComponentRefused("Invalid certificate")
        columns["certificate"] = certificate
    if key := said(root, "consumerKey"):
        columns["consumer_key"] = key
    if secret := said(root, "consumerSecret"):
        columns["consumer_secret"] = secret
    columns |= (rotated := _rotated(root))
    _update(run, app, columns)
    return Outcome(component_id=app["app_id"], warning=_ROTATES if rotated else "")


def _rotated(root: Element) -> dict[str, str]:
    found = {}
    if truth(said(root, "shouldRotateConsumerKey")):
        found["consumer_key"] = _consumer_key()
    if truth(said(root, "shouldRotateConsumerSecret")):
        found["consumer_secret"] = secrets.token_hex(32).upper()
    return found


def _update(run: Run, app: dict[str, Any], columns: dict[str, Any]) -> None:
    moved = {name: value for name, value in columns.items() if app[name] != value}
    if moved:
        taken = first_row(run.db, "SELECT app_id FROM sim_app WHERE consumer_key = ?", moved.get("consumer_key"))
        if taken is not None:
            raise ComponentRefused("The consumer key is already taken.")
        sets = ", ".join(f"{name} = ?" for name in moved)
        run.db.execute(" ".join(("UPDATE sim_app SET", sets, "WHERE app_id = ?")), (*moved.values(), app["app_id"]))
        words = f"Updated {', '.join(sorted(moved))} of External Client App {app['name']}"
        run.trail("updateExternalClientApplication", "External Client Apps", words)


def read_global(world: World, name: str) -> Element | None:
    """The settings as they now are; the secret never comes back."""
    root = _kept_or_made(world, _GLOBAL, name)
    app = None if root is None else _app(world.store.reader, said(root, "externalClientApplication") or "")
    if root is None or app is None:
        return root
    facts: list[tuple[str, object]] = [
        ("callbackUrl", app["callback"] or None), ("certificate", app["certificate"] or None),
        ("consumerKey", app["consumer_key"]), *((tag, bool(app[column])) for tag, column in _FLAGS.items()),
    ]  # fmt: skip
    hidden = ("consumerSecret", "shouldRotateConsumerKey", "shouldRotateConsumerSecret")
    return overlaid(root, list(tree("x", facts)), (*(tag for tag, _ in facts), *hidden))


def apply_settings(run: Run, _name: str, root: Element) -> Outcome:
    """Scopes and trusted addresses: kept."""
    return Outcome(component_id=_app_of(run, root)["app_id"])


def apply_oauth_policies(run: Run, _name: str, root: Element) -> Outcome:
    """Who may use the app, and how long a session lasts. Permission sets are named by id."""
    app = _app_of(run, root)
    columns: dict[str, Any] = {}
    if permitted := said(root, "permittedUsersPolicyType"):
        columns["admin_approved"] = int(permitted == "AdminApprovedPreAuthorized")
    if (minutes := said(root, "sessionTimeoutInMinutes")) and minutes.isdigit():
        columns["session_seconds"] = int(minutes) * 60
    if policy := said(root, "refreshTokenPolicyType"):
        period, unit = said(root, "refreshTokenValidityPeriod"), said(root, "refreshTokenValidityUnit")
        columns["refresh_policy"] = of_eca(policy, period or "", unit or "")
    if relaxation := said(root, "ipRelaxationPolicyType"):
        relax(run.db, app["app_id"], relaxation)
    _update(run, app, {**columns, **_run_as(run, root)})
    for tag, owned in (("commaSeparatedPermissionSet", 0), ("commaSeparatedProfile", 1)):
        listed = said(root, tag)
        if listed is not None:
            grant_to(
                run, app["app_id"], _TYPE, [_holder(run, one.strip(), owned) for one in listed.split(",") if one], owned
            )
    return Outcome(component_id=app["app_id"])


def _run_as(run: Run, root: Element) -> dict[str, str | None]:
    """The user of the client credentials flow. Raises ComponentRefused for one that is not there."""
    name, on = said(root, "clientCredentialsFlowUser"), said(root, "isClientCredentialsFlowEnabled")
    if on is not None and not truth(on):
        return {"run_as": None}
    if not name:
        return {}
    found = first_row(run.db, 'SELECT Id FROM "User" WHERE Username = ?', name)
    if found is None:
        raise ComponentRefused(f"In field: clientCredentialsFlowUser - no User named {name} found")
    return {"run_as": str(found["Id"])}


def _holder(run: Run, given: str, owned: int) -> str:
    column = "ProfileId" if owned else "Id"
    sql = f"SELECT Id FROM PermissionSet WHERE substr({column}, 1, 15) = ?"  # noqa: S608
    found = first_row(run.db, sql, given[:15])
    if found is None:
        raise ComponentRefused(f"invalid cross reference id: {given[:18]}")
    return str(found["Id"])


def apply_policies(run: Run, _name: str, root: Element) -> Outcome:
    """The switch."""
    app = _app_of(run, root)
    flags = [said(root, tag) for tag in ("isEnabled", "isOauthPluginEnabled")]
    on = all(truth(one) for one in flags if one is not None)
    if on != bool(app["enabled"]):
        run.ended(set_eca_enabled(run.db, app["app_id"], on, lenient=run.world.lenient) or [])
        did = "Enabled" if on else "Disabled"
        run.trail(
            f"{did.lower()}ExternalClientApplication",
            "External Client Apps",
            f"{did} External Client App {app['name']}",
        )
    return Outcome(component_id=app["app_id"])


def read_policies(world: World, name: str) -> Element | None:
    """The switch as it stands."""
    root = _kept_or_made(world, _POLICIES, name)
    app = None if root is None else _app(world.store.reader, said(root, "externalClientApplication") or "")
    if root is None or app is None or bool(app["enabled"]) == truth(said(root, "isEnabled")):
        return root
    return overlaid(root, list(tree("x", [("isEnabled", bool(app["enabled"]))])), ("isEnabled",))


def read_header(world: World, name: str) -> Element | None:
    """The app, also one that no deploy made."""
    app = _app(world.store.reader, name)
    if app is None or not app["installed"]:
        return None
    kept = stored_tree(world, _TYPE, name)
    head = tree("x", [("distributionState", "Local"), ("label", app["name"])])
    return overlaid(Element(_TYPE) if kept is None else kept, list(head), ("distributionState", "label"))


def header_names(world: World) -> list[str]:
    """Every External Client App."""
    sql = "SELECT developer_name FROM sim_app WHERE kind = 'eca' AND installed = 1"
    return [row["developer_name"] for row in world.store.all(sql)]


def _names(kind: str) -> Callable[[World], list[str]]:
    """Names of the files of apps that no deploy made; how Salesforce names them is not confirmed."""

    def names(world: World) -> list[str]:
        kept = metadata_components.names(world.store.reader, kind)
        roots = [stored_tree(world, kind, one) for one in kept]
        there = {said(root, "externalClientApplication") for root in roots if root is not None}
        return [one + _ENDINGS[kind] for one in header_names(world) if one not in there]

    return names


def _kept_or_made(world: World, kind: str, name: str) -> Element | None:
    kept = stored_tree(world, kind, name)
    app = name.removesuffix(_ENDINGS[kind])
    if kept is not None or name == app or app not in header_names(world):
        return kept
    row = _app(world.store.reader, app) or {"name": app}
    return tree(kind, [("externalClientApplication", app), ("label", row["name"])])


KINDS = (
    Kind(_TYPE, "externalClientApps", "eca", apply=apply_header, read=read_header, names=header_names,
         remove=remove_header),
    Kind(_GLOBAL, "extlClntAppGlobalOauthSets", "ecaGlblOauth", apply=apply_global, read=read_global,
         names=_names(_GLOBAL)),
    Kind("ExtlClntAppOauthSettings", "extlClntAppOauthSettings", "ecaOauth", apply=apply_settings),
    Kind("ExtlClntAppOauthConfigurablePolicies", "extlClntAppOauthPolicies", "ecaOauthPlcy",
         apply=apply_oauth_policies),
    Kind(_POLICIES, "extlClntAppPolicies", "ecaPlcy", apply=apply_policies, read=read_policies,
         names=_names(_POLICIES)),
)  # fmt: skip
