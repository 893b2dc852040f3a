"""Whether and how long log files are kept, by deploy and by retrieve."""

from __future__ import annotations

import pytest

from leakresponse.rehearsal.org import metadata_runs, retention
from leakresponse.rehearsal.org.metadata_settings import read_settings
from tests.support.metadata_deploys import component, deployed, problems
from tests.support.served_org import Served


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys end as soon as anybody looks."""
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)


def deploy(org: Served, inside: str) -> list[str]:
    files = {"settings/Event.settings": component("EventSettings", inside)}
    return problems(deployed(org.responder(), {"Settings": ["Event"]}, files))


def test_a_deploy_changes_how_long_files_are_kept(org: Served) -> None:
    inside = "<enableEventLogGeneration>true</enableEventLogGeneration>"
    assert deploy(org, f"{inside}<eventLogRetentionDuration>180</eventLogRetentionDuration>") == []
    assert retention.settings(org.world.store).retention_days == 180
    found = read_settings(org.world, "Event")
    assert found is not None
    assert (found.findtext("eventLogRetentionDuration"), found.findtext("enableEventLogGeneration")) == ("180", "true")


@pytest.mark.parametrize("days", ["7", "400", "long"])
def test_other_durations_fail_the_deploy(org: Served, days: str) -> None:
    before = retention.settings(org.world.store)
    assert len(deploy(org, f"<eventLogRetentionDuration>{days}</eventLogRetentionDuration>")) == 1
    assert retention.settings(org.world.store) == before
