"""A user's password: set by REST, used by login() of the SOAP API, as old integrations use it.

login() is there up to v64 and goes in Summer '27; an org may have it off (Help article 005132110). Wrong logins lock a
password, how many is the org's own policy: nobody here tries in a loop.
"""

from __future__ import annotations

import re
from xml.sax.saxutils import escape

import requests

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.http import error_code, is_busy
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import Redacted
from leakresponse.core.soql.build import all_of, equals, select

#: The last version whose SOAP API has login().
LOGIN_VERSION = "64.0"
#: The fault of a wrong password, security token or user, and of a locked or frozen one.
WRONG = "INVALID_LOGIN"
#: The password is right and its security token is missing.
NO_TOKEN = "LOGIN_MUST_USE_SECURITY_TOKEN"
_SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_PARTNER = "urn:partner.soap.sforce.com"
_SESSION = re.compile(r"<sessionId>([^<]+)</sessionId>")


def user_id_of(client: SalesforceClient, username: str) -> str:
    """Raises Refused `NO_SUCH_USER`."""
    found = next(iter(client.query(select("User", ["Id"], where=equals("Username", username)))), None)
    if found is None:
        raise Refused("no user of that name in the org", "NO_SUCH_USER")
    return str(found["Id"])


def set_password(client: SalesforceClient, user_id: str, password: Redacted[str]) -> None:
    """Give a user this password. Raises Refused `INVALID_NEW_PASSWORD` where policy or history are against it."""
    given = {"NewPassword": password.reveal()}
    client.call("POST", f"/sobjects/User/{user_id}/password", json=given, repeatable=True)


def try_password(client: SalesforceClient, username: str, password: Redacted[str]) -> str:
    """One login; its session is ended again. Empty where it worked, else the fault's code.

    `password` has the security token at its end, where there is one. Raises Unavailable where the org is busy.
    """
    inside = f"<username>{escape(username)}</username><password>{escape(password.reveal())}</password>"
    answer = _call(client, f"<login>{inside}</login>")
    if answer.status_code != 200:
        return error_code(answer)
    opened = _SESSION.search(answer.text)
    if opened:
        _call(client, "<logout/>", f"<SessionHeader><sessionId>{opened[1]}</sessionId></SessionHeader>")
    return ""


def is_frozen(client: SalesforceClient, user_id: str) -> bool:
    """Whether a user may not log in just now, whatever the password: frozen, locked or inactive."""
    logins = client.query(select("UserLogin", ["IsFrozen", "IsPasswordLocked"], where=equals("UserId", user_id)))
    users = client.query(select("User", ["IsActive"], where=equals("Id", user_id)))
    kept_out = any(row["IsFrozen"] or row["IsPasswordLocked"] for row in logins)
    return kept_out or not all(row["IsActive"] for row in users)


def end_api_sessions(client: SalesforceClient, user_id: str) -> int:
    """End the sessions that password logins have opened; the answer is how many there were.

    SessionType `API` (containment facts): sessions of OAuth logins are `Oauth2`.
    """
    where = all_of(equals("UsersId", user_id), equals("SessionType", "API"))
    rows = list(client.query(select("AuthSession", ["Id"], where=where)))
    for row in rows:
        client.delete("AuthSession", str(row["Id"]))
    return len(rows)


def _call(client: SalesforceClient, body: str, head: str = "") -> requests.Response:
    url = f"{client.access.instance_url.rstrip('/')}/services/Soap/u/{LOGIN_VERSION}"
    envelope = (
        f'<?xml version="1.0" encoding="UTF-8"?><e:Envelope xmlns:e="{_SOAP}" xmlns="{_PARTNER}">'
        f"<e:Header>{head}</e:Header><e:Body>{body}</e:Body></e:Envelope>"
    )
    answer = client.wire.envelope(url, envelope.encode())
    if is_busy(answer):
        raise Unavailable("the login service is busy")
    return answer
