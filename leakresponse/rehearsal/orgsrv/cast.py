"""The simulated retailer's apps and users: who may log in, how, and from where."""

from __future__ import annotations

from dataclasses import dataclass

DOMAIN = "harborpine.example"


@dataclass(frozen=True, slots=True)
class AppRole:
    """One connected app. `pre_authorised` apps are granted through a permission set of their own."""

    name: str
    network: tuple[str, ...]
    agent: str
    pre_authorised: bool = False
    secret: bool = True
    since_days: int = 30


@dataclass(frozen=True, slots=True)
class Login:
    """One user's way into an app: `jwt` with a key of the app, or `refresh_token`."""

    app: str
    user: str
    kind: str
    shown: bool = True


APPS = (
    AppRole("Leak Response Responder", ("127.0.0.1",), "leak-response/1", pre_authorised=True, secret=False),
    AppRole("Drift", ("52.32.118.0/24",), "Drift/4.2", pre_authorised=True),
    AppRole("Order Sync", ("198.51.100.0/24",), "OrderSync/2.9", pre_authorised=True, secret=False),
    AppRole("Data Migrator", ("203.0.113.40",), "DataMigrator/1.0", since_days=6),
    AppRole("Service Console", ("192.0.2.0/24",), "ServiceConsole/8"),
)
AGENTS = 24
LOGINS = (
    Login("Leak Response Responder", "responder", "jwt", shown=False),
    Login("Drift", "drift.integration", "refresh_token"),
    Login("Drift", "drift.nightly", "jwt"),
    Login("Order Sync", "order.sync", "jwt"),
    Login("Data Migrator", "migration", "refresh_token"),
    Login("Service Console", "support.lead", "refresh_token"),
    Login("Service Console", "support.second", "refresh_token", shown=False),
    *(Login("Drift", f"sales.agent{number:02}", "refresh_token", shown=False) for number in range(1, AGENTS + 1)),
)
#: Who is pre-authorised for an app beside its JWT users.
ALSO_GRANTED = {"Drift": ("drift.integration",)}
#: What an integration user may do: read everything through the API, nothing of setup.
INTEGRATION_PERMISSIONS = ("ApiEnabled", "ViewAllData")
RESPONDER_PERMISSIONS = (
    "ApiEnabled", "ViewAllData", "ManageUsers", "CustomizeApplication", "ViewSetup", "ManageDataIntegrations",
    "ManageRemoteAccess", "ManageProfilesPermissionsets", "ModifyMetadata", "ViewEventLogFiles", "ResetPasswords",
)  # fmt: skip


def username(user: str) -> str:
    """The user's Salesforce username."""
    return f"{user}@{DOMAIN}"
