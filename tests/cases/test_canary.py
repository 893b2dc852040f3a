"""A whole rehearsal, then a search for everything personal or secret of its org: zero hits; and the search can find."""

from __future__ import annotations

import base64
import gzip
import json
import sqlite3
import subprocess
import sys
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.canary import Markers, Search, sweep
from tests.support.canary_markers import markers_of
from tests.support.processes import clean_environment

ROOT = Path(__file__).resolve().parents[2]
#: What stands for other people's systems, and so holds what they hold.
DOUBLES = {
    "T01/org/**": "the simulated org itself: its database, its log files, its keys, the scenario's sealed answer",
    "T01/doubles/**": "the AWS double's recording (the vault's values) and the mail sink (who was written to)",
}


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    """A rehearsal in folders of its own, with every command line and environment of its processes."""
    folder = tmp_path_factory.mktemp("canary")
    for name in ("tmp", "home"):
        (folder / name).mkdir()
    notes = tmp_path_factory.mktemp("notes") / "notes.jsonl"
    command = [sys.executable, "-m", "tests.support.canary_run", str(notes), "rehearse", "T01", "--people", "400"]
    command += ["--seed", "11", "--no-plain", "--out", str(folder / "T01"), "--json"]
    environment = {**clean_environment(), "TMPDIR": str(folder / "tmp"), "HOME": str(folder / "home")}
    with (folder / "stdout").open("w") as out, (folder / "stderr").open("w") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, cwd=ROOT)
        with watched(process.pid) as seen:
            process.wait(900)
    (folder / "processes").write_bytes(b"\n".join(sorted(seen)))
    assert process.returncode == 0, (folder / "stderr").read_text()[-3000:]
    return folder, markers_of(folder / "T01", notes)


@contextmanager
def watched(pid: int) -> Iterator[set[bytes]]:
    """Command line and environment of a process and all that come from it, looked at again and again."""
    seen: set[bytes] = set()
    over = threading.Event()

    def look() -> None:
        while not over.wait(0.2):
            for each in _family(pid):
                for name in ("cmdline", "environ"):
                    try:
                        seen.add((Path("/proc") / str(each) / name).read_bytes())
                    except OSError:
                        continue

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join(10)


def _family(pid: int) -> set[int]:
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
    family = {pid}
    while more := {child for child, parent in parents.items() if parent in family} - family:
        family |= more
    return family


@pytest.fixture(scope="module")
def search(rehearsed):
    return Search(rehearsed[1])


def test_nothing_personal_or_secret_lies_outside_the_doubles(rehearsed, search):
    assert sweep(rehearsed[0], search, DOUBLES) == []


def test_every_kind_of_marker_was_there_to_be_found(rehearsed, search):
    """The same search finds them where they belong: in the org, in the vault."""
    folder, markers = rehearsed
    found = {
        finding.kind
        for finding in sweep(
            folder / "T01", search, dict.fromkeys(("case/**", "prefect/**", "org/logs/**", "org/bulk/**"), "")
        )
    }
    bare = {kind for kind in markers.known.values() if kind.endswith("digits")}
    issued = {"session id"}  # the org keeps only their hashes
    assert found >= set(markers.known.values()) - bare - issued
    assert found >= {"planted street", "planted subject", "private key", "case key", "delete token", "name"}
    assert len(markers) > 2_000


def test_what_may_be_read_is_read(rehearsed):
    """The case's own id is in all that lies readable, and the search finds it there."""
    folder = rehearsed[0]
    markers = Markers()
    markers.add("case", [json.loads((folder / "T01/case/case.json").read_text())["case_id"]])
    where = {finding.where for finding in sweep(folder, Search(markers), DOUBLES)}
    readable = {"case/case.json", "case/report.html", "case/report.pdf (text)", "ledger.sqlite (table log)"}
    readable |= {f"prefect/prefect.db (table {name})" for name in ("flow_run", "artifact", "events")}
    assert where >= {f"T01/{name}" for name in readable}


def test_the_second_line_had_nothing_to_do(rehearsed):
    folder = rehearsed[0]
    logs = [*(folder / "T01/logs").iterdir(), folder / "stderr", folder / "stdout"]
    assert [log.name for log in logs if "<redacted>" in log.read_text(errors="replace")] == []
    connection = sqlite3.connect(folder / "T01/prefect/prefect.db")
    counts = {name: connection.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("log", "flow_run")}
    masked = connection.execute("SELECT count(*) FROM log WHERE message LIKE '%<redacted>%'").fetchone()[0]
    connection.close()
    assert counts["flow_run"] >= 8
    assert masked == 0


def test_nothing_is_left_in_the_temporary_folder(rehearsed):
    assert [p.name for p in (rehearsed[0] / "tmp").rglob("*") if p.is_file()] == []


def test_the_processes_were_seen(rehearsed):
    seen = (rehearsed[0] / "processes").read_bytes()
    for module in (b"leakresponse.services.prefect_server", b"leakresponse.rehearsal.org.main"):
        assert module in seen


LEAKS = (
    "log line", "log line of a library", "log line with an exception", "flow parameter", "persisted result",
    "artifact", "event", "exception", "plain file",
)  # fmt: skip
HELD_BACK = (
    "masked log line",
    "masked log line of a library",
    "masked log line with an exception",
    "sanitised exception",
)


@pytest.fixture(scope="module")
def leaked(tmp_path_factory):
    """One marker for each way to leak, leaked by flows of its own; what the search finds of each."""
    folder = tmp_path_factory.mktemp("leaks") / "run"
    folder.mkdir()
    values = {
        name: f"{name.replace(' ', '.')}.{number}@customer.example" for number, name in enumerate(LEAKS + HELD_BACK)
    }
    given = folder.parent / "markers.json"
    given.write_text(json.dumps(values))
    command = [sys.executable, "-m", "tests.support.canary_leaks", str(folder), str(given)]
    environment = {**clean_environment(), "HOME": str(folder.parent)}
    with (folder / "output.log").open("w") as output:
        subprocess.run(command, stdout=output, stderr=output, env=environment, cwd=ROOT, timeout=300)
    markers = Markers()
    for name, value in values.items():
        markers.add(name, [value])
    return sweep(folder, Search(markers))


@pytest.mark.parametrize("way", LEAKS)
def test_a_leak_is_found(way, leaked):
    assert [finding.where for finding in leaked if finding.kind == way] != []


@pytest.mark.parametrize("way", HELD_BACK)
def test_a_line_of_defence_holds_it_back(way, leaked):
    assert [finding for finding in leaked if finding.kind == way] == []


MARKER = 'Zoë "Zo" O\'Canary <zoe@customer.example>'
FORMS = {
    "as it is": lambda text: text.encode(),
    "in capitals": lambda text: b"... " + text.upper().encode() if text.isascii() else text.encode(),
    "UTF-16": lambda text: ("x" * 40 + "zoe.canary@customer.example").encode("utf-16-le"),
    "JSON": lambda text: json.dumps({"a": [text]}).encode(),
    "JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "base64": lambda text: base64.b64encode(b"ab" + text.encode() + b"xyz"),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(b"a" + text.encode()),
    "gzip": lambda text: b"head" + gzip.compress(text.encode() * 3),
    "zlib": lambda text: b"head" + zlib.compress(text.encode() * 3),
    "gzip in gzip": lambda text: gzip.compress(gzip.compress(text.encode())),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_search_knows_this_form(form):
    markers = Markers()
    markers.add("person", [MARKER, "zoe.canary@customer.example"])
    assert Search(markers).find(FORMS[form](MARKER)) != set()


def test_the_search_finds_nothing_in_nothing():
    markers = Markers()
    markers.add("person", [MARKER])
    markers.add_numbers("number", ["078-05-1120"])
    assert Search(markers).find(b"zoe@customer.exampl 1078051120 0780511201 nobody" * 1_000) == set()


def test_bare_digits_count_as_a_number_of_their_own():
    markers = Markers()
    markers.add_numbers("number", ["078-05-1120"])
    assert Search(markers).find(b"ssn=078051120;") == {("number, digits", "plain")}


def test_the_cells_of_a_database_are_read_with_its_log(tmp_path):
    connection = sqlite3.connect(tmp_path / "some.db")
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("CREATE TABLE t (a TEXT)")
    connection.execute("INSERT INTO t VALUES (?)", ("x" * 5_000 + MARKER,))
    connection.commit()
    markers = Markers()
    markers.add("person", [MARKER])
    where = {finding.where for finding in sweep(tmp_path, Search(markers))}
    connection.close()
    assert "some.db (table t)" in where
