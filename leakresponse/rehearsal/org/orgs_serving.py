"""One org on its two ports: http and https at once, in the loop of the process."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.app import make_app
from leakresponse.rehearsal.org.build import STORE
from leakresponse.rehearsal.org.logs import HourTimer
from leakresponse.rehearsal.org.store import Store
from leakresponse.rehearsal.org.world import World

#: Fact of the store: the ports that the org had last, by scheme.
PORTS = "ports"


class Server(uvicorn.Server):
    """One of the servers in one loop: signals are taken once, by the loop."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals alone."""
        yield


@dataclass(slots=True)
class Running:
    """A served org; `tasks` end when its servers do."""

    world: World
    servers: tuple[Server, ...]
    timer: HourTimer
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def stop(self) -> None:
        """Ask the servers to end; asked twice, they do not wait for open requests."""
        for server in self.servers:
            server.force_exit = server.should_exit
            server.should_exit = True

    async def end(self) -> None:
        """Stop, wait, and close the org's files."""
        self.stop()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await asyncio.to_thread(close, self.world, self.timer)


def close(world: World, timer: HourTimer | None = None) -> None:
    """Close what an org holds open."""
    if timer is not None:
        timer.stop()
    world.bulk.stop()
    world.cursors.close()
    world.store.close()


def listen(port: int) -> socket.socket:
    """A listening socket of the loopback. Raises BadInput where the port cannot be had."""
    # The protocol is named, because asyncio turns delays off (TCP_NODELAY) only on sockets that name it.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(("127.0.0.1", port))
        listener.listen(512)
    except (OSError, OverflowError):
        listener.close()
        raise BadInput(f"port {port} is in use or cannot be had") from None
    return listener


def sockets_of(port: int, scheme: str) -> dict[str, socket.socket]:
    """The wanted port for the wanted scheme, a free one for the other. Raises BadInput where it is taken."""
    twin = "http" if scheme == "https" else "https"
    return {scheme: listen(port), twin: listen(0)}


def sockets_again(world: World, scheme: str) -> dict[str, socket.socket]:
    """The ports that the org had before, so that clients find it again; free ones where they are taken."""
    before: dict[str, int] = world.store.fact(PORTS, {})
    twin = "http" if scheme == "https" else "https"
    return {name: _listen_again(before.get(name, 0)) for name in (scheme, twin)}


def _listen_again(port: int) -> socket.socket:
    try:
        return listen(port)
    except BadInput:
        return listen(0)


def keep_ports(state: Path, ports: Mapping[str, int]) -> None:
    """Let the org of a folder, which is not open, ask for these ports when it is served."""
    store = Store(state / STORE)
    store.keep_fact(PORTS, dict(ports))
    store.close()


async def start(world: World, sockets: Mapping[str, socket.socket]) -> Running:
    """Serve an org on its sockets; it answers when this returns."""
    ports = {name: one.getsockname()[1] for name, one in sockets.items()}
    world.urls = [f"{name}://127.0.0.1:{port}" for name, port in ports.items()]
    world.urls += [url.replace("127.0.0.1", "localhost") for url in world.urls]
    world.store.keep_fact(PORTS, ports)
    servers = servers_of(world)
    running = Running(world, tuple(servers.values()), HourTimer(world.logs))
    running.timer.start()
    running.tasks = [asyncio.create_task(server.serve([sockets[name]])) for name, server in servers.items()]
    while not all(server.started for server in running.servers):
        if any(task.done() for task in running.tasks):
            break
        await asyncio.sleep(0.005)
    return running


def servers_of(world: World) -> dict[str, Server]:
    """Two servers of one application, by scheme."""
    app = make_app(world)
    common: dict[str, Any] = {
        "log_level": "warning", "access_log": False, "lifespan": "off", "timeout_keep_alive": 75,
        "server_header": False, "date_header": False, "backlog": 512, "timeout_graceful_shutdown": 3,
    }  # fmt: skip
    secure: dict[str, Any] = {
        "ssl_certfile": str(world.tls / "server.pem"),
        "ssl_keyfile": str(world.tls / "server.key"),
    }
    return {
        "http": Server(uvicorn.Config(app, **common)),
        "https": Server(uvicorn.Config(app, **common, **secure)),
    }
