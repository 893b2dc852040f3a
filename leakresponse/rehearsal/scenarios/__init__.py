"""The tabletop scenarios: what each one plays, and how far the pipeline answers it."""

from __future__ import annotations

from collections.abc import Mapping

#: Module of each scenario: `act(connection, state)`, perhaps `prepare(world)` before it.
MODULES: Mapping[str, str] = {
    name: f"leakresponse.rehearsal.scenarios.{name.lower()}" for name in ("T01", "T02", "T05", "T06", "T07")
}
#: Scenarios that are answered to the end; the others as far as containment.
WHOLE = frozenset({"T01"})
