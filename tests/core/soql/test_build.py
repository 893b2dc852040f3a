"""The builder escapes values and refuses names that are none."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakresponse.core.errors import BadInput
from leakresponse.core.soql import ast, build, parse


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("it's", "'it\\'s'"),
        ("a\\b", "'a\\\\b'"),
        ("two\nlines\t", "'two\\nlines\\t'"),
        (None, "NULL"),
        (True, "TRUE"),
        (7, "7"),
        (1.5, "1.5"),
        (Decimal("10.00"), "10.00"),
        (date(2026, 1, 2), "2026-01-02"),
        (datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC), "2026-01-02T03:04:05Z"),
        (datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=UTC), "2026-01-02T03:04:05.678Z"),
        (datetime(2026, 1, 2, 3, tzinfo=timezone(timedelta(hours=2))), "2026-01-02T01:00:00Z"),
    ],
)
def test_a_literal(value: build.Scalar, text: str) -> None:
    assert build.literal(value) == text


@pytest.mark.parametrize("value", [datetime(2026, 1, 1), float("nan"), float("inf"), [1]])
def test_a_value_without_literal_is_refused(value: object) -> None:
    with pytest.raises(BadInput):
        build.literal(value)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["", "Id; DROP", "a b", "x'", "1x", "Account.", "COUNT()", "Id\n"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(BadInput):
        build.equals(name, 1)


def test_a_whole_query() -> None:
    where = build.equals("Account.Name", "O'Hara") & (build.isin("Id", ["a", "b"]) | build.differs("Email", None))
    text = build.select("Contact", ["Id", "Account.Name"], where=where, order_by=["CreatedDate DESC", "Id"], limit=5)
    assert text == (
        "SELECT Id, Account.Name FROM Contact WHERE Account.Name = 'O\\'Hara' AND (Id IN ('a', 'b') OR Email != NULL)"
        " ORDER BY CreatedDate DESC, Id LIMIT 5"
    )


@pytest.mark.parametrize(
    "text",
    [
        build.count("Contact", where=build.between("CreatedDate", date(2026, 1, 1), date(2026, 2, 1))),
        build.select("Contact", ["FIELDS(ALL)"], limit=200),
        build.select("Contact", ["COUNT()"], where=build.negate(build.equals("A", 1) | build.equals("B", 2))),
        build.select("A", ["Id"], where=build.isin_query("Id", build.select("B", ["A__c"]))),
        build.select("A", ["Id"], where=build.isin("Id", ["x"], negated=True) & build.negate(build.equals("A", 1))),
        build.select("A", ["Id"], where=build.starts_with("Name", "100%_\\'")),
    ],
)
def test_what_is_built_parses(text: str) -> None:
    assert parse(text).object in {"Contact", "A"}


def test_an_empty_list_is_refused() -> None:
    with pytest.raises(BadInput):
        build.isin("Id", [])


def test_an_ordering_is_checked() -> None:
    with pytest.raises(BadInput):
        build.select("A", ["Id"], order_by=["Name; x"])


@pytest.mark.parametrize("limit", [-1, True, 1.5])
def test_a_limit_is_checked(limit: object) -> None:
    with pytest.raises(BadInput):
        build.select("A", ["Id"], limit=limit)  # type: ignore[arg-type]


def test_a_condition_does_not_show_its_values() -> None:
    assert "jane" not in repr(build.equals("Email", "jane@person.example"))


def test_batches_keep_every_value_once() -> None:
    values = [str(number) for number in range(1201)]
    assert [one for batch in build.batches(values) for one in batch] == values


@given(st.text(max_size=60))
def test_a_text_can_never_leave_its_quotes(text: str) -> None:
    query = parse(build.select("A", ["Id"], where=build.equals("Name", text)))
    assert isinstance(query.where, ast.Compare) and isinstance(query.where.right, ast.Text)
    assert query.where.right.value == text
