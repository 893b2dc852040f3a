"""Credentials of external credential principals (Connect REST, "Credential" and "External Credential", v56+).

Who a named credential's callouts are for the outside system: a principal and its values, of which the org gives back
the names alone. POST makes them once and answers 409 `CONFLICT` the second time, PUT replaces all, PATCH (v59+, for
Custom alone) changes those that are named (Connect guide, connect_resources_named_credential). That a GET without
credentials is 404 and the words of the conflict are told by published scripts that ran against an org; the answer's
`authenticationStatus` is `Configured`, for Custom `Unknown`: nothing is tried. Values are kept as SHA-256.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, nothing
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_access, no_method, not_found
from leakresponse.rehearsal.org.identity import permissions
from leakresponse.rehearsal.org.ids import hashed
from leakresponse.rehearsal.org.metadata_kinds import stored_tree
from leakresponse.rehearsal.org.metadata_xml import said
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.setup_trail import audit
from leakresponse.rehearsal.org.store import put
from leakresponse.rehearsal.org.world import World

NAMED, PER_USER = "NamedPrincipal", "PerUserPrincipal"
#: The principals of the cast's external credentials; deployed ones bring theirs along.
PRINCIPALS: Mapping[str, tuple[str, ...]] = {"Harborpay": ("Harborpay_Service",), "Brightmail": ("Brightmail_Sender",)}
_PROTOCOLS = {one.lower(): one for one in ("AwsSv4", "Basic", "Custom", "Jwt", "OAuth")}
_FIRST_VERSION, _PATCH_VERSION = 56, 59
_MAY = frozenset({"CustomizeApplication", "ManageNamedCredentials"})
#: Names that an OAuth credential may not encrypt (seen refused).
_PLAIN = frozenset({"clientId"})


@dataclass(frozen=True, slots=True)
class _Principal:
    """Whose credentials are meant. `owner` is the user of a per-user principal, else empty."""

    external: str
    kind: str
    name: str
    owner: str
    protocol: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """The primary key of its row."""
        return self.external, self.kind, self.name, self.owner


def credential(call: Call) -> Answer:
    """`/named-credentials/credential`, by method."""
    _check(call)
    if call.method not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
        raise no_method(call.method)
    asked: Mapping[str, Any] = call.query if call.method in {"GET", "DELETE"} else call.json()
    principal = _principal(call, asked)
    names = held(call.world, *principal.key)
    if call.method == "POST":
        if names is not None:
            raise ApiRefused(409, "CONFLICT", _exists(principal))
    elif names is None:
        raise not_found()
    if call.method == "GET":
        return Answer(body=_shown(principal, names or {}))
    if call.method == "DELETE":
        return _delete(call, principal)
    return _write(call, principal, asked, names or {})


def external_credential(call: Call) -> Answer:
    """`/named-credentials/external-credentials/{name}`: its principals, each with whether it has credentials."""
    _check(call)
    if call.method != "GET":
        raise no_method(call.method)
    row = _external(call.world, call.args["name"])
    named = [{
        "principalName": name, "principalType": NAMED, "sequenceNumber": number,
        "authenticationStatus": _status(_protocol(row), held(call.world, row["DeveloperName"], NAMED, name, "")),
    } for number, name in enumerate(principals_of(call.world, row["DeveloperName"]), 1)]  # fmt: skip
    return Answer(body={
        "id": row["Id"], "developerName": row["DeveloperName"], "masterLabel": row["MasterLabel"],
        "authenticationProtocol": _protocol(row), "principals": named,
    })  # fmt: skip


def held(world: World, external: str, kind: str, name: str, owner: str) -> dict[str, dict[str, Any]] | None:
    """What a principal holds: by name whether encrypted, and the SHA-256 of the value; None without credentials."""
    sql = (
        "SELECT names FROM sim_credential WHERE external_credential = ? AND principal_type = ? "
        "AND principal_name = ? AND owner = ?"
    )
    found = world.store.one(sql, external, kind, name, owner)
    return None if found is None else dict(json.loads(found["names"]))


def principals_of(world: World, external: str) -> tuple[str, ...]:
    """The named principals of an external credential, as it was deployed or as the cast has it."""
    tree = stored_tree(world, "ExternalCredential", external)
    if tree is None:
        return PRINCIPALS.get(external, ())
    parameters = tree.findall("externalCredentialParameters")
    return tuple(
        said(one, "parameterName") or "" for one in parameters if said(one, "parameterType") == NAMED
    )  # fmt: skip


def _check(call: Call) -> None:
    if float(call.version) < _FIRST_VERSION:
        raise not_found()
    if not permissions(call.world, call.caller.user_id) & _MAY:
        raise no_access("You do not have the permission to manage named credentials")


def _external(world: World, name: str) -> dict[str, Any]:
    sql = (
        "SELECT Id, DeveloperName, MasterLabel, AuthenticationProtocol FROM ExternalCredential WHERE DeveloperName = ?"
    )
    found = world.store.one(sql, name)
    if found is None:
        raise not_found()
    return found


def _protocol(row: Mapping[str, Any]) -> str:
    return _PROTOCOLS.get(str(row["AuthenticationProtocol"]).lower(), str(row["AuthenticationProtocol"]))


def _principal(call: Call, asked: Mapping[str, Any]) -> _Principal:
    row = _external(call.world, str(asked.get("externalCredential") or ""))
    kind, name = str(asked.get("principalType") or ""), str(asked.get("principalName") or "")
    if kind == PER_USER:
        return _Principal(row["DeveloperName"], kind, name, call.caller.user_id, _protocol(row))
    if kind != NAMED:
        raise bad_request("INVALID_API_INPUT", "principalType is NamedPrincipal or PerUserPrincipal")
    if name not in principals_of(call.world, row["DeveloperName"]):
        raise not_found()
    return _Principal(row["DeveloperName"], kind, name, "", _protocol(row))


def _write(call: Call, principal: _Principal, asked: Mapping[str, Any], before: dict[str, dict[str, Any]]) -> Answer:
    if call.method == "PATCH" and (float(call.version) < _PATCH_VERSION or principal.protocol != "Custom"):
        raise bad_request("INVALID_API_INPUT", "PATCH is supported only for the Custom protocol")
    protocol = asked.get("authenticationProtocol")
    if protocol is not None and protocol != principal.protocol:
        raise bad_request("INVALID_API_INPUT", "authenticationProtocol does not match the external credential")
    given = asked.get("credentials")
    if not isinstance(given, dict) or not given:
        raise bad_request("INVALID_API_INPUT", "credentials is required")
    names = {name: _kept(principal, name, value) for name, value in given.items()}
    if call.method == "PATCH":
        names = {**before, **names}
    with call.world.store.write() as db:
        _drop(db, principal)
        put(db, "sim_credential", {
            "external_credential": principal.external, "principal_type": principal.kind,
            "principal_name": principal.name, "owner": principal.owner, "protocol": principal.protocol,
            "names": json.dumps(names),
        })  # fmt: skip
        _trail(call, db, "changed", principal)
    return Answer(201 if call.method == "POST" else 200, _shown(principal, names))


def _kept(principal: _Principal, name: str, value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not isinstance(value.get("value"), str):
        raise bad_request("INVALID_API_INPUT", "every credential needs a value")
    encrypted = bool(value.get("encrypted"))
    if encrypted and principal.protocol == "OAuth" and name in _PLAIN:
        raise bad_request("INVALID_API_INPUT", f"{name} cannot be encrypted")
    return {"encrypted": encrypted, "sha256": hashed(value["value"])}


def _delete(call: Call, principal: _Principal) -> Answer:
    with call.world.store.write() as db:
        _drop(db, principal)
        _trail(call, db, "deleted", principal)
    return nothing()


def _drop(db: sqlite3.Connection, principal: _Principal) -> None:
    sql = (
        "DELETE FROM sim_credential WHERE external_credential = ? AND principal_type = ? AND principal_name = ? "
        "AND owner = ?"
    )
    db.execute(sql, principal.key)


def _trail(call: Call, db: sqlite3.Connection, act: str, principal: _Principal) -> None:
    """The row of the setup audit trail; its words are not confirmed."""
    words = f"{act.capitalize()} credentials of {principal.name} in {principal.external}"
    audit(call, db, f"{act}ExternalCredentialPrincipal", "Named Credentials", words)


def _exists(principal: _Principal) -> str:
    return (
        f"Authentication credentials for {principal.external} and {principal.name} already exist. "
        "Use the PUT method to overwrite them."
    )


def _status(protocol: str, names: Mapping[str, Any] | None) -> str:
    if names is None:
        return "NotConfigured"
    return "Unknown" if protocol == "Custom" else "Configured"


def _shown(principal: _Principal, names: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    return {
        "externalCredential": principal.external, "principalName": principal.name, "principalType": principal.kind,
        "authenticationProtocol": principal.protocol, "authenticationStatus": _status(principal.protocol, names),
        "credentials": {name: {"encrypted": value["encrypted"]} for name, value in names.items()},
    }  # fmt: skip


ROUTES = (
    Endpoint(
        "/named-credentials/credential", credential,
        "GET, POST, PUT, PATCH, DELETE of a principal's credentials; values never come back; v56+",
        "403, 404, 409 `CONFLICT`, 400 `INVALID_API_INPUT`",
    ),
    Endpoint(
        "/named-credentials/external-credentials/{name}", external_credential, "its principals and their state", "404"
    ),
)  # fmt: skip
