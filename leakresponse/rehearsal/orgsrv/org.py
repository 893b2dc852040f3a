"""One simulated org: its store, clock, logs and identity."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request

from leakresponse.rehearsal.orgsrv.clock import Clock
from leakresponse.rehearsal.orgsrv.logs import Logs
from leakresponse.rehearsal.orgsrv.store import Store


class Org:
    """What every endpoint works on."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.store = Store(state / "org.sqlite")
        self.clock = Clock()
        self.logs = Logs(self, state / "logs")
        self.bases: tuple[str, ...] = ()

    @property
    def org_id(self) -> str:
        """18 characters."""
        return str(self.store.meta("org_id"))

    @property
    def audiences(self) -> frozenset[str]:
        """Audiences that a JWT may name: the login hosts and our own addresses."""
        return frozenset({"https://login.salesforce.com", "https://test.salesforce.com", *self.bases})

    def instance_url(self, request: Request) -> str:
        """The address under which this caller reached us."""
        return f"{request.url.scheme}://{request.url.netloc}"
