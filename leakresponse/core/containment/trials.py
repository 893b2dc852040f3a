"""What a cut trial is made of, and what the plan may learn from one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from leakresponse.core.containment.policy import KEY_SESSION, Trial
from leakresponse.core.containment.types import ActionKind

#: Revoking one access token alone is no cut of a plan; the trial shows why.
TrialCut = ActionKind | Literal["revoke_access_token"]
#: key_token: the access token of a JWT login. grant_token, refresh_token: what a person's consent gave. key_login: a
#: fresh JWT login. browser_session: a browser's session of the same user, born of a key login of its own.
Held = Literal["key_token", "grant_token", "refresh_token", "key_login", "browser_session", "job_results"]
Outcome = Literal["dead", "alive", "untried"]
HELD: tuple[Held, ...] = ("key_token", "grant_token", "refresh_token", "key_login", "browser_session")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cut against one credential. `seconds` until it was seen dead, or for which it was seen alive.

    `app` is the kind of app whose credential it was; `why` says why it could not be tried.
    """

    cut: TrialCut
    app: str
    held: Held
    outcome: Outcome
    seconds: float = 0.0
    why: str = ""


#: What has to die for a name of a Trial to be proven: what a plan lets this cut close, and no more.
CLAIMS: Mapping[str, tuple[TrialCut, tuple[Held, ...]]] = MappingProxyType(
    {
        "revoke_token": ("revoke_token", ("grant_token", "refresh_token")),
        "delete_session": ("delete_session", ("grant_token", "browser_session")),
        KEY_SESSION: ("delete_session", ("key_token",)),
        "remove_grant": ("remove_grant", ("key_login",)),
        "block_app": ("block_app", ("key_token", "grant_token", "refresh_token", "key_login")),
        "freeze_user": ("freeze_user", ("key_login",)),
        "deactivate_user": ("deactivate_user", ("refresh_token", "key_login")),
        "disable_eca": ("disable_eca", ("key_token", "grant_token", "refresh_token", "key_login")),
        "revoke_eca_usage": ("revoke_eca_usage", ("grant_token", "refresh_token")),
        "abort_job": ("abort_job", ("job_results",)),
    }
)


def trial_of(cells: Iterable[Cell], day: str) -> Trial:
    """The trial of a table: failed where anything of the claim lived on, proven where all of it was seen to die."""
    seen: dict[tuple[TrialCut, Held], Outcome] = {(one.cut, one.held): one.outcome for one in cells}
    proven, failed = {}, set()
    for name, (cut, held) in CLAIMS.items():
        outcomes = {seen.get((cut, one), "untried") for one in held}
        if "alive" in outcomes:
            failed.add(name)
        elif outcomes == {"dead"}:
            proven[name] = day
    return Trial(proven, frozenset(failed))
