"""What every task module shares: the one retry rule, the one way to blocks, ledger and evidence."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, Task
from prefect.blocks.core import Block
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from blocks import AwsVault, CaseStore, MailChannel, ResponsePolicy, SalesforceOrg
from leakresponse.core import log_redaction
from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.ledger import CaseFiles, EvidenceStore, Ledger, open_ledger
from tasks.guard import sanitised

log_redaction.install()  # here, because every way to run a flow imports this module, a Prefect worker's too
B = TypeVar("B", bound=Block)
P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("leakresponse")


def is_busy(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    """Retry only what is safe to try again. A plain function: Prefect ignores partials and bound methods silently."""
    return isinstance(state.data, Unavailable) or isinstance(getattr(state.data, "exception", None), Unavailable)


def step(name: str) -> Callable[[Callable[P, R]], Task[P, R]]:
    """A retriable, logged task that is never cached and never persisted: receipts live in the ledger alone.

    The name is fixed text, because a name built from arguments would show them. What it raises is sanitised.
    """

    def decorate(function: Callable[P, R]) -> Task[P, R]:
        return Task(
            fn=sanitised(function),
            name=name,
            retries=3,
            retry_delay_seconds=[1, 3, 8],
            retry_condition_fn=is_busy,
            cache_policy=NO_CACHE,
            persist_result=False,
            log_prints=False,
        )

    return decorate


def playbook(name: str) -> Callable[[Callable[P, R]], Flow[P, R]]:
    """A flow that is run once, keeps no result and raises nothing unsanitised: going on is the ledger's work."""

    def decorate(function: Callable[P, R]) -> Flow[P, R]:
        return Flow(fn=sanitised(function), name=name, retries=0, persist_result=False, log_prints=False)

    return decorate


def org_block(name: str) -> SalesforceOrg:
    """The org of that block name."""
    return _load(SalesforceOrg, name)


def vault_block(name: str) -> AwsVault:
    """The vault of that block name."""
    return _load(AwsVault, name)


def store_block(name: str) -> CaseStore:
    """The case store of that block name."""
    return _load(CaseStore, name)


def channel_block(name: str) -> MailChannel:
    """The mail channel of that block name."""
    return _load(MailChannel, name)


def policy_block(name: str) -> ResponsePolicy:
    """The policy of that block name."""
    return _load(ResponsePolicy, name)


def ledger_of(store: CaseStore) -> Ledger:
    """The ledger of a case store."""
    return open_ledger(store.ledger_url)


def files_of(store: CaseStore, case_id: str) -> CaseFiles:
    """The files of one case, encrypted at rest as the store says."""
    return CaseFiles(store.case_dir(case_id))


def evidence_of(store: CaseStore, case_id: str) -> EvidenceStore:
    """The evidence of one case."""
    return files_of(store, case_id).evidence


def _load(kind: type[B], name: str) -> B:
    try:
        loaded = kind.load(name)
    except ValueError:  # Prefect's way to say that there is none
        raise BadInput(f"there is no {kind._block_type_name} block of the name {name!r}") from None
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
