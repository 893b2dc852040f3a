"""Who a token belongs to: `/services/oauth2/userinfo` and the identity address that every login names.

Salesforce Help, "Identity URLs" and "User Info Endpoint". A dead token is 403 `Bad_OAuth_Token` in plain text, a
missing one 403 `Missing_OAuth_Token`, another org's address 403 `Wrong_Org`, an unknown user 404 `Bad_Id` (not
confirmed).
"""

from __future__ import annotations

from typing import Any

from leakresponse.core.events_ids import is_record_id, to18
from leakresponse.rehearsal.org.calls import Answer
from leakresponse.rehearsal.org.errors import ApiRefused
from leakresponse.rehearsal.org.identity import authenticate
from leakresponse.rehearsal.org.world import World

_USER = """
SELECT Id, Username, Email, Name, FirstName, LastName, Alias, IsActive, TimeZoneSidKey, LastModifiedDate
FROM "User" WHERE Id = ?
"""
#: Addresses in `urls` by name; `{version}` stays as it is where no version was asked for.
_URLS = {
    "enterprise": "/services/Soap/c/{version}/{org}", "metadata": "/services/Soap/m/{version}/{org}",
    "partner": "/services/Soap/u/{version}/{org}", "rest": "/services/data/v{version}/",
    "sobjects": "/services/data/v{version}/sobjects/", "search": "/services/data/v{version}/search/",
    "query": "/services/data/v{version}/query/", "recent": "/services/data/v{version}/recent/",
    "tooling_soap": "/services/Soap/T/{version}/{org}", "tooling_rest": "/services/data/v{version}/tooling/",
}  # fmt: skip


def userinfo(world: World, given: str, base_url: str) -> Answer:
    """`/services/oauth2/userinfo`: OpenID claims."""
    try:
        caller = authenticate(world, given)
    except ApiRefused:
        return _plain(403, "Bad_OAuth_Token" if given else "Missing_OAuth_Token")
    user = _user(world, caller.user_id)
    return Answer(body={
        "sub": f"{base_url}/id/{world.org_id}/{user['Id']}", "user_id": user["Id"], "organization_id": world.org_id,
        "preferred_username": user["Username"], "nickname": user["Alias"], "name": user["Name"], "email": user["Email"],
        "email_verified": True, "given_name": user["FirstName"], "family_name": user["LastName"],
        "zoneinfo": user["TimeZoneSidKey"], "photos": _photos(base_url), "profile": f"{base_url}/{user['Id']}",
        "address": {}, "is_salesforce_integration_user": False, "urls": _urls(world, base_url, ""),
        "active": bool(user["IsActive"]), "user_type": "STANDARD", "language": "en_US", "locale": "en_US",
        "utcOffset": -28_800_000, "updated_at": user["LastModifiedDate"],
    })  # fmt: skip


def identity(world: World, given: str, org_id: str, user_id: str, base_url: str, version: str = "") -> Answer:
    """`GET /id/<org>/<user>`; `version` fills the addresses of `urls`, `latest` is the newest."""
    try:
        authenticate(world, given)
    except ApiRefused:
        return _plain(403, "Bad_OAuth_Token" if given else "Missing_OAuth_Token")
    if org_id[:15] != world.org_id[:15]:
        return _plain(403, "Wrong_Org")
    if not is_record_id(user_id) or world.store.one(_USER, to18(user_id)) is None:
        return _plain(404, "Bad_Id")
    user = _user(world, to18(user_id))
    return Answer(body={
        "id": f"{base_url}/id/{world.org_id}/{user['Id']}", "asserted_user": True, "user_id": user["Id"],
        "organization_id": world.org_id, "username": user["Username"], "nick_name": user["Alias"],
        "display_name": user["Name"], "email": user["Email"], "email_verified": True, "first_name": user["FirstName"],
        "last_name": user["LastName"], "timezone": user["TimeZoneSidKey"], "photos": _photos(base_url),
        "addr_street": None, "addr_city": None, "addr_state": None, "addr_country": None, "addr_zip": None,
        "mobile_phone": None, "mobile_phone_verified": False, "status": {"created_date": None, "body": None},
        "urls": _urls(world, base_url, version), "active": bool(user["IsActive"]), "user_type": "STANDARD",
        "language": "en_US", "locale": "en_US", "utcOffset": -28_800_000,
        "last_modified_date": user["LastModifiedDate"], "is_app_installed": True,
    })  # fmt: skip


def _plain(status: int, words: str) -> Answer:
    return Answer(status, media="text/plain", content=words.encode())


def _user(world: World, user_id: str) -> dict[str, Any]:
    return world.store.one(_USER, user_id) or {}


def _photos(base_url: str) -> dict[str, str]:
    return {"picture": f"{base_url}/profilephoto/005/F", "thumbnail": f"{base_url}/profilephoto/005/T"}


def _urls(world: World, base_url: str, version: str) -> dict[str, str]:
    shown = "67.0" if version == "latest" else version or "{version}"
    made = {name: path.replace("{version}", shown).replace("{org}", world.org_id[:15]) for name, path in _URLS.items()}
    return {**{name: base_url + path for name, path in made.items()}, "custom_domain": base_url}
