"""Bounds: sums and unions keep the truth inside, and out-of-order figures are refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leakresponse.core.bounds import Bound, exactly, total, union
from leakresponse.core.errors import BadInput

_SETS = st.lists(st.frozensets(st.integers(0, 30)), min_size=1, max_size=4)


@st.composite
def _around(draw: st.DrawFn, figure: int) -> Bound:
    low = draw(st.integers(0, figure))
    high = draw(st.one_of(st.none(), st.integers(figure, figure + 10)))
    likely = draw(st.integers(low, high if high is not None else figure))
    return Bound(low, likely, high, "drawn")


@given(st.data())
def test_a_union_holds_the_count_of_any_overlapping_sets(data: st.DataObject) -> None:
    sets = data.draw(_SETS)
    found = union(data.draw(_around(len(one))) for one in sets)
    assert found.holds(len(frozenset().union(*sets)))


@given(st.data())
def test_a_sum_holds_the_sum_of_counts(data: st.DataObject) -> None:
    figures = data.draw(st.lists(st.integers(0, 50), max_size=4))
    bounds = [data.draw(_around(one)) for one in figures]
    assert total(bounds).holds(sum(figures))
    if bounds:
        assert sum(bounds[1:], bounds[0]) == total(bounds)


@pytest.mark.parametrize(("low", "likely", "high"), [(2, 1, 3), (0, 4, 3), (-1, 0, 0)])
def test_figures_out_of_order_are_refused(low: int, likely: int, high: int) -> None:
    with pytest.raises(BadInput):
        Bound(low, likely, high, "")


def test_a_cap_never_cuts_what_is_named_for_certain() -> None:
    assert Bound(5, 8, None, "a").at_most(3, "b") == Bound(5, 5, 5, "a; b")
    assert Bound(1, 2, 3, "a").at_most(9, "b") == Bound(1, 2, 3, "a")


def test_words_say_what_is_not_proven() -> None:
    assert exactly(1234, "").words() == "1,234"
    assert Bound(10, 12, 20, "").words() == "between 10 and 20 (likely 12)"
    assert "no upper limit" in Bound(10, 12, None, "").words()


def test_a_basis_is_said_once() -> None:
    assert (exactly(1, "ids of ApiEvent") + exactly(2, "ids of ApiEvent")).basis == "ids of ApiEvent"
