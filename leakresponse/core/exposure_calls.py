"""Calls of which a log says little: an object, a number of rows, or only that there was a call. All of them are bounds.

Composite requests log their parent, which names neither object nor rows; SOAP retrieve, searches and other resources
name objects and count rows; ApiTotalUsage, the log that every org has, counts calls (log notes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.bounds import Bound
from leakresponse.core.exposure_groups import Group, groups
from leakresponse.core.exposure_ids import matching
from leakresponse.core.exposure_reads import ACTOR, PAGE_ROWS, REFUSED, read_of
from leakresponse.core.exposure_types import (
    ALL_FIELDS,
    COMPOSITE,
    REST,
    SEARCH,
    SOAP,
    USAGE,
    Read,
)

#: At most five sub-requests of a composite request are queries or collections, of 2,000 rows each (REST guide).
COMPOSITE_ROWS = 5 * PAGE_ROWS
_JOB = re.compile(r"/jobs?/(?:query/)?(750[0-9A-Za-z]{12})")
#: Two logs of one call: how far apart their times may lie.
_NEAR = pd.Timedelta(seconds=60)
_SAME_SECOND = pd.Timedelta(seconds=5)
_COMPOSITE = r"/composite(?:/batch|/graph)?/?(?:\?|$)"
_SEARCH = r"/(?:search|parameterizedSearch)/?(?:\?|$)"
#: Resources whose rows other readers tell, and those that give no customer records.
_TOLD = (
    r"/query(?:All)?(?:/|\?|$)|/jobs/|/async/|/analytics/|/sobjects/\w+/[0-9A-Za-z]{15,18}|/describe|/limits|/tooling/|"
    r"/oauth2/|/metadata/|/sobjects/?$|/composite(?:/batch|/graph)?/?(?:\?|$)|/search|/parameterizedSearch"
)
_READS = r"/query|/queryAll|/sobjects/|/composite|/search|/parameterizedSearch|/jobs/query|/async/|/graphql|/ui-api/"
_CALLS = ("RestApi", "ApexRestApi", "API", "BulkApi", "BulkApi2", "BulkApiRequest", "GraphQLQuery", "CompositeApi")


def call_reads(rows: pd.DataFrame) -> Iterator[Read]:
    """Every call that may have given records and that no other log explains."""
    good = rows[~matching(rows["status"], REFUSED)]
    yield from _soap_retrieves(good)
    yield from _composites(good)
    yield from _searches(good)
    yield from _other_calls(good)
    yield from _usage(good)


def _soap_retrieves(rows: pd.DataFrame) -> Iterator[Read]:
    """SOAP retrieve: up to 2,000 records by id, which no log names."""
    wanted = rows[(rows["event_type"] == "API") & (rows["method"].str.lower() == "retrieve")]
    yield from _counted(wanted, SOAP, "retrieve names no ids")


def _composites(rows: pd.DataFrame) -> Iterator[Read]:
    """Composite requests in whose second no query of the session is on record: any object, at most so many rows."""
    parents = rows[rows["event_type"].eq("RestApi") & matching(rows["uri"], _COMPOSITE)]
    told = rows[rows["event_type"].isin(("ApiEvent", "UniqueQuery", "CompositeApiSubrequest")) & (rows["query"] != "")]
    silent = parents[~_near(parents, told, ["user_id", "session_key"], _SAME_SECOND)]
    for group in groups(silent, ACTOR):
        high = COMPOSITE_ROWS * len(group.at)
        yield _bounded(group, COMPOSITE, "", Bound(0, 0, high, "composite requests: their parts are not logged"))


def _searches(rows: pd.DataFrame) -> Iterator[Read]:
    """Searches name objects and count rows. The Search log has no session, so it tells what RestApi did not."""
    rest = rows[rows["event_type"].eq("RestApi") & matching(rows["uri"], _SEARCH)]
    lone = rows[rows["event_type"] == "Search"]
    lone = lone[~_near(lone, rest, ["user_id"], _SAME_SECOND)]
    for group in groups(pd.concat([rest, lone]), (*ACTOR, "entity")):
        most = sum(group.figures()) if group.figures() else PAGE_ROWS * len(group.at)
        for name in _objects(group) or ("",):
            bound = Bound(0, 0 if len(_objects(group)) > 1 else most, most, "results of searches, rows not named")
            yield _bounded(group, SEARCH, name, bound)


def _other_calls(rows: pd.DataFrame) -> Iterator[Read]:
    """REST and Apex REST resources of any other kind that counted rows of a named object.

    RestApi leaves ids out of its address; a call whose record another log names is told by that one.
    """
    wanted = rows[rows["event_type"].isin(("RestApi", "ApexRestApi")) & ~matching(rows["uri"], _TOLD)]
    wanted = wanted[(wanted["rows"].fillna(0) > 0) & (wanted["method"].str.upper().isin(("GET", "POST")))]
    wanted = wanted[(wanted["entity"] != "") & (wanted["query"] == "")]
    by_id = rows[_by_id(rows) & (rows["request_id"] != "").to_numpy()]
    wanted = wanted[~_near(wanted, by_id, ["user_id", "request_id"], _NEAR)]
    yield from _counted(wanted, REST, "the resource names no records")


def _usage(rows: pd.DataFrame) -> Iterator[Read]:
    """Calls that ApiTotalUsage alone shows, as in the free log tier: the object at best, pages of 2,000 rows at most.

    A request id may be forged, so it joins two logs together with the user and the time only. Where a better log has a
    call of the same user and address within seconds, that log was being written, and would have this call too.
    """
    wanted = rows[(rows["event_type"] == "ApiTotalUsage") & matching(rows["uri"], _READS)]
    other = rows[rows["event_type"].isin(_CALLS)]
    told = _near(wanted, other, ["user_id", "request_id"], _NEAR) & (wanted["request_id"] != "").to_numpy()
    told |= _near(wanted, other, ["user_id", "client_ip"], _SAME_SECOND) | _of_known_jobs(wanted, rows)
    silent = wanted[~told & ~_by_id(wanted)]
    for group in groups(silent, (*ACTOR, "app_id", "entity")):
        names = _objects(group)
        bulk = any("/jobs/query" in uri or "/async/" in uri for uri in group.known("uri"))
        most = None if bulk else PAGE_ROWS * len(group.at)
        basis = "calls of ApiTotalUsage, which counts no rows" + (", some of bulk results" if bulk else "")
        for name in names or ("",):
            likely = 0 if most is None or not name else most
            yield _bounded(group, USAGE, name, Bound(0, likely, most, basis))


def _counted(rows: pd.DataFrame, channel: str, why: str) -> Iterator[Read]:
    """Calls on a named object with a row count each, which may show the same records again."""
    for group in groups(rows, (*ACTOR, "entity")):
        figures = group.figures()
        most = sum(figures) if figures else PAGE_ROWS * len(group.at)
        low = max(figures, default=0) if len(_objects(group)) == 1 and group.first("label") == "attack" else 0
        for name in _objects(group) or ("",):
            yield _bounded(group, channel, name, Bound(low, most, most, f"row counts of calls; {why}"))


def _bounded(group: Group, channel: str, name: str, logged: Bound) -> Read:
    about = (group.first("entity"), group.first("app_id"))
    return read_of(group, channel, name, (ALL_FIELDS,), about=about, logged=logged, notes=(logged.basis,))


def _objects(group: Group) -> Sequence[str]:
    """The objects that a group's rows name; key prefixes (Search) are no names."""
    parts = (part for text in group.known("entity") for part in re.split(r"[,;\s]+", text))
    return tuple(dict.fromkeys(part for part in parts if len(part) > 3))


def _of_known_jobs(rows: pd.DataFrame, events: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Calls whose address names a bulk job that a bulk log shows."""
    known = {one[:15] for one in events["job_id"].unique() if one}
    named = (_JOB.search(uri) for uri in rows["uri"])
    return np.array([one is not None and one[1] in known for one in named], dtype=np.bool_)


def _by_id(rows: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Calls whose address names the record: they are told by it."""
    return matching(rows["uri"], r"/sobjects/\w+/[0-9A-Za-z]{15,18}") & (rows["method"].str.upper() == "GET").to_numpy()


def _near(rows: pd.DataFrame, others: pd.DataFrame, keys: list[str], within: pd.Timedelta) -> npt.NDArray[np.bool_]:
    """Which rows have another one with equal keys so near in time."""
    if rows.empty or others.empty:
        return np.zeros(len(rows), np.bool_)
    left = rows[[*keys, "timestamp"]].assign(place=np.arange(len(rows))).sort_values("timestamp")
    right = others[[*keys, "timestamp"]].assign(hit=True).sort_values("timestamp")
    joined = pd.merge_asof(left, right, on="timestamp", by=keys, tolerance=within, direction="nearest")
    found = np.zeros(len(rows), np.bool_)
    found[joined["place"].to_numpy()] = joined["hit"].notna().to_numpy()
    return found
