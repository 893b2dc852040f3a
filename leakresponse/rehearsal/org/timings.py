"""The org's own response times: how long it took to answer, so that a client's total can be set beside the floor.

What a client needs at least is the sum of these times divided by how many calls it may have open at once.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from leakresponse.rehearsal.org.serving import json_response

PATH = "/simulation/timings"


@dataclass(slots=True)
class Timings:
    """Calls answered and seconds spent on them since the last reset; the simulation's own addresses do not count."""

    calls: int = 0
    seconds: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, seconds: float) -> None:
        """One call more."""
        with self._lock:
            self.calls += 1
            self.seconds += seconds

    def take(self) -> dict[str, float]:
        """What has been counted, and back to nothing."""
        with self._lock:
            found = {"calls": self.calls, "seconds": self.seconds}
            self.calls, self.seconds = 0, 0.0
        return found


class TimedLayer:
    """Stands before an application and takes the time of every call until its last byte."""

    def __init__(self, inner: ASGIApp, timings: Timings) -> None:
        self._inner, self._timings = inner, timings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the call on."""
        if scope["type"] != "http" or scope["path"].startswith("/simulation/"):
            await self._inner(scope, receive, send)
            return
        begun = time.perf_counter()
        try:
            await self._inner(scope, receive, send)
        finally:
            self._timings.add(time.perf_counter() - begun)


def route(timings: Timings) -> Route:
    """`POST /simulation/timings`: calls and seconds since the last time this was asked."""

    async def take(_request: Request) -> Response:
        return json_response(timings.take())

    return Route(PATH, take, methods=["POST"])
