"""Callouts of the org's own code through a named credential: what an Apex job or a flow sends outside.

No Apex runs here, so a callout is an act of the simulation; what it leaves is what Salesforce writes: NamedCredential
names the credential and the package that called, ApexCallout the address and the sizes, never the data sent. Which
secrets go along is told by their SHA-256, as the outside system would know them.
"""

from __future__ import annotations

import json

from leakresponse.rehearsal.org.calls import Answer, Client, LogRow
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.events import common
from leakresponse.rehearsal.org.identity import user_by_name
from leakresponse.rehearsal.org.ids import log_key, request_id
from leakresponse.rehearsal.org.named_credentials import NAMED, held
from leakresponse.rehearsal.org.world import World


def call_out(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/callout` {"named_credential", "username", "bytes_sent"?, "package"?, "external_credential"?,
    "principal"?}; with the last two, `sent` holds the SHA-256 of each secret by its name.

    Raises OauthRefused where the user or the credential does not exist.
    """
    given = json.loads(body or b"{}")
    name = str(given.get("named_credential", ""))
    user = user_by_name(world, str(given.get("username", "")))
    known = world.store.one("SELECT DeveloperName, Endpoint FROM NamedCredential WHERE DeveloperName = ?", name)
    if user is None or known is None:
        raise OauthRefused("invalid_request", "no such user or named credential")
    rows = _rows(world, user["Id"], known, int(given.get("bytes_sent", 0)), str(given.get("package", "")))
    with world.store.write() as db:
        world.logs.write(db, rows)
    told = {"named_credential": name, "endpoint": known["Endpoint"]}
    if external := str(given.get("external_credential", "")):
        names = held(world, external, NAMED, str(given.get("principal", "")), "") or {}
        return Answer(body={**told, "sent": {one: value["sha256"] for one, value in names.items()}})
    return Answer(body=told)


def _rows(world: World, user_id: str, known: dict[str, str], sent: int, package: str) -> list[LogRow]:
    now, request, session, login = world.clock.now(), request_id(), log_key(), log_key()
    uri = f"callout:{known['DeveloperName']}"
    keys = {"SESSION_KEY": session, "LOGIN_KEY": login, "RUN_TIME": 210, "CPU_TIME": 12, "URI": uri}
    named = {
        **common(world, "NamedCredential", now, user_id, request), **keys,
        "NAMED_CREDENTIAL_NAME": known["DeveloperName"], "CALLER_PACKAGE_NAMESPACE": package,
    }  # fmt: skip
    apex = {
        **common(world, "ApexCallout", now, user_id, request), **keys, "TYPE": "REST", "METHOD": "POST", "SUCCESS": 1,
        "STATUS_CODE": 200, "TIME": 205, "REQUEST_SIZE": sent, "RESPONSE_SIZE": 40, "URL": f'"{known["Endpoint"]}"',
    }  # fmt: skip
    return [("NamedCredential", named), ("ApexCallout", apex)]
