"""The `residency` contract on files: a CSV of people in, a CSV of answers out, nothing half made."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from leakresponse.core.errors import BadInput
from leakresponse.core.residency.frame import known_columns, resolve, used_columns


def resolve_file(in_path: str | Path, out_path: str | Path, as_of: date | None = None) -> int:
    """Resolve every row of a CSV file; returns the number of rows written.

    The output appears whole or not at all. Raises BadInput, whose message names files and columns, never a row's
    content: missing or unreadable input, no header, no usable column, an output folder that cannot be written.
    """
    source, target = Path(in_path), Path(out_path)
    frame = _read(source)
    _check_target(source, target)
    answers = resolve(frame, as_of)
    _write(answers, target)
    return len(answers)


def _read(path: Path) -> pd.DataFrame:
    """The id column and the columns of evidence; a row of another width than the header is refused, not mended."""
    if not path.is_file():
        raise BadInput(f"no such file: {path}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as f:
            return _columns(path, csv.reader(f, strict=True))
    except UnicodeDecodeError:
        raise BadInput(f"{path} is not UTF-8 text") from None
    except csv.Error:
        raise BadInput(f"{path} is not a well-formed CSV file: a quoted field does not end") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def _columns(path: Path, reader: Iterator[list[str]]) -> pd.DataFrame:
    header = next(reader, [])
    if not header:
        raise BadInput(f"{path} is empty: a header with an id column and address columns is needed")
    if len(set(header)) < len(header):
        raise BadInput(f"{path} has a column name twice")
    wanted = [0, *(i for i, name in enumerate(header) if i and name in used_columns())]
    if not known_columns() & {header[i] for i in wanted[1:]}:
        raise BadInput(
            f"{path} has no column with evidence of residency after the id; expected for instance "
            "contact_mailing_state, contact_mailing_postal, account_billing_state or last_order_ship_postal"
        )
    columns: list[list[str]] = [[] for _ in wanted]
    for number, row in enumerate(reader, start=2):
        if not row:
            continue
        if len(row) != len(header):
            raise BadInput(
                f"{path} is not a well-formed CSV file: row {number} has {len(row)} fields, not {len(header)}"
            )
        for column, i in zip(columns, wanted, strict=True):
            column.append(row[i])
    return pd.DataFrame({header[i]: column for i, column in zip(wanted, columns, strict=True)}, dtype="str")


def _check_target(source: Path, target: Path) -> None:
    if not target.parent.is_dir():
        raise BadInput(f"no such folder: {target.parent}")
    if target.is_dir():
        raise BadInput(f"{target} is a folder")
    if target.exists() and target.samefile(source):
        raise BadInput("input and output are the same file")


def _write(answers: pd.DataFrame, target: Path) -> None:
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
    except OSError as error:
        raise BadInput(f"{target.parent} cannot be written: {error.strerror}") from None
    part = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as f:
            answers.to_csv(f, index=False, lineterminator="\n")
        part.chmod(0o600)
        part.replace(target)
    except OSError as error:
        raise BadInput(f"{target} cannot be written: {error.strerror}") from None
    finally:
        part.unlink(missing_ok=True)
