"""The only module that drives Great Expectations: one context per process, one run at a time, nothing written.

Importing it takes seconds and 230 MB, so it happens at the first check, in the process that checks. `get_context` sets
process-global state and concurrent validation has an open bug (fivetran/great_expectations #12209): runs are serial.
"""

from __future__ import annotations

import itertools
import logging
import os
import threading
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from leakresponse.core.errors import ToolFailure

if TYPE_CHECKING:
    import pandas as pd

    from expectations.gate import Rule

_LOCK = threading.Lock()
_RUNS = itertools.count(1)
#: COMPLETE gives every failing row's position; without index columns the list holds row numbers, not cell values.
_FORMAT = {"result_format": "COMPLETE", "include_unexpected_rows": False, "return_unexpected_index_query": False}


@cache
def _context() -> Any:
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    return context


def failing_rows(table: pd.DataFrame, rules: Sequence[Rule]) -> dict[str, frozenset[int] | str]:
    """Per rule the numbers of its failing rows, or in words why it could not be checked."""
    answers: dict[str, frozenset[int] | str] = {}
    if len({rule.name for rule in rules}) != len(rules):
        raise ToolFailure("two rules of one gate have the same name")
    ready = [rule for rule in rules if all(c in table.columns for c in rule.columns)]
    if not len(table):
        answers.update({rule.name: frozenset[int]() for rule in ready})
    elif ready:
        with _LOCK:
            answers.update(_validated(table, ready))
    return {rule.name: answers.get(rule.name, "the check gave no result") for rule in rules}


def _validated(table: pd.DataFrame, rules: Sequence[Rule]) -> dict[str, frozenset[int] | str]:
    context = _context()
    import great_expectations as gx
    import great_expectations.expectations as gxe

    name = f"run-{next(_RUNS)}"
    suite = gx.ExpectationSuite(
        name=name,
        expectations=[getattr(gxe, r.expectation)(**r.kwargs, meta={"rule": r.name}) for r in rules],
    )
    source = context.data_sources.add_pandas(name)
    try:
        asset = source.add_dataframe_asset(name)
        batch = asset.add_batch_definition_whole_dataframe(name).get_batch({"dataframe": table})
        answer = batch.validate(suite, result_format=_FORMAT)
    finally:
        context.data_sources.delete(name)
    return {r.expectation_config.meta["rule"]: _rows(r) for r in answer.results}


def _rows(result: Any) -> frozenset[int] | str:
    """Failing row numbers of one result. An exception is nested per metric and names values: only its kind is kept."""
    if _raised(result.exception_info):
        return "the check raised an error"
    if result.success:
        return frozenset()
    rows = result.result.get("unexpected_index_list")
    if rows is None or len(rows) != result.result.get("unexpected_count"):
        return "the check did not name its failing rows"
    return frozenset(int(row) for row in rows)


def _raised(info: Any) -> bool:
    if not info:
        return False
    if "raised_exception" in info:
        return bool(info["raised_exception"])
    return any(_raised(nested) for nested in info.values() if isinstance(nested, dict))
