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
    """Who feels a cut: how many users, how many apps that stop for them, last use (ISO time) and business owner."""

    users: int = 0
    integrations: int = 0
    last_used: str = ""
    owner: str = ""


NOBODY = Blast()


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
    blast: Blast = NOBODY
    task: HumanTask | None = None


@dataclass(frozen=True, slots=True)
class Protection:
    """Our own branch: never sawn off. `usernames` also holds break-glass and approvers' users; `apps` has names.

    `key_handles` are fingerprints of our own consumer keys; an app that bears one is ours, whatever it is called.
    """

    user_ids: frozenset[str]
    usernames: frozenset[str]
    apps: frozenset[str]
    key_handles: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Path:
    """A live way in that is tied to the alert. `cuts` are the (kind, target) that close it; one proven dead is enough.

    `rests_on` names the observation that the cuts need to count, empty where the vendor's fact is certain enough.
    """

    key: str
    cuts: tuple[tuple[ActionKind, str], ...]
    rests_on: str = ""


@dataclass(frozen=True, slots=True)
class Leftover:
    """What might serve a second theft: an authorisation that nobody uses, or that no administrator installed.

    `removed` is true where this plan takes it away; the others are for a person to judge.
    """

    handle: str
    app: str
    user_id: str
    why: str
    removed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """Ordered cuts, and what was left alone with the reason.

    `paths` are the live ways in of the alert. `uncovered` holds (path, reason) for those that no cut which counts would
    close; it makes the word contained impossible. `unresolved` is what could not be read or told apart.
    """

    actions: tuple[Action, ...]
    spared: tuple[tuple[str, str], ...]
    users_touched: int
    apps_touched: tuple[str, ...]
    paths: tuple[Path, ...] = ()
    uncovered: tuple[tuple[str, str], ...] = ()
    unresolved: tuple[str, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
