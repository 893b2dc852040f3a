"""Read the CSV of one event log file: every value as text, every broken row counted."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Literal, cast

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from leakresponse.core.errors import BadInput

#: Name in `DataFrame.attrs` under which the number of unreadable rows travels to `normalise_elf`.
BROKEN_ROWS = "broken_rows"
_BLOCK_BYTES = 8 << 20
_SLOW_ROWS = 50_000


def read_elf_csv(source: Path | str | IO[bytes]) -> pd.DataFrame:
    """The file as a frame of text columns, named by its own header; a path, or an open file that can be sought in.

    Rows with a wrong number of columns are left out and counted in `frame.attrs["broken_rows"]`. A file that ends in
    the middle of a row (an incomplete hourly file) is read row by row as far as it goes. Raises BadInput where the
    file is absent or is no text.
    """
    if not isinstance(source, str | Path):
        return _read(source, "event log file")
    file = Path(source)
    if not file.is_file():
        raise BadInput(f"event log file {file.name}: not found")
    with file.open("rb") as opened:
        return _read(opened, f"event log file {file.name}")


def _read(file: IO[bytes], called: str) -> pd.DataFrame:
    reader = ElfReader(file, called)
    tables = list(reader.tables())
    frame = pa.concat_tables(tables).to_pandas() if tables else pd.DataFrame(columns=reader.names, dtype="str")
    frame.attrs[BROKEN_ROWS] = reader.broken
    return frame


class ElfReader:
    """One file, a block of rows at a time, every column text.

    `names` is its header, `broken` counts rows with a wrong number of columns (whole once `tables` has come to its
    end). `wanted`: the columns to convert, all of them where none are named.
    """

    def __init__(self, file: IO[bytes], called: str, wanted: Collection[str] | None = None) -> None:
        self._file = file
        self._called = called
        self._wanted = wanted
        self._given = 0
        self.broken = 0
        self.names: list[str] = []

    def tables(self) -> Iterator[pa.Table]:
        """The rows in their order. Raises BadInput where the file is no UTF-8 text."""
        if self._file.seek(0, io.SEEK_END) == 0:
            return
        try:
            self.names = _header(self._file)
        except UnicodeDecodeError:
            raise BadInput(f"{self._called}: not UTF-8 text") from None
        if self._wanted is not None and not any(name in self._wanted for name in self.names):
            self._wanted = None  # nothing that we know: rows are still counted
        try:
            yield from self._quickly()
        except UnicodeDecodeError:
            raise BadInput(f"{self._called}: not UTF-8 text") from None
        except pa.ArrowInvalid:
            yield from self._slowly()

    def _quickly(self) -> Iterator[pa.Table]:
        self._file.seek(0)
        lent = _Lent(self._file)
        try:
            for batch in self._fast_reader(lent):
                self._given += batch.num_rows
                if batch.num_rows:
                    yield pa.Table.from_batches([batch])
        finally:
            lent.take_back()

    def _fast_reader(self, lent: _Lent) -> pa_csv.CSVStreamingReader:
        kept = [name for name in self.names if self._wanted is None or name in self._wanted]
        return pa_csv.open_csv(
            cast("IO[bytes]", lent),
            read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES, encoding="utf8"),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=self._skip),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in kept}, strings_can_be_null=False, include_columns=kept
            ),
        )

    def _skip(self, _row: pa_csv.InvalidRow) -> Literal["skip", "error"]:
        self.broken += 1
        return "skip"

    def _slowly(self) -> Iterator[pa.Table]:
        """Row by row with the standard library, for files that the fast reader gives up; rows given are not repeated.

        A row with the right number of columns is the same to both readers.
        """
        given, self.broken = self._given, 0
        lines = csv.reader(_lines(self._file))
        try:
            next(lines, None)
            good: list[list[str]] = []
            for row in lines:
                if len(row) != len(self.names):
                    self.broken += bool(row)
                elif given:
                    given -= 1
                else:
                    good.append(row)
                if len(good) >= _SLOW_ROWS:
                    yield self._table_of(good)
                    good = []
            if good:
                yield self._table_of(good)
        except (UnicodeDecodeError, csv.Error):
            raise BadInput(f"{self._called}: not UTF-8 CSV text") from None

    def _table_of(self, rows: list[list[str]]) -> pa.Table:
        kept = [i for i, name in enumerate(self.names) if self._wanted is None or name in self._wanted]
        return pa.table({self.names[i]: pa.array([row[i] for row in rows], pa.string()) for i in kept})


class _Lent:
    """A file lent to the fast reader, which reads ahead in threads of its own and closes what it is given."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._lock = threading.Lock()
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        with self._lock:
            return b"" if self.closed else self._file.read(size)

    def take_back(self) -> None:
        """From now on nobody else moves in the file."""
        with self._lock:
            self.closed = True

    def close(self) -> None:
        self.take_back()


def _header(file: IO[bytes]) -> list[str]:
    return next(csv.reader(_lines(file)), [])


def _lines(file: IO[bytes]) -> Iterator[str]:
    """From the beginning, line ends as they are; the file stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        for line in text:  # noqa: UP028 (yield from would close the file with the generator)
            yield line
    finally:
        text.detach()
