"""Proofs of many targets at once: what one query can tell of hundreds is not asked hundreds of times."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol, runtime_checkable

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.cuts.types import Cut, Hands, Proof
from leakresponse.core.errors import LeakResponseError, code_of
from leakresponse.core.soql.build import batches, isin, select

#: Ids in one query: their address stays below 16,384 bytes.
IDS_A_QUERY = 400


@runtime_checkable
class ManyCut(Protocol):
    """A cut that proves many targets with few calls."""

    def dead_many(self, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
        """One proof for every target."""
        ...


def prove_many(cut: Cut, hands: Hands, targets: Sequence[str], parallel: int) -> dict[str, Proof]:
    """A proof for every target; one that could not be carried out is no proof, and the others stand."""
    if not targets:
        return {}
    if isinstance(cut, ManyCut):
        try:
            return cut.dead_many(hands, targets, parallel)
        except LeakResponseError as error:
            return dict.fromkeys(targets, _untried(error))
    return each(targets, parallel, lambda one: cut.dead(hands, one))


def each(targets: Sequence[str], parallel: int, ask: Callable[[str], Proof]) -> dict[str, Proof]:
    """What `ask` says of every target, some at a time; where it fails, that target has no proof and the others do."""

    def asked(target: str) -> Proof:
        try:
            return ask(target)
        except LeakResponseError as error:
            return _untried(error)

    with ThreadPoolExecutor(parallel) as pool:
        return dict(zip(targets, pool.map(asked, targets), strict=True))


def _untried(error: LeakResponseError) -> Proof:
    return Proof(False, f"the proof could not be carried out: {code_of(error)}")


def still_there(client: SalesforceClient, sobject: str, ids: Sequence[str], parallel: int) -> set[str]:
    """Which of these records a query still shows."""

    def ask(some: Sequence[str]) -> list[str]:
        return [row["Id"] for row in client.query(select(sobject, ["Id"], where=isin("Id", some)))]

    with ThreadPoolExecutor(parallel) as pool:
        return {one for part in pool.map(ask, batches(list(ids), IDS_A_QUERY)) for one in part}
