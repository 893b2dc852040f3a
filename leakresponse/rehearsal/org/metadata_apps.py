"""Connected apps and blocks by deploy.

A ConnectedApp holds one certificate: a new one replaces it and the old key fails at once (Metadata API guide,
ConnectedApp; how soon is not confirmed). What a file leaves out stays as it is, which is not confirmed either. A
`refreshTokenPolicy` is judged at the next refresh; live access tokens go on.
A BlacklistedConsumer blocks an app by its consumer key: new logins and refreshes are refused. Its page says that
sessions end too, which nobody else has seen for a block by deploy: by the attacker's reading they go on.
"""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org import metadata_components
from leakresponse.rehearsal.org.certs import public_key
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.login_ranges import relax
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Kind, Outcome, Run, stored_tree
from leakresponse.rehearsal.org.metadata_xml import Element, overlaid, parsed, said, texts, tree, truth
from leakresponse.rehearsal.org.oauth_apps import block_app, unblock_app
from leakresponse.rehearsal.org.setup_acts import end_ungranted
from leakresponse.rehearsal.org.store import all_rows, first_row, put
from leakresponse.rehearsal.org.world import World

_CREATION_OFF = "You can't create a connected app. To enable connected app creation, contact Salesforce Support."
_OWN = ("label", "oauthConfig", "permissionSetName", "profileName")
_GRANTS = (
    "SELECT p.Name, p.Label, p.IsOwnedByProfile AS owned FROM SetupEntityAccess g "
    "JOIN PermissionSet p ON p.Id = g.ParentId WHERE g.SetupEntityId = ? ORDER BY p.Name"
)
#: Metadata names of standard profiles, which differ from their labels.
PROFILE_NAMES = {"Admin": "System Administrator", "Standard": "Standard User"}


def _app(db: Any, name: str) -> dict[str, Any] | None:
    sql = "SELECT * FROM sim_app WHERE developer_name = ? AND kind = 'connected' AND installed = 1 AND app_id != ''"
    return first_row(db, sql, name)


def apply_app(run: Run, name: str, root: Element) -> Outcome:
    """Change a connected app. Raises ComponentRefused; new ones cannot be made (Spring '26)."""
    app = _app(run.db, name)
    if app is None:
        raise ComponentRefused(_CREATION_OFF)
    key = said(root, "oauthConfig/consumerKey")
    if key and key != app["consumer_key"]:
        raise ComponentRefused("Cannot modify consumerKey of an existing connected app")
    _certificate(run, app, said(root, "oauthConfig/certificate") or "")
    approved = said(root, "oauthConfig/isAdminApproved")
    if approved:
        _approve(run, app, truth(approved))
    if relaxation := said(root, "oauthPolicy/ipRelaxation"):
        relax(run.db, app["app_id"], relaxation)
    if policy := said(root, "oauthPolicy/refreshTokenPolicy"):
        run.db.execute("UPDATE sim_app SET refresh_policy = ? WHERE app_id = ?", (policy, app["app_id"]))
    regrant(run, app["app_id"], "ConnectedApplication", root)
    run.db.execute("UPDATE ConnectedApplication SET LastModifiedDate = ?, LastModifiedById = ? WHERE Id = ?",
                   (run.stamps()["LastModifiedDate"], run.user_id, app["app_id"]))  # fmt: skip
    return Outcome(component_id=app["app_id"])


def _certificate(run: Run, app: dict[str, Any], certificate: str) -> None:
    if not certificate:
        return
    if public_key(certificate) is None:
        raise ComponentRefused("Invalid certificate")
    run.db.execute("UPDATE sim_app SET certificate = ? WHERE app_id = ?", (certificate, app["app_id"]))
    if certificate != app["certificate"]:
        run.trail("updateConnectedApplication", "Connected Apps", f"Updated certificate of Connected App {app['name']}")


def _approve(run: Run, app: dict[str, Any], on: bool) -> None:
    if bool(app["admin_approved"]) == on:
        return
    app_id = app["app_id"]
    run.db.execute("UPDATE sim_app SET admin_approved = ? WHERE app_id = ?", (int(on), app_id))
    sql = "UPDATE ConnectedApplication SET OptionsAllowAdminApprovedUsersOnly = ? WHERE Id = ?"
    run.db.execute(sql, (int(on), app_id))
    run.db.execute("UPDATE AppMenuItem SET IsUsingAdminAuthorization = ? WHERE ApplicationId = ?", (int(on), app_id))
    who = "Admin approved users are pre-authorized" if on else "All users may self-authorize"
    run.trail("updateConnectedApplication", "Connected Apps", f"Changed permitted users of {app['name']}: {who}")


def regrant(run: Run, app_id: str, kind: str, root: Element) -> None:
    """Let the named permission sets and profiles, and no others, grant the app; an empty name takes the last away."""
    for tag, owned in (("permissionSetName", 0), ("profileName", 1)):
        if root.find(tag) is not None:
            grant_to(run, app_id, kind, [_holder(run, name, owned) for name in texts(root, tag)], owned)


def _holder(run: Run, name: str, owned: int) -> str:
    """The id of a permission set by name, or of a profile's own. Raises ComponentRefused."""
    column = "Label" if owned else "Name"
    sql = f"SELECT Id FROM PermissionSet WHERE {column} = ? AND IsOwnedByProfile = ?"  # noqa: S608
    found = first_row(run.db, sql, PROFILE_NAMES.get(name, name) if owned else name, owned)
    if found is None:
        tag, kind = ("profileName", "Profile") if owned else ("permissionSetName", "PermissionSet")
        raise ComponentRefused(f"In field: {tag} - no {kind} named {name} found")
    return str(found["Id"])


def grant_to(run: Run, app_id: str, kind: str, holders: list[str], owned: int) -> None:
    """Make the rows of SetupEntityAccess what they should be, among sets owned by profiles or among the others."""
    sql = (
        "SELECT g.Id, g.ParentId, p.Label FROM SetupEntityAccess g JOIN PermissionSet p ON p.Id = g.ParentId "
        "WHERE g.SetupEntityId = ? AND p.IsOwnedByProfile = ?"
    )
    there = all_rows(run.db, sql, app_id, owned)
    for row in there:
        if row["ParentId"] not in holders:
            run.db.execute("DELETE FROM SetupEntityAccess WHERE Id = ?", (row["Id"],))
            run.trail(f"SetupEntityAccessAudit_PermissionSet_{kind}_Disabled", "Manage Users",
                      f"{row['Label']}: access to {kind} {app_id[:15]} was disabled")  # fmt: skip
    for holder in set(holders) - {row["ParentId"] for row in there}:
        put(run.db, "SetupEntityAccess", {
            "Id": new_id("0J0"), "ParentId": holder, "SetupEntityId": app_id, "SetupEntityType": kind,
            "SystemModstamp": run.stamps()["SystemModstamp"],
        })  # fmt: skip
    if run.world.lenient:
        end_ungranted(run.db, app_id)


def read_app(world: World, name: str) -> Element | None:
    """The app as it now is; secrets never come back."""
    app = _app(world.store.reader, name)
    if app is None:
        return None
    root = stored_tree(world, "ConnectedApp", name)
    root = Element("ConnectedApp") if root is None else root
    config = root.find("oauthConfig")
    kept = [] if config is None else [one for one in config if one.tag not in {"certificate", "consumerSecret"}]
    facts = tree("oauthConfig", [
        ("callbackUrl", app["callback"] or None), ("certificate", app["certificate"] or None),
        ("consumerKey", app["consumer_key"]), ("isAdminApproved", bool(app["admin_approved"])),
        ("isIntrospectAllTokens", bool(app["sees_all_tokens"])),
    ])  # fmt: skip
    known = {one.tag for one in facts}
    facts.extend([one for one in kept if one.tag not in known])
    parts: list[tuple[str, object]] = [("label", app["name"]), ("oauthConfig", facts)]
    labels = {label: short for short, label in PROFILE_NAMES.items()}
    for row in all_rows(world.store.reader, _GRANTS, app["app_id"]):
        shown = labels.get(row["Label"], row["Label"]) if row["owned"] else row["Name"]
        parts.append(("profileName" if row["owned"] else "permissionSetName", shown))
    return overlaid(root, list(tree("x", parts)), _OWN)


def app_names(world: World) -> list[str]:
    """Installed and local connected apps."""
    sql = "SELECT developer_name FROM sim_app WHERE kind = 'connected' AND installed = 1 AND app_id != ''"
    return [row["developer_name"] for row in world.store.all(sql)]


def remove_app(run: Run, name: str) -> bool:
    """Deleting a connected app by metadata: nothing was found on what happens, so the org does not take it."""
    if _app(run.db, name) is None:
        return False
    raise ComponentRefused("You can't delete this connected app")


def apply_block(run: Run, name: str, root: Element) -> Outcome:
    """Block an app. Raises ComponentRefused without a consumer key."""
    key = said(root, "consumerKey") or ""
    if not key:
        raise ComponentRefused("Required fields are missing: [ConsumerKey]")
    label = said(root, "consumerName") or said(root, "masterLabel") or name
    run.ended(block_app(run.db, key, label, ends=run.world.lenient))
    run.trail("blockConnectedApp", "Connected Apps", f"Blocked Connected App {label}")
    return Outcome()


def read_block(world: World, name: str) -> Element | None:
    """A block, made by deploy or by the button of Setup."""
    kept = stored_tree(world, "BlacklistedConsumer", name)
    if kept is not None:
        return kept
    for row in world.store.all("SELECT consumer_key, name FROM sim_block"):
        if _block_name(row["name"]) == name:
            return tree("BlacklistedConsumer", [
                ("blockedByApiWhitelisting", False), ("consumerKey", row["consumer_key"]),
                ("consumerName", row["name"]), ("masterLabel", row["name"]),
            ])  # fmt: skip
    return None


def block_names(world: World) -> list[str]:
    """Blocks that no deploy made; those of deploys are kept components."""
    kept = {
        said(root, "consumerKey")
        for name in metadata_components.names(world.store.reader, "BlacklistedConsumer")
        if (root := stored_tree(world, "BlacklistedConsumer", name)) is not None
    }
    rows = world.store.all("SELECT consumer_key, name FROM sim_block")
    return [_block_name(row["name"]) for row in rows if row["name"] and row["consumer_key"] not in kept]


def _block_name(label: str) -> str:
    return label.replace(" ", "_")


def remove_block(run: Run, name: str) -> bool:
    """Lift a block by a destructive deploy (an inference of the containment facts)."""
    kept = metadata_components.find(run.db, "BlacklistedConsumer", name)
    root = parsed(kept["content"]) if kept else read_block(run.world, name)
    if root is None:
        return False
    metadata_components.forget(run.db, "BlacklistedConsumer", name)
    unblock_app(run.db, said(root, "consumerKey") or "")
    run.trail("unblockConnectedApp", "Connected Apps", f"Unblocked Connected App {name}")
    return True


KINDS = (
    Kind("ConnectedApp", "connectedApps", "connectedApp", apply=apply_app, read=read_app, names=app_names,
         remove=remove_app),
    Kind("BlacklistedConsumer", "blacklistedConsumers", "blacklistedConsumer", apply=apply_block, read=read_block,
         names=block_names, remove=remove_block),
)  # fmt: skip
