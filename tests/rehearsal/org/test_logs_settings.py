"""Whether and how long log files are kept, by deploy and by retrieve."""

from __future__ import annotations

from pathlib import Path

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.rehearsal.org import main as org_main
from leakresponse.rehearsal.org import retention
from leakresponse.rehearsal.org.build import build
from leakresponse.rehearsal.org.metadata_settings import read_settings
from leakresponse.rehearsal.org.retention import LogOptions
from tests.support.metadata_deploys import component, deployed, problems
from tests.support.served_org import SMALL, Served

pytestmark = pytest.mark.usefixtures("deploys_at_once")


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


@pytest.mark.parametrize(("rows", "tier"), [(0, "paid"), (50_000_001, "paid"), (None, "gratis")])
def test_options_that_make_no_sense_are_refused(rows: int | None, tier: str) -> None:
    with pytest.raises(BadInput):
        org_main._log_options(rows, tier)


def test_an_org_without_the_add_on_is_made_so(tmp_path: Path) -> None:
    world = build(tmp_path / "state", 100, 1, sources=SMALL, logs=LogOptions(add_on=False))
    try:
        assert retention.settings(world.store).add_on is False
        assert world.store.schema.get("ApiEvent") is None
    finally:
        world.bulk.stop()
        world.store.close()
