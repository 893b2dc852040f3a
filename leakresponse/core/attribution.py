"""Tell attack rows from legitimate ones: from what the alert names, outward, until nothing new is found.

The rule in words. Rows of an app or user that the alert names are the attack where, inside the alert's window, they
come from a network that is not usual for that app or user; rows of a named session or address are the attack anyway.
From there it spreads: over the session, the login, the bulk job, over app and network, and over app and user as far as
their network was never usual (this finds reconnaissance days earlier from other addresses). A row from a usual network
is never drawn in by a shared key, since a stolen refresh token is shared with its rightful owner, and whether a refresh
makes a new LOGIN_KEY is not documented. Where nothing tells good from bad, rows are `uncertain`, never quietly
legitimate.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Required, TypedDict, Unpack

import numpy as np
import pandas as pd

from leakresponse.core.attribution_doubts import decide_named, doubt_other_apps, doubt_untold, is_private
from leakresponse.core.attribution_state import LABELS, REASONS, Reason, State, actor_of, pair, sharing
from leakresponse.core.events_baseline import LONG_HISTORY_DAYS, Mask, app_names, baseline, codes_of, fill_apps
from leakresponse.core.events_ids import to18
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert, Principal


class Rules(TypedDict, total=False):
    """What decides labels besides the alert.

    `cut_at`: when the attack's access ended. `responder_keys`: user ids, login keys, session keys or app ids (or
    names) of our own access. `aliases`: for a principal's value, the ids that the org knows it by (a username to its
    User id, an app name to its app id, an AuthSession id to session or login keys). `allowed`: networks that somebody
    vouches for, by app id or name or user id ("*" for all). `published`: networks that a vendor named as the attack's.
    """

    cut_at: Required[datetime]
    responder_keys: Collection[str]
    aliases: Mapping[str, Collection[str]]
    allowed: Mapping[str, Sequence[str]]
    published: Sequence[str]


def attribute(
    events: pd.DataFrame, seeds: Alert, *, span: tuple[datetime, datetime] | None = None, **rules: Unpack[Rules]
) -> pd.DataFrame:
    """Events with `label`, `reason` and the joined `app_id` filled, in the given order.

    `span`: first and last time of the whole log, where `events` are a part of it.
    """
    if events.empty:
        return events.assign(label="", reason="")
    ours = rules.get("responder_keys", ())
    state = _prepare(fill_apps(events), seeds, span, rules)
    named = [(p, _rows_of(state.events, p, values_of(p, rules))) for p in seeds.principals]
    _seed(state, named)
    _seed_published(state, rules.get("published", ()))
    _spread(state)
    for _principal, rows in named:
        decide_named(state, rows)
    _spread(state)
    doubt_other_apps(state)
    doubt_untold(state)
    return _labelled(state, named, rules["cut_at"], ours)


def values_of(principal: Principal, rules: Rules) -> frozenset[str]:
    """Every value that stands for a principal: its own, those the org knows it by, ids in both lengths."""
    said = {principal.value, *rules.get("aliases", {}).get(principal.value, ())}
    return frozenset(said | {to18(value) for value in said})


def _prepare(events: pd.DataFrame, seeds: Alert, span: tuple[datetime, datetime] | None, rules: Rules) -> State:
    time = events["timestamp"]
    first, last = span or (time.min().to_pydatetime(), time.max().to_pydatetime())
    window = ((time >= pd.Timestamp(seeds.window.start)) & (time <= pd.Timestamp(seeds.window.end))).to_numpy()
    size = len(events)
    ours = responder_mask(events, rules.get("responder_keys", ()))
    state_open = (time <= pd.Timestamp(rules["cut_at"])).to_numpy() & ~ours
    return State(
        events,
        baseline(events, _history_end(first, last, seeds), rules.get("allowed", {})),
        codes_of(events["session_key"])[0],
        codes_of(events["login_key"])[0],
        codes_of(events["job_id"])[0],
        codes_of(events["app_id"])[0],
        codes_of(events["user_id"])[0],
        window,
        state_open,
        np.zeros(size, np.bool_),
        np.zeros(size, np.bool_),
        np.zeros(size, np.bool_),
        np.zeros(size, np.int64),
    )


def _history_end(first: datetime, last: datetime, seeds: Alert) -> datetime:
    """Where the ordinary days end: at the window's start, unless the window swallows nearly all history.

    Then the whole table is the measure: a burst still covers a smaller share of days than a habit does.
    """
    long = timedelta(days=LONG_HISTORY_DAYS)
    if seeds.window.start - first < long < seeds.window.end - seeds.window.start:
        return last + timedelta(microseconds=1)
    return seeds.window.start


def responder_mask(events: pd.DataFrame, keys: Collection[str]) -> Mask:
    """Rows of our own access; ids are compared in their 18-character form."""
    wanted = {to18(key) for key in keys} | set(keys)
    found = np.zeros(len(events), np.bool_)
    if not wanted:
        return found
    for column in ("user_id", "login_key", "session_key", "app_id", "app_name"):
        found |= events[column].isin(wanted).to_numpy()
    return found


def _rows_of(events: pd.DataFrame, principal: Principal, values: frozenset[str]) -> Mask:
    """Rows that a principal of the alert names, over the whole table."""
    if principal.kind == "session":
        return (events["session_key"].isin(values) | events["login_key"].isin(values)).to_numpy()
    if principal.kind == "address":
        return _from_networks(events, values)
    if principal.kind == "user":
        logins = events["event_type"].isin(("Login", "LoginEvent"))
        wanted = {value.lower() for value in values}
        named = logins & events["entity"].str.lower().isin(wanted)
        ids = values | set(events.loc[named & (events["user_id"] != ""), "user_id"].unique())
        return (events["user_id"].isin(ids) | named).to_numpy()
    names = app_names(events)
    ids = values.union(*(names.get(value.lower(), ()) for value in values))
    lowered = {value.lower() for value in ids}
    return (events["app_id"].isin(ids) | events["app_id"].str.lower().isin(lowered)).to_numpy()


def _from_networks(events: pd.DataFrame, networks: Collection[str]) -> Mask:
    """Rows whose address lies in one of the networks (or is one of them)."""
    addresses = [str(a) for a in events["client_ip"].unique() if any(covers(one, str(a)) for one in networks)]
    return events["client_ip"].isin(addresses).to_numpy()


def _seed(state: State, named: Sequence[tuple[Principal, Mask]]) -> None:
    odd = state.base.known & ~state.base.usual
    for principal, rows in named:
        if principal.kind == "session":
            state.take(rows, Reason.SESSION, strong=True)
        elif principal.kind == "address":  # loopback says little, so it counts inside the window only
            state.take(rows & (state.window if is_private(principal.value) else state.window | odd), Reason.ADDRESS)
        else:
            state.take(rows & state.window & odd, Reason.UNUSUAL)


def _seed_published(state: State, networks: Sequence[str]) -> None:
    """Rows at addresses that a vendor named: inside the window, or where no long history makes the network usual."""
    if networks:
        doubtful = (state.window | ~state.base.settled) & ~state.base.vouched
        state.take(_from_networks(state.events, networks) & doubtful, Reason.PUBLISHED)


def _spread(state: State) -> None:
    """Follow every shared key until a whole round brings nothing new."""
    odd = state.base.known & ~state.base.usual
    open_network = ~(state.base.known & state.base.usual) & ~_at_home(state)
    if not state.attack.any():
        return
    place = pair(actor_of(state), state.base.network)
    grew = True
    while grew:
        grew = state.take(sharing(state.session, state.strong), Reason.SAME_SESSION, strong=True)
        grew |= state.take(sharing(state.session, state.attack) & open_network, Reason.SAME_SESSION)
        grew |= state.take(sharing(state.login, state.attack) & open_network, Reason.SAME_LOGIN)
        grew |= state.take(sharing(state.job, state.attack), Reason.SAME_JOB)
        grew |= state.take(sharing(place, state.attack & odd) & odd, Reason.SAME_NETWORK)
        same_actor = sharing(pair(actor_of(state), state.user), state.attack) & odd
        grew |= state.take(same_actor & (state.base.steady | ~_has_usual(state)), Reason.NEVER_USUAL)
    state.doubt(same_actor, Reason.UNSTEADY)


def _at_home(state: State) -> Mask:
    """Rows before or after the window whose network nothing tells, while their session or login tells it all the same.

    Outside the window it was seen at usual networks and at no other: a session that was stolen later is the owner's
    own until then. Some events name the address of the login alone, or none.
    """
    outside, known, usual = ~state.window, state.base.known, state.base.usual
    at_usual, at_odd = np.zeros(len(outside), np.bool_), np.zeros(len(outside), np.bool_)
    for codes in (state.session, state.login):
        apart = np.where(outside, codes, -1)
        at_usual |= sharing(apart, outside & known & usual)
        at_odd |= sharing(apart, outside & known & ~usual)
    return outside & ~known & at_usual & ~at_odd


def _has_usual(state: State) -> Mask:
    """Rows whose actor has any usual network at all; an actor without one is new to the org."""
    return sharing(actor_of(state), state.base.usual & state.base.known)


def _labelled(
    state: State, named: Sequence[tuple[Principal, Mask]], cut_at: datetime, responder_keys: Collection[str]
) -> pd.DataFrame:
    events = state.events
    late = (events["timestamp"] > pd.Timestamp(cut_at)).to_numpy()
    ours = responder_mask(events, responder_keys)
    alive = late & ~ours & sharing(state.session, state.attack) & _succeeded(events)
    state.attack |= alive
    state.reason[alive] = Reason.SAME_SESSION
    plain = ~state.attack & ~state.uncertain
    for _principal, rows in named:
        state.reason[plain & rows & state.base.usual] = Reason.USUAL
    state.reason[plain & late] = Reason.AFTER
    state.reason[plain & ours] = Reason.RESPONDER
    label = np.where(state.attack, 0, np.where(state.uncertain, 1, 2))
    labels = pd.array(LABELS, dtype="str")
    reasons = pd.array(REASONS, dtype="str")
    return events.assign(
        label=pd.Series(labels.take(label), index=events.index),
        reason=pd.Series(reasons.take(state.reason), index=events.index),
    )


def _succeeded(events: pd.DataFrame) -> Mask:
    """Rows that were not refused: no HTTP error status and no login error."""
    status = events["status"]
    refused = status.str.match(r"[45]\d\d$") | status.str.startswith("LOGIN_ERROR")
    return ~refused.to_numpy(np.bool_)
