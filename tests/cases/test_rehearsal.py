"""T01 from the attack to the scorecard; and the scoring can fail: a pipeline broken on purpose does not pass."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import call, clean_environment

PEOPLE = "1500"
#: Each breaks one step before the command runs.
BREAKS = {
    "scope": (
        "import leakresponse.core.exposure as e\n"
        "e.bulk_reads = lambda rows: iter(())\n"
        "e.unique_query_reads = lambda rows, found: []\n"
    ),
    "containment": (
        "import tasks.containment_proof as p\n"
        "from leakresponse.adapters.salesforce.cuts import Proof\n"
        "from leakresponse.adapters.salesforce.cuts.tokens import RevokeToken\n"
        "honest, seen = RevokeToken.act, []\n"
        "def skip_the_fifth(self, hands, handle):\n"
        "    seen.append(handle)\n"
        "    return {'already': True} if len(seen) == 5 else honest(self, hands, handle)\n"
        "RevokeToken.act = skip_the_fifth\n"
        "p.prove_many = lambda cut, hands, targets, n: {one: Proof(True, 'taken on trust') for one in targets}\n"
        "p._late = lambda now, done, thorough: []\n"
    ),
}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    out = tmp_path_factory.mktemp("rehearsal") / "T01"
    done = call("rehearse", "T01", "--people", PEOPLE, "--seed", "7", "--out", str(out), "--json", timeout=900)
    assert done.stdout, done.stderr[-3000:]
    return out, done.returncode, json.loads(done.stdout)


def test_every_score_passes(rehearsed):
    _out, code, result = rehearsed
    assert {name: score["passed"] for name, score in result["scores"].items()} == dict.fromkeys(result["scores"], True)
    assert result["passed"] is True
    assert code == 0


def test_people_and_elements_are_exact(rehearsed):
    scope = rehearsed[2]["scores"]["scope"]
    names = ("people_precision", "people_recall", "element_precision", "element_recall")
    assert [scope[name] for name in names] == [1.0, 1.0, 1.0, 1.0]


def test_every_path_is_dead_and_nothing_else_is_cut(rehearsed):
    containment = rehearsed[2]["scores"]["containment"]
    assert containment["paths_total"] == containment["paths_dead"] > 20
    assert containment["wrongly_cut"] == 0


def test_no_notice_is_missing_or_doubled(rehearsed):
    notices = rehearsed[2]["scores"]["notices"]
    assert notices["due"] > 0
    assert (notices["missing"], notices["duplicates"]) == (0, 0)


def test_the_contracts_names_are_all_there(rehearsed):
    result = rehearsed[2]
    assert {"scenario", "seed", "people", "passed", "case_dir", "scores", "clock"} <= set(result)
    assert set(result["scores"]) >= {"detection", "containment", "rotation", "scope", "law", "notices", "evidence"}
    clock = ("alert_to_first_cut_s", "alert_to_contained_s", "alert_to_scope_s", "alert_to_notices_ready_s")
    assert set(clock) <= set(result["clock"])


def test_a_finished_rehearsal_is_reported_again(rehearsed):
    out, _code, result = rehearsed
    again = call("rehearse", "T01", "--people", PEOPLE, "--seed", "7", "--out", str(out), "--json", timeout=120)
    assert json.loads(again.stdout) == result


def test_the_case_folder_is_whole(rehearsed):
    case = Path(rehearsed[2]["case_dir"])
    names = {"case.json", "alert.json", "events.parquet", "exposures.parquet", "people.parquet", "obligations.json"}
    assert names | {"notices.parquet", "quality", "evidence", "report.html", "report.pdf", "manifest.json"} <= {
        p.name for p in case.iterdir()
    }
    assert call("evidence", "verify", str(case)).returncode == 0


def test_the_report_says_that_it_is_a_rehearsal(rehearsed):
    assert "on a simulated org" in (Path(rehearsed[2]["case_dir"]) / "report.html").read_text()


def test_the_secrets_in_the_exposed_text_are_listed_by_fingerprint(rehearsed):
    out, _code, result = rehearsed
    found = json.loads((Path(result["case_dir"]) / "secrets.json").read_text())
    planted = json.loads((out / "org/answer/answer.json").read_text())["secrets"]
    assert {f["record_id"] for f in found} == {p["record_id"] for p in planted}
    assert {f["fingerprint"] for f in found} == {p["fingerprint"] for p in planted}


@pytest.mark.parametrize(
    "step", [pytest.param(one, marks=[] if one == "containment" else pytest.mark.torture) for one in BREAKS]
)
def test_a_broken_step_fails_its_score(step, tmp_path):
    command = [sys.executable, "-c", _broken(BREAKS[step]), "rehearse", "T01", "--people", "400"]
    command += ["--out", str(tmp_path / "T01"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=900, env=clean_environment())
    assert done.stdout, done.stderr[-3000:]
    result = json.loads(done.stdout)
    assert done.returncode == 1
    assert result["passed"] is False
    assert result["scores"][step]["passed"] is False


def _broken(change: str) -> str:
    """A command line whose step breaks once Prefect is pointed at the run's own server, as the command does first."""
    lines = "\n".join(f"    {line}" for line in change.splitlines())
    return (
        "import sys\n"
        "from leakresponse.services import local\n"
        "honest_wait = local.await_server\n"
        "def wait_then_break(*a):\n"
        "    honest_wait(*a)\n"
        f"{lines}\n"
        "local.await_server = wait_then_break\n"
        "from leakresponse.cli import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
