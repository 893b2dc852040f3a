"""Reading many parts of an org at once, each bounded: what fails or takes too long is said, never waited for."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from types import TracebackType
from typing import ParamSpec, TypeVar

from leakresponse.core.errors import LeakResponseError, code_of

T = TypeVar("T")
P = ParamSpec("P")


class Parts:
    """Parts being read. `unresolved` collects `<part>: why` for those that nobody has seen."""

    def __init__(self, parallel: int) -> None:
        self._pool = ThreadPoolExecutor(parallel)
        self.unresolved: list[str] = []

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def start(self, act: Callable[P, T], /, *args: P.args, **options: P.kwargs) -> Future[T]:
        """Begin to read."""
        return self._pool.submit(act, *args, **options)

    def take(self, name: str, part: Future[T], otherwise: T, until: float) -> T:
        """What was read by this moment of `time.monotonic()`, else `otherwise` and a word on why."""
        try:
            return part.result(max(0.0, until - time.monotonic()))
        except TooLate:
            self.unresolved.append(f"{name}: not read in time")
        except LeakResponseError as error:
            self.unresolved.append(f"{name}: {code_of(error)}")
        return otherwise
