"""What an address of the org is: who answers it, and what the docs say of it.

Every module that answers calls lists its own as `ROUTES`; `app` joins them, and `docs/simulated-org.md` is written from
them (`make docs`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from leakresponse.rehearsal.org.calls import Answer, Call

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address below `/services/data/vXX`; `{name}` stands for a segment.

    `family` is what ApiTotalUsage calls the API: REST, Bulk, Metadata ... `answers` and `refuses` are the docs' words.
    """

    path: str
    handler: Handler
    answers: str
    refuses: str = ""
    family: str = "REST"


@dataclass(frozen=True, slots=True)
class Address:
    """What the docs say of an address outside the versioned API."""

    path: str
    answers: str
    refuses: str = ""


def in_order(endpoints: Iterable[Endpoint]) -> tuple[Endpoint, ...]:
    """The order in which to try them: fixed words before placeholders."""
    return tuple(sorted(endpoints, key=lambda one: [_rank(part) for part in one.path.split("/")]))


def _rank(segment: str) -> tuple[int, str]:
    return (2 if ":path}" in segment else 1 if segment.startswith("{") else 0), segment
