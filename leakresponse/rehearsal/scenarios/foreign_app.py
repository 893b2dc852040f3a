"""An app of somebody else's that users let in by typing a code: the device flow, from both of its ends.

Before September 2025 an app needed no installation for that, and an org may have kept the old way open
(salesforce_api.md 3.6): `open_old_way` makes it such an org.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.client_pages import Browser

_SCOPE = "api refresh_token id"


@dataclass(frozen=True, slots=True)
class Grant:
    """What the app's maker got from one user: an access token, and the refresh token that mints others."""

    app: str
    username: str
    consumer_key: str = field(repr=False)
    consumer_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_token: str = field(repr=False)

    def log_in(self, client: OrgClient) -> None:
        """A new access token for this client. Raises Denied."""
        client.login_refresh(self.consumer_key, self.consumer_secret, self.refresh_token)

    def path(self) -> dict[str, str]:
        """As a refresh token of `Paths`."""
        return {
            "app": self.app, "username": self.username, "consumer_key": self.consumer_key,
            "consumer_secret": self.consumer_secret, "token": self.refresh_token,
        }  # fmt: skip

    def honest(self, name: str) -> dict[str, Any]:
        """As a decoy whose refresh token must go on working."""
        return {"name": name, "credential": "refresh token", **self.path()}


@dataclass(slots=True)
class ForeignApp:
    """One app, known to the org once somebody lets it in."""

    connection: Mapping[str, Any]
    name: str
    keys: Mapping[str, str] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.keys = Browser(self.connection, "127.0.0.1").simulate(
            "app", act="register", app=self.name, device_flow=True
        )

    def ask(self, client: OrgClient, username: str, address: str) -> Grant:
        """The app asks for a code from the client's address; the user types it from the own one."""
        key = self.keys["consumer_key"]
        asked = {"response_type": "device_code", "client_id": key, "scope": _SCOPE}
        shown = client.call("POST", "/services/oauth2/token", data=asked).json()
        typed = {"user_code": shown["user_code"], "simulated_user": username}
        Browser(self.connection, address).post("/setup/connect", data=typed)
        secret = self.keys["consumer_secret"]
        form = {"grant_type": "device", "client_id": key, "client_secret": secret, "code": shown["device_code"]}
        got = client.call("POST", "/services/oauth2/token", data=form).json()
        client.access_tokens.append(got["access_token"])
        client.resume(got["access_token"])
        return Grant(self.name, username, key, secret, got["refresh_token"], got["access_token"])

    def install(self) -> None:
        """An administrator presses Install."""
        Browser(self.connection, "127.0.0.1").simulate("app", act="install", app=self.name)


def open_old_way(connection: Mapping[str, Any], open_: bool = True) -> None:
    """Let users let in apps that nobody has installed, or no longer."""
    Browser(connection, "127.0.0.1").simulate("app", act="restrict", on=not open_)


def revoke(connection: Mapping[str, Any], grant: Grant) -> None:
    """End a grant from outside, as somebody does who holds its token."""
    Browser(connection, "127.0.0.1").post("/services/oauth2/revoke", data={"token": grant.refresh_token})
