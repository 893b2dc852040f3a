"""The tabletop scenarios: what each one plays, and how far the pipeline answers it."""

from __future__ import annotations

from collections.abc import Mapping

_IDS = ("T01", "T02", "T04", "T05", "T06", "T07", "T08", "T09", "T11", "T12", "T14", "T15")
#: Module of each scenario: `act(connection, state)`, perhaps `prepare(world)` before it.
MODULES: Mapping[str, str] = {name: f"leakresponse.rehearsal.scenarios.{name.lower()}" for name in _IDS}
#: Scenarios that are answered to the end; the others as far as the scope, or as containment.
WHOLE = frozenset({"T01"})
#: Scenarios of credentials that lay open in code: `--only rotation`.
ROTATED = frozenset({"T11"})
#: Scenarios whose scope is answered: `--only scope`.
SCOPED = frozenset({"T01", "T02", "T04", "T05", "T08", "T09", "T12", "T14", "T15"})
