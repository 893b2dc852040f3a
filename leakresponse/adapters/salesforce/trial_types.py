"""What the cut trial works with: the user and the apps made for it, and how a person is asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from leakresponse.adapters.salesforce.access import OrgAccess
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.core.redact import Redacted

AppKind = Literal["connected_app", "eca"]
#: Everything that a trial makes bears this name, so that a later run finds what a killed one left behind.
NAME = "LeakResponseCutTrial"
LABEL = "Leak Response Cut Trial"


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person has to do: open `link`, type `code`, log in as `username` with `password`, and allow."""

    link: str
    code: str
    username: str
    password: str = field(repr=False)


#: Told once per consent; returns at once or when the person is done. The trial then waits for the tokens.
Ask = Callable[[Consent], None]


@dataclass(frozen=True, slots=True)
class TrialApp:
    """An app of the trial. `developer_name` is its name in metadata."""

    kind: AppKind
    app_id: str
    developer_name: str
    consumer_key: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Kit:
    """The user, the permission set and the apps of a trial; the key opens each of the apps."""

    client: SalesforceClient = field(repr=False)
    private_key: Redacted[str]
    username: str
    user_id: str
    set_id: str
    apps: tuple[TrialApp, ...]

    def access(self, app: TrialApp) -> OrgAccess:
        """How the trial's user logs in by key."""
        return replace(
            self.client.access, consumer_key=app.consumer_key, username=self.username,
            private_key=self.private_key,
        )  # fmt: skip

    def app(self, kind: AppKind) -> TrialApp | None:
        """The app of that kind, where there is one."""
        return next((one for one in self.apps if one.kind == kind), None)


@dataclass(frozen=True, slots=True)
class Borrowed:
    """A connected app of the sandbox that the trial may use, as it was: no new one can be made since Spring '26."""

    app: TrialApp
    certificate_pem: str = field(repr=False)
