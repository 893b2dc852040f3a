"""Values that hold for whatever is made inside a block."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

T = TypeVar("T")


@contextmanager
def setting(variable: ContextVar[T], value: T) -> Iterator[None]:
    """The variable has this value inside, and the one before afterwards."""
    before = variable.set(value)
    try:
        yield
    finally:
        variable.reset(before)
