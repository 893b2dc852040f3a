"""What every task module shares: the one retry rule, the one way to blocks, ledger and evidence."""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Task
from prefect.blocks.core import Block
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from blocks import AwsVault, CaseStore, MailChannel, ResponsePolicy, SalesforceOrg
from leakresponse.core.errors import Unavailable
from leakresponse.ledger import EvidenceStore, Ledger, open_ledger

B = TypeVar("B", bound=Block)
P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("leakresponse")


def is_busy(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what is safe to try again. A plain function: Prefect ignores partials and bound methods silently."""
    return isinstance(state.data, Unavailable) or isinstance(getattr(state.data, "exception", None), Unavailable)


def step(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A retriable, logged task that is never cached and never persisted: receipts live in the ledger alone.

    The name is fixed text, because a name built from arguments would show them.
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return Task(
            fn=function,
            name=name,
            retries=3,
            retry_delay_seconds=[1, 3, 8],
            retry_condition_fn=is_busy,
            cache_policy=NO_CACHE,
            persist_result=False,
            log_prints=False,
        )

    return decorate


def org_block(name: str) -> SalesforceOrg:
    """The org of that block name."""
    return load_block(SalesforceOrg, name)


def vault_block(name: str) -> AwsVault:
    """The vault of that block name."""
    return load_block(AwsVault, name)


def store_block(name: str) -> CaseStore:
    """The case store of that block name."""
    return load_block(CaseStore, name)


def channel_block(name: str) -> MailChannel:
    """The mail channel of that block name."""
    return load_block(MailChannel, name)


def policy_block(name: str) -> ResponsePolicy:
    """The policy of that block name."""
    return load_block(ResponsePolicy, name)


def ledger_of(store: CaseStore) -> Ledger:
    """The ledger of a case store."""
    return open_ledger(store.ledger_url)


def evidence_of(store: CaseStore, case_id: str) -> EvidenceStore:
    """The evidence folder of one case."""
    return EvidenceStore(store.case_dir(case_id))


def load_block(kind: type[B], name: str) -> B:
    """The block of that kind and name; the one that is held ready, where a process holds one."""
    held = _HELD.get((kind, name))
    if held is not None and held[0] > time.monotonic() and isinstance(held[1], kind):
        return held[1]
    return _read(kind, name)


def hold(kind: type[B], name: str, seconds: float) -> None:
    """Read a block and hold it ready for so long."""
    _HELD[kind, name] = (time.monotonic() + seconds, _read(kind, name))


_HELD: dict[tuple[type[Block], str], tuple[float, Block]] = {}


def _read(kind: type[B], name: str) -> B:
    loaded = kind.load(name)
    assert isinstance(loaded, kind)
    return loaded


@contextmanager
def spooled(chunks: Iterable[bytes]) -> Iterator[Path]:
    """The chunks as a file that is gone afterwards; for readers that want a path."""
    with tempfile.NamedTemporaryFile(prefix="leak-response-") as spool:
        for chunk in chunks:
            spool.write(chunk)
        spool.flush()
        yield Path(spool.name)
