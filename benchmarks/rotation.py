"""Rotation: 200 key pairs of three orgs by our flow, beside a bare loop that makes the same calls one after the other.

The loop has no ledger, no retries and no proof but one login with each key. Every answer of the orgs takes LATENCY
longer, as over a network.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measure import Row, row
from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.processes import Children
from leakresponse.adapters.salesforce import SalesforceClient
from leakresponse.adapters.salesforce.certificates import deploy_certificate, find_apps
from leakresponse.adapters.salesforce.oauth_tokens import fingerprint
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.ledger import open_ledger
from leakresponse.rehearsal import stage
from leakresponse.rehearsal.crowd import add_key_apps
from leakresponse.services.local import own_prefect

MANY, PARALLEL, LATENCY = 200, 8, 0.05
ORGS = ("production", "outlet", "studio")
USER, LIKE = "order.sync", "Order Sync"
_LOOP = "a bare loop of the same calls"


def measure() -> list[Row]:
    """Seconds for all, ours and the loop's, and how long one service was locked out in the middle."""
    with (
        tempfile.TemporaryDirectory() as folder,
        own_prefect(Path(folder) / "prefect", Path(folder) / "logs"),
    ):
        ours, outages = _Scene(Path(folder), "ours").by_flow()
        loop, gaps = _Scene(Path(folder), "loop").by_loop()
    size = f"rotate secrets of {len(ORGS)} orgs that take {LATENCY * 1e3:.0f} ms"
    return [
        row("rotation", size, ours, loop, _LOOP, 0.6, MANY),
        row("rotation", "outage of one service", _middle(outages), _middle(gaps), _LOOP, 3.0, MANY),
    ]


def _middle(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


class _Scene:
    """Three orgs with so many apps, and a vault that holds their keys."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.state = self.folder / "org"
        self.pair = make_key_pair("before")

    def by_flow(self) -> tuple[float, list[float]]:
        """The flow `rotate`, as planned."""
        from flows.rotate import rotate

        with Children(self.folder / "logs") as running:
            vault_url, mail_port, connections = self._begin(running)
            ledger = self._save(connections, vault_url, mail_port)
            case_id = ledger.open_case("bench", b"{}", {}).case_id
            names = [info.name for info in _vault(vault_url).listed()]
            others = {"secrets": names, "other_orgs": list(ORGS[1:]), "mode": "planned"}
            begun = time.perf_counter()
            rotate(case_id=case_id, org=ORGS[0], vault="b-vault", store="b-cases", policy="b-policy", **others)
            took = time.perf_counter() - begun
            facts = ledger.phase_facts(case_id, "rotate") or {}
            return took, [one["outage_seconds"] for one in facts["secrets"]]

    def by_loop(self) -> tuple[float, list[float]]:
        """One secret after the other, without anything around it."""
        with Children(self.folder / "logs") as running:
            vault_url, _, connections = self._begin(running)
            vault = _vault(vault_url)
            clients = {one["org_id"]: _client(one) for one in connections}
            begun = time.perf_counter()
            places = {org: find_apps(client) for org, client in clients.items()}
            gaps = []
            for info in vault.listed():
                org = info.tags["leak-response:org"]
                gaps.append(_rotate_one(vault, info.name, clients[org], places[org]))
            return time.perf_counter() - begun, gaps

    def _begin(self, running: Children) -> tuple[str, int, list[dict[str, Any]]]:
        stage.start_doubles(running, self.folder / "doubles")
        vault_url, mail_port = stage.await_doubles(running, self.folder / "doubles")
        self._crowd(vault_url)
        connections = self._serve(running)
        for one in connections:
            slow = [{"match": {"path": "/services/*"}, "fault": {"kind": "slow", "seconds": LATENCY}, "share": 1.0}]
            client = httpx.Client(verify=str(one["ca_file"]), trust_env=False, timeout=30)
            client.post(f"{one['instance_url']}/simulation/faults", json=slow).raise_for_status()
        return vault_url, mail_port, connections

    def _serve(self, running: Children) -> list[dict[str, Any]]:
        (self.state / "connection.json").unlink(missing_ok=True)
        module = ["leakresponse.rehearsal.org.main", "--port", "0", "--people", "100", "--seed", "1"]
        running.start("org", [*module, "--state", str(self.state), "--orgs", ",".join(ORGS)])
        main = stage.await_org(running, self.state)
        paths = [self.state / "orgs" / name / "connection.json" for name in ORGS[1:]]
        return [main, *(json.loads(path.read_text(encoding="utf-8")) for path in paths)]

    def _crowd(self, vault_url: str) -> None:
        """Build the orgs, stop them, and add the apps."""
        with Children(self.folder / "building") as building:
            connections = self._serve(building)
        vault = _vault(vault_url)
        folders = [self.state, *(self.state / "orgs" / name for name in ORGS[1:])]
        for number, (connection, folder) in enumerate(zip(connections, folders, strict=True)):
            names = [f"Job {one:03d}" for one in range(number, MANY, len(ORGS))]
            user = next(one["username"] for one in connection["integrations"] if one["username"].startswith(f"{USER}@"))
            keys = add_key_apps(folder, self.state / "tls", names, self.pair.certificate_pem, LIKE)
            for app, key in keys.items():
                self._store(vault, connection["org_id"], app, key, user)

    def _store(self, vault: SecretsManager, org_id: str, app: str, key: str, user: str) -> None:
        value = {"app": app, "consumer_key": key, "username": user, "private_key_pem": self.pair.private_pem.reveal()}
        tags = {"org": org_id, "kind": "jwt_key_pair", "app": app, "username": user}
        vault.create(app, HiddenDict(value), {f"leak-response:{part}": text for part, text in tags.items()})

    def _save(self, connections: list[dict[str, Any]], vault_url: str, mail_port: int) -> Any:
        from blocks import ResponsePolicy, SalesforceOrg
        from blocks.simulated import BlockNames, save_simulated

        url = f"sqlite:///{self.folder / 'ledger.sqlite'}"
        names = BlockNames(ORGS[0], "b-vault", "b-cases", "b-policy", "b-mail")
        cases = self.folder / "cases"
        save_simulated(names, connections[0], vault_url, mail_port, self.folder / "mail", cases, url, single_case=False)
        for name, connection in zip(ORGS[1:], connections[1:], strict=True):
            SalesforceOrg.from_connection(connection).save(name, overwrite=True)
        policy = ResponsePolicy(auto_approve=True, parallel=PARALLEL, pick_up_seconds=0)
        policy.save("b-policy", overwrite=True)
        return open_ledger(url)


def _vault(url: str) -> SecretsManager:
    return SecretsManager("us-east-1", url, ("rehearsal", "rehearsal"))


def _client(connection: dict[str, Any]) -> SalesforceClient:
    from blocks import SalesforceOrg

    return SalesforceOrg.from_connection(connection).client()


def _rotate_one(vault: SecretsManager, name: str, client: SalesforceClient, places: Any) -> float:
    """Make, store, deploy, log in, promote, try the old one; the answer is how long neither key was to be had."""
    old = vault.read(name)
    pair = make_key_pair(name)
    new = HiddenDict({**old, "private_key_pem": pair.private_pem.reveal(), "certificate_pem": pair.certificate_pem})
    version = f"{name}-{'0' * 32}"
    vault.put_pending(name, version.replace(" ", "-"), new)
    begun = time.perf_counter()
    deploy_certificate(client, places[fingerprint(old["consumer_key"])], pair.certificate_pem)
    if client.try_key_login(new["consumer_key"], new["username"], pair.private_pem):
        raise SystemExit("the loop's new key does not work")
    vault.promote(name, version.replace(" ", "-"))
    gap = time.perf_counter() - begun
    if not client.try_key_login(old["consumer_key"], old["username"], Redacted(old["private_key_pem"])):
        raise SystemExit("the loop's old key still works")
    return gap
