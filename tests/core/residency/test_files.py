"""The contract on files: whole answers or none, and one clear line for a wrong call."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.core.residency import resolve_file


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8"))
    return path


def test_rows_in_rows_out(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "\ufeffid,contact_mailing_state,contact_mailing_postal\n007,VT,5401\n008,,\n")
    assert resolve_file(source, tmp_path / "out.csv") == 2
    got = pd.read_csv(tmp_path / "out.csv", dtype=str, keep_default_na=False)
    assert got["id"].tolist() == ["007", "008"]
    assert got["residency"].tolist() == ["VT", "UNKNOWN"]
    assert got["flags"].tolist() == ["ZIP_LEADING_ZERO_LOST", "STATE_BLANK ZIP_BLANK"]


def test_a_header_without_rows_gives_a_header(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "id,contact_mailing_state\n")
    assert resolve_file(source, tmp_path / "out.csv") == 0
    assert (tmp_path / "out.csv").read_text().startswith("id,residency,candidates,confidence,review,flags,basis")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("id,shoe_size\n1,9\n", "no column with evidence"),
        ("contact_mailing_state\nTX\n", "no column with evidence"),
        ("id,contact_mailing_state\n1,TX,extra\n", "not a well-formed CSV"),
        ("id,contact_mailing_state\n1\n", "not a well-formed CSV"),
        ('id,contact_mailing_state\n1,"TX\n', "not a well-formed CSV"),
        ("id,contact_mailing_state,contact_mailing_state\n1,TX,NV\n", "column name twice"),
    ],
)
def test_wrong_input_leaves_nothing(tmp_path: Path, content: str, message: str) -> None:
    source = write(tmp_path / "in.csv", content)
    with pytest.raises(BadInput, match=message):
        resolve_file(source, tmp_path / "out.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["in.csv"]


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,contact_mailing_city\n1,Do\xf1a Ana\n")
    with pytest.raises(BadInput, match="not UTF-8"):
        resolve_file(tmp_path / "in.csv", tmp_path / "out.csv")


def test_missing_input_missing_folder_and_same_file(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "id,contact_mailing_state\n1,TX\n")
    for a, b, message in (
        (tmp_path / "no.csv", tmp_path / "out.csv", "no such file"),
        (tmp_path, tmp_path / "out.csv", "no such file"),
        (source, tmp_path / "no" / "out.csv", "no such folder"),
        (source, tmp_path, "is a folder"),
        (source, source, "same file"),
    ):
        with pytest.raises(BadInput, match=message):
            resolve_file(a, b)


def test_an_older_answer_survives_a_wrong_call(tmp_path: Path) -> None:
    write(tmp_path / "out.csv", "old")
    with pytest.raises(BadInput):
        resolve_file(write(tmp_path / "in.csv", "id,x\n1,2\n"), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "old"


def test_a_message_carries_no_value_of_a_row(tmp_path: Path) -> None:
    source = write(tmp_path / "in.csv", "id,contact_mailing_state\n1,Hiddenville,x,y\n")
    with pytest.raises(BadInput) as caught:
        resolve_file(source, tmp_path / "out.csv")
    assert "Hiddenville" not in str(caught.value)
