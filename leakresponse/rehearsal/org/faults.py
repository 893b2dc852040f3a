"""Faults on order: which call is struck, and what the parts of the org that make the fault are told.

Decided from a seed and from counters alone, so that the same calls in the same order suffer the same. Addresses below
`/simulation/` and the page at `/` are never struck, nor is anything before `start`: a scenario is acted undisturbed.
"""

from __future__ import annotations

import hashlib
import re
import threading
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import urlencode

from leakresponse.core.soql import SoqlSyntaxError, parse
from leakresponse.rehearsal.org.errors import bad_request
from leakresponse.rehearsal.org.faults_model import Fault, Kind, Rule

#: Calls whose last fate is remembered; the oldest are forgotten.
_REMEMBERED = 10_000
#: Faults that say themselves how often they come running: one failed job, then one that works; the rest harm no call.
_IN_A_ROW: dict[Kind, int] = {
    "bulk_fail_once": 1, "late_revoke": 1 << 30, "duplicate_log_file": 1 << 30, "late_log_file": 1 << 30,
    "new_log_file_id": 1 << 30, "missing_log_file": 1 << 30, "slow": 1 << 30,
    "kept_alive": 1 << 30,
}  # fmt: skip
_OBJECT = re.compile(r"/sobjects/(\w+)")
_LOCKED = "unable to obtain exclusive access to this record or 1 records"


@dataclass(frozen=True, slots=True)
class Struck:
    """What a call is, as far as orders ask: method, address, query string, app and user by name, object."""

    method: str
    path: str
    query: str = ""
    app: str = ""
    user: str = ""
    object: str = ""

    @property
    def key(self) -> tuple[str, str, str]:
        """What makes two calls the same call, tried again."""
        return self.method, self.path, self.query


@dataclass(slots=True)
class _Count:
    seen: int = 0
    struck: int = 0


@dataclass(slots=True)
class _Fate:
    """How often the same call was struck running, and whether it was the last time."""

    running: int = 0
    struck: bool = False


@dataclass(slots=True)
class Faults:
    """The orders of one org, with their counters."""

    rules: list[Rule] = field(default_factory=list)
    seed: int = 0
    started: bool = False
    _counts: list[_Count] = field(default_factory=list)
    _fates: dict[tuple[str, str, str], _Fate] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def order(self, rules: Iterable[Rule]) -> None:
        """Take these orders instead of those before; counters begin anew."""
        with self._lock:
            self.rules = list(rules)
            self._counts = [_Count() for _ in self.rules]
            self._fates.clear()

    def start(self) -> None:
        """From now on calls are struck."""
        self.started = True

    @property
    def on(self) -> bool:
        """Whether anything may be struck."""
        return self.started and bool(self.rules)

    def asks_who(self, kinds: Collection[str]) -> bool:
        """Whether an order of these kinds names an app or a user."""
        return any((rule.match.app or rule.match.user) and rule.fault.kind in kinds for rule in self.rules)

    def asks_object(self, kinds: Collection[str]) -> bool:
        """Whether an order of these kinds names an object."""
        return any(rule.match.object and rule.fault.kind in kinds for rule in self.rules)

    def begins(self, call: Struck) -> None:
        """A call comes in: if it was not struck the last time, its row of strikes is over."""
        with self._lock:
            fate = self._fates.get(call.key)
            if fate is not None and not fate.struck:
                del self._fates[call.key]
            elif fate is not None:
                fate.struck = False

    def strike(self, call: Struck, kinds: Collection[str]) -> Fault | None:
        """The fault that this call suffers of these kinds, None for most calls."""
        if not self.on or call.path == "/" or call.path.startswith("/simulation/"):
            return None
        with self._lock:
            for number, rule in enumerate(self.rules):
                if rule.fault.kind in kinds and _fits(rule, call) and self._hit(number, rule, call):
                    return rule.fault
        return None

    def wants(self, kind: Kind, subject: str = "") -> Fault | None:
        """The fault of something that is no call: a job of an object, a file of an event type, a revoke of an app."""
        call = Struck(kind, subject, object=subject, app=subject)
        self.begins(call)
        return self.strike(call, (kind,))

    def seconds(self, kind: Kind) -> float:
        """How long or how far a lasting fault is ordered, 0 where it is not: clock_skew."""
        return (
            next((rule.fault.lasting for rule in self.rules if rule.fault.kind == kind), 0.0) if self.started else 0.0
        )

    def lock_row(self, call: Struck) -> None:
        """Raises 400 UNABLE_TO_LOCK_ROW for a write that is struck."""
        if self.strike(call, ("lock_row",)) is not None:
            raise bad_request("UNABLE_TO_LOCK_ROW", _LOCKED)

    def shown(self) -> list[dict[str, Any]]:
        """Every order, how many calls matched it and how many it struck."""
        with self._lock:
            pairs = zip(self.rules, self._counts, strict=True)
            return [
                {**rule.model_dump(exclude_defaults=True), "seen": count.seen, "struck": count.struck}
                for rule, count in pairs
            ]

    def _hit(self, number: int, rule: Rule, call: Struck) -> bool:
        count, match = self._counts[number], rule.match
        count.seen += 1
        if count.seen <= match.after or (match.count is not None and count.struck >= match.count):
            return False
        drawn = count.seen in match.times if match.times else _drawn(self.seed, number, count.seen) < rule.share
        fate = self._fates.get(call.key) or _Fate()
        if not drawn or fate.running >= _IN_A_ROW.get(rule.fault.kind, match.in_a_row):
            return False
        self._fates[call.key] = fate
        count.struck += 1
        fate.running, fate.struck = fate.running + 1, True
        while len(self._fates) > _REMEMBERED:
            del self._fates[next(iter(self._fates))]
        return True


def key_of(query: Mapping[str, str]) -> str:
    """A query string in one order."""
    return urlencode(sorted(query.items()))


def object_of(path: str, soql: str) -> str:
    """The object of an address or of its query, empty where neither names one."""
    named = _OBJECT.search(path)
    if named or not soql:
        return named[1] if named else ""
    try:
        return str(parse(soql).object)
    except SoqlSyntaxError:
        return ""


def _fits(rule: Rule, call: Struck) -> bool:
    match = rule.match
    return (
        match.method in {"*", call.method}
        and fnmatchcase(call.path, match.path)
        and match.app in {"", call.app}
        and match.user in {"", call.user, call.user.partition("@")[0]}
        and match.object in {"", call.object}
    )


def _drawn(seed: int, number: int, seen: int) -> float:
    """A number from 0 to 1 that depends on nothing else."""
    raw = hashlib.blake2b(f"{seed}/{number}/{seen}".encode(), digest_size=8).digest()
    return int.from_bytes(raw, "big") / (1 << 64)
