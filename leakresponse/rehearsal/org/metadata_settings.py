"""Settings by deploy: kept, and one of them acts.

`SecuritySettings.sessionSettings.enforceIpRangesEveryRequest` holds every request to the login ranges (Metadata API
guide, SecuritySettings).
"""

from __future__ import annotations

from leakresponse.rehearsal.org.login_ranges import EVERY_REQUEST
from leakresponse.rehearsal.org.metadata_kinds import Kind, Outcome, Run
from leakresponse.rehearsal.org.metadata_xml import Element, said, truth


def apply_settings(run: Run, _name: str, root: Element) -> Outcome:
    """Let the settings count."""
    every = said(root, "sessionSettings/enforceIpRangesEveryRequest")
    if root.tag == "SecuritySettings" and every:
        run.world.store.keep_fact(EVERY_REQUEST, truth(every))
        run.trail("changedEnforceIpRanges", "Session Settings", f"Enforce login IP ranges on every request: {every}")
    return Outcome()


KINDS = (Kind("Settings", "settings", "settings", apply=apply_settings),)
