"""Trying the attacker's keys: a login by key needs no token at all, a refresh token mints new ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from leakresponse.core.errors import LeakResponseError
from leakresponse.core.redact import Redacted
from tasks.containment_hands import Cutter
from tasks.support import vault_block

if TYPE_CHECKING:
    from leakresponse.adapters.secrets_manager import SecretsManager


def try_vault(
    cutter: Cutter, org_id: str, vault: str, before: Iterable[Mapping[str, Any]]
) -> list[dict[str, Any]]:  # fmt: skip
    """Attempt a fresh login with every key and refresh token that the vault holds for the apps and users.

    One row per credential: kind, target (the secret's name), dead, proof. A vault that does not answer proves nothing.
    """
    if not vault:
        return []
    shut = {(str(row["kind"]), str(row["target"])): dict(row) for row in before if row["dead"]}
    block = vault_block(vault)
    try:
        secrets = block.secrets()
        names = [info.name for info in secrets.tagged(block.org_tag, org_id) if _may_concern(cutter, info.tags)]
    except LeakResponseError as error:
        return [_row("jwt_login", "vault", False, f"the vault could not be read: {type(error).__name__}")]
    with ThreadPoolExecutor(min(cutter.parallel, 4)) as pool:
        parts = pool.map(lambda name: _try_secret(cutter, secrets, name, shut), names)
        return [row for part in parts for row in part]


def _try_secret(
    cutter: Cutter, secrets: SecretsManager, name: str, shut: Mapping[tuple[str, str], dict[str, Any]]
) -> list[dict[str, Any]]:  # fmt: skip
    try:
        value = secrets.read(name)
    except LeakResponseError as error:
        return [_row("jwt_login", name, False, f"the secret could not be read: {type(error).__name__}")]
    if not _concerned(cutter, value.get("app"), value.get("username")):
        return []
    key, user = str(value.get("consumer_key", "")), str(value.get("username", ""))
    ways: list[tuple[str, Callable[[], str]]] = []
    if value.get("private_key_pem"):
        pem = Redacted(value["private_key_pem"])
        ways.append(("jwt_login", lambda: cutter.client.try_key_login(key, user, pem)))
    if value.get("refresh_token"):
        secret, token = Redacted(value.get("consumer_secret", "")), Redacted(value["refresh_token"])
        ways.append(("refresh_login", lambda: cutter.client.try_refresh(key, secret, token)))
    return [shut.get((kind, name)) or _tried(kind, name, attempt) for kind, attempt in ways]


def _tried(kind: str, name: str, attempt: Callable[[], str]) -> dict[str, Any]:
    """Only a refusal of the org shuts a way; an org that is busy has proven nothing."""
    try:
        code = attempt()
    except LeakResponseError as error:
        return _row(kind, name, False, f"the attempt could not be made: {type(error).__name__}")
    return _row(kind, name, bool(code), f"login attempt answered {code or 'a token'}")


def _may_concern(cutter: Cutter, tags: Mapping[str, str]) -> bool:
    """By its tags, where it has them: a secret of another app is not even read."""
    app, user = tags.get("leak-response:app"), tags.get("leak-response:username")
    return not (app and user) or _concerned(cutter, app, user)


def _concerned(cutter: Cutter, app: str | None, username: str | None) -> bool:
    apps = cutter.plan.apps_touched if cutter.plan else ()
    users = {u.username.casefold() for u in cutter.snapshot.users if not u.run_as}
    return app in apps or (username or "").casefold() in users


def _row(kind: str, target: str, dead: bool, proof: str) -> dict[str, Any]:
    return {"kind": kind, "target": target, "dead": dead, "proof": proof}
