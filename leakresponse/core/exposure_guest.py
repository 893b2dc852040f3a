"""What guests of a public site took by Aura actions, which no log counts or names: requests bound the rows.

Facts: AuraRequest has the controllers and their times, no rows (log notes); a list action gives up to 1,000 rows, up to
250 actions go with one request (Mandiant, "Auditing Salesforce Aura", January 2026); GuestUserAnomaly names objects.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

import pandas as pd

from leakresponse.core.bounds import Bound
from leakresponse.core.exposure_groups import Group, groups
from leakresponse.core.exposure_reads import read_of
from leakresponse.core.exposure_types import ALL_FIELDS, AURA, Read

#: Most rows that one action of a kind gives; None where nothing bounds it (custom Apex). The first match counts.
_ROWS: tuple[tuple[str, int | None], ...] = (
    (r"executeGraphQL", 0),  # told by its own log
    (r"getConfigData|getObjectInfo|getInitialListViews|getPicklist|getLayout|HostConfigController", 0),
    (r"SelectableListDataProvider.*getItems|ListUi|getListRecords|getListRecordsByName|getItems", 1_000),
    (r"getRecordWithFields|getRecordWithLayouts|DetailController/ACTION\$getRecord|getRecord\b", 1),
    (r"getRecords|getRelatedListRecords|lookup|typeahead|search", 2_000),
    (r"^apex://|ApexActionController", None),
)
#: What a person at a browser leaves beside AuraRequest.
_PAGES = ("LightningPageView", "LightningUriEvent", "UriEvent", "ListViewEvent", "ReportEvent")
_TIME = re.compile(r"=\d+(?=;|$)")
_NUMBER = re.compile(r"^\d+\$")


def guest_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """One read per guest and label of unknown object, and one per object that an anomaly event names.

    A session that asks by Aura and never showed a page is no browser: it is bounded as a guest is.
    """
    viewed = rows.loc[rows["event_type"].isin(_PAGES) & (rows["session_key"] != ""), "session_key"].unique()
    asked = rows[(rows["event_type"] == "AuraRequest") & ~rows["session_key"].isin(viewed) & (rows["query"] != "")]
    for group in groups(asked, ("label", "user_id")):
        bound = _by_actions(group)
        if bound.high != 0:
            yield _read(group, "", bound)
    for group in groups(rows[rows["event_type"] == "GuestUserAnomalyEventStore"], ("label", "user_id")):
        named = {part for text in group.known("entity") for part in re.split(r"[^\w]+", text) if part}
        for name in sorted(named):
            yield _read(group, name, Bound(0, 0, None, "object named by a guest anomaly event"))


def _by_actions(group: Group) -> Bound:
    """The rows that the requests can have given at most, by their actions; the same shapes are looked at once."""
    shapes = Counter(_TIME.sub("", text) for text in group.each("query"))
    most: int | None = 0
    for shape, count in shapes.items():
        one = _rows_of(shape)
        most = None if one is None or most is None else most + one * count
    return Bound(0, 0, most, f"{len(group.at)} guest requests, rows and objects not logged")


@lru_cache(maxsize=4096)
def _rows_of(shape: str) -> int | None:
    """Rows that one request of a shape `1$aura://...;2$...` can give; None where a part of it has no bound."""
    total = 0
    for action in shape.split(";"):
        name = _NUMBER.sub("", action)
        rows = next((most for pattern, most in _ROWS if re.search(pattern, name)), 0 if not name else None)
        if rows is None:
            return None
        total += rows
    return total


def _read(group: Group, name: str, logged: Bound) -> Read:
    return read_of(group, AURA, name, (ALL_FIELDS,), logged=logged, notes=(logged.basis,))
