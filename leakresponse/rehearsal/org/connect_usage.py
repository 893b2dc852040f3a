"""Connect REST "OAuth usage": who uses External Client Apps, and the revoke of all their refresh tokens in one call.

Shapes: Connect REST guide, "OAuth Usage" and its neighbours (v59+). Connected apps are not in it: their lists are empty
and their deletes do nothing, without a word (salesforce_api.md 2.2). `nextPageUrl` is there even on the last page. The
pages speak of refresh tokens; what becomes of access tokens born without one was not found: by the attacker's reading
they go on, by the lenient one they end. Which permission the pages need is told by its label alone ("View all External
Client Apps, view their settings, and edit their policies"): ExternalClientAppAdmin stands for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import bad_request, no_method, not_found
from leakresponse.rehearsal.org.identity import require
from leakresponse.rehearsal.org.ids import hashed
from leakresponse.rehearsal.org.oauth_apps import ECA, end_app_sessions
from leakresponse.rehearsal.org.oauth_tokens import end_refresh, logouts
from leakresponse.rehearsal.org.routes import Endpoint

_PERMISSION = "ExternalClientAppAdmin"
_FIRST_VERSION = 59
_PAGE = 100
_APPS = "SELECT app_id, name, developer_name FROM sim_app WHERE kind = 'eca' AND installed = 1 ORDER BY developer_name"
_TOKENS = """
SELECT r.delete_token, r.app_id, r.user_id, u.Username AS username, a.developer_name, t.CreatedDate AS first_at,
  t.LastUsedDate AS last_at, t.UseCount AS uses FROM sim_refresh r JOIN sim_app a ON a.app_id = r.app_id
JOIN "User" u ON u.Id = r.user_id JOIN OauthToken t ON t.DeleteToken = r.delete_token
WHERE a.kind = 'eca' ORDER BY u.Username, t.CreatedDate
"""


def list_apps(call: Call) -> Answer:
    """`GET /apps/oauth/usage`: a page of the External Client Apps."""
    _begin(call, "GET")
    apps = [
        {
            "accessTokenFormat": "Opaque", "availableActions": "disable, enable", "description": one["name"],
            "developerName": one["developer_name"], "identifier": one["app_id"], "isFromPackage": False,
            "usageDetailsUrl": f"{call.root}/apps/oauth/usage/{one['app_id']}/users",
        }
        for one in call.world.store.all(_APPS)
    ]  # fmt: skip
    return Answer(body=_paged(call, "apps", apps, f"{call.root}/apps/oauth/usage"))


def list_users(call: Call) -> Answer:
    """`GET …/{app}/users`: who has let the app in, one line per user."""
    _begin(call, "GET")
    app = _app(call)
    by_user: dict[str, list[dict[str, Any]]] = {}
    for one in _tokens(call, app):
        by_user.setdefault(one["user_id"], []).append(one)
    users = [
        {**_shown(own[-1], min(one["first_at"] for one in own), sum(one["uses"] for one in own)),
         "revocationUrl": f"{call.root}/apps/oauth/usage/{app}/{user}/tokens"}
        for user, own in by_user.items()
    ]  # fmt: skip
    return Answer(body=_paged(call, "users", users, f"{call.root}/apps/oauth/usage/{app}/users"))


def user_tokens(call: Call) -> Answer:
    """`…/{app}/{user}/tokens`: GET lists them, DELETE revokes them."""
    _begin(call, "GET", "DELETE")
    app, user = _app(call), to18(call.args["user"])
    own = [one for one in _tokens(call, app) if one["user_id"] == user]
    if call.method == "DELETE":
        return _revoked(call, own, app, user)
    listed = [
        {**_shown(one, one["first_at"], one["uses"]),
         "revocationUrl": f"{call.root}/apps/oauth/usage/tokens/{_token_id(one)}"}
        for one in own
    ]  # fmt: skip
    here = f"{call.root}/apps/oauth/usage/{app}/{user}/tokens"
    return Answer(body={"currentPageUrl": here, "tokens": listed})


def app_tokens(call: Call) -> Answer:
    """`DELETE …/{app}/tokens`: every refresh token of the app, in one call."""
    _begin(call, "DELETE")
    app = _app(call)
    return _revoked(call, _tokens(call, app), app, "")


def one_token(call: Call) -> Answer:
    """`DELETE …/tokens/{id}`."""
    _begin(call, "DELETE")
    own = [one for one in call.world.store.all(_TOKENS) if _token_id(one) == call.args["token"]]
    if not own:
        raise not_found()
    return _revoked(call, own, "", "")


def _begin(call: Call, *methods: str) -> None:
    if float(call.version) < _FIRST_VERSION:
        raise not_found()
    if call.method not in methods:
        raise no_method(call.method)
    require(call.world, call.caller, _PERMISSION)


def _app(call: Call) -> str:
    """The id of the address; connected apps are taken too, though nothing is known of them here."""
    given = call.args["app"]
    app = to18(given) if is_record_id(given) else ""
    if call.world.store.one("SELECT 1 AS yes FROM sim_app WHERE app_id = ?", app) is None or not app:
        raise not_found()
    return app


def _tokens(call: Call, app: str) -> list[dict[str, Any]]:
    return [one for one in call.world.store.all(_TOKENS) if one["app_id"] == app]


def _token_id(one: Mapping[str, Any]) -> str:
    """The identifier of a token in addresses; not what revokes it elsewhere."""
    return hashed(one["delete_token"])[:32]


def _shown(one: Mapping[str, Any], first_at: str, uses: int) -> dict[str, Any]:
    return {
        "accessTokenFormat": "Opaque", "appDeveloperName": one["developer_name"], "appIdentifier": one["app_id"],
        "initialConnectionAt": first_at, "lastUsedAt": one["last_at"], "useCount": uses,
        "userIdentifier": one["user_id"], "username": one["username"],
    }  # fmt: skip


def _paged(call: Call, name: str, rows: list[dict[str, Any]], here: str) -> dict[str, Any]:
    page, size = _number(call, "page", 0), _number(call, "pageSize", _PAGE)
    if size == 0:
        raise bad_request("INVALID_QUERY_PARAMETER", "pageSize must be greater than zero")
    return {
        name: rows[page * size : (page + 1) * size], "currentPageUrl": f"{here}?page={page}&pageSize={size}",
        "nextPageUrl": f"{here}?page={page + 1}&pageSize={size}",
    }  # fmt: skip


def _number(call: Call, name: str, usual: int) -> int:
    given = call.query.get(name, str(usual))
    if not given.isdigit():
        raise bad_request("INVALID_QUERY_PARAMETER", f"{name} must be a whole number")
    return int(given)


def _revoked(call: Call, own: list[dict[str, Any]], app: str, user: str) -> Answer:
    """End these tokens; by the lenient reading every session of the app, or of the user in it, as well."""
    answer = Answer(204)
    ended: list[dict[str, Any]] = []
    with call.world.store.write() as db:
        for one in own:
            ended += end_refresh(db, one["delete_token"])
        if call.world.lenient and _is_eca(call, app):
            ended += end_app_sessions(db, app, user)
    answer.log += logouts(call.world, call.now, ended)
    return answer


def _is_eca(call: Call, app: str) -> bool:
    found = call.world.store.one("SELECT kind FROM sim_app WHERE app_id = ?", app)
    return found is not None and found["kind"] == ECA


def _endpoint(path: str, handler: Callable[[Call], Answer], answers: str, refuses: str = "404") -> Endpoint:
    return Endpoint(f"/apps/oauth/usage{path}", handler, answers, refuses)


ROUTES = (
    _endpoint("", list_apps, "External Client Apps alone, in pages; v59+", "403; connected apps"),
    _endpoint("/{app}/users", list_users, "who has let an External Client App in; nobody for a connected app"),
    _endpoint("/{app}/{user}/tokens", user_tokens, "GET lists, DELETE revokes one user's tokens of the app"),
    _endpoint("/{app}/tokens", app_tokens, "DELETE revokes all; nothing for a connected app"),
    _endpoint("/tokens/{token}", one_token, "DELETE revokes one"),
)
