"""Deciding what to cut, in which order, and what must never be cut. Pure: the snapshot is an argument.

A token is not a user, a session is not a token, a JWT login needs neither (containment facts). So every way in that the
alert is tied to gets a cut of its own kind, every cut that applies is planned, and the word contained rests on those
alone whose fact is certain enough and that are then proven by use.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from leakresponse.core.containment.attack import Attack, attack_of
from leakresponse.core.containment.coverage import hidden_ways, paths_of, uncovered_of, ways_of
from leakresponse.core.containment.facts import BY_TRIAL, FACTS
from leakresponse.core.containment.leftovers import leftovers_of
from leakresponse.core.containment.outward import propose_guests, propose_rights, propose_tasks, propose_work
from leakresponse.core.containment.policy import Policy, Trial
from leakresponse.core.containment.proposals import (
    Proposal,
    propose_apps,
    propose_sessions,
    propose_tokens,
    propose_users,
)
from leakresponse.core.containment.protection import Guard
from leakresponse.core.containment.rows import Snapshot
from leakresponse.core.containment.types import Action, ActionKind, Certainty, HumanTask, Path, Plan, Protection
from leakresponse.core.types import Alert

#: Most decisive first: refresh tokens mint new access tokens, a grant lets a key log in again, a frozen user does not.
ORDER: tuple[ActionKind, ...] = (
    "revoke_token", "revoke_eca_usage", "block_app", "remove_grant", "delete_session", "disable_eca", "freeze_user",
    "end_idp_session", "restrict_guest", "abort_job", "unschedule", "strip_permission", "remove_factor",
    "expire_password", "close_named_credential", "add_login_ranges", "deactivate_user", "human_task",
)  # fmt: skip
_RANK: Mapping[Certainty, int] = {"proven": 0, "vendor": 1, "unproven": 2}


def plan_containment(
    alert: Alert, snapshot: Snapshot, protection: Protection, policy: Policy | None = None, trial: Trial | None = None
) -> Plan:
    """Choose the cuts for the ways in that the alert names and the snapshot shows.

    `trial` is what the cuts did in this org's own sandbox, or today in this org.
    """
    policy, trial = policy or Policy(), trial or Trial()
    attack = attack_of(alert, snapshot)
    guard = Guard(snapshot, protection)
    chosen: dict[Proposal, Action] = {}
    spared: list[tuple[str, str]] = []
    reasons: dict[str, str] = {}
    for proposal in _proposals(attack, snapshot, policy, trial):
        why = guard.reason(proposal)
        if not why:
            chosen[proposal] = _action(proposal, alert, snapshot, policy, trial)
            continue
        spared.append((proposal.target, why))
        reasons |= dict.fromkeys(proposal.closes, why)
    paths = paths_of(ways_of(attack, snapshot), chosen)
    uncovered = [*uncovered_of(paths, reasons, trial.proven), *hidden_ways(attack, snapshot)]
    return Plan(
        tuple(_ordered([*chosen.values(), *_by_hand(paths, reasons)])),
        tuple(spared),
        len(_touched(attack, snapshot)),
        tuple(sorted(attack.apps)),
        paths,
        tuple(uncovered),
        snapshot.unresolved,
        tuple(leftovers_of(attack, snapshot, policy.idle_days)),
    )


def _proposals(attack: Attack, snapshot: Snapshot, policy: Policy, trial: Trial) -> Iterator[Proposal]:
    found = [
        *propose_tokens(attack, snapshot),
        *propose_apps(attack, snapshot),
        *propose_sessions(attack, snapshot),
        *propose_users(attack, snapshot),
        *propose_guests(attack, snapshot),
        *propose_work(attack, snapshot),
        *propose_rights(attack, snapshot, policy),
        *propose_tasks(attack, snapshot, policy, trial),
    ]
    for one in {(p.kind, p.target): p for p in found}.values():
        if one.kind == "block_app" and "block_app" not in trial.proven:
            continue
        if one.kind == "end_idp_session" and not policy.identity_provider:
            continue
        yield one


def _action(proposal: Proposal, alert: Alert, snapshot: Snapshot, policy: Policy, trial: Trial) -> Action:
    """The cut with its certainty, whether it counts, and whether a person has to want it."""
    kind, fact = proposal.kind, FACTS[proposal.kind]
    proven = kind in trial.proven
    counts = (fact.counts or (proven and kind in BY_TRIAL)) and kind not in trial.failed
    if proposal.rests_on:
        counts = counts and proposal.rests_on not in trial.failed
    level = policy.level(kind)
    approval = proposal.asks or level == "approval" or (level == "confirmed" and alert.confidence == "suspected")
    return Action(
        kind,
        proposal.target,
        proposal.reason,
        proposal.inverse,
        counts,
        "proven" if proven else "unproven" if kind in trial.failed else fact.certainty,
        approval and kind != "human_task",
        replace(proposal.blast, owner=_owner(proposal, policy)),
        proposal.task,
    )


def _owner(proposal: Proposal, policy: Policy) -> str:
    names = (proposal.app, proposal.user_id, proposal.user_id[:15])
    return next((policy.owners[name] for name in names if name in policy.owners), "")


def _by_hand(paths: Iterable[Path], reasons: Mapping[str, str]) -> Iterator[Action]:
    """A way in of the attack that leads through what is ours: a person has to look."""
    for path in paths:
        if not path.cuts and path.key in reasons:
            steps = (
                "Check by hand whether the attacker uses this way in.",
                "Cut it by hand, keeping our own way open.",
            )
            task = HumanTask("", steps, "Contain again: the way in is not listed any more.")
            yield Action("human_task", f"spared:{path.key}", reasons[path.key], task=task)


def _ordered(actions: Iterable[Action]) -> list[Action]:
    return sorted(actions, key=lambda a: (ORDER.index(a.kind), _RANK[a.certainty]))


def _touched(attack: Attack, snapshot: Snapshot) -> set[str]:
    users = {t.user_id for t in snapshot.tokens if attack.has_token(t)}
    return users | {s.user_id for s in snapshot.sessions if attack.session_reason(s)} | set(attack.users)
