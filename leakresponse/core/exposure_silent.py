"""Reads without a log row: whoever the alert names may have read whatever it could where logs are silent.

Without the event monitoring add-on an org has logins and counts of calls alone, and those of today come tomorrow (API
notes, 5.1 and incidents, rule 6): scope is then "everything that the identity could read", at least nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from leakresponse.core.bounds import Bound
from leakresponse.core.exposure_reads import read_id
from leakresponse.core.exposure_types import ALL_FIELDS, DATA_EXPORT, UNLOGGED, Read
from leakresponse.core.types import Window


def silent_reads(
    readers: Iterable[str], window: Window, reads: Sequence[Read], unknown: Iterable[Mapping[str, Any]]
) -> Iterator[Read]:
    """One read of unknown object for each reader (user id) without any read, where logs of all types are silent.

    `unknown`: spans as the collection of logs states them; one with `types` misses these alone, and is no silence.
    """
    reasons = sorted({str(one["because"]) for one in unknown if not one["types"]})
    told = {read.user_id for read in reads}
    for user in sorted(set(readers) - told) if reasons else ():
        yield _of_everything(UNLOGGED, user, window, f"nothing is logged: {'; '.join(reasons)}")


def data_export_reads(exports: Iterable[tuple[str, datetime]]) -> Iterator[Read]:
    """Data exports by (user id, time): no log type has them, the setup audit trail does (log notes).

    One holds every object that was ticked, which nobody keeps: everything that the user could read.
    """
    for user, moment in sorted(exports):
        yield _of_everything(DATA_EXPORT, user, Window(moment, moment), "a data export holds any object")


def _of_everything(channel: str, user: str, window: Window, note: str) -> Read:
    return Read(
        read_id(channel, user, window.start), channel, "", "", (ALL_FIELDS,), None, None, user, window.start,
        window.end, "possible", "", notes=(note,), user_id=user, logged=Bound(0, 0, None, note), fields_known=False,
    )  # fmt: skip
