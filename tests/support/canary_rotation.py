"""A rotation of every kind of credential, good ones and broken ones, under a Prefect server of its own.

`python -m tests.support.canary_rotation FOLDER NOTES`: what the flow leaves behind lies in FOLDER; every secret value
that was in the vault, at the services or on the wire is noted in NOTES, one JSON a line. Prints the case's facts.
"""

from __future__ import annotations

import contextlib
import json
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
from moto.core import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends
from sqlalchemy import select

from leakresponse.adapters.salesforce import access
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import LeakResponseError
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.ledger import Ledger, open_ledger
from leakresponse.ledger.tables import phases
from leakresponse.services.local import own_prefect
from tests.support import aws, outside
from tests.support.outside import Outside
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, serve

OLD_KEY, NEW_KEY = "canary-gateway-key-old-000001", "canary-gateway-key-new-000002"
BROKEN_KEY, BROKEN_SECRET = "canary-no-key-at-all-but-a-secret", "CANARYBROKENSECRET" + "A" * 46
SERVICE = "harborpay"


class Stage:
    """The doubles of one run, and what was in them."""

    def __init__(self, org: Served, cloud: aws.Aws, service: Outside, notes: Path) -> None:
        self.org, self.cloud, self.service, self._notes = org, cloud, service, notes
        self.vault = SecretsManager("us-east-1", cloud.url, ("rehearsal", "rehearsal"))
        self._lock = threading.Lock()

    def note(self, kind: str, value: str) -> None:
        with self._lock, self._notes.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, "value": value}) + "\n")

    def stock(self, kind: str, value: dict[str, str], name: str = "", **tags: str) -> str:
        name = name or f"canary/{kind}"
        every = {"org": self.org.world.org_id, "kind": kind, **tags}
        self.vault.create(name, HiddenDict(value), {f"leak-response:{part}": one for part, one in every.items()})
        return name

    def by_hand(self, name: str, **value: str) -> None:
        self.vault._client.put_secret_value(
            SecretId=name, SecretString=json.dumps(value), VersionStages=["AWSPENDING"]
        )  # fmt: skip

    def note_vault(self) -> None:
        """Every value of every version that the vault has ever held."""
        for secret in secretsmanager_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].secrets.values():
            for version in secret.versions.values():
                for field, value in json.loads(version.get("secret_string") or "{}").items():
                    if field not in _NO_SECRETS:
                        self.note("private key" if "PRIVATE" in value else f"vault: {field}", value)


#: Fields of a value that may be read: names, addresses, times.
_NO_SECRETS = {
    "app", "protocol", "principal", "external_credential", "probe_url", "probe_prefix", "iam_user", "certificate_pem",
    "previous_certificate_pem", "password_set_at", "consumer_key", "device_flow", "rotates",
}  # fmt: skip


def stock_all(stage: Stage) -> list[str]:
    """One secret of each kind, and some that cannot be rotated."""
    org, names = stage.org, []
    order, drift, portal = (org.integration(user) for user in ("order.sync", "drift.integration", "returns.portal"))
    migrator, console = org.integration("migration"), org.integration("support.lead")
    key = Path(order["private_key_file"]).read_text(encoding="utf-8")
    own = {name: order[name] for name in ("app", "consumer_key", "username")}
    names.append(stage.stock("jwt_key_pair", {**own, "private_key_pem": key}, app=order["app"]))
    names.append(stage.stock("jwt_key_pair", {**own, "private_key_pem": BROKEN_KEY}, "canary/broken_key"))
    names.append(stage.stock("eca_key_secret", _pair(portal), app=portal["app"]))
    names.append(stage.stock("client_secret", _pair(migrator), app=migrator["app"]))
    names.append(stage.stock("client_secret", _pair(console), "canary/broken_secret", app=console["app"]))
    names.append(stage.stock("refresh_token", {**_pair(drift), "refresh_token": drift["refresh_token"]}, app="Drift"))
    names.append(_stock_password(stage, order["username"]))
    principal = {"external_credential": "Harborpay", "principal": "Harborpay_Service", "protocol": "Custom"}
    probe = {"probe_url": stage.service.probe_url, "probe_prefix": "Bearer "}
    value = {**principal, "secret.ApiKey": OLD_KEY, **probe}
    names.append(stage.stock("principal_credential", value, service=SERVICE))
    names.append(stage.stock("service_key", {"key": "canary-warehouse-key-000003"}, app="warehouse"))
    return [*names, _stock_access_key(stage)]


def _pair(facts: dict[str, Any]) -> dict[str, str]:
    return {name: facts[name] for name in ("app", "consumer_key", "consumer_secret", "username")}


def _stock_password(stage: Stage, username: str) -> str:
    responder, password = stage.org.responder(), "Canary password 0001"
    user_id = responder.rows(f"SELECT Id FROM User WHERE Username = '{username}'")[0]["Id"]
    responder.call("POST", f"/sobjects/User/{user_id}/password", json={"NewPassword": password})
    given = {"username": username}
    token = requests.post(f"{stage.org.url}/simulation/security-token", json=given, timeout=20).json()["token"]
    return stage.stock("user_password", {"username": username, "password": password, "security_token": token})


def _stock_access_key(stage: Stage) -> str:
    iam = stage.cloud.client("iam")
    iam.create_user(UserName="canary")
    made = iam.create_access_key(UserName="canary")["AccessKey"]
    value = {"access_key_id": made["AccessKeyId"], "secret_access_key": made["SecretAccessKey"], "iam_user": "canary"}
    return stage.stock("aws_access_key", value)


def act_as_people(stage: Stage) -> None:
    """The administrator, the owner and the endpoint: each does what is asked, a while after the flow has begun."""
    org = stage.org
    time.sleep(2.0)
    app = {"act": "rotate_consumer", "app": org.integration("migration")["app"]}
    stage.by_hand("canary/client_secret", **requests.post(f"{org.url}/simulation/app", json=app, timeout=20).json())
    stage.by_hand("canary/broken_secret", consumer_key="3MVGbroken", consumer_secret=BROKEN_SECRET)


def endpoint(stage: Stage) -> Any:
    """Makes the new key of the gateway, and ends the old one when it is told to."""

    def act(document: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        if document["action"] == "rotate" and NEW_KEY not in stage.service.good:
            stage.service.good.add(NEW_KEY)
            stage.by_hand(document["secret"], **{**stage.vault.read(document["secret"]), "secret.ApiKey": NEW_KEY})
        if document["action"] == "end_old":
            stage.service.good.discard(OLD_KEY)
        return 200, {"done": True}

    return act


def save_blocks(stage: Stage, folder: Path) -> Any:
    """The blocks of the run; the policy waits for people, and names the endpoint."""
    from pydantic import SecretStr

    from blocks import AwsVault, ResponsePolicy, RotationEndpoint
    from blocks.simulated import BlockNames, save_simulated

    names = BlockNames("canary-org", "canary-vault", "canary-store", "canary-policy", "canary-mail")
    ledger = f"sqlite:///{folder / 'ledger.sqlite'}"
    save_simulated(
        names, stage.org.facts, stage.cloud.url, 9, folder / "mail.jsonl", folder / "cases", ledger, False
    )  # fmt: skip
    AwsVault(endpoint_url=stage.cloud.url, access_keys=True).save(names.vault, overwrite=True)
    hook, secret = SecretStr(stage.service.hook_url), SecretStr(outside.SECRET)
    RotationEndpoint(url=hook, signing_secret=secret).save("canary-endpoint", overwrite=True)
    policy = ResponsePolicy(
        auto_approve=True, person_seconds=20, rotation_proof_seconds=3, pick_up_seconds=1,
        rotation_endpoints={SERVICE: "canary-endpoint"},
    )  # fmt: skip
    policy.save(names.policy, overwrite=True)
    return names


def run(folder: Path, notes: Path) -> dict[str, Any]:
    """Stock, rotate, note; the answer is the facts of the phase."""
    with ExitStack() as stack:
        stage = stack.enter_context(staged(folder, notes))
        stack.enter_context(own_prefect(folder / "prefect", folder / "logs"))
        from flows.rotate import rotate

        names, secrets = save_blocks(stage, folder), stock_all(stage)
        ledger = open_ledger(f"sqlite:///{folder / 'ledger.sqlite'}")
        case_id = ledger.open_case("canary-alert", b"{}", {"source": "canary"}).case_id
        thread = threading.Thread(target=act_as_people, args=(stage,), daemon=True)
        thread.start()
        with contextlib.suppress(LeakResponseError):
            rotate(
                case_id=case_id, org=names.org, vault=names.vault, store=names.store, policy=names.policy,
                mode="planned", secrets=secrets,
            )  # fmt: skip
        thread.join(30)
        stage.note_vault()
        return _facts(ledger)


def _facts(ledger: Ledger) -> dict[str, Any]:
    """Of the phase, also where it failed."""
    with ledger.reading() as connection:
        rows = connection.execute(select(phases)).mappings().all()
    return dict(next(row["facts"] for row in rows if row["phase"] == "rotate"))


@contextmanager
def staged(folder: Path, notes: Path) -> Iterator[Stage]:
    """The doubles, up; what they hold stays in `folder/doubles`."""
    state = folder / "doubles/org"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    org = serve(state)
    with ExitStack() as stack:
        stack.callback(org.stop)
        stage = Stage(org, stack.enter_context(aws.serving()), stack.enter_context(outside.serving()), notes)
        stage.service.good, stage.service.act = {OLD_KEY}, endpoint(stage)
        stage.note("signing secret", outside.SECRET)
        honest = access._access_token

        def token(answer: Any) -> Redacted[str]:
            issued = honest(answer)
            stage.note("session id", issued.reveal())
            return issued

        access._access_token = token
        yield stage


if __name__ == "__main__":
    print(json.dumps(run(Path(sys.argv[1]), Path(sys.argv[2]))))
