"""`leak-response up`: the embedded Prefect server with every flow, a simulated org to try them on, the automation."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Mapping
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Any

import httpx
import yaml

from leakresponse.adapters.processes import Children, port_is_free
from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.ledger import Ledger, open_ledger
from leakresponse.rehearsal import stage
from leakresponse.services import alerts
from leakresponse.services.home import NOTE, home, ledger_url
from leakresponse.services.local import await_server, start_server

SIMULATED_PEOPLE = 2_000
DELIVER_SECONDS = 3.0
DEPLOY_SECONDS = 180.0
#: Containment has a runner of its own, so that rehearsals cannot queue ahead of it.
RUNNERS = {
    "containment": ("contain", "sweep"),
    "casework": ("respond", "rotate", "scope", "assess", "notify", "report", "requests"),
}
RUNNERS |= {"people": ("approve", "recover"), "rehearsals": ("rehearse",), "archive": ("archive",)}


def up(port: int, people: int = SIMULATED_PEOPLE) -> int:
    """Start everything, print the address, wait for Ctrl-C, stop everything by process id.

    Raises BadInput where the port is taken or the home cannot be written; nothing is started then.
    """
    if not port_is_free(port):
        raise BadInput(f"port {port} is in use")
    folder = home()
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with Children(folder / "logs") as children:
        say("starting the Prefect server and a simulated org (scenario T01); some tens of seconds")
        url = start_server(children, Path(os.environ.get("PREFECT_HOME") or folder / "prefect"), port)
        state = folder / f"simulated-{people}"
        _clear_half_built(state)
        stage.start_org(children, state, people, 1, "T01")
        stage.start_doubles(children, folder / "doubles")
        await_server(children, url)
        say("the Prefect server answers; waiting for the simulated org")
        vault_url, mail_port = stage.await_doubles(children, folder / "doubles")
        connection = stage.await_org(children, state)
        (state / "complete").touch()
        parameters = _register(connection, vault_url, mail_port, folder)
        for name, flows in RUNNERS.items():
            _start_runner(children, name, flows, parameters)
        _start_responder(children, parameters)
        _install_automations(children, url)
        _write_note(folder, url)
        ledger = open_ledger(ledger_url())
        alert = _first_alert(folder, parameters)
        say(f"ready: http://127.0.0.1:{port}   (Ctrl-C stops everything)")
        say(f"try:   leak-response alert {alert}")
        _wait(children, stop, ledger, url)
        say("stopping")
    (folder / NOTE).unlink(missing_ok=True)
    return 0


def say(text: str) -> None:
    """One line to whoever watches the terminal."""
    print(text, file=sys.stderr, flush=True)


def _clear_half_built(state: Path) -> None:
    import shutil

    if state.exists() and not (state / "complete").exists():
        shutil.rmtree(state)


def _register(connection: dict[str, Any], vault_url: str, mail_port: int, folder: Path) -> dict[str, str]:
    from blocks import ALL
    from blocks.simulated import BlockNames, save_simulated
    from tasks.rotation import stock_vault

    for kind in ALL:
        kind.register_type_and_schema()
    names = BlockNames("simulated", "vault", "cases", "policy", "mail")
    journal = folder / "doubles" / "mail.jsonl"
    cases = folder / "cases"
    save_simulated(names, connection, vault_url, mail_port, journal, cases, ledger_url(), single_case=False)
    stock_vault(names.vault, stage.integration_secrets(connection))
    return names.parameters()


def _start_runner(children: Children, name: str, flows: tuple[str, ...], parameters: Mapping[str, str]) -> None:
    module = ["leakresponse.services.runner", ",".join(flows), "--parameters", json.dumps(dict(parameters))]
    children.start(name, [*module, "--limit", "4", "--with-parent", str(os.getpid())])


def _start_responder(children: Children, parameters: Mapping[str, str]) -> None:
    """The quick way: it contains within a second of the alert; the automation's deployment is the second way."""
    module = ["leakresponse.services.responder", "--parameters", json.dumps(dict(parameters))]
    children.start("responder", [*module, "--with-parent", str(os.getpid())])


def _install_automations(children: Children, url: str) -> None:
    """Install what deployments/automations.yaml says, replacing automations of the same names."""
    document = yaml.safe_load((files("deployments") / "automations.yaml").read_text(encoding="utf-8"))
    existing = {a["name"]: a["id"] for a in _post(f"{url}/automations/filter", {}).json()}
    for entry in document:
        flow, _, name = entry["deployment"].partition("/")
        address = f"{url}/deployments/name/{flow}/{name}"
        children.wait("casework", partial(_found, address), DEPLOY_SECONDS)
        deployment_id = httpx.get(address, timeout=10, trust_env=False).json()["id"]
        action = {"type": "run-deployment", "source": "selected", "deployment_id": deployment_id}
        body = {
            "name": entry["name"],
            "description": entry["description"],
            "enabled": True,
            "trigger": entry["trigger"],
            "actions": [{**action, "parameters": entry["parameters"]}],
        }
        if entry["name"] in existing:
            httpx.delete(f"{url}/automations/{existing[entry['name']]}", timeout=10, trust_env=False)
        _post(f"{url}/automations/", body)


def _found(url: str) -> bool:
    return httpx.get(url, timeout=10, trust_env=False).status_code == 200


def _post(url: str, body: Any) -> httpx.Response:
    answer = httpx.post(url, json=body, timeout=30, trust_env=False)
    if answer.status_code >= 300:
        raise Unavailable(f"the Prefect server refused {url.rsplit('/', 2)[-2]}: {answer.status_code}")
    return answer


def _write_note(folder: Path, url: str) -> None:
    (folder / NOTE).write_text(json.dumps({"api_url": url, "pid": os.getpid()}), encoding="utf-8")


def _first_alert(folder: Path, parameters: Mapping[str, str]) -> Path:
    """The alert that the simulated org's own logs give, as a file to try the way in with."""
    path = folder / "alert-T01.json"
    if not path.exists():
        from tasks.detection import find_alert

        document = find_alert.fn(parameters["org"])
        path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    return path


def _wait(children: Children, stop: threading.Event, ledger: Ledger, url: str) -> None:
    while not stop.wait(DELIVER_SECONDS):
        dead = children.dead()
        if dead:
            say(f"ended by itself: {', '.join(dead)}; see the logs folder")
            return
        alerts.deliver(ledger, url)
