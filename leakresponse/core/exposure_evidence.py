"""What a replayed row says of the moment of the read: whether it was there, and whether it has changed since.

`CreatedDate` after the read: it was not there. `IsDeleted` with an older `SystemModstamp`: it was gone already, since
deleting sets the stamp (object reference, system fields). A newer `SystemModstamp`: it was changed or deleted since.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.exposure_ids import later
from leakresponse.core.exposure_types import Read

Mask = npt.NDArray[np.bool_]
#: What every replay selects for this, where the object has it.
STAMPS = ("CreatedDate", "SystemModstamp", "IsDeleted")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Rows of a replay by what happened to them; `a + b` for pages. Times are those of the org's own fields."""

    rows: int = 0
    created_since: int = 0
    deleted_before: int = 0
    deleted_since: int = 0
    changed_since: int = 0

    def __add__(self, other: Evidence) -> Evidence:
        return Evidence(
            self.rows + other.rows, self.created_since + other.created_since,
            self.deleted_before + other.deleted_before, self.deleted_since + other.deleted_since,
            self.changed_since + other.changed_since,
        )  # fmt: skip

    def words(self) -> tuple[str, ...]:
        """What is worth saying."""
        said = (
            (self.created_since, "created after the read and not counted"),
            (self.deleted_before, "deleted before the read and not counted"),
            (self.deleted_since, "deleted since the read, and counted"),
            (self.changed_since, "changed since the read"),
        )
        return tuple(f"{count} rows {what}" for count, what in said if count)


def evidence_of(read: Read, rows: pd.DataFrame) -> Evidence:
    """Counted over one replay, or one page of it."""
    if rows.empty:
        return Evidence()
    late, gone, deleted = created_since(read, rows), deleted_before(read, rows), _deleted(rows)
    there = ~late & ~gone
    changed = changed_since(read, rows) & there
    return Evidence(
        len(rows), int(late.sum()), int(gone.sum()), int((there & deleted).sum()), int((changed & ~deleted).sum())
    )


def there_then(read: Read, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows that can have been read; all of them where a replay has no stamps."""
    return rows[~created_since(read, rows) & ~deleted_before(read, rows)]


def created_since(read: Read, rows: pd.DataFrame) -> Mask:
    """Rows younger than the read."""
    return _after(rows, "CreatedDate", read.last_seen)


def deleted_before(read: Read, rows: pd.DataFrame) -> Mask:
    """Rows that lay in the recycle bin already; whoever asks by queryAll reads those too."""
    if read.deleted_too or "SystemModstamp" not in rows:
        return np.zeros(len(rows), np.bool_)
    known = rows["SystemModstamp"].notna().to_numpy(np.bool_)
    return _deleted(rows) & known & ~later(rows["SystemModstamp"], read.first_seen)


def changed_since(read: Read, rows: pd.DataFrame) -> Mask:
    """Rows changed, or deleted, after the read began."""
    return _after(rows, "SystemModstamp", read.first_seen)


def _after(rows: pd.DataFrame, column: str, moment: datetime) -> Mask:
    if column not in rows:
        return np.zeros(len(rows), np.bool_)
    return later(rows[column], moment)


def _deleted(rows: pd.DataFrame) -> Mask:
    if "IsDeleted" not in rows:
        return np.zeros(len(rows), np.bool_)
    return rows["IsDeleted"].astype("str").str.lower().isin(("true", "1")).to_numpy(np.bool_)
