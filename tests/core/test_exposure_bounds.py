"""Bounds of what was read: the truth lies inside them whatever the logs left out, and every difference has a reason."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leakresponse.core.bounds import Bound, exactly
from leakresponse.core.events import concat_events
from leakresponse.core.exposure import (
    count_named,
    expose,
    gap_reads,
    plan_replays,
    reads_of,
    resolve_reads,
    scope_bounds,
)
from leakresponse.core.exposure_bounds import ANY_OBJECT, Named, object_bounds
from leakresponse.core.exposure_evidence import STAMPS, Evidence, evidence_of
from leakresponse.core.exposure_types import Read, Reconciliation
from leakresponse.core.types import FieldInfo
from tests.support.exposure_events import DESCRIBE, KEYS, QUERY, C, api_event, at, download, elf, job_rows, reads, rest

BEFORE, DURING, AFTER = "2026-11-01T00:00:00.000Z", "2026-11-24T11:01:30.000Z", "2026-11-25T00:00:00.000Z"
FILTERED = "SELECT Id, Email FROM Contact WHERE Email != null"


def rows(*stamps: tuple[str, str, str]) -> pd.DataFrame:
    """Contacts with (CreatedDate, SystemModstamp, IsDeleted)."""
    table = pd.DataFrame(list(stamps), columns=["CreatedDate", "SystemModstamp", "IsDeleted"], dtype="str")
    return table.assign(Id=C[: len(table)])


def job_read(query: str = QUERY, expected: int = 3) -> Read:
    (read,) = reads(job_rows(1, rows=expected), download(2, query))
    return read


def exposed(read: Read, again: pd.DataFrame) -> tuple[pd.DataFrame, Reconciliation]:
    plans = plan_replays([read], DESCRIBE)
    table, (difference,) = expose([read], plans, {plans[0].replay_id: again})
    return table, difference


def bound(low: int, likely: int, high: int | None, basis: str) -> Bound:
    return Bound(low, likely, high, basis)


def test_rows_created_after_the_read_are_never_counted() -> None:
    again = rows(
        (BEFORE, BEFORE, "false"), (BEFORE, BEFORE, "false"), (BEFORE, BEFORE, "false"), (AFTER, AFTER, "false")
    )
    table, difference = exposed(job_read(), again)
    assert set(table["record_id"]) == set(C[:3])
    assert difference.bound == exactly(3, "rows read again are as many as logged (JobComplete of BulkApi2)")
    assert "1 rows created after the read and not counted" in difference.reasons


def test_rows_deleted_before_the_read_are_not_counted_and_those_deleted_since_are() -> None:
    again = rows((BEFORE, BEFORE, "true"), (BEFORE, AFTER, "true"), (BEFORE, BEFORE, "false"))
    table, difference = exposed(job_read(expected=2), again)
    assert set(table["record_id"]) == {C[1], C[2]}
    assert difference.explained
    assert {"1 rows deleted before the read and not counted", "1 rows deleted since the read, and counted"} <= set(
        difference.reasons
    )


def test_rows_changed_since_are_in_doubt_where_the_counts_differ() -> None:
    again = rows((BEFORE, BEFORE, "false"), (BEFORE, BEFORE, "false"), (BEFORE, AFTER, "false"))
    table, difference = exposed(job_read(FILTERED, 2), again)
    assert dict(zip(table["record_id"], table["certainty"], strict=True)) == {
        C[0]: "certain", C[1]: "certain", C[2]: "possible",
    }  # fmt: skip
    assert difference.explained
    assert difference.bound is not None
    assert (difference.bound.low, difference.bound.likely, difference.bound.high) == (2, 2, 3)


def test_a_change_since_raises_no_doubt_where_the_counts_agree_or_nothing_was_filtered() -> None:
    again = rows((BEFORE, BEFORE, "false"), (BEFORE, AFTER, "false"))
    for read in (job_read(FILTERED, 2), job_read(QUERY, 1)):
        assert set(exposed(read, again)[0]["certainty"]) == {"certain"}


def test_rows_that_are_gone_for_good_stay_in_the_bound() -> None:
    _table, difference = exposed(job_read(expected=5), rows((BEFORE, BEFORE, "false")))
    assert difference.bound == bound(1, 5, 5, "JobComplete of BulkApi2")
    assert not difference.explained


WITH_STAMPS = {
    **DESCRIBE,
    "Contact": replace(DESCRIBE["Contact"], fields={
        **DESCRIBE["Contact"].fields, **{name: FieldInfo(name, name, "datetime") for name in STAMPS},
    }),
}  # fmt: skip


def test_rows_that_changed_out_of_the_filter_are_possible_and_count_once() -> None:
    read = job_read(FILTERED, 3)
    again = rows((BEFORE, BEFORE, "false"), (BEFORE, BEFORE, "false"))
    changed = rows(*[(BEFORE, AFTER, "false")] * 4).iloc[2:]
    _table, first = exposed(read, again)
    (gap,) = gap_reads([read], [first], WITH_STAMPS)
    plans = plan_replays([read, gap], WITH_STAMPS)
    frames = {one.replay_id: changed if "SystemModstamp >" in one.soql else again for one in plans}
    table, told = expose([read, gap], plans, frames)
    assert dict(zip(table["record_id"], table["certainty"], strict=True)) == {
        C[0]: "certain", C[1]: "certain", C[2]: "possible", C[3]: "possible",
    }  # fmt: skip
    found = object_bounds(count_named(table), told)["Contact"]
    assert (found.low, found.likely, found.high) == (2, 3, 3)


@pytest.mark.parametrize(("query", "expected"), [(QUERY, 3), (FILTERED, 2)])
def test_no_gap_is_looked_for_without_a_filter_or_a_difference(query: str, expected: int) -> None:
    read = job_read(query, expected)
    difference = exposed(read, rows((BEFORE, BEFORE, "false"), (BEFORE, BEFORE, "false")))[1]
    assert gap_reads([read], [difference], WITH_STAMPS) == []


def test_evidence_of_pages_adds_up() -> None:
    read, again = job_read(), rows((BEFORE, BEFORE, "false"), (AFTER, AFTER, "false"), (BEFORE, DURING, "true"))
    whole = evidence_of(read, again)
    assert evidence_of(read, again[:1]) + evidence_of(read, again[1:]) == whole
    assert whole == Evidence(rows=3, created_since=1, deleted_since=1)


def test_a_job_of_which_no_download_is_on_record_may_have_given_nothing() -> None:
    unique = elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY})
    (read,) = reads(job_rows(1), unique)
    _table, difference = exposed(read, rows(*[(BEFORE, BEFORE, "false")] * 4))
    assert difference.bound is not None
    assert (difference.bound.low, difference.bound.likely, difference.bound.high) == (0, 3, 3)


def logged(*parts: pd.DataFrame) -> Bound:
    (read,) = reads(*parts)
    assert read.logged is not None
    return read.logged


URI = "/services/data/v67.0/query"


def test_rows_of_a_log_file_are_read_both_ways() -> None:
    more = [rest(m, f"{URI}/01gRM000000abcd-{2000 * m}", ROWS_PROCESSED="4500") for m in (1, 2)]
    found = logged(rest(1, URI, QUERY=QUERY, ROWS_PROCESSED="4500"), *more)
    assert (found.low, found.likely, found.high) == (4500, 4500, 6000)


def test_offsets_of_a_cursor_tell_the_size_of_its_pages() -> None:
    more = [rest(m, f"{URI}/01gRM000000abcd-{200 * m}") for m in (1, 2)]
    found = logged(rest(1, URI, QUERY=QUERY, ROWS_PROCESSED="4500"), *more)
    assert (found.likely, found.high) == (600, 4500)


def test_a_small_answer_holds_few_rows() -> None:
    found = logged(rest(1, URI, QUERY=QUERY, ROWS_PROCESSED="2000", RESPONSE_SIZE="4000"))
    assert (found.low, found.high) == (200, 1000)


def test_the_total_of_the_query_bounds_pages_that_apievent_missed() -> None:
    calls = [rest(m, URI if m == 1 else f"{URI}/01gRM000000abcd-{2000 * m}") for m in (1, 2, 3)]
    (read,) = reads(api_event(1, QUERY, C[:2], 2), *calls)
    assert read.logged is not None
    assert (read.logged.low, read.logged.likely, read.logged.high) == (2, 2, 4500)


def test_ids_that_are_cut_off_leave_a_range() -> None:
    (read,) = reads(api_event(1, QUERY, C[:2], 4))
    assert read.logged is not None
    assert (read.logged.low, read.logged.likely, read.logged.high) == (4, 4, 4500)


def difference(name: str, found: int, given: Bound, *, certain: bool = True, channel: str = "c") -> Reconciliation:
    return Reconciliation(
        f"read-{name}-{found}", None, found, None, False, (), object=name, channel=channel, bound=given,
        certain=certain, sure=found if certain else 0,
    )  # fmt: skip


def test_an_object_read_twice_overlaps_and_two_objects_add_up() -> None:
    named = {("", "Contact"): Named(3, 5), ("", "Case"): Named(2, 2)}
    several = [
        difference("Contact", 3, exactly(3, "a")),
        difference("Contact", 4, Bound(0, 2, 4, "b"), certain=False),
        difference("Case", 2, exactly(2, "a")),
    ]
    found = scope_bounds(named, several)
    assert {name: (one["low"], one["high"]) for name, one in found["objects"].items()} == {
        "Contact": (3, 5), "Case": (2, 2),
    }  # fmt: skip
    assert (found["records"]["low"], found["records"]["high"]) == (5, 7)


def test_rows_counted_but_not_named_are_in_the_object() -> None:
    found = object_bounds({("", "Contact"): Named(3, 3)}, [difference("Contact", 3, Bound(3, 9, 9, "a"))])
    assert (found["Contact"].low, found["Contact"].likely, found["Contact"].high) == (3, 9, 9)


def test_without_a_bound_of_the_log_the_readable_records_are_the_most() -> None:
    open_ended = [difference("Contact", 0, Bound(0, 0, None, "a"), certain=False)]
    assert object_bounds({}, open_ended, {"Contact": 40})["Contact"].high == 40
    assert object_bounds({}, open_ended)["Contact"].high is None


def test_an_object_that_nobody_knows_is_said() -> None:
    found = object_bounds({}, [difference("", 0, Bound(0, 0, None, "a"), certain=False)])
    assert list(found) == [ANY_OBJECT]


def test_parents_have_a_bound_of_their_own() -> None:
    assert object_bounds({("", "Account"): Named(1, 2)}, [])["Account"] == Bound(
        1, 2, 2, "parents of records that were read"
    )


def test_records_are_counted_once_over_channels() -> None:
    table = pd.DataFrame(
        [("a", "Contact", C[0], "certain"), ("b", "Contact", C[0], "possible"), ("b", "Contact", C[1], "possible")],
        columns=["channel", "object", "record_id", "certainty"],
    )
    assert count_named(table) == {
        ("", "Contact"): Named(1, 2), ("a", "Contact"): Named(1, 1), ("b", "Contact"): Named(0, 2),
    }  # fmt: skip


PAGE = 3
PEOPLE = [f"003{n:012d}AAA" for n in range(40)]


def paged_logs(count: int, ids_cut: int, kept: set[str], pages_lost: frozenset[int]) -> list[pd.DataFrame]:
    """A query paged by the attacker, as the logs that are left show it. Their figures follow the total reading."""
    parts = []
    pages = [PEOPLE[:count][start : start + PAGE] for start in range(0, count, PAGE)]
    files_lost = frozenset() if "event" in kept else pages_lost
    for number, page in enumerate(pages):
        uri = URI if number == 0 else f"{URI}/01gRM000000abcd-{PAGE * number}"
        if "rest" in kept and number not in files_lost:
            parts.append(rest(number + 1, uri, QUERY=QUERY if number == 0 else "", ROWS_PROCESSED=str(count),
                              ENTITY_NAME="Contact", REQUEST_ID=f"q{number}"))  # fmt: skip
        if "event" in kept and number not in pages_lost:
            shown = page[: max(0, len(page) - ids_cut)]
            event = api_event(number + 1, QUERY, shown, len(page), "QueryMore" if number else "Query")
            parts.append(event.assign(status=f"total:{count}"))
        if "usage" in kept:
            parts.append(elf("ApiTotalUsage", {**KEYS, "TIMESTAMP_DERIVED": at(number + 1), "HTTP_METHOD": "GET",
                         "API_RESOURCE": "/v67.0/query", "ENTITY_NAME": "Contact", "REQUEST_ID": f"q{number}",
                         "STATUS_CODE": "200"}))  # fmt: skip
    if "unique" in kept:
        parts.append(elf("UniqueQuery", {"TIMESTAMP_DERIVED": at(1), "QUERY_IDENTIFIER": QUERY}))
    return parts


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 30), st.integers(0, 3), st.sets(st.sampled_from(["rest", "event", "usage", "unique"]), min_size=1),
    st.frozensets(st.integers(0, 9), max_size=4),
)  # fmt: skip
@pytest.mark.parametrize("extra", [0, 10])
def test_the_truth_lies_inside_whatever_the_logs_left_out(
    extra: int, count: int, ids_cut: int, kept: set[str], lost: frozenset[int]
) -> None:
    parts = paged_logs(count, ids_cut, kept, lost)
    if not parts:
        return
    found = resolve_reads(reads_of(concat_events(parts).assign(label="attack")), DESCRIBE)
    table = [(BEFORE, BEFORE, "false")] * count + [(AFTER, AFTER, "false")] * extra
    again = pd.DataFrame(table, columns=["CreatedDate", "SystemModstamp", "IsDeleted"]).assign(Id=PEOPLE[: len(table)])
    plans = plan_replays(found, DESCRIBE)
    exposures, told = expose(found, plans, {one.replay_id: again for one in plans}, {"Contact": count})
    objects = object_bounds(count_named(exposures), told, {"Contact": count})
    assert objects["Contact"].holds(count), objects
    assert set(exposures["record_id"]) <= set(PEOPLE[:count])
