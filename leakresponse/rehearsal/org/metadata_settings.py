"""Settings by deploy: kept, and some of them act.

`SecuritySettings.sessionSettings.enforceIpRangesEveryRequest` holds every request to the login ranges (Metadata API
guide, SecuritySettings).
"""

from __future__ import annotations

from leakresponse.rehearsal.org import metadata_event_settings
from leakresponse.rehearsal.org.login_ranges import EVERY_REQUEST
from leakresponse.rehearsal.org.metadata_kinds import Kind, Outcome, Run, stored_tree
from leakresponse.rehearsal.org.metadata_xml import Element, said, tree, truth
from leakresponse.rehearsal.org.world import World

_SECURITY = "Security"


def apply_settings(run: Run, _name: str, root: Element) -> Outcome:
    """Let the settings count."""
    every = said(root, "sessionSettings/enforceIpRangesEveryRequest")
    if root.tag == "SecuritySettings" and every:
        run.world.store.keep_fact(EVERY_REQUEST, truth(every))
        run.trail("changedEnforceIpRanges", "Session Settings", f"Enforce login IP ranges on every request: {every}")
    if root.tag == metadata_event_settings.TAG:
        metadata_event_settings.apply_event_settings(run, root)
    return Outcome()


def read_settings(world: World, name: str) -> Element | None:
    """What the org knows of itself, else what was last deployed."""
    if name == metadata_event_settings.NAME:
        return metadata_event_settings.read_event_settings(world)
    kept = stored_tree(world, "Settings", name)
    if kept is None and name == _SECURITY:
        every = tree("sessionSettings", [("enforceIpRangesEveryRequest", bool(world.store.fact(EVERY_REQUEST)))])
        kept = Element("SecuritySettings")
        kept.append(every)
    return kept


def settings_names(_world: World) -> list[str]:
    """Settings that every org has."""
    return [metadata_event_settings.NAME, _SECURITY]


KINDS = (Kind("Settings", "settings", "settings", apply=apply_settings, read=read_settings, names=settings_names),)
