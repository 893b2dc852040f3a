"""Log files as slices: every value as text, numbered, bounded; broken and cut rows known."""

from __future__ import annotations

import io
from datetime import date

import pytest

from leakresponse.core import archive_files
from leakresponse.core.archive_files import (
    SLICE_CHARACTERS,
    Slice,
    csv_slices,
    days_of,
    hours_of,
    json_lines,
    json_slices,
    slice_of,
)
from leakresponse.core.archive_rows import hash_rows, join_hashes


def read(text: str, cut: bool = False) -> list[Slice]:
    return list(csv_slices(io.BytesIO(text.encode()), cut))


def test_every_column_is_kept_as_text_with_the_rows_number() -> None:
    (part,) = read('"A","NEW_COLUMN"\n"001",""\n"a""b","line\nbreak"\n')
    assert part.rows.to_pylist() == [{"A": "001", "NEW_COLUMN": ""}, {"A": 'a"b', "NEW_COLUMN": "line\nbreak"}]
    assert part.numbers.tolist() == [1, 2]


def test_a_row_of_another_width_is_counted_and_the_numbers_go_on() -> None:
    (part,) = read('"A","B"\n"1","2"\n"1"\n"3","4"\n')
    assert (part.rows["A"].to_pylist(), part.numbers.tolist(), part.rejected) == (["1", "3"], [1, 3], 1)


def test_the_last_row_of_a_cut_file_is_left_out() -> None:
    (part,) = read('"A","B"\n"1","2"\n"3","cut he', cut=True)
    assert part.rows["B"].to_pylist() == ["2"]


@pytest.mark.parametrize("text", ["", '"A"\n'])
def test_a_file_without_rows_gives_no_slice(text: str) -> None:
    assert read(text) == []


def test_slices_are_bounded_and_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_files, "SLICE_ROWS", 2)
    parts = read('"A"\n' + "".join(f'"{n}"\n' for n in range(5)))
    assert [part.rows["A"].to_pylist() for part in parts] == [["0", "1"], ["2", "3"], ["4"]]
    assert [part.numbers.tolist() for part in parts] == [[1, 2], [3, 4], [5]]


def test_a_name_that_comes_twice_loses_no_column() -> None:
    assert read('"A","A"\n"1","2"\n')[0].rows.column_names == ["A", "A#2"]


def test_bytes_that_are_no_text_do_not_end_the_file() -> None:
    (part,) = csv_slices(io.BytesIO(b'"A"\n"\xff"\n"2"\n'))
    assert part.rows["A"].to_pylist() == ["\\xff", "2"]


def test_a_row_is_filed_by_its_own_time_or_by_its_files_day() -> None:
    rows = '"TIMESTAMP","TIMESTAMP_DERIVED"\n"20261120235959.999",""\n"","2026-11-21T00:00:00.000Z"\n"x",""\n'
    times = read(rows + '"","2036-11-21T00:00:00.000Z"\n')[0].times
    assert days_of(times, date(2026, 11, 19)).tolist() == ["2026-11-20", "2026-11-21", "2026-11-19", "2026-11-19"]
    assert hours_of(times) == {"2026-11-20T23": 1, "2026-11-21T00": 1, "2036-11-21T00": 1}


def test_stored_events_keep_every_kind_of_value_as_text() -> None:
    row = {"EventDate": "2026-11-20T10:00:00.000+0000", "Score": 0.5, "Is": True, "Nothing": None, "Parts": {"a": 1}}
    (part,) = json_slices(io.BytesIO(json_lines([row])))
    assert part.rows.to_pylist() == [
        {"EventDate": row["EventDate"], "Score": "0.5", "Is": "true", "Nothing": "", "Parts": '{"a": 1}'}
    ]
    assert days_of(part.times, date(2026, 11, 21)).tolist() == ["2026-11-20"]


def test_rows_at_hand_are_one_slice_however_large_and_hash_as_they_will_from_their_file() -> None:
    rows: list[dict[str, object]] = [
        {"Id": str(n), "Records": "x" * (SLICE_CHARACTERS // 2), "Score": 0.5, f"Only{n}": {"b": 1, "a": "é"}}
        for n in range(3)
    ]
    filed = [hash_rows(part.rows) for part in json_slices(io.BytesIO(json_lines(rows)))]
    assert len(filed) > 1
    assert slice_of(rows).numbers.tolist() == [1, 2, 3]
    assert hash_rows(slice_of(rows).rows).tolist() == join_hashes(filed).tolist()
