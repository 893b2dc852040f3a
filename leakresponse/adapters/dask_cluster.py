"""Work on a Dask cluster: named pieces, tried again where a worker dies.

Pieces go by a key of their own and by their number, never by what is in them: keys stand in the scheduler's logs and
on its dashboard. What a piece raises must be sanitised already, since workers log it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar
from uuid import uuid4

from leakresponse.core.errors import Unavailable

R = TypeVar("R")
CONNECT_SECONDS = 30
#: A piece is tried so often again, beside the moves that the scheduler makes when a worker dies.
RETRIES = 2


def run_on(address: str, name: str, function: Callable[[int], R], numbers: Sequence[int]) -> list[R]:
    """`function(number)` for each number on the cluster at `address` (`tcp://` or `tls://`), answers in that order.

    `function` must be picklable, and safe to run twice: a worker that dies may have finished its piece already. The key
    of a run is new each time, since two clients with one key would share an answer. Raises Unavailable where the
    scheduler does not answer or too many workers died.
    """
    from distributed import Client, KilledWorker

    run = uuid4().hex[:8]
    try:
        with Client(address, timeout=CONNECT_SECONDS, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            pieces = [
                client.submit(function, number, key=f"{name}-{run}-{number:05}", pure=False, retries=RETRIES)
                for number in numbers
            ]
            answers: list[R] = client.gather(pieces)
            return answers
    except (OSError, TimeoutError):
        raise Unavailable("the Dask scheduler does not answer") from None
    except KilledWorker:
        raise Unavailable("too many Dask workers died over one piece of work") from None
