"""Every org of one process: the main one in the state folder itself, the others in `orgs/NAME` below it.

Each has its own id, keys, users, tokens, data, log files and ports; a token of one is unknown to the others. What they
share is the process, the certificate authority, and that a sandbox is made from the org beside it. Orgs can be added
while the process serves: `launch` and `retire` may be called from any thread.
"""

from __future__ import annotations

import asyncio
import shutil
import socket
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org import sandbox_work, sandboxes
from leakresponse.rehearsal.org.brands import BRANDS, PRODUCTION, SANDBOX
from leakresponse.rehearsal.org.build import CONNECTION, Sources, build, connection, reopen, write_connection
from leakresponse.rehearsal.org.faults_model import Rule
from leakresponse.rehearsal.org.faults_orders import begin
from leakresponse.rehearsal.org.orgs_serving import PORTS, Running, close, keep_ports, sockets_again, start
from leakresponse.rehearsal.org.retention import ORDINARY, LogOptions
from leakresponse.rehearsal.org.sandbox_work import NEXT
from leakresponse.rehearsal.org.world import Reading, World

FOLDER = "orgs"
#: Longest wait for an org that is launched from another thread, in seconds.
LAUNCH_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Plan:
    """What to serve: which orgs, the main one first, how large each is, and how they read disputed facts."""

    people: int
    seed: int
    names: tuple[str, ...] = (PRODUCTION.name,)
    reading: Reading = "attacker"
    sources: Sources | None = None
    logs: LogOptions = ORDINARY


@dataclass(slots=True)
class Orgs:
    """The orgs of one process, the main one first. `scheme` is that of the addresses which connection files tell."""

    state: Path
    scheme: str
    say: Callable[[str], None] = lambda _words: None
    worlds: dict[str, World] = field(default_factory=dict)
    rules: list[Rule] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)
    _running: dict[str, Running] = field(default_factory=dict)
    _loop: asyncio.AbstractEventLoop | None = None

    @property
    def main(self) -> World:
        """The org of the state folder itself."""
        return next(iter(self.worlds.values()))

    def prepare(self, plan: Plan) -> None:
        """Make or reopen every org of the plan, and every other that the folder holds."""
        first, *more = plan.names
        alone = not more and not (self.state / FOLDER).exists()
        self._build(plan, self.state, first, alone)
        for name in more:
            if name in BRANDS and name != self.main.brand.name:
                self._build(plan, self.folder(name), name, False)
        self._reopen(plan.reading)
        if SANDBOX in more and not sandboxes.named(self.main, SANDBOX):
            self.say("making a sandbox")
            sandboxes.order_first(self.main, SANDBOX)

    def _build(self, plan: Plan, folder: Path, name: str, is_sandbox: bool) -> None:
        tls = self.main.tls if self.worlds else None
        made = build(
            folder, plan.people, plan.seed, plan.reading, plan.sources, self.say, BRANDS[name], is_sandbox, tls,
            plan.logs,
        )  # fmt: skip
        self.add(made)

    def _reopen(self, reading: Reading) -> None:
        """Bring back what earlier processes made; an unfinished org goes, and is made anew by whoever ordered it."""
        for folder in sorted((self.state / FOLDER).glob("*")):
            if folder.name in self.worlds:
                continue
            world = None if folder.name.endswith(NEXT) else reopen(folder, reading, self.main.tls)
            if world is not None:
                self.add(world)
            elif not folder.name.endswith(NEXT):
                shutil.rmtree(folder, ignore_errors=True)

    def folder(self, name: str) -> Path:
        """Where an org other than the main one keeps itself."""
        return self.state / FOLDER / name

    def add(self, world: World) -> None:
        """Take an org in; it is served from the next `run` or `launch` on, and suffers what the others do."""
        world.orgs = self
        if self.rules:
            begin(world, self.rules)
        self.worlds[world.name] = world

    def order_faults(self, rules: list[Rule]) -> None:
        """From now on every org suffers these orders, those made later too."""
        self.rules = rules
        for world in list(self.worlds.values()):
            begin(world, rules)

    async def run(self, sockets: Mapping[str, socket.socket], ready: Callable[[], Any]) -> None:
        """Serve every org until stopped, the main one on these sockets; `ready` is awaited beside."""
        self._loop = asyncio.get_running_loop()
        preparing: asyncio.Task[Any] | None = None
        try:
            for name, world in list(self.worlds.items()):
                own = sockets if world is self.main else sockets_again(world, self.scheme)
                self._running[name] = await start(world, own)
            preparing = asyncio.create_task(ready())
            for world in list(self.worlds.values()):
                sandbox_work.resume(world)
            await asyncio.gather(*self._running[self.main.name].tasks)
        finally:
            self.stop()
            if preparing is not None:
                preparing.cancel()
            await asyncio.gather(*(one.end() for one in list(self._running.values())), return_exceptions=True)

    def stop(self) -> None:
        """Ask every server to end; asked twice, they do not wait."""
        self.stopping.set()
        for one in list(self._running.values()):
            one.stop()

    def launch(self, world: World) -> None:
        """Serve one more org; called from a thread that is not the loop's. Before `run`, the org only waits for it."""
        self.add(world)
        if self._loop is None:
            return
        asyncio.run_coroutine_threadsafe(self._launch(world), self._loop).result(LAUNCH_SECONDS)
        self.tell(world)

    async def _launch(self, world: World) -> None:
        self._running[world.name] = await start(world, sockets_again(world, self.scheme))

    def retire(self, name: str) -> None:
        """Stop serving an org and remove all that it kept; called from a thread that is not the loop's."""
        known = self.worlds.pop(name, None)
        running = self._running.pop(name, None)
        if running is not None and self._loop is not None:
            asyncio.run_coroutine_threadsafe(running.end(), self._loop).result(LAUNCH_SECONDS)
        elif known is not None:
            close(known)
        shutil.rmtree(self.folder(name), ignore_errors=True)
        if known is not None and (self.state / CONNECTION).exists():
            self.tell(self.main)

    def replace(self, name: str, folder: Path) -> None:
        """Put what a folder holds in the place of an org, which answers on its old ports when it is launched."""
        known = self.worlds.get(name)
        ports = known.store.fact(PORTS, {}) if known else {}
        self.retire(name)
        if ports:
            keep_ports(folder, ports)
        folder.replace(self.folder(name))

    def tell(self, changed: World | None = None) -> dict[str, Any]:
        """Write the connection file of every org, the main one's last; the answer is the main one's."""
        for world in list(self.worlds.values()):
            if world is not self.main and world.urls and changed in (None, world):
                write_connection(world.state, connection(world, self.scheme))
        facts = {**connection(self.main, self.scheme), "orgs": self.listed()}
        if changed is None or (self.state / CONNECTION).exists():
            write_connection(self.state, facts)
        return facts

    def listed(self) -> list[dict[str, Any]]:
        """Every served org: name, org_id, instance_url, where its connection file is, whether it is a sandbox."""
        return [
            {
                "name": world.name, "org_id": world.org_id, "instance_url": connection_url(world, self.scheme),
                "connection": str((world.state / CONNECTION).resolve()), "sandbox": world.is_sandbox,
            }
            for world in list(self.worlds.values())
            if world.urls
        ]  # fmt: skip


def connection_url(world: World, scheme: str) -> str:
    """The org's address under a scheme."""
    return next(url for url in world.urls if url.startswith(f"{scheme}://"))
