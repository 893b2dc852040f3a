"""How sure the vendor's facts are, by kind of cut (containment facts, checked 2026-11-24).

C two sources; V Salesforce's own pages, which count where the cut is then proven by use; X contradicted, 1 one source,
0 nothing found: done, and never what the word contained rests on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from leakresponse.core.containment.types import ActionKind, Certainty

Rating = Literal["C", "V", "1", "X", "0"]
_CERTAINTY: Mapping[Rating, Certainty] = {
    "C": "proven",
    "V": "vendor",
    "1": "unproven",
    "X": "unproven",
    "0": "unproven",
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One rating, what exactly is rated, and whether the word contained may rest on it."""

    rating: Rating
    what: str
    counts: bool

    @property
    def certainty(self) -> Certainty:
        """In the words of a plan."""
        return _CERTAINTY.get(self.rating, "unproven")


FACTS: Mapping[ActionKind, Fact] = MappingProxyType(
    {
        "revoke_token": Fact("C", "a refresh token and its access tokens die", True),
        "revoke_eca_usage": Fact("V", "the refresh tokens of an External Client App die", True),
        "block_app": Fact("V", "sessions of the app end and new ones are refused", False),
        "delete_session": Fact("C", "the session and its children end; born of a key login: 0", True),
        "remove_grant": Fact("C", "a new key login is refused; live tokens: 0", True),
        "disable_eca": Fact("0", "live tokens of a disabled External Client App", False),
        "freeze_user": Fact("C", "no new login; live sessions and tokens: X", True),
        "end_idp_session": Fact("0", "the identity provider's own affair", False),
        "restrict_guest": Fact("V", "guests read only what their profile lets them", True),
        "abort_job": Fact("1", "an aborted job gives no results", False),
        "unschedule": Fact("V", "a CronTrigger that is not there does not run", True),
        "strip_permission": Fact("V", "what the user may do, not whether he is in", False),
        "remove_factor": Fact("V", "how the user proves who he is at the next login", False),
        "expire_password": Fact("X", "of no value against tokens", False),
        "deactivate_user": Fact("X", "live tokens go on by one source", False),
        "close_named_credential": Fact("V", "CalloutStatus Disabled stops callouts", True),
        "add_login_ranges": Fact("V", "cuts foreign networks where the app does not relax it", False),
        "human_task": Fact("0", "a person's work, seen only by its check", False),
    }
)
#: Cuts whose fact is not certain enough, and that count all the same where this org's own trial proved them.
BY_TRIAL: frozenset[ActionKind] = frozenset({"block_app", "disable_eca"})
