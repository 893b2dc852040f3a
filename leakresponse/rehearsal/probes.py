"""Trying doors: as the attacker, whose every credential must be refused, and as honest programs, who must get in.

A door counts as shut only where the org refused it just now; a probe that could not be carried out raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import requests

from leakresponse.core.errors import Unavailable
from leakresponse.rehearsal import probes_ways as ways
from leakresponse.rehearsal.answer import Answer
from leakresponse.rehearsal.client import Denied, OrgClient
from leakresponse.rehearsal.scenarios.decoys import client_of, integration_of, log_in

ATTACKER_AGENT = "python-requests/2.32.4"
_HONEST_QUERY = "SELECT Id FROM Account LIMIT 5"
_HONEST_JOB = "SELECT Id, CaseNumber FROM Case LIMIT 5"
_PARALLEL = 4
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Door:
    """One credential that was tried. `code` is the org's answer, empty where it let us in."""

    kind: str  # refresh_token | access_token | key | browser_session | factor | idp_session | guest_list ...
    owner: str
    open: bool
    code: str = ""


@dataclass(frozen=True, slots=True)
class Honest:
    """One honest program that was tried."""

    name: str
    works: bool
    code: str = ""


def try_doors(connection: Mapping[str, Any], answer: Answer) -> list[Door]:
    """Every credential that the attacker holds, used from his last address."""
    paths = answer.paths
    tries: list[Callable[[], Door]] = [partial(_refresh, connection, answer, one) for one in paths.refresh_tokens]
    tries += [partial(_access, connection, answer, token, n) for n, token in enumerate(paths.access_tokens, 1)]
    tries += [partial(_key, connection, answer, key) for key in paths.keys]
    tries += _other_doors(connection, answer)
    with ThreadPoolExecutor(_PARALLEL) as pool:
        return list(pool.map(_reached, tries))


def _other_doors(connection: Mapping[str, Any], answer: Answer) -> list[Callable[[], Door]]:
    paths, address = answer.paths, answer.addresses[-1]
    found: list[tuple[str, str, Callable[[], ways.Tried]]] = []
    for one in paths.browser_sessions:
        found.append(("browser_session", one["name"], partial(ways.use_session, connection, one["sid"], address)))
    for one in paths.factors:
        used = partial(ways.use_factor, connection, one["username"], one["factor"], address)
        found.append(("factor", one["username"], used))
    for one in paths.idp_sessions:
        found.append(("idp_session", one["username"], partial(ways.use_idp, connection, one["session"])))
    for one in paths.mailings:
        found.append(("mailing", one["username"], partial(ways.use_mailing, connection, one["subscription"])))
    for one in paths.guest:
        for way in ways.GUEST_WAYS:
            found.append((f"guest_{way}", one["object"], partial(ways.use_guest, connection, way, one, address)))
    return [partial(_door, kind, owner, use) for kind, owner, use in found]


def _door(kind: str, owner: str, use: Callable[[], ways.Tried]) -> Door:
    tried = use()
    return Door(kind, owner, tried.let_in, tried.code)


def try_honest(
    connection: Mapping[str, Any], decoys: Iterable[Mapping[str, Any]], current_key: Callable[[str], str]
) -> list[Honest]:
    """Each honest program with what it holds: the old credential, or the rotated key as its vault gives it now."""
    return [_reached(partial(_honest, connection, one, current_key)) for one in decoys]


def _reached(attempt: Callable[[], T]) -> T:
    try:
        return attempt()
    except requests.RequestException:
        raise Unavailable("the simulated org did not answer a probe") from None


def _client(connection: Mapping[str, Any], answer: Answer) -> OrgClient:
    return OrgClient(connection, answer.addresses[-1], ATTACKER_AGENT)


def _refresh(connection: Mapping[str, Any], answer: Answer, one: Mapping[str, str]) -> Door:
    client = _client(connection, answer)
    return _login("refresh_token", one["username"], lambda: client.login_refresh(
        one["consumer_key"], one["consumer_secret"], one["token"]))  # fmt: skip


def _key(connection: Mapping[str, Any], answer: Answer, one: Mapping[str, str]) -> Door:
    client = _client(connection, answer)
    return _login("key", one["username"], lambda: client.login_key(
        one["consumer_key"], one["username"], one["private_key_pem"]))  # fmt: skip


def _login(kind: str, owner: str, act: Callable[[], object]) -> Door:
    """Only a refusal of the token endpoint (400, 401 or 403) shuts a door; a server's failure proves nothing."""
    try:
        act()
    except Denied as denied:
        if denied.status not in (400, 401, 403):
            raise Unavailable(f"the token endpoint answered {denied.status} to a probe") from None
        return Door(kind, owner, open=False, code=denied.code)
    return Door(kind, owner, open=True)


def _access(connection: Mapping[str, Any], answer: Answer, token: str, number: int) -> Door:
    client = _client(connection, answer)
    client.resume(token)
    try:
        client.call("GET", "/limits")
    except Denied as denied:
        if denied.status != 401:
            return Door("access_token", f"session {number}", open=True, code=denied.code)
        return Door("access_token", f"session {number}", open=False, code=denied.code)
    return Door("access_token", f"session {number}", open=True)


def _honest(connection: Mapping[str, Any], decoy: Mapping[str, Any], current_key: Callable[[str], str]) -> Honest:
    """Log in and read; a program with a rotated key runs a whole bulk job, as it does every night."""
    if use := ways.HONEST.get(decoy["credential"]):
        tried = use(connection, decoy)
        return Honest(decoy["name"], tried.let_in, tried.code)
    integration = integration_of(connection, decoy["app"], str(decoy["username"]).split("@")[0])
    client = client_of(connection, integration)
    try:
        if decoy["credential"] == "rotated key":
            client.login_key(integration["consumer_key"], integration["username"], current_key(decoy["secret_name"]))
            client.bulk_query(_HONEST_JOB)
        else:
            log_in(client, integration)
            client.query(_HONEST_QUERY)
    except Denied as denied:
        return Honest(decoy["name"], works=False, code=denied.code)
    return Honest(decoy["name"], works=True)
