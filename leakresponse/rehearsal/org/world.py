"""One running org: its store, clock, logs and reading of disputed facts, handed to everything that answers calls.

Nothing here is shared between the orgs of one process but `orgs`, the set of them all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leakresponse.rehearsal.org.brands import PRODUCTION, Brand
from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.faults import Faults
from leakresponse.rehearsal.org.logs import Logbook
from leakresponse.rehearsal.org.schema_tooling import tooling_view
from leakresponse.rehearsal.org.schema_types import Schema
from leakresponse.rehearsal.org.store import Store

if TYPE_CHECKING:
    from leakresponse.rehearsal.org.bulk import BulkRunner
    from leakresponse.rehearsal.org.cursors import Cursors
    from leakresponse.rehearsal.org.orgs import Orgs
    from leakresponse.rehearsal.org.permissions import Held

#: Where Salesforce's sources contradict each other: what helps the attacker, or the other (containment facts).
Reading = Literal["attacker", "lenient"]
#: The first user of every org, who files logs and owns what no person made.
SYSTEM_USER_NUMBER = 1


@dataclass(slots=True)
class World:
    """What belongs to one org. `urls` are the addresses that it answers under.

    `sandbox` is the sandbox's name, empty in an org that is none; `is_sandbox` is what Organization.IsSandbox says, and
    an org that is served alone says so too. `tls` is the folder of the certificates, one for all orgs of a process;
    `tracked` is true in a sandbox that tracks its sources.
    """

    state: Path
    store: Store
    clock: Clock
    logs: Logbook
    org_id: str
    org_name: str
    system_user: str
    reading: Reading = "attacker"
    urls: list[str] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    cursors: Cursors = field(init=False)
    bulk: BulkRunner = field(init=False)
    calls: int = 0
    brand: Brand = PRODUCTION
    sandbox: str = ""
    is_sandbox: bool = True
    tls: Path = Path()
    tracked: bool = False
    orgs: Orgs | None = None
    _tooling: tuple[Schema, Schema] | None = None
    #: What users may do, remembered with the version of access it was true of.
    held: dict[str, tuple[int, Held]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.logs.wants = self.faults.wants

    @property
    def tooling(self) -> Schema:
        """What the Tooling API sees of this org."""
        if self._tooling is None or self._tooling[0] is not self.store.schema:
            self._tooling = (self.store.schema, tooling_view(self.store.schema, bool(self.sandbox), self.tracked))
        return self._tooling[1]

    @property
    def lenient(self) -> bool:
        """Whether disputed facts are read the way that helps the defender."""
        return self.reading == "lenient"

    @property
    def name(self) -> str:
        """What the org is called among the orgs of its process: `production`, `outlet`, `production--dev`."""
        return f"{self.brand.name}--{self.sandbox}" if self.sandbox else self.brand.name

    @property
    def my_domain(self) -> str:
        """The host that Salesforce would serve it under; nothing listens there."""
        return self.brand.host(self.sandbox)

    def username(self, user: str) -> str:
        """The username of one of the cast in this org; a sandbox adds its name (salesforce_api.md section 9)."""
        return f"{user}@{self.brand.domain}{f'.{self.sandbox.lower()}' if self.sandbox else ''}"
