"""`settings/Event.settings`: whether log files are written, and for how many days they are kept.

Metadata API guide, EventSettings: `enableEventLogGeneration`, `eventLogRetentionDuration` (30 to 365; log notes,
"Completeness"). An org without the add-on has no duration of its own to tell.
"""

from __future__ import annotations

from dataclasses import replace

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org.metadata_kinds import ComponentRefused, Run
from leakresponse.rehearsal.org.metadata_xml import Element, said, tree, truth
from leakresponse.rehearsal.org.retention import keep_settings, settings
from leakresponse.rehearsal.org.world import World

NAME, TAG = "Event", "EventSettings"
_GENERATION, _DURATION = "enableEventLogGeneration", "eventLogRetentionDuration"


def apply_event_settings(run: Run, root: Element) -> None:
    """Let the settings count. Raises ComponentRefused for a duration that Salesforce does not offer."""
    known = settings(run.world.store)
    generation, days = said(root, _GENERATION), said(root, _DURATION)
    try:
        wanted = replace(
            known,
            generation=known.generation if generation is None else truth(generation),
            retention_days=known.retention_days if days is None else int(days),
        )
        keep_settings(run.world.store, wanted, run.call.now)
    except (BadInput, ValueError):
        raise ComponentRefused(f"Invalid value specified for {_DURATION}: {days}") from None
    run.trail("changedEventSettings", "Event Manager", f"Event log files: {wanted.generation}, {days or 'same'} days")


def read_event_settings(world: World) -> Element:
    """The settings as they are."""
    known = settings(world.store)
    parts: list[tuple[str, object]] = [(_GENERATION, str(known.generation).lower())]
    return tree(TAG, [*parts, *([(_DURATION, known.retention_days)] if known.add_on else [])])
