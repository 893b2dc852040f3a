"""Bad input: one clear line on stderr, exit code 2, nothing half made."""

from __future__ import annotations

import json
import socket

import pytest

from leakresponse.cli import WRONG_CALL, main


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAK_RESPONSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return tmp_path / "home"


def refused(capsys, *arguments: str) -> str:
    assert main(list(arguments)) == WRONG_CALL
    captured = capsys.readouterr()
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1
    assert captured.out == ""
    return lines[0]


def test_an_unknown_scenario(capsys, tmp_path):
    line = refused(capsys, "rehearse", "T99", "--out", str(tmp_path / "out"))
    assert "T99" in line
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_somebody_elses(capsys, tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    line = refused(capsys, "rehearse", "T01", "--people", "200", "--out", str(tmp_path))
    assert "empty folder" in line
    assert [p.name for p in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_cannot_be_written(capsys, tmp_path):
    (tmp_path / "file").write_text("")
    line = refused(capsys, "rehearse", "T01", "--people", "200", "--out", str(tmp_path / "file" / "out"))
    assert "cannot be written" in line


def test_another_rehearsal_in_the_folder(capsys, tmp_path):
    held = {"scenario": "T01", "people": 200, "seed": 1}
    (tmp_path / "rehearsal.json").write_text(json.dumps(held))
    assert "another rehearsal" in refused(
        capsys, "rehearse", "T01", "--people", "200", "--seed", "2", "--out", str(tmp_path)
    )


def test_a_used_port(capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        assert "in use" in refused(capsys, "up", "--port", str(taken.getsockname()[1]))


def test_a_malformed_alert_is_refused_and_yet_kept(capsys, tmp_path, home):
    (tmp_path / "bad.json").write_text('{"id": "x"')
    assert "alert" in refused(capsys, "alert", str(tmp_path / "bad.json"))
    from leakresponse.ledger import open_ledger

    assert [a.status for a in open_ledger(f"sqlite:///{home / 'ledger.sqlite'}").alerts()] == ["escalated"]


def test_respond_refuses_a_production_org(capsys, tmp_path):
    window = {"from": "2026-11-24T08:00:00Z", "to": "2026-11-24T09:00:00Z"}
    alert = {"id": "a", "source": "t", "detected_at": "2026-11-24T10:00:00Z", "window": window}
    (tmp_path / "a.json").write_text(json.dumps({**alert, "principals": [{"kind": "user", "value": "u"}]}))
    (tmp_path / "c.json").write_text(json.dumps({"sandbox": False}))
    call = ("respond", str(tmp_path / "a.json"), "--connection", str(tmp_path / "c.json"), "--out", str(tmp_path / "o"))
    assert "sandbox" in refused(capsys, *call)
    assert not (tmp_path / "o").exists()


def test_verify_wants_a_folder(capsys, tmp_path):
    assert "not a folder" in refused(capsys, "evidence", "verify", str(tmp_path / "nothing"))


def test_an_alert_is_stored_even_where_no_server_is_known(capsys, tmp_path, home):
    window = {"from": "2026-11-24T08:00:00Z", "to": "2026-11-24T09:00:00Z"}
    alert = {"id": "a", "source": "t", "detected_at": "2026-11-24T10:00:00Z", "window": window}
    (tmp_path / "a.json").write_text(json.dumps({**alert, "principals": [{"kind": "user", "value": "u"}]}))
    assert main(["alert", str(tmp_path / "a.json"), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said["stored"] is True
    assert said["emitted"] is False


@pytest.mark.parametrize("more", [(), ("--verify",), ("--org", "production")])
def test_an_archive_without_a_server(capsys, more):
    assert "up" in refused(capsys, "archive", *more)


def test_requests_of_a_file_that_is_not_there(capsys, tmp_path):
    assert "cannot read" in refused(capsys, "requests", "import", str(tmp_path / "x.csv"), "--case", "c")


def test_requests_without_a_server(capsys, tmp_path):
    (tmp_path / "x.csv").write_text("id,email\n")
    assert "no Prefect server" in refused(capsys, "requests", "import", str(tmp_path / "x.csv"), "--case", "c")
