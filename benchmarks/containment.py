"""Containment: the warm responder beside a plain `flow.serve`, and many tokens beside the org's own response times."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks.measure import Row, row
from leakresponse.adapters.processes import Children
from leakresponse.core.alerts import alert_document
from leakresponse.core.types import Alert, Principal, Window
from leakresponse.ledger import Ledger, case_id_of, open_ledger
from leakresponse.rehearsal import stage
from leakresponse.rehearsal.crowd import authorise_many
from leakresponse.services import alerts
from leakresponse.services.local import own_prefect

PEOPLE, TOKENS, SESSIONS, PARALLEL = 300, 2_500, 100, 8
#: Apps that are contained one after the other: each has tokens or sessions of its own to cut.
TRIES = 3
WAIT_SECONDS = 300.0
#: What a call to a real org takes at least, in seconds. Without it the simulated org answers within 3 ms, faster than
#: one client can ask and record (4 ms a cut): the ratio (about 9) then tells of Python, not of waiting for calls.
LATENCY = 0.05
_FLOOR = "the org's response times / parallelism"
_RESPONDER = "leakresponse.services.responder"


def measure() -> list[Row]:
    """Seconds from the event to the first line of `contain` and to the first cut; total against the floor."""
    with (
        tempfile.TemporaryDirectory() as folder,
        own_prefect(Path(folder) / "prefect", Path(folder) / "logs") as running,
    ):
        bench = _Bench(Path(folder), running)
        warm = bench.starts(bench.responder)
        plain = bench.starts(bench.served)
        total, floor = bench.many_tokens(LATENCY)
    name = "flow.serve with defaults, an automation"
    first, cut = _middle(one[0] for one in warm), _middle(one[1] for one in warm)
    return [
        row("containment", "event to first line of contain", first, _middle(o[0] for o in plain), name, 0.2, TRIES),
        row("containment", "event to first cut", cut, _middle(o[1] for o in plain), name, 0.5, TRIES),
        row("containment", "event to first cut, seconds", cut, 1.0, "one second", 1.0, TRIES),
        row(
            "containment", f"app with many tokens, org takes {LATENCY * 1e3:.0f} ms", total, floor, _FLOOR, 1.3, TOKENS
        ),
    ]


def _middle(values: Iterator[float]) -> float:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


class _Bench:
    """One Prefect server, and a simulated org for each way."""

    def __init__(self, folder: Path, children: Children) -> None:
        self.folder, self.children = folder, children
        self.api = os.environ["PREFECT_API_URL"]
        self.doubles = folder / "doubles"
        stage.start_doubles(children, self.doubles)
        self.vault_url, self.mail_port = stage.await_doubles(children, self.doubles)
        self.number = 0

    def starts(self, way: Callable[[dict[str, str]], Any]) -> list[tuple[float, float]]:
        """For each of TRIES apps: seconds from the event to the first line and to the first cut."""
        with self._scene() as (connection, names, ledger), way(names):
            apps = sorted({one["app"] for one in connection["integrations"]})[:TRIES]
            return [self._one(ledger, app) for app in apps]

    def _one(self, ledger: Ledger, app: str) -> tuple[float, float]:
        alert_id = self._stored(ledger, app)
        sent = time.time()
        alerts.emit(self.api, alert_id)
        case_id = case_id_of(alert_id)
        _until(
            lambda: (
                bool(ledger.case(case_id))
                and any(p.phase == "contain" and p.finished_at for p in ledger.phases(case_id))
            )
        )
        entries = ledger.timeline(case_id)
        cut = min(
            _seconds(e.at) for e in entries if e.kind == "action_started" and str(e.body["key"]).startswith("contain:")
        )
        return self._first_line(sent) - sent, cut - sent

    def _first_line(self, sent: float) -> float:
        body = {"flows": {"name": {"any_": ["contain"]}}, "sort": "START_TIME_DESC", "limit": 20}
        runs = httpx.post(f"{self.api}/flow_runs/filter", json=body, timeout=30, trust_env=False).json()
        return min(_seconds(r["start_time"]) for r in runs if r["start_time"] and _seconds(r["start_time"]) >= sent)

    def _stored(self, ledger: Ledger, app: str) -> str:
        self.number += 1
        moment = datetime.now(UTC)
        window = Window(moment - timedelta(hours=1), moment)
        alert = Alert(f"bench-{self.number}", "bench", moment, "", window, (Principal("connected_app", app),))
        ledger.store_alert(json.dumps(alert_document(alert)), alert.id, None)
        return alert.id

    @contextmanager
    def responder(self, names: dict[str, str]) -> Iterator[None]:
        """The product's own way."""
        with Children(self.folder / "logs") as mine:
            mine.start("responder", [_RESPONDER, "--parameters", json.dumps(names), "--with-parent", str(os.getpid())])
            mine.wait("responder", lambda: any("ready" in line for line in mine.lines("responder", 0)), WAIT_SECONDS)
            yield

    @contextmanager
    def served(self, names: dict[str, str]) -> Iterator[None]:
        """A flow served with Prefect's defaults, started by an automation on the same event."""
        with Children(self.folder / "logs") as mine:
            mine.start("plain", ["benchmarks.plain_serve"])
            address = f"{self.api}/deployments/name/contain/plain"
            mine.wait("plain", lambda: httpx.get(address, timeout=10, trust_env=False).status_code == 200, WAIT_SECONDS)
            found = httpx.get(address, timeout=10, trust_env=False).json()
            made = httpx.post(
                f"{self.api}/automations/", json=_automation(found["id"], names), timeout=30, trust_env=False
            )
            made.raise_for_status()
            time.sleep(5.0)  # the server reads automations anew every few seconds
            yield
            httpx.delete(f"{self.api}/automations/{made.json()['id']}", timeout=30, trust_env=False)

    def many_tokens(self, latency: float) -> tuple[float, float]:
        """Seconds of a whole containment of one app, and the sum of the org's response times over PARALLEL.

        `latency`, in seconds, is added by the org to every answer and is part of its response time.
        """
        from flows.contain import contain

        with self._scene(crowded=True) as (connection, names, ledger):
            alert_id = self._stored(ledger, "Drift")
            url, trusted = f"{connection['instance_url']}/simulation/timings", connection.get("ca_file") or True
            client = httpx.Client(verify=str(trusted) if trusted is not True else True, trust_env=False, timeout=30)
            slow = [{"match": {"path": "/services/*"}, "fault": {"kind": "slow", "seconds": latency}, "share": 1.0}]
            orders = f"{connection['instance_url']}/simulation/faults"
            client.post(orders, json=slow if latency else None).raise_for_status()
            client.post(url)
            begun = time.perf_counter()
            contain(
                alert_id=alert_id, org=names["org"], vault=names["vault"], store=names["store"], policy=names["policy"]
            )
            total = time.perf_counter() - begun
            return total, float(client.post(url).json()["seconds"]) / PARALLEL

    @contextmanager
    def _scene(self, crowded: bool = False) -> Iterator[tuple[dict[str, Any], dict[str, str], Ledger]]:
        from blocks.simulated import BlockNames, save_simulated

        self.number += 1
        folder = self.folder / f"scene-{self.number}"
        state = folder / "org"
        with Children(folder / "logs") as mine:
            stage.start_org(mine, state, PEOPLE, 1, None)
            connection = stage.await_org(mine, state)
            if crowded:
                mine.stop()
                authorise_many(state, "Drift", TOKENS, SESSIONS)
                stage.start_org(mine, state, PEOPLE, 1, None)
                connection = stage.await_org(mine, state)
            names = BlockNames(*(f"bench-{kind}-{self.number}" for kind in ("org", "vault", "cases", "policy", "mail")))
            ledger_url = f"sqlite:///{folder / 'ledger.sqlite'}"
            journal = self.doubles / "mail.jsonl"
            save_simulated(
                names,
                connection,
                self.vault_url,
                self.mail_port,
                journal,
                folder / "cases",
                ledger_url,
                single_case=False,
            )
            _no_watch(names.policy)
            chosen = {k: v for k, v in names.parameters().items() if k != "channel"}
            yield connection, chosen, open_ledger(ledger_url)


def _no_watch(policy: str) -> None:
    """The watch after the proof is a wait by choice; it is no part of the race."""
    from blocks import ResponsePolicy

    block = ResponsePolicy.load(policy)
    assert isinstance(block, ResponsePolicy)
    block.watch_seconds = 0
    block.parallel = PARALLEL
    block.save(policy, overwrite=True)


def _automation(deployment_id: str, names: dict[str, str]) -> dict[str, Any]:
    alert_id = {"__prefect_kind": "jinja", "template": "{{ event.payload.alert_id }}"}
    action = {"type": "run-deployment", "source": "selected", "deployment_id": deployment_id}
    return {
        "name": "plain",
        "enabled": True,
        "trigger": {
            "type": "event", "posture": "Reactive", "match": {"prefect.resource.id": "leak-response.alert.*"},
            "expect": [alerts.EVENT], "for_each": ["prefect.resource.id"], "threshold": 1, "within": 0,
        },
        "actions": [{**action, "parameters": {**names, "alert_id": alert_id}}],
    }  # fmt: skip


def _until(done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_SECONDS
    while not done():
        if time.monotonic() > deadline:
            raise SystemExit("a containment did not end")
        time.sleep(0.05)


def _seconds(text: str) -> float:
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
