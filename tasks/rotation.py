"""Steps of credential rotation: the four that Secrets Manager defines, then the proof that the old key is dead.

createSecret, setSecret, testSecret, finishSecret (AWS Secrets Manager user guide, "Rotation functions"). The version id
is derived from case and secret, so that a repeat meets its own half-done work instead of making a second key.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.metadata import deploy_certificate
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import Refused, Unavailable
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.core.soql.build import equals, isin, select
from leakresponse.ledger import ActionRecord, Ledger
from tasks.support import ledger_of, org_block, step, store_block, vault_block

PROOF_SECONDS = 60
_KIND = "jwt_key_pair"


@dataclass(slots=True)
class Rotator:
    """The open hands of one rotation."""

    case_id: str
    client: SalesforceClient = field(repr=False)
    secrets: SecretsManager = field(repr=False)
    ledger: Ledger = field(repr=False)
    org_tag: str


@step("open the way to org and vault")
def prepare(case_id: str, org: str, vault: str, store: str) -> Rotator:
    """Log in to the org and the vault."""
    block = vault_block(vault)
    return Rotator(case_id, org_block(org).client(), block.secrets(), ledger_of(store_block(store)), block.org_tag)


@step("list the credentials to rotate")
def inventory(rotator: Rotator, apps: list[str], user_ids: list[str]) -> list[str]:
    """Names of the vault's JWT key pairs that belong to the attacked apps or users of this org."""
    users = rotator.client.query(select("User", ["Username"], where=isin("Id", user_ids))) if user_ids else ()
    usernames = {user["Username"] for user in users}
    org_id = next(rotator.client.query(select("Organization", ["Id"])))["Id"]
    names = []
    for info in rotator.secrets.tagged(rotator.org_tag, org_id):
        if info.tags.get("leak-response:kind") != _KIND:
            continue
        if info.tags.get("leak-response:app") in apps or info.tags.get("leak-response:username") in usernames:
            names.append(info.name)
    return sorted(names)


@step("createSecret")
def create(rotator: Rotator, name: str) -> str:
    """Store a new key pair as AWSPENDING; the answer is its version id."""
    version = version_of(rotator.case_id, name)

    def act() -> dict[str, Any]:
        stages = rotator.secrets.describe(name).stages
        if version in stages:
            return {"version": version, "made_before": True}
        rotator.secrets.drop_pending(name)
        current = rotator.secrets.read(name)
        pair = make_key_pair(current["username"])
        fresh = {**current, "private_key_pem": pair.private_pem.reveal(), "certificate_pem": pair.certificate_pem}
        rotator.secrets.put_pending(name, version, HiddenDict(fresh))
        return {"version": version, "certificate_sha256": pair.fingerprint}

    rotator.ledger.once(rotator.case_id, f"rotate:create:{name}", "rotate_create", name, act)
    return version


@step("setSecret")
def set_certificate(rotator: Rotator, name: str, version: str) -> None:
    """Put the new certificate on the app in the org; its single slot makes this the end of the old key."""
    value = rotator.secrets.read(name, version=version)

    def act() -> dict[str, Any]:
        deploy = deploy_certificate(rotator.client, value["app"], value["consumer_key"], value["certificate_pem"])
        return {"deploy_id": deploy}

    rotator.ledger.once(rotator.case_id, f"rotate:set:{name}", "rotate_set", name, act)


@step("prove the old key refused")
def prove_old_refused(rotator: Rotator, name: str, version: str) -> str:
    """Log in with the old key until it is refused; the answer is the refusal's code, empty where it still works."""
    value = old_value(rotator, name, version)
    deadline = time.monotonic() + PROOF_SECONDS
    while True:
        code = _try(rotator, value)
        if code or time.monotonic() > deadline:
            rotator.ledger.note(rotator.case_id, "old_key_tried", {"secret": name, "answer": code or "accepted"})
            return code
        time.sleep(1.0)


@step("give back what the new key needs")
def give_back(rotator: Rotator, name: str) -> int:
    """Undo the cuts that stood in for the old key: the app's grants, and the freeze of the key's own user.

    Only after the old key is proven refused. A user who is reached by other means too stays frozen.
    """
    tags = rotator.secrets.describe(name).tags
    username = tags.get("leak-response:username", "")
    given = 0
    for action in rotator.ledger.actions(rotator.case_id):
        inverse = action.inverse or {}
        if action.kind == "remove_grant" and action.state == "done":
            given += _restore_grant(rotator, action, inverse)
        if action.kind == "freeze_user" and action.state == "done" and _is_key_user(rotator, action.target, username):
            given += _unfreeze(rotator, action)
    return given


def _restore_grant(rotator: Rotator, taken: ActionRecord, inverse: Mapping[str, Any]) -> int:
    values = {"ParentId": inverse["ParentId"], "SetupEntityId": inverse["SetupEntityId"]}

    def act() -> dict[str, Any]:
        try:
            return {"id": rotator.client.create("SetupEntityAccess", values, repeatable=True)}
        except Refused as refused:
            if refused.code in {"DUPLICATE_VALUE", "DUPLICATES_DETECTED"}:
                return {"there_already": True}
            raise

    rotator.ledger.once(rotator.case_id, f"give_back:{taken.key}", "restore_grant", taken.target, act)
    return 1


def _unfreeze(rotator: Rotator, taken: ActionRecord) -> int:
    def act() -> dict[str, Any]:
        rotator.client.update("UserLogin", taken.target, {"IsFrozen": False})
        return {"frozen": False}

    rotator.ledger.once(rotator.case_id, f"give_back:{taken.key}", "unfreeze_user", taken.target, act)
    return 1


def _is_key_user(rotator: Rotator, login_id: str, username: str) -> bool:
    users = list(rotator.client.query(select("User", ["Id"], where=equals("Username", username)))) if username else []
    logins = rotator.client.query(select("UserLogin", ["UserId"], where=equals("Id", login_id)))
    return bool(users) and any(login["UserId"] == users[0]["Id"] for login in logins)


@step("testSecret")
def test_new_key(rotator: Rotator, name: str, version: str) -> bool:
    """A real JWT login with the new key."""
    value = rotator.secrets.read(name, version=version)
    code = _try(rotator, value)
    rotator.ledger.note(rotator.case_id, "new_key_tried", {"secret": name, "answer": code or "accepted"})
    return not code


@step("finishSecret")
def finish(rotator: Rotator, name: str, version: str) -> bool:
    """Make the new version current and take AWSPENDING away; answers whether no version is pending."""

    def act() -> dict[str, Any]:
        rotator.secrets.promote(name, version)
        return {"version": version}

    rotator.ledger.once(rotator.case_id, f"rotate:finish:{name}", "rotate_finish", name, act)
    stages = rotator.secrets.describe(name).stages
    if "AWSCURRENT" not in stages.get(version, ()):
        raise Unavailable("the new version is not current yet")
    return not any("AWSPENDING" in labels for labels in stages.values())


def _try(rotator: Rotator, value: Mapping[str, str]) -> str:
    """A login with a value of the vault: the refusal's code, empty where it worked."""
    key = Redacted(value["private_key_pem"])
    return rotator.client.try_key_login(value["consumer_key"], value["username"], key)


def version_of(case_id: str, name: str) -> str:
    """The version id of this case's rotation of a secret; 36 characters, as Secrets Manager wants at least 32."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"leak-response:{case_id}:{name}"))


def old_value(rotator: Rotator, name: str, version: str) -> dict[str, str]:
    """The value before this rotation: current until the finish, previous after it."""
    stages = rotator.secrets.describe(name).stages
    promoted = "AWSCURRENT" in stages.get(version, ())
    return rotator.secrets.read(name, stage="AWSPREVIOUS" if promoted else "AWSCURRENT")


def stock_vault(vault: str, secrets: Iterable[tuple[str, dict[str, str], dict[str, str]]]) -> None:
    """Put integration key pairs into a rehearsal's vault, as the retailer keeps them; existing ones are left alone."""
    client = vault_block(vault).secrets()
    for name, value, tags in secrets:
        client.create(name, HiddenDict(value), tags)


def current_key(vault: str, name: str) -> str:
    """The private key that a consumer of this secret would read now."""
    return vault_block(vault).secrets().read(name)["private_key_pem"]
