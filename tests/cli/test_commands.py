"""The commands that need no org, run as their users run them; and the README names nothing that does not exist."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from leakresponse.cli import DOES_NOT_HOLD, HOLDS, WRONG_CALL, main

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAK_RESPONSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


def test_residency_writes_one_answer_per_person(tmp_path):
    (tmp_path / "in.csv").write_text(
        "id,contact_mailing_city,contact_mailing_state,contact_mailing_postal\n1,Los Angeles,CA,90012\n2,,,\n"
    )
    call = ["residency", "--people", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out.csv")]
    assert main(call) == HOLDS
    head, *rows = (tmp_path / "out.csv").read_text().splitlines()
    assert head == "id,residency,candidates,confidence,review,flags,basis"
    assert [row.split(",")[1] for row in rows] == ["CA", "UNKNOWN"]


def test_assess_answers_the_contracts_document(tmp_path, capsys):
    head = "group_id,jurisdiction,count,elements,encrypted,key_taken\n"
    (tmp_path / "pop.csv").write_text(f"{head}g1,CA,600,name;ssn,false,false\ng2,UNKNOWN,3,name,false,false\n")
    facts = {
        "discovered_on": "2026-11-20", "determined_on": "2026-11-21", "event": "both", "harm_likely": True,
        "entity": {"role": "owner", "kind": "retailer", "source_of_breach": True}, "as_of": "2026-11-24",
    }  # fmt: skip
    (tmp_path / "facts.json").write_text(json.dumps(facts))
    call = ["assess", "--population", str(tmp_path / "pop.csv"), "--facts", str(tmp_path / "facts.json"), "--json"]
    assert main(call) == HOLDS
    answer = json.loads(capsys.readouterr().out)
    assert set(answer) == {"obligations", "services", "notice_rules"}
    due = {(o["jurisdiction"], o["recipient"]): o["due_on"] for o in answer["obligations"] if o["kind"] == "statutory"}
    assert due["CA", "individuals"] == "2026-12-20"
    assert {o["status"] for o in answer["obligations"] if o["jurisdiction"] == "UNKNOWN"} == {"review"}


def test_detect_counts_what_it_cannot_read(tmp_path, capsys):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "Login.csv").write_text(
        '"EVENT_TYPE","TIMESTAMP_DERIVED","USER_ID"\n"Login","2026-11-24T10:00:00.000Z","005"\n'
    )
    assert main(["detect", "--logs", str(tmp_path), "--json"]) == HOLDS
    found = json.loads(capsys.readouterr().out)
    assert (found["events_read"], found["events_rejected"], found["findings"]) == (1, 1, [])


def test_detect_reads_log_rows_that_come_as_json(tmp_path, capsys):
    row = {"EVENT_TYPE": "Login", "TIMESTAMP_DERIVED": "2026-11-24T10:00:00.000Z", "USER_ID": "005"}
    (tmp_path / "row.json").write_text(json.dumps(row))
    assert main(["detect", "--logs", str(tmp_path), "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out)["events_read"] == 1


def test_doctor_names_the_fix(capsys):
    assert main(["doctor", "--json"]) == DOES_NOT_HOLD
    found = json.loads(capsys.readouterr().out)
    assert found["ready"] is False
    assert [c["check"] for c in found["checks"] if not c["ok"]] == ["prefect"]
    assert all(c["fix"] for c in found["checks"] if not c["ok"])


def test_there_are_no_cases_at_first(capsys):
    assert main(["case", "list", "--json"]) == HOLDS
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("what", ["show", "resume"])
def test_a_case_that_is_not_there(what, capsys):
    assert main(["case", what, "case-0"]) == WRONG_CALL
    assert "case-0" in capsys.readouterr().err


def test_the_readme_names_only_commands_that_exist(capsys):
    named = set(re.findall(r"`leak-response ([a-z-]+)", README))
    assert named >= {
        "rehearse",
        "respond",
        "org",
        "alert",
        "case",
        "evidence",
        "detect",
        "residency",
        "assess",
        "doctor",
    }
    for command in named:
        with pytest.raises(SystemExit) as left:
            main([command, "--help"])
        assert left.value.code == 0
    capsys.readouterr()


def test_the_readme_names_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) - {"env"} <= targets


def test_the_readmes_links_lead_somewhere():
    for link in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / link).exists(), link


def test_ci_calls_the_readmes_test_command():
    assert (ROOT / ".ci/run").read_text().rstrip().endswith("\nmake test\nmake test-clients")
