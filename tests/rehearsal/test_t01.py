"""T01 played on the real simulated org: what it leaves behind, and that an org without a response fails the score."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from leakresponse.core import detections
from leakresponse.core import events as model
from leakresponse.core.events_csv import read_elf_csv
from leakresponse.rehearsal import probes
from leakresponse.rehearsal.answer import read_answer
from leakresponse.rehearsal.scenarios.t01 import RECON_ADDRESS, THEFT_ADDRESS
from leakresponse.rehearsal.scoring import score_containment

PEOPLE = 300


@pytest.fixture(scope="module")
def org(tmp_path_factory):
    """An org on which T01 was played: its state folder and connection."""
    state = tmp_path_factory.mktemp("t01") / "org"
    command = [sys.executable, "-m", "leakresponse.rehearsal.org.main", "--port", "0", "--people", str(PEOPLE)]
    command += ["--seed", "3", "--scenario", "T01", "--state", str(state), "--with-parent", str(os.getpid())]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while not (state / "connection.json").exists():
        assert process.poll() is None, "the org ended before it was ready"
        assert time.monotonic() < deadline
        time.sleep(0.1)
    yield state, json.loads((state / "connection.json").read_text())
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="module")
def sealed(org):
    return read_answer(org[0] / "answer")


@pytest.fixture(scope="module")
def events(org):
    """The log files of twelve days and of the types that this module looks at, as the pipeline normalises them."""
    parts = []
    since = f"{datetime.now(UTC) - timedelta(days=12):%Y%m%d}"
    for path in sorted((org[0] / "logs").glob("*.csv")):
        with path.open() as lines:
            next(lines)
            kind, stamp = next(lines).replace('"', "").split(",")[:2]
        if stamp >= since and kind in ("Login", "BulkApi2", "BulkApiRequest", "ApiTotalUsage"):
            parts.append(model.normalise_elf(kind, read_elf_csv(path), path.stem).events)
    return model.deduplicate(model.concat_events(parts))


def test_every_customer_and_case_was_read(sealed):
    answer, reads, people = sealed
    counts = reads["object"].value_counts()
    assert counts["Contact"] == next(job["rows"] for job in answer.jobs if job["object"] == "Contact")
    assert counts["Case"] == next(job["rows"] for job in answer.jobs if job["object"] == "Case")
    assert counts["User"] == 20
    assert "Lead" not in counts
    assert 0.85 * PEOPLE < len(people) <= PEOPLE


def test_the_last_act_lies_six_hours_back_and_the_first_five_days(sealed):
    answer = sealed[0]
    last, first = datetime.fromisoformat(answer.last_act), datetime.fromisoformat(answer.first_act)
    assert timedelta(hours=5, minutes=50) < datetime.now(UTC) - last < timedelta(hours=6, minutes=15)
    assert timedelta(days=4) < last - first < timedelta(days=5)


def test_both_jobs_were_deleted_after_24_seconds(sealed, events):
    bulk = events[events["event_type"] == "BulkApi2"]
    for job in sealed[0].jobs:
        rows = bulk[bulk["job_id"].str[:15] == job["job_id"][:15]].set_index("job_status")["timestamp"]
        deleted = rows[[status for status in rows.index if "delet" in status.lower()]].iloc[0]
        completed = rows[[status for status in rows.index if "complete" in status.lower()]].iloc[-1]
        assert 23 <= (deleted - completed).total_seconds() <= 30


def test_six_logins_came_from_two_networks(events):
    logins = events[(events["event_type"] == "Login") & events["client_ip"].isin((RECON_ADDRESS, THEFT_ADDRESS))]
    assert len(logins) == 6
    assert set(logins["operation"]) == {"oauthrefreshtoken"}


def test_the_decoys_acted_in_the_same_days(events, sealed):
    start = datetime.fromisoformat(sealed[0].first_act)
    during = events[events["timestamp"] > start]
    assert (during["client_ip"] == "203.0.113.40").any()
    nightly = during[during["client_ip"].str.startswith("52.32.118.") & (during["event_type"] == "BulkApi2")]
    assert nightly["job_id"].nunique() >= 4
    assert not nightly["job_status"].str.lower().str.contains("delet").any()


def test_the_detections_find_the_theft_and_nothing_else(events, sealed):
    findings = detections.detect(events)
    assert findings
    addresses = {p.value for one in findings for p in one.principals if p.kind == "address"}
    apps = {p.value for one in findings for p in one.principals if p.kind == "connected_app"}
    assert addresses <= set(sealed[0].addresses)
    assert apps == {"Drift"}


def test_every_user_of_the_app_has_a_stolen_token(sealed):
    paths = sealed[0].paths
    assert len(paths.refresh_tokens) == 25
    assert len({one["username"] for one in paths.refresh_tokens}) == 25
    assert len(paths.access_tokens) == 6


def test_secrets_are_in_the_answer_by_fingerprint_only(org, sealed):
    text = (org[0] / "answer" / "answer.json").read_text()
    assert len(sealed[0].secrets) == 40
    assert "AKIA" not in text


def test_without_a_response_the_doors_stand_open_and_the_score_fails(org, sealed):
    answer = sealed[0]
    doors = probes.try_doors(org[1], answer)
    by_kind = {kind: [d.open for d in doors if d.kind == kind] for kind in ("refresh_token", "access_token", "key")}
    assert all(by_kind["refresh_token"])
    assert all(by_kind["key"])
    assert any(by_kind["access_token"])
    key = next(Path(i["private_key_file"]) for i in org[1]["integrations"] if "nightly" in i["username"])
    honest = probes.try_honest(org[1], answer.decoys, lambda _name: key.read_text())
    assert all(one.works for one in honest)
    assert len(honest) == len(answer.decoys) >= 4
    claimed = {"phases": {"contain": {"contained_at": "2026-11-20T08:00:00+00:00"}}}
    result = score_containment(doors, honest, claimed)
    assert result["false_claim"]
    assert not result["passed"]


def test_the_answer_is_for_its_owner_only(org):
    for path in (org[0] / "answer").iterdir():
        assert path.stat().st_mode & 0o077 == 0
