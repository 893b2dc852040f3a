"""Readers of whom the logs say nothing: whoever the alert names may have read whatever it could, and that is said.

Without the event monitoring add-on an org has logins and counts of calls alone, and those of today come tomorrow (API
notes, 5.1 and incidents, rule 6): scope is then "everything that the identity could read", at least nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from leakresponse.core.bounds import Bound
from leakresponse.core.exposure_reads import read_id
from leakresponse.core.exposure_types import ALL_FIELDS, UNLOGGED, Read
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
        note = "; ".join(reasons)
        yield Read(
            read_id(UNLOGGED, user), UNLOGGED, "", "", (ALL_FIELDS,), None, None, user, window.start, window.end,
            "possible", "", notes=(note,), user_id=user, logged=Bound(0, 0, None, f"nothing is logged: {note}"),
            fields_known=False,
        )  # fmt: skip
