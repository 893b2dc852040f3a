"""T15: the attack of T04 on an org without the Event Monitoring add-on, looked at in its twentieth hour.

Such an org has daily files of a few free types alone, and those of today come tomorrow (salesforce_api.md 5.1): what
was read can be bounded, not known. The answer is what the attacker really received, and `bounded` says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org.retention import EventSettings, keep_settings
from leakresponse.rehearsal.org.world import World
from leakresponse.rehearsal.scenarios import rest_drip
from leakresponse.rehearsal.scenarios.t04 import play

HOURS, QUIET = timedelta(hours=20), timedelta(minutes=2)


def prepare(world: World) -> None:
    """As in T04; the org never had the add-on."""
    rest_drip.prepare(world)
    keep_settings(world.store, EventSettings(add_on=False), world.clock.now())


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play twenty hours of it; the attack is still going on when the alert comes."""
    lost = "Without the add-on only logins and counts of calls are logged, by the day, and are shown for one day."
    play(connection, state, "T15", HOURS, QUIET, {"bounded": True, "lost": lost})
