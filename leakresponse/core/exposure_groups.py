"""Rows of the event table by what they have in common, without a frame of their own for each group.

A theft by small pages has a hundred thousand groups: columns become lists once, and a group is a list of places.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import pandas as pd

#: So many different texts of one shape stay reads of their own; more are one, whose values are unknown.
SEPARATE = 25
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_VALUES = re.compile(r"'(?:[^'\\]|\\.)*'|(?<![\w.:])[-+]?\d[\d.:TZ+-]*(?![\w.])")
_LISTS = re.compile(r"\(\s*:v(?:\s*,\s*:v)+\s*\)|\(\s*:v\s*\)")


class Table:
    """An event table by columns: each is turned into a list when it is first asked for."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self._columns: dict[str, list[Any]] = {}

    def column(self, name: str) -> list[Any]:
        """All values; times as microseconds since 1970, figures as int or None, `record_ids` as lists or None."""
        found = self._columns.get(name)
        if found is None:
            found = self._columns[name] = self._listed(name)
        return found

    def _listed(self, name: str) -> list[Any]:
        series = self.frame[name]
        if name == "timestamp":
            return [int(one) for one in series.astype("datetime64[us, UTC]").astype("int64")]
        if name in {"rows", "bytes"}:
            return [None if pd.isna(one) else int(one) for one in series]
        if name == "record_ids":
            return [one if isinstance(one, list) else None for one in series]
        return [str(one) for one in series]


@dataclass(frozen=True, slots=True)
class Group:
    """Some rows of a table, in its order."""

    table: Table
    at: Sequence[int]

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Group:
        """All rows of a small frame."""
        return cls(Table(frame), range(len(frame)))

    def first(self, name: str) -> str:
        """A text of the first row."""
        return str(self.table.column(name)[self.at[0]])

    def each(self, name: str) -> list[Any]:
        """The values of all rows."""
        column = self.table.column(name)
        return [column[place] for place in self.at]

    def known(self, name: str) -> list[str]:
        """The different texts, empty ones left out."""
        return [one for one in dict.fromkeys(self.each(name)) if one]

    def figures(self, name: str = "rows") -> list[int]:
        """The figures that are there."""
        return [one for one in self.each(name) if one is not None]

    def ids(self) -> tuple[str, ...]:
        """Every record that the rows name, once."""
        return tuple(dict.fromkeys(one for some in self.each("record_ids") for one in some or ()))

    @property
    def first_seen(self) -> datetime:
        """The earliest time."""
        return _moment(min(self.each("timestamp")))

    @property
    def last_seen(self) -> datetime:
        """The latest time."""
        return _moment(max(self.each("timestamp")))

    @property
    def principal(self) -> str:
        """Who read, in words that a report may print: app and user id."""
        parts = (self.first("app_name") or self.first("app_id"), self.first("user_id"))
        return " / ".join(part for part in parts if part)

    def entity(self) -> str:
        """The object that the rows name, where they name exactly one."""
        names = {part for text in self.known("entity") for part in re.split(r"[,;\s]+", text) if part}
        return names.pop() if len(names) == 1 else ""


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)


def groups(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[Group]:
    """Groups of equal keys, in the order in which they first appear."""
    if frame.empty:
        return
    table = Table(frame)
    codes = frame.groupby(list(keys), sort=False, dropna=False).ngroup().to_numpy()
    places: dict[int, list[int]] = {}
    for place, code in enumerate(codes.tolist()):
        places.setdefault(code, []).append(place)
    for some in places.values():
        yield Group(table, some)


def by_query(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[tuple[str, Group]]:
    """(query text, rows) by keys and text; texts of one shape beyond SEPARATE come together, as their shape.

    Whoever pages by `WHERE Id > '...'` sends as many texts as pages; they read the same fields of one object.
    """
    families: dict[tuple[str, ...], list[Group]] = {}
    for group in groups(frame, [*keys, "query"]):
        family = (*(group.first(key) for key in keys), shape_of(group.first("query")))
        families.setdefault(family, []).append(group)
    for family, members in families.items():
        if len(members) <= SEPARATE:
            yield from ((one.first("query"), one) for one in members)
        else:
            together = sorted(place for one in members for place in one.at)
            yield family[-1], Group(members[0].table, together)


@lru_cache(maxsize=200_000)
def shape_of(text: str) -> str:
    """A query without its values: `:v` stands for each text, number, date and list of them."""
    return _LISTS.sub(":v", _VALUES.sub(":v", " ".join(text.split())))
