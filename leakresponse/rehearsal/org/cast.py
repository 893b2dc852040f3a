"""The simulated retailer's apps and users: who may log in, how, and from where."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass

from leakresponse.rehearsal.context import setting
from leakresponse.rehearsal.traffic_cast import LoginKind, Rhythm

DOMAIN = "harborpine.example"
_DOMAIN: ContextVar[str] = ContextVar("domain", default=DOMAIN)
ORG_NAME = "Harbor & Pine"
RESPONDER_APP, RESPONDER = "Leak Response Responder", "responder"
#: How many of the staff have authorised Drift, and how many are at work in the browser.
DRIFT_AGENTS, BROWSER_SESSIONS = 24, 12


@dataclass(frozen=True, slots=True)
class App:
    """One app. `admin_approved` ones let in by JWT only whom a permission set grants them.

    `eca` makes it an External Client App instead of a connected app; `run_as` is the user of its client credentials.
    """

    name: str
    networks: tuple[str, ...]
    agent: str
    admin_approved: bool = False
    has_secret: bool = True
    has_key: bool = False
    since_days: int = 900
    eca: bool = False
    run_as: str = ""
    device_flow: bool = False

    @property
    def callback(self) -> str:
        """Where consents come back to."""
        return f"https://{developer_name(self.name).replace('_', '').lower()}.example/callback"


@dataclass(frozen=True, slots=True)
class Login:
    """A user's way into an app, and the rhythm of its ordinary days."""

    app: str
    user: str
    kind: LoginKind
    rhythm: Rhythm = "office"


APPS: tuple[App, ...] = (
    App(RESPONDER_APP, ("127.0.0.1",), "leak-response/1", admin_approved=True, has_secret=False, has_key=True),
    App("Drift", ("52.32.118.0/24",), "Drift/4.2", admin_approved=True, has_key=True),
    App("Order Sync", ("198.51.100.0/24",), "OrderSync/2.1", admin_approved=True, has_secret=False, has_key=True),
    App("Data Migrator", ("203.0.113.40",), "DataMigrator/0.9", since_days=6, device_flow=True),
    App("Service Console", ("192.0.2.0/24",), "ServiceConsole/7.3"),
    App("Returns Portal", ("203.0.113.96/28",), "ReturnsPortal/1.4", since_days=300, eca=True, run_as="returns.portal"),
)
#: Users that the population does not bring along, with their names; the first one files logs.
USERS: Mapping[str, str] = {
    "automated.process": "Automated Process", RESPONDER: "Leak Response", "drift.integration": "Drift Integration",
    "drift.nightly": "Drift Nightly Job", "order.sync": "Order Sync", "migration": "Data Migration",
    "support.lead": "Support Lead", "support.second": "Support Second", "returns.portal": "Returns Portal",
}  # fmt: skip
LOGINS: tuple[Login, ...] = (
    Login(RESPONDER_APP, RESPONDER, "jwt"),
    Login("Drift", "drift.integration", "refresh_token", "steady"),
    Login("Drift", "drift.nightly", "jwt", "nightly"),
    Login("Order Sync", "order.sync", "jwt", "hourly"),
    Login("Data Migrator", "migration", "refresh_token", "migration"),
    Login("Service Console", "support.lead", "refresh_token"),
    Login("Service Console", "support.second", "refresh_token"),
    Login("Returns Portal", "returns.portal", "refresh_token"),
)
#: Whose profile is not that of an integration.
PROFILE_OF: Mapping[str, str] = {
    "automated.process": "System Administrator", RESPONDER: "System Administrator", "support.lead": "Standard User",
    "support.second": "Standard User",
}  # fmt: skip
#: Who holds an app's permission set ("Drift Access" ...).
GRANTED: Mapping[str, tuple[str, ...]] = {
    RESPONDER_APP: (RESPONDER,), "Drift": ("drift.integration", "drift.nightly"), "Order Sync": ("order.sync",),
}  # fmt: skip
#: Permissions by profile. The standard profile may see setup; so could the app of the incident, which read the limits.
PROFILES: Mapping[str, tuple[str, ...]] = {
    "System Administrator": (
        "ApiEnabled",
        "ModifyAllData",
        "ViewAllData",
        "ViewSetup",
        "ManageUsers",
        "ManageSandboxes",
    ),
    "Integration User": ("ApiEnabled", "ViewSetup", "ViewAllUsers", "QueryAllFiles"),
    "Standard User": ("ApiEnabled", "ViewSetup"),
}
#: The responder's permission set (containment facts, "Responder's permissions").
RESPONDER_PERMISSIONS = (
    "ApiEnabled", "ViewAllData", "ManageUsers", "CustomizeApplication", "ViewSetup", "ManageDataIntegrations",
    "ManageRemoteAccess", "ManageProfilesPermissionsets", "AssignPermissionSets", "ModifyMetadata",
    "ViewEventLogFiles", "ResetPasswords", "MonitorLoginHistory", "ExternalClientAppAdmin",
    "ExternalClientAppDeveloper", "ViewClientSecret",
)  # fmt: skip


def domain_of(domain: str) -> AbstractContextManager[None]:
    """Usernames made inside end in this domain: every org of one process has its own."""
    return setting(_DOMAIN, domain)


def username(user: str) -> str:
    """The Salesforce username in the org that is being made; of a running org ask `World.username`."""
    return f"{user}@{_DOMAIN.get()}"


def developer_name(app: str) -> str:
    """The API name that an app's label gets, which names its metadata file."""
    return app.replace(" ", "_")
