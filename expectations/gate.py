"""What every gate shares: rules as data, the run, and the arithmetic that must always add up.

A rule is said twice, once for Great Expectations and once in plain pandas. Both must name the same rows; where they do
not, the rule is a tool failure and not a verdict. What is known of Great Expectations 1.24 (measured): results come in
another order than the suite, a missing column does not raise, `unexpected_list` is cut at 200, set and pattern rules
skip nulls. So: rule ids travel in `meta`, exceptions are read, rows come from the index list, blanks are made null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from leakresponse.core.quality import GateResult, Outcome, Quarantined, RuleResult

if TYPE_CHECKING:
    import pandas as pd

    #: A mask over the rows of the projected frame: True fails the rule.
    Plain = Callable[[pd.DataFrame], pd.Series]


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a gate.

    `expectation` and `kwargs` name a Great Expectations class; `plain` is the same rule in pandas. `stops` says whether
    a failing row makes the gate fail or only sets the row aside. `reason` goes to the quarantine, without any value.
    """

    name: str
    columns: tuple[str, ...]
    expectation: str
    kwargs: Mapping[str, Any]
    plain: Plain
    reason: str
    stops: bool = True


def not_null(column: str, *, stops: bool = True) -> Rule:
    """The column is filled in every row."""
    return Rule(
        f"{column}_present",
        (column,),
        "ExpectColumnValuesToNotBeNull",
        {"column": column},
        lambda f: f[column].isna(),
        f"{column} is missing",
        stops,
    )


def unique(columns: Sequence[str], name: str, reason: str, *, stops: bool = True) -> Rule:
    """No two rows share the values of these columns; rows where one is missing are left to `not_null`."""
    names = list(columns)
    one = len(names) == 1
    return Rule(
        name,
        tuple(names),
        "ExpectColumnValuesToBeUnique" if one else "ExpectCompoundColumnsToBeUnique",
        {"column": names[0]} if one else {"column_list": names, "ignore_row_if": "any_value_is_missing"},
        lambda f: f.duplicated(names, keep=False) & f[names].notna().all(axis=1),
        reason,
        stops,
    )


def matches(column: str, pattern: str, name: str, reason: str, *, stops: bool = True) -> Rule:
    """Values that are there fit the whole pattern."""
    whole = rf"^(?:{pattern})\Z"
    return Rule(
        name,
        (column,),
        "ExpectColumnValuesToMatchRegex",
        {"column": column, "regex": whole},
        lambda f: f[column].notna() & ~f[column].str.match(whole).fillna(False).astype(bool),
        reason,
        stops,
    )


def one_of(column: str, values: Iterable[object], name: str, reason: str, *, stops: bool = True) -> Rule:
    """Values that are there belong to a closed list."""
    allowed = list(values)
    return Rule(
        name,
        (column,),
        "ExpectColumnValuesToBeInSet",
        {"column": column, "value_set": allowed},
        lambda f: f[column].notna() & ~f[column].isin(allowed),
        reason,
        stops,
    )


def run_gate(gate: str, frame: pd.DataFrame, id_column: str, rules: Sequence[Rule]) -> GateResult:
    """Check all rules. Failing rows are set aside by id, never dropped; rows in = rows passed + rows set aside."""
    from expectations.engine import failing_rows

    table = _projected(frame, id_column, rules)
    found = failing_rows(table, rules)
    results: list[RuleResult] = []
    aside: dict[str, list[int]] = {}
    for rule in rules:
        result, rows = _judge(rule, table, found[rule.name])
        results.append(result)
        aside[rule.name] = rows
    failing = sorted({row for rows in aside.values() for row in rows})
    labels = _labels(table, id_column, failing)
    quarantine = tuple(Quarantined(labels[row], rule.name, rule.reason) for rule in rules for row in aside[rule.name])
    return GateResult(gate, len(table), len(table) - len(failing), tuple(results), quarantine)


def stopping_ids(result: GateResult) -> frozenset[str]:
    """Ids set aside by a rule that stops, without those that a warning alone set aside."""
    stopping = {rule.rule for rule in result.rules if rule.stops}
    return frozenset(q.row_id for q in result.quarantine if q.rule in stopping)


def _projected(frame: pd.DataFrame, id_column: str, rules: Sequence[Rule]) -> pd.DataFrame:
    """Only the columns that rules read, rows numbered from 0, blank text made null."""
    import pandas as pd

    wanted = dict.fromkeys([id_column, *(c for rule in rules for c in rule.columns)])
    table = pd.DataFrame(index=range(len(frame)))
    for column in wanted:
        if column in frame.columns:
            table[column] = _unblanked(frame[column].reset_index(drop=True))
    return table


def _unblanked(values: pd.Series) -> pd.Series:
    import pandas as pd

    if not pd.api.types.is_string_dtype(values) and values.dtype != object:
        return values
    return values.where(values.astype("string").str.strip().ne("").fillna(True).astype(bool))


def _judge(rule: Rule, table: pd.DataFrame, found: frozenset[int] | str) -> tuple[RuleResult, list[int]]:
    """The verdict on one rule from both tellings; `found` is a text where Great Expectations could not answer."""
    missing = [c for c in rule.columns if c not in table.columns]
    if missing:
        return _tool_failure(rule, f"column missing: {', '.join(missing)}"), []
    if isinstance(found, str):
        return _tool_failure(rule, found), []
    mask = rule.plain(table)
    plain = {int(row) for row in mask.index[mask.to_numpy(dtype=bool)]}
    if plain != found:
        return _tool_failure(rule, f"two counts disagree: {len(found)} and {len(plain)} failing rows"), []
    outcome: Outcome = "fail" if plain else "pass"
    return RuleResult(rule.name, outcome, len(table), len(plain), rule.stops), sorted(plain)


def _tool_failure(rule: Rule, note: str) -> RuleResult:
    return RuleResult(rule.name, "tool_failure", 0, 0, rule.stops, note)


def _labels(table: pd.DataFrame, id_column: str, rows: Sequence[int]) -> dict[int, str]:
    """A distinct label for each row: its id; `row 7` where it has none; `id #2` for a second row of one id."""
    import pandas as pd

    if id_column not in table.columns:
        return {row: f"row {row}" for row in rows}
    seen: dict[str, int] = {}
    labels: dict[int, str] = {}
    for row, value in table.loc[list(rows), id_column].items():
        number = int(str(row))
        label = f"row {number}" if pd.isna(value) else str(value)
        seen[label] = seen.get(label, 0) + 1
        labels[number] = label if seen[label] == 1 else f"{label} #{seen[label]}"
    return labels
