"""Ways in other than tokens and keys: browser sessions, second factors, the identity provider, the public site.

Each is used as its holder would use it. What the org does not refuse is open; what could not be tried raises.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from leakresponse.core.errors import Unavailable
from leakresponse.rehearsal.client import Denied, OrgClient
from leakresponse.rehearsal.client_pages import Browser

_LIST = "/lightning/o/Account/list"
#: What the org says at a sign-on whose factor the user does not have any more.
_NO_FACTOR = "invalid_factor"
_CRAWLER = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
_HONEST_QUERY = "SELECT Id FROM Account LIMIT 5"
HONEST_ADDRESS, CRAWLER_ADDRESS = "192.0.2.60", "66.249.66.1"
TIMEOUT = (5, 60)


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one attempt; `code` is the refusal, empty where there was none."""

    let_in: bool
    code: str = ""


def use_session(connection: Mapping[str, Any], sid: str, address: str) -> Tried:
    """A list page with the session's cookie, then the API with the session as its token: either one is enough."""
    browser = Browser(connection, address, sid=sid)
    page = _tried(lambda: browser.get(_LIST))
    client = OrgClient(connection, address, "python-requests/2.32.4")
    client.resume(sid)
    api = _tried(lambda: client.call("GET", "/limits"), refusals=(401,))
    return Tried(page.let_in or api.let_in, page.code or api.code)


def use_factor(connection: Mapping[str, Any], username: str, factor: str, address: str) -> Tried:
    """A login proven with the factor. A freeze is lifted one day, so only a refusal of the factor itself shuts it."""
    browser = Browser(connection, address)
    found = _tried(lambda: browser.sign_on(username, factor=factor))
    if found.code and found.code not in (_NO_FACTOR, "invalid_grant"):
        raise Unavailable(f"the sign-on answered {found.code} to a probe")
    return Tried(found.code != _NO_FACTOR, found.code)


def use_idp(connection: Mapping[str, Any], session: str) -> Tried:
    """Ask the identity provider for a way into the org with a session of it."""
    with requests.Session() as plain:
        plain.trust_env = False
        answer = plain.post(f"{connection['idp_url']}/sso", json={"session": session}, timeout=TIMEOUT)
    if answer.status_code not in (200, 401):
        raise Unavailable(f"the identity provider answered {answer.status_code} to a probe")
    return Tried(answer.status_code == 200, "" if answer.status_code == 200 else "session ended")


def use_mailing(connection: Mapping[str, Any], subscription: str) -> Tried:
    """Let the scheduler take its turn: a subscription that is still active sends its report."""
    return _tried(lambda: Browser(connection, HONEST_ADDRESS).simulate("mailing", subscription=subscription))


def use_guest(connection: Mapping[str, Any], way: str, one: Mapping[str, str], address: str) -> Tried:
    """One object of the public site by list, by record or by GraphQL; open where at least one record comes."""
    guest = Browser(connection, address)
    ways: Mapping[str, Callable[[], int]] = {
        "list": lambda: guest.items(one["object"], 0, 5),
        "record": lambda: guest.record(one["object"], one["record_id"]),
        "graphql": lambda: guest.graphql(one["object"], [one["field"]]),
    }
    came = 0

    def read() -> None:
        nonlocal came
        came = ways[way]()

    found = _tried(read)
    return Tried(found.let_in and came > 0, found.code or ("" if came else "no record"))


GUEST_WAYS = ("list", "record", "graphql")


def _tried(act: Callable[[], object], refusals: tuple[int, ...] = ()) -> Tried:
    """`refusals` are the statuses that count as one; by default every status below 500 does."""
    try:
        act()
    except Denied as denied:
        if denied.status >= 500:
            raise Unavailable(f"the simulated org answered {denied.status} to a probe") from None
        return Tried(bool(refusals) and denied.status not in refusals, denied.code)
    return Tried(True)


def honest_token(connection: Mapping[str, Any], one: Mapping[str, Any]) -> Tried:
    """A refresh token of an honest app, and a read with what it gives."""
    client = OrgClient(connection, HONEST_ADDRESS, "HonestClient/1.0")

    def use() -> None:
        client.login_refresh(one["consumer_key"], one["consumer_secret"], one["token"])
        client.query(_HONEST_QUERY)

    return _tried(use)


def honest_session(connection: Mapping[str, Any], one: Mapping[str, Any]) -> Tried:
    """Somebody's own browser."""
    browser = Browser(connection, str(one.get("address", HONEST_ADDRESS)), sid=one["sid"])
    return _tried(lambda: browser.get(_LIST))


def honest_factor(connection: Mapping[str, Any], one: Mapping[str, Any]) -> Tried:
    """Somebody's own second factor is still registered."""
    return use_factor(connection, one["username"], one["factor"], HONEST_ADDRESS)


def honest_page(connection: Mapping[str, Any], one: Mapping[str, Any]) -> Tried:
    """A page of the public site, as a visitor or a crawler sees it."""
    crawls = one.get("crawler")
    browser = Browser(connection, CRAWLER_ADDRESS, _CRAWLER) if crawls else Browser(connection, HONEST_ADDRESS)
    return _tried(lambda: browser.get(one["path"]))


def honest_registration(connection: Mapping[str, Any], one: Mapping[str, Any]) -> Tried:
    """Somebody new joins the site."""
    browser = Browser(connection, HONEST_ADDRESS)
    return _tried(lambda: browser.post(one["path"], data={"email": "new.member@shopper.example"}))


HONEST: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any]], Tried]] = {
    "refresh token": honest_token, "session": honest_session, "factor": honest_factor, "page": honest_page,
    "registration": honest_registration, "idp session": lambda connection, one: use_idp(connection, one["session"]),
}  # fmt: skip
