"""What every task module shares: the one retry rule, the one way to blocks, ledger and evidence."""

from __future__ import annotations

import inspect
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from prefect import Flow, Task
from prefect.blocks.core import Block
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

from blocks import AwsVault, CaseStore, MailChannel, ResponsePolicy, SalesforceOrg, TimestampAuthority
from leakresponse.core import log_redaction
from leakresponse.core.alerts import alert_document, parse_alert
from leakresponse.core.errors import BadInput, Unavailable
from leakresponse.ledger import CaseFiles, EvidenceStore, Ledger, open_ledger
from leakresponse.ledger.case_keys import KeyHolder, codec_of, wrapped_key_of
from leakresponse.ledger.evidence import Codec
from leakresponse.ledger.stamping import Witness
from tasks.guard import sanitised

log_redaction.install()  # here, because every way to run a flow imports this module, a Prefect worker's too
B = TypeVar("B", bound=Block)
P = ParamSpec("P")
R = TypeVar("R")
log = logging.getLogger("leakresponse")
ALERT_FILE = "alert.json"


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
        guarded = sanitised(function)
        # Prefect reads the types of parameters in the guard's module, where the flow's own names are not known.
        guarded.__dict__["__signature__"] = inspect.signature(function, eval_str=True)
        return Flow(fn=guarded, name=name, retries=0, persist_result=False, log_prints=False)

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


def authority_block(name: str) -> TimestampAuthority:
    """The timestamp authority of that block name."""
    return load_block(TimestampAuthority, name)


def ledger_of(store: CaseStore) -> Ledger:
    """The ledger of a case store."""
    return open_ledger(store.ledger_url.get_secret_value())


def files_of(store: CaseStore, case_id: str) -> CaseFiles:
    """The files of one case, encrypted at rest as the store says."""
    return files_in(store, store.case_dir(case_id), case_id)


def files_in(store: CaseStore, folder: Path, name: str, begin: bool = True) -> CaseFiles:
    """The files of any folder of the store; `name` is what its key is bound to. A folder keeps how it was begun.

    Without `begin` none is begun: a folder that has no key is read as it is, and none is made for it.
    """
    wrapped = wrapped_key_of(folder)
    if wrapped is None and (store.encryption == "plain" or not begin):
        return CaseFiles(folder, None, _bucket(store, name, None) if store.evidence_url else None)
    kind = wrapped.wrapped_by if wrapped else _KINDS[store.encryption]
    key_name = wrapped.key_name if wrapped else store.key_name
    codec = codec_of(folder, name, lambda: key_holder(store, kind, key_name))
    return CaseFiles(folder, codec, _bucket(store, name, codec) if store.evidence_url else None)


def _bucket(store: CaseStore, name: str, codec: Codec | None) -> Callable[[], EvidenceStore]:
    """Opens the evidence of a case in the store's bucket."""

    def opened() -> EvidenceStore:
        from leakresponse.ledger.evidence_remote import Retention

        retention = Retention(store.retention_days, store.kms_key_id)
        return EvidenceStore(store.evidence_address(name), codec, retention, store.evidence_options())

    return opened


def witness_of(store: CaseStore) -> Witness | None:
    """Who timestamps the seals of a store; None where nobody was named. Its block is read when it is asked."""
    if not store.timestamp_authority:
        return None
    return lambda head: authority_block(store.timestamp_authority).client().stamp(head)


def key_holder(store: CaseStore, kind: str = "", key_name: str = "") -> KeyHolder:
    """Who keeps the wrapping keys of a store; its adapter is imported only when it is asked."""
    wanted, name = kind or _KINDS[store.encryption], key_name or store.key_name
    if wanted == _KINDS["keyring"]:
        from leakresponse.adapters.os_keyring import OsKeyring

        return OsKeyring(name)
    if wanted == _KINDS["vault"]:
        from leakresponse.adapters.secrets_manager import VaultKeys

        return VaultKeys(vault_block(store.key_vault).secrets(), name)
    raise BadInput(f"case store: no such holder of keys: {wanted!r}")


_KINDS = {"vault": "aws-secrets-manager", "keyring": "os-keyring", "plain": "none"}


def refuse_plain(store: CaseStore, org: SalesforceOrg) -> None:
    """No copy of a production org's data in the clear. Containment does not ask: a cut is never held up by this."""
    if is_plain_production(store, org):
        raise BadInput(PLAIN_PRODUCTION)


def is_plain_production(store: CaseStore, org: SalesforceOrg) -> bool:
    """Whether copies of a production org's data would lie unencrypted."""
    return store.encryption == "plain" and not (org.sandbox or org.simulated)


PLAIN_PRODUCTION = (
    "the case store keeps files unencrypted and the org is a production org: "
    "set the encryption of the case store block to vault or keyring"
)


def keep_alert(store: CaseStore, case_id: str) -> None:
    """Write alert.json from the ledger, where it is not there yet."""
    files = files_of(store, case_id)
    if not files.exists(ALERT_FILE):
        document = alert_document(parse_alert(ledger_of(store).alert_raw(case_id)))
        files.write(ALERT_FILE, json.dumps(document, indent=2).encode())


def evidence_of(store: CaseStore, case_id: str) -> EvidenceStore:
    """The evidence of one case."""
    return files_of(store, case_id).evidence


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
    try:
        loaded = kind.load(name)
    except ValueError:  # Prefect's way to say that there is none
        raise BadInput(f"there is no {kind._block_type_name} block of the name {name!r}") from None
    assert isinstance(loaded, kind)
    return loaded
