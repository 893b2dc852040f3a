"""Read the CSV of one event log file: every value as text, every broken row counted."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, cast

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from leakresponse.core.errors import BadInput

#: Name in `DataFrame.attrs` under which the number of unreadable rows travels to `normalise_elf`.
BROKEN_ROWS = "broken_rows"
_BLOCK_BYTES = 8 << 20


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
    if file.seek(0, io.SEEK_END) == 0:
        return _framed(pd.DataFrame(), 0)
    broken = 0

    def skip(_row: pa_csv.InvalidRow) -> Literal["skip", "error"]:
        nonlocal broken
        broken += 1
        return "skip"

    try:
        names = _header(file)
        file.seek(0)
        lent = _Lent(file)
        table = pa_csv.read_csv(
            cast("IO[bytes]", lent),
            read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES, encoding="utf8"),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except UnicodeDecodeError:
        raise BadInput(f"{called}: not UTF-8 text") from None
    except pa.ArrowInvalid:
        lent.take_back()
        return _read_slowly(file, called)
    if any(type_ != pa.string() for type_ in table.schema.types):
        table = table.cast(pa.schema([(name, pa.string()) for name in table.schema.names]))
    return _framed(table.to_pandas(), broken)


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


def _read_slowly(file: IO[bytes], called: str) -> pd.DataFrame:
    """Row by row with the standard library, for files that the fast reader refuses as a whole."""
    try:
        rows = [row for row in csv.reader(_lines(file)) if row]
    except (UnicodeDecodeError, csv.Error):
        raise BadInput(f"{called}: not UTF-8 CSV text") from None
    if not rows:
        return _framed(pd.DataFrame(), 0)
    names, body = rows[0], rows[1:]
    good = [row for row in body if len(row) == len(names)]
    return _framed(pd.DataFrame(good, columns=names, dtype="str"), len(body) - len(good))


def _framed(frame: pd.DataFrame, broken: int) -> pd.DataFrame:
    frame.attrs[BROKEN_ROWS] = broken
    return frame
