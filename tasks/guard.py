"""What leaves a step or a flow when it fails: a type and a place, never a value.

Prefect writes an exception's text into the state of the run, its events and three log lines, and may keep the exception
itself. Texts of other people's exceptions quote what they were given (`KeyError`, a failed conversion in pandas, the
parameters of a statement), so only exceptions of our own tree pass, masked by shape and without what caused them.
"""

from __future__ import annotations

import functools
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import TracebackType
from typing import ParamSpec, TypeVar

from leakresponse.core.errors import LeakResponseError, Unforeseen
from leakresponse.core.redact import mask

P = ParamSpec("P")
R = TypeVar("R")
_HOUSE = Path(__file__).resolve().parents[1]
_ROOMS = ("flows", "tasks", "blocks", "expectations", "leakresponse")


class Sanitised(AbstractContextManager["Sanitised"]):
    """Lets our own exceptions pass without personal text, and turns every other into `Unforeseen`."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, LeakResponseError):
            error.args = tuple(mask(part)[0] if isinstance(part, str) else part for part in error.args)
            error.__cause__ = None
            error.__suppress_context__ = True
        elif isinstance(error, Exception):
            raise Unforeseen(f"{type(error).__name__} {place(trace)}") from None


def sanitised(function: Callable[P, R]) -> Callable[P, R]:
    """The function with what it raises sanitised."""

    @functools.wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with Sanitised():
            return function(*args, **kwargs)

    run.__dict__["sanitised"] = True
    return run


def place(trace: TracebackType | None) -> str:
    """Where an exception was raised: the last line of ours, and the last line of all where that is another's."""
    frames = traceback.extract_tb(trace)
    own = [frame for frame in frames if _room(frame.filename) and frame.filename != __file__]
    where = f"at {_relative(own[-1].filename)}:{own[-1].lineno} in {own[-1].name}" if own else "outside our code"
    last = frames[-1] if frames else None
    if last is None or (own and last.filename == own[-1].filename):
        return where
    return f"{where}, raised at {Path(last.filename).name}:{last.lineno} in {last.name}"


def _room(filename: str) -> bool:
    path = Path(filename)
    return path.is_relative_to(_HOUSE) and path.relative_to(_HOUSE).parts[0] in _ROOMS


def _relative(filename: str) -> str:
    return str(Path(filename).relative_to(_HOUSE))
