"""The credentials that a cut trial holds, made fresh for every cut, and whether each still works."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from leakresponse.adapters.salesforce.access import login_with_key, refresh_login
from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.consents import POLL_SECONDS, Waiting, begin_consent, take_consent
from leakresponse.adapters.salesforce.http import Wire
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.adapters.salesforce.passwords import set_password
from leakresponse.adapters.salesforce.trial_types import Ask, Consent, Kit, TrialApp
from leakresponse.core.containment import Held
from leakresponse.core.errors import Refused, SessionRevoked
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import equals, select

#: How long a person is waited for; the code itself lives ten minutes.
PERSON_SECONDS = 300.0
_PROBE = select("Organization", ["Id"])


@dataclass(slots=True)
class Hand:
    """What the trial holds of one app just now. `works` asks the org; `missing` says why something is not held."""

    works: dict[Held, Callable[[], bool]] = field(default_factory=dict, repr=False)
    missing: dict[Held, str] = field(default_factory=dict)
    tokens: dict[Held, Redacted[str]] = field(default_factory=dict, repr=False)
    sessions: dict[Held, tuple[str, ...]] = field(default_factory=dict)
    delete_tokens: Mapping[str, Redacted[str]] = field(default_factory=dict, repr=False)


def take_up(kit: Kit, app: TrialApp, ask: Ask | None) -> Hand:
    """One of each. Raises Refused where not even a key login works; what a person has to give may be missing."""
    hand, client, access = Hand(), kit.client, kit.access(app)

    def held(name: Held, token: Redacted[str], known: set[str]) -> set[str]:
        now = session_ids(kit)
        hand.tokens[name], hand.sessions[name] = token, tuple(sorted(now - known))
        hand.works[name] = lambda: token_works(client, token)
        return now

    known = session_ids(kit)
    held("key_token", login_with_key(client.wire, access), known)
    hand.works["key_login"] = lambda: key_login_works(kit, app)
    browser_login = login_with_key(client.wire, access)
    known = session_ids(kit)
    _try(hand, ("browser_session",), lambda: held("browser_session", open_browser(client, browser_login), known))
    _try(hand, ("grant_token", "refresh_token"), lambda: _take_grant(kit, app, ask, hand, held))
    return hand


def _take_grant(
    kit: Kit, app: TrialApp, ask: Ask | None, hand: Hand, held: Callable[[Held, Redacted[str], set[str]], set[str]]
) -> None:
    known = session_ids(kit)
    access_token, refresh_token = ask_person(kit, app, ask)
    held("grant_token", access_token, known)
    hand.works["refresh_token"] = lambda: refresh_works(kit, app, refresh_token)
    rows = kit.client.query(select("OauthToken", ["DeleteToken"], where=equals("UserId", kit.user_id)))
    hand.delete_tokens = {fingerprint(str(row["DeleteToken"])): Redacted(str(row["DeleteToken"])) for row in rows}


def _try(hand: Hand, names: tuple[Held, ...], act: Callable[[], object]) -> None:
    try:
        act()
    except Refused as refused:
        for name in names:
            hand.works.pop(name, None)
            hand.missing[name] = f"not to be had: {refused.code or 'refused'}"


def session_ids(kit: Kit) -> set[str]:
    """Every AuthSession row of the trial's user."""
    return {
        str(row["Id"]) for row in kit.client.query(select("AuthSession", ["Id"], where=equals("UsersId", kit.user_id)))
    }


def token_works(client: SalesforceClient, token: Redacted[str]) -> bool:
    """Whether a bearer token reads one row. Raises Refused where the answer is neither yes nor 401."""
    try:
        client.wire.call("GET", f"{client.base}/query", token.reveal(), params={"q": _PROBE})
    except SessionRevoked:
        return False
    return True


def key_login_works(kit: Kit, app: TrialApp) -> bool:
    """Whether a fresh assertion still opens a session."""
    return not kit.client.try_key_login(app.consumer_key, kit.username, kit.private_key)


def refresh_works(kit: Kit, app: TrialApp, refresh_token: Redacted[str]) -> bool:
    """Whether a refresh token still mints."""
    try:
        refresh_login(kit.client.wire, kit.client.access, app.consumer_key, Redacted(""), refresh_token)
    except Refused:
        return False
    return True


def open_browser(client: SalesforceClient, token: Redacted[str]) -> Redacted[str]:
    """A browser's session below the token's own, by `frontdoor.jsp`; the token goes in the body, never in an address.

    Its cookie jar is its own: a session cookie beside a bearer token would blur what is tried.
    """
    root = client.access.instance_url.rstrip("/")
    browser = Wire(client.access.ca_file).session
    browser.post(f"{root}/secur/frontdoor.jsp", data={"sid": token.reveal(), "retURL": "/"}, allow_redirects=False)
    found = browser.cookies.get("sid")
    if not found:
        raise Refused("no browser session was opened", "NO_BROWSER_SESSION")
    return Redacted(str(found))


def ask_person(kit: Kit, app: TrialApp, ask: Ask | None) -> tuple[Redacted[str], Redacted[str]]:
    """Access and refresh token by the device flow, in which a person allows the app in a browser.

    Raises Refused where nobody is there to ask, nobody came, or the org or the person said no.
    """
    if ask is None:
        raise Refused("nobody to ask", "NOBODY_TO_ASK")
    code = begin_consent(kit.client, app.consumer_key)
    password = f"{secrets.token_urlsafe(18)}aA1!"
    set_password(kit.client, kit.user_id, Redacted(password))
    ask(Consent(code.address, code.user_code, kit.username, password))
    deadline = time.monotonic() + PERSON_SECONDS
    while True:
        try:
            return take_consent(kit.client, app.consumer_key, code)
        except Waiting:
            if time.monotonic() > deadline:
                raise Refused("nobody came to allow the app", "NOBODY_CAME") from None
        time.sleep(POLL_SECONDS)
