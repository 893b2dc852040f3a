"""Log files become Parquet parts with every row in one part, and every row accounted for."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from leakresponse.core import log_tables
from leakresponse.core.errors import BadInput
from leakresponse.core.events import concat_events, empty_events, normalise_elf, normalise_rtem, read_elf_csv
from leakresponse.core.events_csv import ElfReader
from leakresponse.core.events_table import to_frame
from leakresponse.core.frames import EVENTS
from leakresponse.core.log_tables import Loader, load, parquet_bytes

HEADER = "EVENT_TYPE,TIMESTAMP,REQUEST_ID,USER_ID,SESSION_KEY,URI,ROWS_PROCESSED,TIMESTAMP_DERIVED,QUERY"


def line(number: int, hour: int = 10, **more: str) -> str:
    stamp = f"2026-11-{1 + number // 86_400 % 28:02}T{hour:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
    values = {
        "EVENT_TYPE": "RestApi", "TIMESTAMP": "", "REQUEST_ID": f"r{number}", "USER_ID": "005000000000abc",
        "SESSION_KEY": f"s{number % 7}", "URI": "/services/data", "ROWS_PROCESSED": str(number % 50),
        "TIMESTAMP_DERIVED": stamp, "QUERY": "SELECT Id FROM Case",
    } | more  # fmt: skip
    return ",".join(f'"{values[name]}"' for name in HEADER.split(","))


def file_of(folder: Path, name: str, *lines: str, end: str = "\n") -> Path:
    path = folder / f"{name}.csv"
    path.write_text("\n".join([HEADER, *lines]) + end)
    return path


def rows_of(folder: Path) -> pd.DataFrame:
    parts = [to_frame(pq.read_table(path)) for path in sorted(folder.glob("*.parquet"))]
    return concat_events(parts) if parts else empty_events()


def test_parts_hold_what_one_table_would(tmp_path: Path) -> None:
    paths = [file_of(tmp_path, f"f{n}", *(line(n * 100 + k) for k in range(100))) for n in range(5)]
    loaded = load(paths, tmp_path / "out")
    whole = concat_events([normalise_elf("RestApi", read_elf_csv(path), path.stem).events for path in paths])
    assert (loaded.rows, loaded.repeated, loaded.rejected) == (500, 0, 0)
    pd.testing.assert_frame_equal(
        rows_of(tmp_path / "out").sort_values("request_id", ignore_index=True),
        whole.sort_values("request_id", ignore_index=True),
    )


def test_parts_have_the_schema_of_events(tmp_path: Path) -> None:
    load([file_of(tmp_path, "f", line(1))], tmp_path / "out")
    assert pq.read_schema(tmp_path / "out/part-00000.parquet").remove_metadata() == EVENTS


def test_hourly_files_beside_the_daily_one_count_once_even_where_they_are_incomplete(tmp_path: Path) -> None:
    hourly = [file_of(tmp_path, f"hourly{n}", *(line(n * 10 + k) for k in range(7))) for n in range(3)]
    daily = file_of(tmp_path, "daily", *(line(n * 10 + k) for n in range(3) for k in range(10)))
    loaded = load([*hourly, daily], tmp_path / "out")
    assert (loaded.rows, loaded.repeated) == (30, 21)


def test_a_replaced_daily_file_adds_only_what_it_has_more(tmp_path: Path) -> None:
    first = file_of(tmp_path, "a", line(1), line(2))
    again = file_of(tmp_path, "b", line(1), line(2), line(3))
    assert load([first, again], tmp_path / "out").rows == 3


def test_repeated_rows_are_found_over_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log_tables, "PART_ROWS", 10)
    paths = [file_of(tmp_path, f"f{n}", *(line(k) for k in range(40))) for n in range(12)]
    loaded = load(paths, tmp_path / "out")
    assert (loaded.rows, loaded.repeated, len(rows_of(tmp_path / "out"))) == (40, 440, 40)


def test_a_forged_request_id_hides_no_row(tmp_path: Path) -> None:
    rows = [line(1, REQUEST_ID="forged"), line(2, REQUEST_ID="forged"), line(1, REQUEST_ID="forged", SESSION_KEY="x")]
    assert load([file_of(tmp_path, "f", *rows)], tmp_path / "out").rows == 3


def test_every_broken_row_is_counted_with_its_reason(tmp_path: Path) -> None:
    path = file_of(tmp_path, "f", line(1), '"too","few"', line(2, TIMESTAMP_DERIVED="yesterday"), line(3))
    loaded = load([path], tmp_path / "out")
    assert (loaded.rows, loaded.rejected) == (2, 2)
    assert sorted(loaded.reasons) == ["f: 1 rows with a wrong number of columns", "f: 1 rows without a readable time"]


def test_a_file_cut_off_inside_a_quote_gives_every_whole_row_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leakresponse.core.events_csv._BLOCK_BYTES", 4096)
    path = file_of(tmp_path, "f", *(line(k) for k in range(300)), '"RestApi","', end="")
    loaded = load([path], tmp_path / "out")
    assert (loaded.rows, loaded.repeated, loaded.rejected) == (300, 0, 1)


def test_broken_rows_before_the_cut_are_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leakresponse.core.events_csv._BLOCK_BYTES", 4096)
    rows = [line(k) if k % 10 else '"no"' for k in range(200)]
    loaded = load([file_of(tmp_path, "f", *rows, '"RestApi","', end="")], tmp_path / "out")
    assert (loaded.rows, loaded.rejected) == (180, 21)


def test_a_query_over_several_lines_is_one_row(tmp_path: Path) -> None:
    load([file_of(tmp_path, "f", line(1, QUERY="SELECT Id\nFROM Case"))], tmp_path / "out")
    assert rows_of(tmp_path / "out")["query"].tolist() == ["SELECT Id\nFROM Case"]


def test_a_file_of_unknown_columns_loses_no_row_silently(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_text("WHAT,EVER\na,b\nc,d\n")
    loaded = load([path], tmp_path / "out")
    assert (loaded.rows, loaded.rejected) == (0, 2)


def test_what_is_no_text_is_bad_input(tmp_path: Path) -> None:
    path = tmp_path / "f.csv"
    path.write_bytes(HEADER.encode() + b"\n" + b"\xff\xfe" * 50)
    with pytest.raises(BadInput):
        list(ElfReader(io.BytesIO(path.read_bytes()), "f").tables())


def test_real_time_events_join_the_files(tmp_path: Path) -> None:
    stored: dict[str, bytes] = {}
    loader = Loader(lambda name, content: stored.__setitem__(name, b"".join(content)))
    parsed = normalise_rtem("ApiEvent", [{"EventDate": "2026-11-24T11:05:00Z", "RowsReturned": 7}, {"UserId": "x"}])
    loader.add_events(parsed.events, parsed.rejected, parsed.reasons)
    loaded = loader.close()
    assert (loaded.rows, loaded.rejected, set(loaded.hours)) == (1, 1, {"ApiEvent"})
    assert to_frame(pq.read_table(io.BytesIO(stored["part-00000.parquet"])))["rows"].tolist() == [7]


def test_without_files_there_are_no_parts(tmp_path: Path) -> None:
    assert load([], tmp_path / "out").parts == ()


def test_parquet_is_written_as_it_comes() -> None:
    table = normalise_rtem("ApiEvent", [{"EventDate": f"2026-11-24T11:{n:02}:00Z"} for n in range(60)])
    tables = [log_tables.table_of(table.events)] * 50
    given = 0

    def counted():
        nonlocal given
        for one in tables:
            given += 1
            yield one

    chunks = parquet_bytes(counted())
    first = next(chunks)
    assert first and given <= 2
    assert pq.read_table(io.BytesIO(first + b"".join(chunks))).num_rows == 3000


def test_memory_does_not_grow_with_the_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own share; Arrow's is bounded by the buffer, which is written when it is full."""
    monkeypatch.setattr(log_tables, "PART_ROWS", 2_000)
    held: list[int] = []
    honest = log_tables.parquet_bytes

    def watched(tables, *more):
        some = list(tables)
        held.append(sum(one.num_rows for one in some))
        return honest(iter(some), *more)

    monkeypatch.setattr(log_tables, "parquet_bytes", watched)
    paths = [file_of(tmp_path, f"f{n}", *(line(n * 1000 + k) for k in range(1000))) for n in range(12)]
    tracemalloc.start()
    load(paths, tmp_path / "out")
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert max(held) <= 4_000 and sum(held) == 12_000 and peak < 64 << 20
