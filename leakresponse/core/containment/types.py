"""Cuts, plans and what they rest on. Plain values: nothing here reads an org."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ActionKind = Literal[
    "revoke_token",
    "revoke_eca_usage",
    "block_app",
    "delete_session",
    "remove_grant",
    "disable_eca",
    "freeze_user",
    "end_idp_session",
    "restrict_guest",
    "abort_job",
    "unschedule",
    "strip_permission",
    "remove_factor",
    "expire_password",
    "deactivate_user",
    "close_named_credential",
    "add_login_ranges",
    "human_task",
]
Certainty = Literal["proven", "vendor", "unproven"]


@dataclass(frozen=True, slots=True)
class Blast:
    """Who feels a cut: users, integrations (other users of the same app), last use (ISO time) and business owner."""

    users: int = 0
    integrations: int = 0
    last_used: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class HumanTask:
    """What no proven API does: where to click, in which steps, and how to see that it was done."""

    link: str
    steps: tuple[str, ...]
    check: str


@dataclass(frozen=True, slots=True)
class Action:
    """One cut. `inverse` says how to give it back, empty where it cannot be given back.

    Targets by kind: revoke_token a DeleteToken's fingerprint; delete_session, remove_grant, freeze_user (UserLogin),
    remove_factor, unschedule (CronTrigger), close_named_credential a record id; expire_password and deactivate_user a
    user id; restrict_guest a profile id; abort_job `v1:<id>` or `v2:<id>`, a bare id is v2; revoke_eca_usage
    `<app id>` or `<app id>:<user id>`; disable_eca a developer name; block_app a consumer key's fingerprint;
    strip_permission `assignment:<id>` or `set:<permission set id>:<Permissions field>`; add_login_ranges
    `<profile id>:<first>-<last>[,<first>-<last>]`; end_idp_session a user id; human_task a fixed word and an id.

    `counts` says whether the word contained may rest on it: only where the vendor fact is certain enough.
    """

    kind: ActionKind
    target: str
    reason: str
    inverse: tuple[tuple[str, str], ...] = ()
    counts: bool = False
    certainty: Certainty = "vendor"
    approval: bool = False
    blast: Blast = Blast()
    task: HumanTask | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """Our own branch: never sawn off. `usernames` also holds break-glass and approvers' users; `apps` has names."""

    user_ids: frozenset[str]
    usernames: frozenset[str]
    apps: frozenset[str]
    session_ids: frozenset[str] = frozenset()
    consumer_keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered cuts, what was left alone and why, and the live paths that no cut which counts would close.

    `uncovered` holds (path, reason) and makes the word contained impossible; `unresolved` what could not be read or
    told apart; `second_theft` the keys of actions that only take away what might be used next time.
    """

    actions: tuple[Action, ...]
    spared: tuple[tuple[str, str], ...]
    users_touched: int
    apps_touched: tuple[str, ...]
    uncovered: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()
    second_theft: tuple[str, ...] = ()
