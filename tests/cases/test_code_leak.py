"""T11 from the finder's report to the proof, as a user runs it: planned, with the real job going on all the while."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.processes import call


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    out = tmp_path_factory.mktemp("code") / "T11"
    done = call("rehearse", "T11", "--people", "250", "--seed", "5", "--only", "rotation", "--out", str(out), "--json",
                timeout=900)  # fmt: skip
    assert done.stdout, done.stderr[-3000:]
    return out, done.returncode, json.loads(done.stdout)


def test_every_score_passes(rehearsed):
    _out, code, result = rehearsed
    assert {name: score["passed"] for name, score in result["scores"].items()} == dict.fromkeys(result["scores"], True)
    assert code == 0
    assert result["scores"]["job"]["failed"] == 0 and result["scores"]["window"]["unknown_days"] == 371


def test_the_unknown_window_and_what_replaces_the_secret_are_said(rehearsed):
    case = Path(rehearsed[2]["case_dir"])
    words = (case / "code-leak.md").read_text()
    assert "in the 371 days before, no log tells" in words
    assert "returns.portal" in words and "#consumer_secret`" in words
    assert "salesforce refresh token" in words.partition("## Left to do")[2]


def test_no_value_is_in_the_case(rehearsed):
    out = rehearsed[0]
    ((_name, value, _tags),) = json.loads((out / "org" / "vault.json").read_text())
    hidden = [value[name].encode() for name in ("consumer_secret", "refresh_token")]
    seen = [path for path in (out / "case").rglob("*") if path.is_file()]
    seen += [path for part in ("logs", "prefect") for path in (out / part).rglob("*") if path.is_file()]
    seen += [out / "ledger.sqlite", out / "doubles" / "job.jsonl"]
    assert len(seen) > 10
    assert [path.name for path in seen if any(one in path.read_bytes() for one in hidden)] == []


def test_it_is_refused_any_other_way(tmp_path):
    refused = call("rehearse", "T11", "--out", str(tmp_path / "x"))
    assert refused.returncode == 2 and "--only rotation" in refused.stderr
    refused = call("rehearse", "T01", "--only", "rotation", "--out", str(tmp_path / "x"))
    assert refused.returncode == 2 and "not played with --only rotation" in refused.stderr
    assert not (tmp_path / "x").exists()
