"""Apps and what lets them in: installed ones and others, grants, usage of External Client Apps, consumer keys.

`ConnectedApplication` has no consumer key and lists no app that was never installed; External Client Apps have no
object that is open, and are known by their AppMenuItem, whose ApplicationId begins with 0xI (containment facts).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from xml.etree.ElementTree import Element

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.metadata_soap import is_true, list_components, read_components
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.core.containment import AppRow, EcaUsageRow, GrantRow, TokenRow
from leakresponse.core.errors import Refused
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import count, equals, isin, select

ECA_PREFIX = "0xI"
_GRANTED = ("ConnectedApplication", "ExternalClientApplication")
_PAGE = 100
_MOST_PAGES = 50


@dataclass(frozen=True, slots=True)
class Keyed:
    """Apps with what their metadata tells, and their consumer keys by fingerprint."""

    rows: tuple[AppRow, ...] = ()
    secrets: Mapping[str, Redacted[str]] = field(default_factory=dict, repr=False)


def read_apps(client: SalesforceClient) -> tuple[AppRow, ...]:
    """Installed connected apps and External Client Apps."""
    items = {
        row["ApplicationId"]: row
        for row in client.query(select("AppMenuItem", ["Id", "ApplicationId", "Name", "Label"]))
        if row["ApplicationId"]
    }
    connected = [
        AppRow(row["Id"], row["Name"], developer_name=(items.get(row["Id"]) or {}).get("Name") or "")
        for row in client.query(select("ConnectedApplication", ["Id", "Name"]))
    ]
    ecas = [
        AppRow(app_id, item["Label"], "eca", item["Name"])
        for app_id, item in items.items()
        if app_id.startswith(ECA_PREFIX)
    ]
    return (*connected, *ecas)


def with_uninstalled(apps: Iterable[AppRow], tokens: Iterable[TokenRow]) -> tuple[AppRow, ...]:
    """The same with the apps that users let in and nobody installed: they stand in OauthToken alone."""
    listed = tuple(apps)
    names = {token.app for token in tokens if not token.installed} - {app.name for app in listed}
    return (*listed, *(AppRow("", name, installed=False) for name in sorted(names)))


def updated(apps: Iterable[AppRow], by: Iterable[AppRow]) -> tuple[AppRow, ...]:
    """The apps, each as `by` has it where it does. Two apps of one name are told apart by their ids."""
    known = {(app.kind, app.name, app.app_id): app for app in by}
    return tuple(known.get((app.kind, app.name, app.app_id), app) for app in apps)


def read_grants(client: SalesforceClient) -> list[GrantRow]:
    """Every grant of an app to a permission set or profile; `app` is filled where the apps are known."""
    where = isin("SetupEntityType", _GRANTED)
    rows = client.query(select("SetupEntityAccess", ["Id", "ParentId", "SetupEntityId"], where=where))
    return [GrantRow(row["Id"], row["ParentId"], row["SetupEntityId"], "") for row in rows]


def count_holders(client: SalesforceClient, permission_sets: Iterable[str], parallel: int = 4) -> dict[str, int]:
    """How many users hold each permission set, as an assignment shows it."""

    def ask(set_id: str) -> int:
        return client.count(count("PermissionSetAssignment", where=equals("PermissionSetId", set_id)))

    wanted = sorted(set(permission_sets))
    with ThreadPoolExecutor(parallel) as pool:
        return dict(zip(wanted, pool.map(ask, wanted), strict=True))


def read_keys(client: SalesforceClient, apps: Iterable[AppRow]) -> Keyed:
    """The apps with their consumer keys' fingerprints and whether they are switched on, as their metadata says."""
    wanted = [app for app in apps if app.developer_name]
    connected = [app.developer_name for app in wanted if app.kind == "connected_app"]
    roots = read_components(client, "ConnectedApp", connected) if connected else {}
    keys = {name: root.findtext("oauthConfig/consumerKey") or "" for name, root in roots.items()}
    ecas = {app.developer_name for app in wanted if app.kind == "eca"}
    settings = _of_ecas(client, "ExtlClntAppGlobalOauthSettings", ecas)
    keys |= {name: root.findtext("consumerKey") or "" for name, root in settings.items()}
    policies = _of_ecas(client, "ExtlClntAppConfigurablePolicies", ecas)
    rows = tuple(
        replace(
            app,
            key_handle=fingerprint(keys[app.developer_name]) if keys.get(app.developer_name) else "",
            enabled=is_enabled(policies.get(app.developer_name)),
        )
        for app in wanted
    )
    return Keyed(rows, {fingerprint(key): Redacted(key) for key in keys.values() if key})


def is_enabled(policies: Element | None) -> bool:
    """Whether an External Client App is on, by its policies; a switch that is not named is on."""
    flags = ("isEnabled", "isOauthPluginEnabled")
    texts = [policies.findtext(one) for one in flags] if policies is not None else []
    return all(is_true(text) for text in texts if text is not None)


def _of_ecas(client: SalesforceClient, kind: str, names: set[str]) -> dict[str, Element]:
    """Components of External Client Apps by the app's developer name: their own names follow no known rule."""
    if not names:
        return {}
    found = read_components(client, kind, list_components(client, kind))
    by_app = {root.findtext("externalClientApplication") or "": root for root in found.values()}
    return {name: root for name, root in by_app.items() if name in names}


def component_of_eca(client: SalesforceClient, kind: str, app: str) -> tuple[str, Element] | None:
    """The name and content of one such component, None where the app has none."""
    for name, root in read_components(client, kind, list_components(client, kind)).items():
        if root.findtext("externalClientApplication") == app:
            return name, root
    return None


def read_usages(client: SalesforceClient) -> tuple[EcaUsageRow, ...]:
    """Who uses which External Client App (Connect REST, "OAuth usage"); connected apps are not in it."""
    apps = pages(client, "/apps/oauth/usage", "apps")
    return tuple(
        EcaUsageRow(
            app["identifier"], app.get("description") or app.get("developerName") or "", user["userIdentifier"],
            int(user.get("useCount") or 0), user.get("lastUsedAt") or "",
        )
        for app in apps
        for user in users_of_eca(client, app["identifier"])
    )  # fmt: skip


def users_of_eca(client: SalesforceClient, app_id: str) -> list[dict[str, Any]]:
    """Users with a refresh token of an External Client App. Raises Refused for an app that it does not know."""
    return pages(client, f"/apps/oauth/usage/{app_id}/users", "users")


def pages(client: SalesforceClient, path: str, name: str) -> list[dict[str, Any]]:
    """All rows of a list. The next page is named even on the last one, so an empty page is the end."""
    found: list[dict[str, Any]] = []
    for number in range(_MOST_PAGES):
        body = client.call("GET", path, params={"page": str(number), "pageSize": str(_PAGE)}).json()
        rows = body.get(name) or []
        found += rows
        if len(rows) < _PAGE:
            return found
    raise Refused(f"more than {_MOST_PAGES} pages of {name}", "TOO_MANY_PAGES")
