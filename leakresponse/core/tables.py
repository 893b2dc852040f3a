"""CSV of the Bulk API as a frame of text, where an empty cell is null."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pyarrow as pa
import pyarrow.csv as pa_csv


def text_table(content: bytes) -> pd.DataFrame:
    """One result page. Shapes: rows x columns of the header, all `str`, nulls where a cell is empty."""
    columns = next(csv.reader([content.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")]), [])
    if not columns:
        return pd.DataFrame()
    table = pa_csv.read_csv(
        io.BytesIO(content),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=pa_csv.ConvertOptions(
            column_types={name: pa.string() for name in columns},
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
            null_values=[""],
        ),
    )
    frame: pd.DataFrame = table.to_pandas()
    return frame
