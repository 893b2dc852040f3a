"""Columns made in bulk: record ids, random picks, texts joined without a Python loop over rows."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as compute

from leakresponse.rehearsal.context import setting

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
#: pyarrow.compute without its stubs, which know fewer argument types than it takes.
pc: Any = compute
Column = Any  # pyarrow's string arrays; its stubs name them too narrowly to be of use

_BASE62 = np.frombuffer(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", dtype=np.uint8)
_CHECK = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ012345", dtype=np.uint8)
#: Characters 4 to 6 of every id: in Salesforce they name the server that made the record, so each org has its own.
_POD: ContextVar[str] = ContextVar("pod", default="RH0")
#: Numbers that a block of people may use of each kind: more than any object has records for one person.
STRIDE = 4
_FIRST: ContextVar[int] = ContextVar("first", default=0)


def numbered_after(people: int) -> AbstractContextManager[None]:
    """Ids and numbers made inside begin after those of so many people."""
    return setting(_FIRST, people * STRIDE)


def numbers(count: int, start: int = 1) -> Ints:
    """`count` numbers from `start` on, which no other block of people has."""
    first = start + _FIRST.get()
    return np.arange(first, first + count, dtype=np.int64)


def pod_of(pod: str) -> AbstractContextManager[None]:
    """Ids made inside have this server part of three characters."""
    return setting(_POD, pod)


def record_ids(prefix: str, count: int, start: int = 1) -> Column:
    """`count` ids of 18 characters with the checksum that carries their case; number `start` onwards."""
    chars = np.empty((count, 18), dtype=np.uint8)
    chars[:, :6] = np.frombuffer(f"{prefix}{_POD.get()}".encode(), dtype=np.uint8)
    left = numbers(count, start)
    for position in range(14, 5, -1):
        chars[:, position] = _BASE62[left % 62]
        left //= 62
    upper = (chars[:, :15] >= ord("A")) & (chars[:, :15] <= ord("Z"))
    codes = (upper.reshape(count, 3, 5) * (1 << np.arange(5))).sum(axis=2)
    chars[:, 15:] = _CHECK[codes]
    offsets = np.arange(0, 18 * (count + 1), 18, dtype=np.int32)
    made = pa.StringArray.from_buffers(count, pa.py_buffer(offsets.tobytes()), pa.py_buffer(chars.tobytes()))
    return made.cast(pa.large_string())


def words(values: Sequence[str]) -> Column:
    """A lookup list as a column."""
    return pa.array(values, type=pa.large_string())


def constant(value: str, count: int) -> Column:
    """The same text in every row."""
    return words([value]).take(pa.array(np.zeros(count, dtype=np.int64)))


def empty(count: int) -> Column:
    """A column without values."""
    return pa.nulls(count, type=pa.large_string())


def pick(rng: np.random.Generator, values: Sequence[str], count: int) -> Column:
    """A random word for every row."""
    return take(words(values), rng.integers(0, len(values), count))


def take(values: Column, rows: Ints) -> Column:
    """Rows of a column, by position."""
    return values.take(pa.array(rows))


def join(*parts: Column, sep: str = "") -> Column:
    """Texts side by side; null where any part is null."""
    return pc.binary_join_element_wise(*parts, pa.scalar(sep, type=pa.large_string()))


def where(mask: Mask, yes: Column, no: Column | None = None) -> Column:
    """`yes` where the mask is true, else `no` (null without one)."""
    other = no if no is not None else pa.scalar(None, type=pa.large_string())
    return pc.if_else(pa.array(mask), yes, other)


def padded(numbers: Ints, width: int) -> Column:
    """Numbers as text with leading zeros."""
    return pc.utf8_lpad(pc.cast(pa.array(numbers), pa.large_string()), width, padding="0")


def moments(seconds: Ints) -> Column:
    """Seconds since 1970 as the org stores datetimes: ISO text in UTC, milliseconds, `Z`."""
    text = np.datetime_as_string(seconds.astype("datetime64[s]"), unit="s")
    return join(words(text.tolist()), constant(".000Z", len(seconds)))


def days(numbers: Ints) -> Column:
    """Days since 1970 as `YYYY-MM-DD`."""
    return words(np.datetime_as_string(numbers.astype("datetime64[D]"), unit="D").tolist())
