"""Setting the stage of a rehearsal: the simulated org, the AWS double, the mail sink, as processes of their own."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from leakresponse.adapters.processes import Children
from leakresponse.core import progress
from leakresponse.core.errors import BadInput

__all__ = [
    "Children",
    "Stage",
    "await_doubles",
    "await_org",
    "calm",
    "integration_secrets",
    "read_connection",
    "scenario_secrets",
    "secret_name",
    "start_doubles",
    "start_idp",
    "start_job",
    "start_org",
]

ORG_SECONDS, CALM_SECONDS = 1800.0, 30.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where everything of one rehearsal listens."""

    connection: dict[str, Any]
    vault_url: str
    mail_port: int
    journal: Path


def start_org(
    children: Children, state: Path, people: int, seed: int, scenario: str | None, port: int = 0, faults: str = "none",
    reading: str = "attacker",
) -> None:  # fmt: skip
    """Start the simulated org; it writes connection.json when the scenario has been acted.

    `faults` and `reading` (of disputed facts) as in the docs.
    """
    (state / "connection.json").unlink(missing_ok=True)
    module = ["leakresponse.rehearsal.org.main", "--port", str(port), "--people", str(people), "--seed", str(seed)]
    module += ["--state", str(state), "--faults", faults, "--reading", reading, "--with-parent", str(os.getpid())]
    children.start("org", module + (["--scenario", scenario] if scenario else []))


def await_org(children: Children, state: Path) -> dict[str, Any]:
    """Wait for connection.json and read it."""
    path = state / "connection.json"
    said = len(children.lines("org", 0))

    def ready() -> bool:
        nonlocal said
        for line in children.lines("org", said):
            progress.report(line, 0)
            said += 1
        return path.exists()

    children.wait("org", ready, ORG_SECONDS)
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def calm(connection: dict[str, Any]) -> None:
    """Take back every ordered fault, so that the judge's own probes meet the org as it is."""
    url = f"{connection['instance_url']}/simulation/faults"
    trusted = connection.get("ca_file") or True
    with requests.Session() as session:
        session.trust_env = False
        session.post(url, data="null", timeout=CALM_SECONDS, verify=trusted).raise_for_status()


def start_doubles(children: Children, folder: Path) -> None:
    """Start the AWS double (moto, with its recorder on, so that a restart can replay) and the mail sink."""
    parent = str(os.getpid())
    folder.mkdir(parents=True, exist_ok=True)
    for stale in ("vault.port", "mail.port"):
        (folder / stale).unlink(missing_ok=True)
    vault = ["leakresponse.rehearsal.aws_double", "--port-file", str(folder / "vault.port")]
    children.start("vault", [*vault, "--recording", str(folder / "vault.recording"), "--with-parent", parent])
    mail = ["leakresponse.rehearsal.mail_sink", "--journal", str(folder / "mail.jsonl"), "--port", "0"]
    children.start("mail", [*mail, "--port-file", str(folder / "mail.port"), "--with-parent", parent])


def await_doubles(children: Children, folder: Path) -> tuple[str, int]:
    """The vault's address and the mail sink's port."""
    children.wait("vault", (folder / "vault.port").exists, 120)
    children.wait("mail", (folder / "mail.port").exists, 60)
    vault = (folder / "vault.port").read_text(encoding="ascii").strip()
    mail = (folder / "mail.port").read_text(encoding="ascii").strip()
    return f"http://127.0.0.1:{vault}", int(mail)


def start_idp(children: Children, sessions: Path, folder: Path) -> str:
    """Start the identity provider with the sessions that a scenario left; the answer is its address."""
    port_file = folder / "idp.port"
    port_file.unlink(missing_ok=True)
    module = ["leakresponse.rehearsal.idp_double", "--sessions", str(sessions), "--journal", str(folder / "idp.jsonl")]
    children.start("idp", [*module, "--port-file", str(port_file), "--with-parent", str(os.getpid())])
    children.wait("idp", port_file.exists, 60)
    return f"http://127.0.0.1:{port_file.read_text(encoding='ascii').strip()}"


def secret_name(integration: dict[str, Any]) -> str:
    """The vault name of one integration's credential."""
    return f"salesforce/{integration['app'].lower().replace(' ', '-')}/{integration['username'].split('@')[0]}"


def integration_secrets(connection: dict[str, Any]) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """Name, value and tags of every integration key pair of a connection.json, as the retailer's vault holds it."""
    found = []
    for integration in connection.get("integrations", []):
        if not integration.get("private_key_file"):
            continue
        key = Path(integration["private_key_file"]).read_text(encoding="utf-8")
        facts = {k: integration[k] for k in ("app", "consumer_key", "username")}
        tags = {"leak-response:org": connection["org_id"], "leak-response:kind": "jwt_key_pair"}
        tags |= {"leak-response:app": integration["app"], "leak-response:username": integration["username"]}
        found.append((secret_name(integration), {**facts, "private_key_pem": key}, tags))
    return found


def scenario_secrets(state: Path, connection: dict[str, Any]) -> list[tuple[str, dict[str, str], dict[str, str]]]:
    """What the retailer's vault holds besides, where the scenario says so, tagged with the org."""
    path = state / "vault.json"
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    return [(name, value, {**tags, "leak-response:org": connection["org_id"]}) for name, value, tags in held]


def start_job(children: Children, state: Path, connection: dict[str, Any], vault_url: str, journal: Path) -> None:
    """Start the retailer's own job, where the scenario has one; it lives as long as the rehearsal."""
    path = state / "job.json"
    if not path.exists():
        return
    job = json.loads(path.read_text(encoding="utf-8"))
    call = ["leakresponse.rehearsal.real_job", "--connection", str(state / "connection.json"), "--vault", vault_url]
    call += ["--secret", job["secret"], "--address", job["address"], "--agent", job["agent"]]
    children.start("job", [*call, "--journal", str(journal), "--with-parent", str(os.getpid())])


def read_connection(path: Path) -> dict[str, Any]:
    """Read a connection.json. Raises BadInput with one line."""
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput(f"connection: cannot read {path}") from None
    except ValueError:
        raise BadInput(f"connection: {path} is not JSON") from None
    if not isinstance(loaded, dict):
        raise BadInput(f"connection: {path} is not a JSON object")
    return loaded
