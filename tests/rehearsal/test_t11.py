"""T11 on the real simulated org: what the repository holds, who logged in, and that the real job goes on."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from moto.server import ThreadedMotoServer

from leakresponse.adapters.code_scan import scan_history
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.code_secrets import CodeScan
from leakresponse.rehearsal import stage
from leakresponse.rehearsal.real_job import read_journal, run_once
from leakresponse.rehearsal.repository import Commit, make_repository
from leakresponse.rehearsal.scenarios.t11 import ADDRESSES, APP, DEEP, LOG_DAYS, PATH, REPOSITORY
from tests.support.acted import Acted, acted


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acted]:
    with acted(tmp_path_factory.mktemp("t11"), "T11") as found:
        yield found


@pytest.fixture(scope="module")
def scan(scene: Acted) -> CodeScan:
    return scan_history(scene.state / REPOSITORY)


def test_both_credentials_lie_deep_in_the_history_and_not_at_the_tip(scene: Acted, scan: CodeScan) -> None:
    found = {one.kind: one for one in scan.found if one.places[0].path == PATH}
    assert {kind: one.fingerprint for kind, one in found.items()} == scene.answer.extra["fingerprints"]
    assert scan.commits == DEEP + 3
    for one in found.values():
        (place,) = one.places
        assert place.removed_in and place.first_commit != place.last_commit
        assert datetime.now(UTC) - datetime.fromtimestamp(place.first_at, UTC) > timedelta(days=400)


def test_a_dead_secret_and_stand_ins_lie_beside_them(scene: Acted, scan: CodeScan) -> None:
    others = [one for one in scan.found if one.fingerprint not in scene.answer.extra["fingerprints"].values()]
    assert [(one.kind, one.places[0].path) for one in others] == [
        ("salesforce_consumer_secret", "connectors/old/settings.py")
    ]


def test_the_stranger_logged_in_three_times_and_the_job_far_more_often(scene: Acted) -> None:
    soql = "SELECT SourceIp, Application, LoginTime FROM LoginHistory"
    logins = [one for one in scene.rows(soql) if one["Application"] == APP]
    odd = [one for one in logins if one["SourceIp"] in ADDRESSES]
    assert len(odd) == 3 and len(logins) > 20 * len(odd)
    since = datetime.now(UTC) - timedelta(days=LOG_DAYS)
    assert all(datetime.fromisoformat(one["LoginTime"]) > since for one in odd)


def test_every_door_is_open_and_every_program_works(scene: Acted) -> None:
    assert {door.kind for door in scene.doors() if door.open} == {"refresh_token"}
    assert [one for one in scene.honest() if not one.works] == []
    assert APP not in {one["app"] for one in scene.answer.decoys}


def test_what_is_left_beside_the_org_is_for_its_owner_alone(scene: Acted) -> None:
    for name in ("vault.json", "job.json"):
        assert stat.S_IMODE((scene.state / name).stat().st_mode) == 0o600


@pytest.fixture
def vault(scene: Acted) -> Iterator[SecretsManager]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    made = SecretsManager("us-east-1", address, ("testing", "testing"))
    for name, value, tags in stage.scenario_secrets(scene.state, scene.connection):
        made.create(name, value, tags)
    yield made
    server.stop()


def test_the_real_job_takes_its_secret_from_the_vault_at_each_run(scene: Acted, vault: SecretsManager) -> None:
    job = SimpleNamespace(**json.loads((scene.state / "job.json").read_text()))
    good = run_once(scene.connection, vault, job.secret, job.address, job.agent)
    assert (good["failed"], good["key"]) == ("", scene.answer.extra["old_key"])
    vault.replace(job.secret, {**vault.read(job.secret), "consumer_secret": "0" * 64})
    bad = run_once(scene.connection, vault, job.secret, job.address, job.agent)
    assert bad["failed"].startswith("invalid_client")


def test_a_journal_that_a_kill_cut_short_is_read_to_its_last_whole_line(tmp_path) -> None:
    (tmp_path / "job.jsonl").write_text('{"at": "1"}\n{"at": "2"}\n{"at')
    assert [run["at"] for run in read_journal(tmp_path / "job.jsonl")] == ["1", "2"]
    assert read_journal(tmp_path / "none") == []


def test_a_history_is_made_with_the_dates_that_it_is_given(tmp_path) -> None:
    at = datetime(2025, 1, 2, tzinfo=UTC)
    secret = "client_secret = '" + "0A1B2C3D" * 8 + "'"
    make_repository(tmp_path / "made.git", [Commit(at, "one", "a.py", secret)])
    (found,) = scan_history(tmp_path / "made.git").found
    assert found.places[0].first_at == int(at.timestamp())
