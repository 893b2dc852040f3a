"""A one-way line from deep work to whoever watches it: counts only, never a value of a row."""

from __future__ import annotations

from collections.abc import Callable

Listener = Callable[[str, int, int], None]
_listeners: list[Listener] = []


def watch(listener: Listener) -> Callable[[], None]:
    """Call `listener(stage, done, total)` on every report; the answer takes it off again. `total` 0 means unknown."""
    _listeners.append(listener)

    def stop() -> None:
        _listeners.remove(listener)

    return stop


def report(stage: str, done: int, total: int = 0) -> None:
    """Say how far a stage is."""
    for listener in tuple(_listeners):
        listener(stage, done, total)
