"""Attribution where the rows do not fit in memory: the same labels as `attribute` gives to all rows at once.

    attributed = attribute_parts(parts, alert, cut_at=..., ...)   # attack and uncertain rows, and counts of all rows

    labels = label_classes(parts, alert, cut_at=..., ...)         # the same in steps: read once, decide,
    labels.attributed()                                           # ... the rows of the attack and the counts,
    for table in labels.tables(): ...                             # ... and every row, part by part, labelled

`parts` are Parquet files in the schema frames.EVENTS, as `log_tables.load` leaves them: paths, or functions that open
one. The other arguments are those of `attribute`.

Two steps make it small. First, rows that attribution cannot tell apart (same keys, address, agent and hour, same side
of the window and of the cut) become one class: every rule asks whether there is such a row, none how many. Second, only
classes that share an app, user, session, login or job with what the alert names, over any number of steps, can be
touched by the attack or change what is usual for those that are; the others keep the label of a row that nothing
links. Last come the classes at the attack's own addresses, with all that they share keys with. What is held is the
classes: where services keep their sessions they are few; where every row has a session of its own they are as many as
the rows, and more than some four million of them are refused (BadInput) rather than held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, TypeAlias, Unpack

import duckdb
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from leakresponse.core.attribution import Rules, attribute, values_of
from leakresponse.core.attribution_classes import COLUMNS, MEMORY, Classes
from leakresponse.core.attribution_doubts import is_private
from leakresponse.core.attribution_state import AFTER_THE_CUT, LABELS, LINKED_TO_NOTHING
from leakresponse.core.errors import BadInput
from leakresponse.core.events_ids import to18
from leakresponse.core.events_table import pc, to_frame
from leakresponse.core.frames import EVENTS
from leakresponse.core.types import Alert

Part: TypeAlias = Path | Callable[[], IO[bytes]]
_LEGITIMATE = LABELS.index("legitimate")


@dataclass(frozen=True, slots=True)
class Attributed:
    """`events`: attack and uncertain rows in order of time; `counts`: all rows by label; first and last of the attack.

    Labels that no row has are not counted.
    """

    events: pd.DataFrame
    counts: dict[str, int]
    first: datetime | None
    last: datetime | None


def attribute_parts(parts: Sequence[Part], alert: Alert, **rules: Unpack[Rules]) -> Attributed:
    """The rows that are or may be the attack's, with label, reason and app; the others are only counted."""
    return label_classes(parts, alert, **rules).attributed()


def label_classes(parts: Sequence[Part], alert: Alert, **rules: Unpack[Rules]) -> Labels:
    """Read what matters of every part once, and decide about every class of rows."""
    classes = Classes(alert.window.start, alert.window.end, rules["cut_at"])
    try:
        for number, part in enumerate(parts):
            classes.add(number, _read(part, COLUMNS))
        decided = _decided(classes, alert, rules)
    except duckdb.OutOfMemoryException:
        raise BadInput(
            f"attribution: more kinds of log rows than {MEMORY} of memory hold; shorten the look-back"
        ) from None
    return Labels(parts, classes, decided, rules["cut_at"])


def _decided(classes: Classes, alert: Alert, rules: Rules) -> pd.DataFrame:
    """Label, reason and app of each class that can be reached; a second time with the attack's neighbours."""
    span = classes.span()
    values = {value for one in alert.principals if one.kind != "address" for value in values_of(one, rules)}
    networks = {value for one in alert.principals if one.kind == "address" for value in values_of(one, rules)}
    ours = set(rules.get("responder_keys", ()))
    classes.reach(values | ours | {to18(one) for one in ours}, networks | set(rules.get("published", ())))
    labelled = attribute(classes.reached(), alert, span=span, **rules)
    theirs = labelled.loc[labelled["label"] == "attack", "client_ip"].unique()
    public = [str(one) for one in theirs if one and not is_private(str(one))]
    if public and classes.reach((), public):
        labelled = attribute(classes.reached(), alert, span=span, **rules)
    return labelled[["id", "label", "reason", "app_id"]]


class Labels:
    """What was decided about the rows of some parts."""

    def __init__(self, parts: Sequence[Part], classes: Classes, decided: pd.DataFrame, cut_at: datetime) -> None:
        self._parts = parts
        self._classes = classes
        self._cut = cut_at
        self._sizes = classes.sizes()
        ids = decided["id"].to_numpy(np.int64)
        self._place = np.full(len(self._sizes) + 1, -1, np.int64)  # the last one is for rows without a class: none
        self._place[ids] = np.arange(len(ids))
        self._label = np.full(len(self._sizes) + 1, _LEGITIMATE, np.int64)
        self._label[ids] = pd.Index(LABELS).get_indexer(pd.Index(decided["label"]))
        self._reasons = pa.array(decided["reason"], pa.string())
        self._apps = pa.array(decided["app_id"], pa.string())

    def counts(self) -> dict[str, int]:
        """All rows by label."""
        rows = np.bincount(self._label[:-1], self._sizes, len(LABELS)).astype(np.int64)
        return {name: int(n) for name, n in zip(LABELS, rows, strict=True) if n}

    def attributed(self) -> Attributed:
        """Attack and uncertain rows; only parts that have some are read again."""
        touched = np.flatnonzero(self._label[:-1] != _LEGITIMATE)
        numbers = np.unique(self._classes.parts()[touched])
        tables = [self._touched(int(number)) for number in numbers]
        whole = pa.concat_tables(tables) if tables else EVENTS.empty_table()
        events = to_frame(whole).sort_values(["timestamp", "request_id"], kind="stable", ignore_index=True)
        times = events.loc[events["label"] == "attack", "timestamp"]
        first, last = (times.min().to_pydatetime(), times.max().to_pydatetime()) if len(times) else (None, None)
        return Attributed(events, self.counts(), first, last)

    def tables(self) -> Iterator[pa.Table]:
        """Every row, part by part, in the order in which it was stored."""
        for number, part in enumerate(self._parts):
            rows = _read(part, EVENTS.names)
            yield self._filled(rows, self._classes.codes(number, rows.select(list(COLUMNS))))

    def _touched(self, number: int) -> pa.Table:
        codes = self._classes.codes(number, _read(self._parts[number], COLUMNS))
        places = np.flatnonzero(self._label[codes] != _LEGITIMATE)
        rows = _read(self._parts[number], EVENTS.names).take(places)
        return self._filled(rows, codes[places])

    def _filled(self, rows: pa.Table, codes: npt.NDArray[np.int64]) -> pa.Table:
        """Rows with label, reason and app; what was not reached keeps its app as logged."""
        place = self._place[codes]
        known: Any = pa.array(place, mask=place < 0)
        late = rows["timestamp"].to_pandas() > pd.Timestamp(self._cut)
        plain = pa.array(np.where(late, AFTER_THE_CUT, LINKED_TO_NOTHING), pa.string())
        columns = {
            "label": pc.take(pa.array(LABELS, pa.string()), self._label[codes]),
            "reason": pc.coalesce(self._reasons.take(known), plain),
            "app_id": pc.coalesce(self._apps.take(known), rows["app_id"]),
        }
        return pa.table({name: columns.get(name, rows[name]) for name in EVENTS.names}, schema=EVENTS)


def _read(part: Part, columns: Sequence[str]) -> pa.Table:
    if isinstance(part, Path):
        return pq.read_table(part, columns=list(columns), partitioning=None)
    with part() as file:
        return pq.read_table(file, columns=list(columns))
