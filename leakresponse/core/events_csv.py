"""Read the CSV of one event log file: every value as text, every broken row counted."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Literal

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv

from leakresponse.core.errors import BadInput

#: Name in `DataFrame.attrs` under which the number of unreadable rows travels to `normalise_elf`.
BROKEN_ROWS = "broken_rows"
_BLOCK_BYTES = 8 << 20


def read_elf_csv(path: Path | str) -> pd.DataFrame:
    """The file as a frame of text columns, named by its own header.

    Rows with a wrong number of columns are left out and counted in `frame.attrs["broken_rows"]`. A file that ends in
    the middle of a row (an incomplete hourly file) is read row by row as far as it goes. Raises BadInput where the
    file is absent or is no text.
    """
    file = Path(path)
    if not file.is_file():
        raise BadInput(f"event log file {file.name}: not found")
    if file.stat().st_size == 0:
        return _framed(pd.DataFrame(), 0)
    broken = 0

    def skip(_row: pa_csv.InvalidRow) -> Literal["skip", "error"]:
        nonlocal broken
        broken += 1
        return "skip"

    try:
        names = _header(file)
        table = pa_csv.read_csv(
            file,
            read_options=pa_csv.ReadOptions(block_size=_BLOCK_BYTES, encoding="utf8"),
            parse_options=pa_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=skip),
            convert_options=pa_csv.ConvertOptions(
                column_types={name: pa.string() for name in names}, strings_can_be_null=False
            ),
        )
    except UnicodeDecodeError:
        raise BadInput(f"event log file {file.name}: not UTF-8 text") from None
    except pa.ArrowInvalid:
        return _read_slowly(file)
    if any(type_ != pa.string() for type_ in table.schema.types):
        table = table.cast(pa.schema([(name, pa.string()) for name in table.schema.names]))
    return _framed(table.to_pandas(), broken)


def _header(file: Path) -> list[str]:
    with file.open(encoding="utf-8-sig", newline="") as handle:
        return next(csv.reader(handle), [])


def _read_slowly(file: Path) -> pd.DataFrame:
    """Row by row with the standard library, for files that the fast reader refuses as a whole."""
    try:
        with file.open(encoding="utf-8-sig", newline="") as handle:
            rows = [row for row in csv.reader(handle) if row]
    except (UnicodeDecodeError, csv.Error):
        raise BadInput(f"event log file {file.name}: not UTF-8 CSV text") from None
    if not rows:
        return _framed(pd.DataFrame(), 0)
    names, body = rows[0], rows[1:]
    good = [row for row in body if len(row) == len(names)]
    return _framed(pd.DataFrame(good, columns=names, dtype="str"), len(body) - len(good))


def _framed(frame: pd.DataFrame, broken: int) -> pd.DataFrame:
    frame.attrs[BROKEN_ROWS] = broken
    return frame
