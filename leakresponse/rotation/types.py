"""What a rotation works on, works with, and answers. No type here shows a secret's value."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from leakresponse.core.errors import LeakResponseError

if TYPE_CHECKING:
    from leakresponse.adapters.aws_keys import AwsKeys
    from leakresponse.adapters.salesforce import SalesforceClient
    from leakresponse.adapters.secrets_manager import SecretsManager
    from leakresponse.adapters.webhook import SignedHook
    from leakresponse.rotation.journal import Journal

Mode = Literal["emergency", "planned"]
#: How a refusal begins that was told and not tried: by the endpoint that rotates, or by a person.
STATED = "STATED_BY_"
#: A secret's JSON. What a kind hands out is a `HiddenDict`, which shows the names of its values only.
Value = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SecretEntry:
    """One secret of the inventory. `found_by`: tag, or search of its JSON. `last_accessed` has the grain of a day."""

    name: str
    kind: str
    org_id: str
    app: str = ""
    username: str = ""
    consumers: tuple[str, ...] = ()
    owner: str = ""
    last_rotated: datetime | None = None
    last_accessed: datetime | None = None
    found_by: Literal["tag", "search"] = "tag"
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rules:
    """What the retailer decided in peacetime. Times in seconds; validity in days; key size in bits."""

    mode: Mode = "emergency"
    key_bits: int = 2048
    certificate_days: int = 365
    parallel: int = 8
    proof_seconds: float = 60.0
    pick_up_seconds: float = 3600.0
    poll_seconds: float = 1.0
    pick_up_poll_seconds: float = 30.0
    person_seconds: float = 0.0
    person_poll_seconds: float = 10.0


class RotationContext:
    """The open hands of one rotation. `client_of` raises BadInput for an org that nobody gave access to.

    No dataclass: an orchestrator walks through those field by field for every step that is given one.
    """

    def __init__(
        self,
        vault: SecretsManager,
        client_of: Callable[[str], SalesforceClient],
        journal: Journal,
        rules: Rules,
        aws_keys: Callable[[], AwsKeys | None] = lambda: None,
    ) -> None:
        self.vault = vault
        self.client_of = client_of
        self.journal = journal
        self.rules = rules
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.sleep: Callable[[float], None] = time.sleep
        #: Who rotates keys of a service outside, by the service's name; None where nobody was named.
        self.hook_of: Callable[[str], SignedHook | None] = lambda service: None
        #: Access keys of the AWS account; None where nobody gave access.
        self.aws_keys = aws_keys
        #: What a kind has read once of an org and needs again: (org id, what) to the thing.
        self.read: dict[tuple[str, str], Any] = {}
        self._locks: dict[str, threading.RLock] = {}
        self._guard = threading.Lock()

    @contextmanager
    def deploying(self, org_id: str) -> Iterator[None]:
        """One deploy at a time in each org: Salesforce queues them anyway, and the clock of an outage waits outside."""
        with self._guard:
            lock = self._locks.setdefault(org_id, threading.RLock())
        with lock:
            yield


class Kind(Protocol):
    """One kind of credential. Every verb is idempotent and raises LeakResponseError without any value in its text.

    `name` is the value of the tag `leak-response:kind`. `overlap`: old and new work side by side until `finish`;
    without it `set` is the end of the old one, and one `set` at a time runs in each org. `by_person`: the new value
    comes from a person, who stores it as AWSPENDING; until then `create` raises PersonNeeded.
    """

    name: str
    overlap: bool
    by_person: bool

    def create(self, context: RotationContext, entry: SecretEntry, current: Value) -> Value:
        """The whole new value, not stored yet. What is needed for the way back is part of it."""
        ...

    def set(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Make the new value good at its service; the answer is the receipt: ids and times only."""
        ...

    def test(self, context: RotationContext, entry: SecretEntry, new: Value) -> str:
        """Use the new value for real and close what was opened: empty where it worked, else the refusal's code."""
        ...

    def finish(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """End the old value where `set` has not. A repeat answers the same."""
        ...

    def undo(self, context: RotationContext, entry: SecretEntry, old: Value, new: Value) -> dict[str, Any]:
        """Put the old value back at its service. Raises CannotUndo where the old one is gone for good."""
        ...

    def prove_old_dead(self, context: RotationContext, entry: SecretEntry, old: Value) -> str:
        """Use the old value for real: the refusal's code, empty where it still works."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one secret. Times are ISO 8601 in UTC; `outage_seconds` None where nothing was measured.

    `refusal` is the code that the old credential met, `tokens_alive` the live tokens and sessions born of it that are
    left (None: not looked for). `consumers_not_on_new` holds those of whom no read of the new version was seen, and
    `consumers_how` says what was asked. `person_needed` says what a person has to do, `error` the code of what failed.
    """

    name: str
    kind: str
    org_id: str = ""
    old_refused: bool = False
    refusal: str = ""
    new_works: bool = False
    pending_removed: bool = False
    tokens_alive: int | None = None
    outage_seconds: float | None = None
    started_at: str = ""
    finished_at: str = ""
    consumers_not_on_new: tuple[str, ...] = ()
    consumers_how: str = ""
    given_back: int = 0
    rolled_back: bool = False
    person_needed: str = ""
    error: str = ""

    @property
    def proven(self) -> bool:
        """Whether the old one was refused by use; where nobody could try it, `refusal` says whose word is taken."""
        return self.old_refused and not self.refusal.startswith(STATED)

    @property
    def good(self) -> bool:
        """The new one works, the old one is dead with all that it bore, and nothing is pending."""
        return self.old_refused and self.new_works and self.pending_removed and not self.tokens_alive


class PersonNeeded(LeakResponseError):
    """No API does this: `code` is ours, the message says in one sentence what a person has to do."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code


class CannotUndo(LeakResponseError):
    """The old credential is gone for good; `code` says why."""

    def __init__(self, message: str, code: str) -> None:
        super().__init__(message)
        self.code = code
