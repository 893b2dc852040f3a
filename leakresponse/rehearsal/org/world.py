"""One running org: its store, clock, logs and reading of disputed facts, handed to everything that answers calls."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from leakresponse.rehearsal.org.clock import Clock
from leakresponse.rehearsal.org.logs import Logbook
from leakresponse.rehearsal.org.store import Store

if TYPE_CHECKING:
    from leakresponse.rehearsal.org.bulk import BulkRunner
    from leakresponse.rehearsal.org.cursors import Cursors

#: Where Salesforce's sources contradict each other: what helps the attacker, or the other (containment facts).
Reading = Literal["attacker", "lenient"]
#: The first user of every org, who files logs and owns what no person made.
SYSTEM_USER_NUMBER = 1


@dataclass(slots=True)
class World:
    """What belongs to one org. `urls` are the addresses that it answers under."""

    state: Path
    store: Store
    clock: Clock
    logs: Logbook
    org_id: str
    org_name: str
    system_user: str
    reading: Reading = "attacker"
    urls: list[str] = field(default_factory=list)
    cursors: Cursors = field(init=False)
    bulk: BulkRunner = field(init=False)
    calls: int = 0

    @property
    def lenient(self) -> bool:
        """Whether disputed facts are read the way that helps the defender."""
        return self.reading == "lenient"
