"""What attribution knows of each row while it works: integer codes, verdicts so far, and the reason of each."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pandas as pd

from leakresponse.core.events_baseline import Baseline, Codes, Mask
from leakresponse.core.types import Label

REASONS: tuple[str, ...] = (
    "nothing links it to the attack",
    "session named by the alert",
    "address named by the alert",
    "app or user named by the alert, from a network that is not usual for it",
    "app or user named by the alert, with an agent never seen for it",
    "app or user named by the alert, from an address never seen inside its usual network",
    "same session as the attack",
    "same login as the attack",
    "same bulk job as the attack",
    "same app and network as the attack",
    "same app and user as the attack, from a network that was never usual",
    "named by the alert, but from its usual networks: nothing tells good from bad",
    "named by the alert, network unknown",
    "same app and user as the attack, other network; this actor often changes networks",
    "address of the attack, used with another app",
    "named by the alert, from its usual network",
    "the responder's own",
    "after the cut",
    "address that the vendor published as the attack's",
    "app or user named by the alert, at an hour of the week at which it never worked before",
    "same user as the attack, at its time; no address and no key tells whose it is",
)


class Reason(IntEnum):
    """Why a row has its label; the words are in REASONS."""

    NONE = 0
    SESSION = 1
    ADDRESS = 2
    UNUSUAL = 3
    AGENT = 4
    NEW_HOST = 5
    SAME_SESSION = 6
    SAME_LOGIN = 7
    SAME_JOB = 8
    SAME_NETWORK = 9
    NEVER_USUAL = 10
    UNDECIDED = 11
    NO_NETWORK = 12
    UNSTEADY = 13
    OTHER_APP = 14
    USUAL = 15
    RESPONDER = 16
    AFTER = 17
    PUBLISHED = 18
    OFF_HOURS = 19
    UNTOLD = 20


LABELS: tuple[Label, ...] = ("attack", "uncertain", "legitimate")
#: Reasons of rows that nothing of the attack can reach.
LINKED_TO_NOTHING, AFTER_THE_CUT = REASONS[Reason.NONE], REASONS[Reason.AFTER]


@dataclass(slots=True)
class State:
    """The table as integer codes, and what is known of each row so far (`reason` 0 = untouched)."""

    events: pd.DataFrame
    base: Baseline
    session: Codes
    login: Codes
    job: Codes
    app: Codes
    user: Codes
    window: Mask
    open: Mask  # before the cut, and not the responder's own
    attack: Mask
    uncertain: Mask
    strong: Mask  # attack rows whose whole session counts, whatever the network
    reason: Codes

    def take(self, mask: Mask, reason: Reason, strong: bool = False) -> bool:
        """Label rows as attack; says whether any was new."""
        new = mask & self.open & ~self.attack
        self.attack |= new
        self.reason[new] = reason
        if strong:
            self.strong |= mask & self.open
        return bool(new.any())

    def doubt(self, mask: Mask, reason: Reason) -> None:
        """Label rows as uncertain where they are nothing worse."""
        new = mask & self.open & ~self.attack & ~self.uncertain
        self.uncertain |= new
        self.reason[new] = reason


def actor_of(state: State) -> Codes:
    """One code per app, or per user where a row has no app."""
    users = int(state.user.max()) + 1 if len(state.user) else 0
    return np.where(state.app >= 0, state.app + users, state.user)


def pair(first: Codes, second: Codes) -> Codes:
    """One code for two; -1 where either is missing."""
    width = int(second.max()) + 1 if len(second) else 1
    return np.where((first >= 0) & (second >= 0), first * max(width, 1) + second, -1)


def sharing(codes: Codes, chosen: Mask) -> Mask:
    """Rows that have a code in common with a chosen row."""
    codes, size = _compact(codes)
    hit = np.zeros(size, np.bool_)
    marked = codes[chosen]
    hit[marked[marked >= 0]] = True
    return np.where(codes >= 0, hit[np.maximum(codes, 0)], False)


def _compact(codes: Codes) -> tuple[Codes, int]:
    """Codes small enough to index an array with."""
    top = int(codes.max()) + 1 if len(codes) else 0
    if top <= 4 * len(codes) + 1024:
        return codes, max(top, 1)
    small, distinct = pd.factorize(np.where(codes < 0, -1, codes))
    small = np.where(codes < 0, -1, small).astype(np.int64)
    return small, max(len(distinct), 1)
