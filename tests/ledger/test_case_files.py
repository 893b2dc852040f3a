"""The files of a case: whole or absent, private, and never outside the case's folder."""

from __future__ import annotations

import stat

import pytest

from leakresponse.core.errors import BadInput
from leakresponse.ledger import CaseFiles


@pytest.fixture
def files(tmp_path) -> CaseFiles:
    return CaseFiles(tmp_path / "case")


def test_what_is_written_is_read(files):
    files.write("alert.json", b"{}")
    files.write("work/rows.csv", iter([b"a,", b"b"]))
    assert (files.read("alert.json"), files.read("work/rows.csv")) == (b"{}", b"a,b")
    assert files.exists("work/rows.csv") and not files.exists("work/none.csv")


def test_a_file_is_its_owners_alone(files):
    assert stat.S_IMODE(files.write("alert.json", b"{}").stat().st_mode) == 0o600


def test_a_broken_stream_leaves_the_old_file_and_nothing_else(files):
    def stream():
        yield b"half"
        raise ConnectionError

    files.write("alert.json", b"old")
    with pytest.raises(ConnectionError):
        files.write("alert.json", stream())
    assert files.read("alert.json") == b"old"
    assert [path.name for path in files.folder.iterdir()] == ["alert.json"]


@pytest.mark.parametrize("name", ["../else.json", "/etc/passwd", "work/../../else", ""])
def test_no_name_leads_out_of_the_folder(files, name):
    with pytest.raises(BadInput):
        files.write(name, b"x")


def test_what_is_not_there_is_one_clear_error(files):
    with pytest.raises(BadInput, match=r"people\.parquet"):
        files.open("people.parquet")


def test_names_of_a_folder(files):
    for name in ("work/records-B.parquet", "work/records-A.parquet", "work/other.parquet"):
        files.write(name, b"x")
    assert files.names("work", "records-*.parquet") == ["work/records-A.parquet", "work/records-B.parquet"]
    assert files.names("none", "*") == []
