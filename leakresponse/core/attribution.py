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
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Required, TypedDict, Unpack

import numpy as np
import pandas as pd

from leakresponse.core.attribution_schedule import off_schedule
from leakresponse.core.events_baseline import (
    LONG_HISTORY_DAYS,
    Baseline,
    Codes,
    Mask,
    app_names,
    baseline,
    codes_of,
    fill_apps,
)
from leakresponse.core.events_ids import to18
from leakresponse.core.networks import covers
from leakresponse.core.types import Alert, Label, Principal

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
)
(
    _NONE, _SESSION, _ADDRESS, _UNUSUAL, _AGENT, _NEW_HOST, _SAME_SESSION, _SAME_LOGIN, _SAME_JOB, _SAME_NETWORK,
    _NEVER_USUAL, _UNDECIDED, _NO_NETWORK, _UNSTEADY, _OTHER_APP, _USUAL, _RESPONDER, _AFTER,
    _PUBLISHED, _OFF_HOURS,
) = range(len(REASONS))  # fmt: skip
LABELS: tuple[Label, ...] = ("attack", "uncertain", "legitimate")
#: Reasons of rows that nothing of the attack can reach.
LINKED_TO_NOTHING, AFTER_THE_CUT = REASONS[_NONE], REASONS[_AFTER]
_PRIVATE = tuple(ip_network(n) for n in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128"))


@dataclass(slots=True)
class _State:
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

    def take(self, mask: Mask, reason: int, strong: bool = False) -> bool:
        """Label rows as attack; says whether any was new."""
        new = mask & self.open & ~self.attack
        self.attack |= new
        self.reason[new] = reason
        if strong:
            self.strong |= mask & self.open
        return bool(new.any())

    def doubt(self, mask: Mask, reason: int) -> None:
        """Label rows as uncertain where they are nothing worse."""
        new = mask & self.open & ~self.attack & ~self.uncertain
        self.uncertain |= new
        self.reason[new] = reason


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
        _undecided(state, rows)
    _spread(state)
    _doubt_other_apps(state)
    return _labelled(state, named, rules["cut_at"], ours)


def values_of(principal: Principal, rules: Rules) -> frozenset[str]:
    """Every value that stands for a principal: its own, those the org knows it by, ids in both lengths."""
    said = {principal.value, *rules.get("aliases", {}).get(principal.value, ())}
    return frozenset(said | {to18(value) for value in said})


def _prepare(events: pd.DataFrame, seeds: Alert, span: tuple[datetime, datetime] | None, rules: Rules) -> _State:
    time = events["timestamp"]
    first, last = span or (time.min().to_pydatetime(), time.max().to_pydatetime())
    window = ((time >= pd.Timestamp(seeds.window.start)) & (time <= pd.Timestamp(seeds.window.end))).to_numpy()
    size = len(events)
    ours = responder_mask(events, rules.get("responder_keys", ()))
    state_open = (time <= pd.Timestamp(rules["cut_at"])).to_numpy() & ~ours
    return _State(
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


def _seed(state: _State, named: Sequence[tuple[Principal, Mask]]) -> None:
    odd = state.base.known & ~state.base.usual
    for principal, rows in named:
        if principal.kind == "session":
            state.take(rows, _SESSION, strong=True)
        elif principal.kind == "address":  # loopback says little, so it counts inside the window only
            state.take(rows & (state.window if is_private(principal.value) else state.window | odd), _ADDRESS)
        else:
            state.take(rows & state.window & odd, _UNUSUAL)


def _seed_published(state: _State, networks: Sequence[str]) -> None:
    """Rows at addresses that a vendor named: inside the window, or where no long history makes the network usual."""
    if networks:
        doubtful = (state.window | ~state.base.settled) & ~state.base.vouched
        state.take(_from_networks(state.events, networks) & doubtful, _PUBLISHED)


def _spread(state: _State) -> None:
    """Follow every shared key until a whole round brings nothing new."""
    odd = state.base.known & ~state.base.usual
    open_network = ~(state.base.known & state.base.usual)
    if not state.attack.any():
        return
    grew = True
    while grew:
        grew = state.take(_sharing(state.session, state.strong), _SAME_SESSION, strong=True)
        grew |= state.take(_sharing(state.session, state.attack) & open_network, _SAME_SESSION)
        grew |= state.take(_sharing(state.login, state.attack) & open_network, _SAME_LOGIN)
        grew |= state.take(_sharing(state.job, state.attack), _SAME_JOB)
        grew |= state.take(_sharing(_pair(_actor(state), state.base.network), state.attack & odd) & odd, _SAME_NETWORK)
        same_actor = _sharing(_pair(_actor(state), state.user), state.attack) & odd
        grew |= state.take(same_actor & (state.base.steady | ~_has_usual(state)), _NEVER_USUAL)
    state.doubt(same_actor, _UNSTEADY)


def _actor(state: _State) -> Codes:
    """One code per app, or per user where a row has no app."""
    users = int(state.user.max()) + 1 if len(state.user) else 0
    return np.where(state.app >= 0, state.app + users, state.user)


def _has_usual(state: _State) -> Mask:
    """Rows whose actor has any usual network at all; an actor without one is new to the org."""
    return _sharing(_actor(state), state.base.usual & state.base.known)


def _pair(first: Codes, second: Codes) -> Codes:
    """One code for two; -1 where either is missing."""
    width = int(second.max()) + 1 if len(second) else 1
    return np.where((first >= 0) & (second >= 0), first * max(width, 1) + second, -1)


def _sharing(codes: Codes, chosen: Mask) -> Mask:
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


def _undecided(state: _State, rows: Mask) -> None:
    """A named principal none of whose rows is attack: split by agent or exact address, else doubt the whole window.

    Rows that break a plain habit while it goes on beside them are the attack too (without it, the work may only have
    been moved). At the usual hours a thief may have been there as well, so those rows stay in doubt.
    """
    here = rows & state.window & state.open & ~state.base.vouched
    if (rows & state.attack).any() or not here.any():
        return
    agent = state.events["user_agent"].str.replace(r"(?s)[/ ].*", "", regex=True)
    strange, stranger = here & _strange(state, agent), here & _strange(state, state.events["client_ip"])
    if strange.any():
        state.take(strange, _AGENT, strong=True)
    elif stranger.any():
        state.take(stranger, _NEW_HOST, strong=True)
    else:
        odd_hours = here & _off_hours(state)
        if (here & ~odd_hours).any():
            state.take(odd_hours, _OFF_HOURS)
        state.doubt(here & state.base.known, _UNDECIDED)
        state.doubt(here, _NO_NETWORK)


def _strange(state: _State, mark: pd.Series) -> Mask:
    """Rows whose mark (agent without version, or address) is new to an actor that showed other marks before.

    Marks are compared log type by log type, since each writes agents in its own way (RestApi as a number).
    """
    kind = codes_of(state.events["event_type"])[0]
    source = _pair(_actor(state), kind)
    known = _pair(source, codes_of(mark)[0])
    past = _past(state)
    told = (mark != "").to_numpy()
    return told & _sharing(source, past & told) & ~_sharing(known, past & told)


def _off_hours(state: _State) -> Mask:
    hours = state.events["timestamp"].to_numpy("datetime64[h]").astype(np.int64)
    return off_schedule(_actor(state), hours, _past(state))


def _past(state: _State) -> Mask:
    """Rows before everything that lies in the window."""
    past: Mask = (state.events["timestamp"] < state.events.loc[state.window, "timestamp"].min()).to_numpy()
    return past


def _doubt_other_apps(state: _State) -> None:
    """The very address of the attack with another app, where it is unusual there too: possible, not certain."""
    odd = state.base.known & ~state.base.usual
    address, values = codes_of(state.events["client_ip"])
    private = np.array([is_private(str(value)) for value in values], dtype=np.bool_)
    if len(values):
        odd &= ~private[np.maximum(address, 0)]
        state.doubt(_sharing(address, state.attack & odd) & odd, _OTHER_APP)


def is_private(address: str) -> bool:
    """Loopback and private ranges say nothing about who calls."""
    try:
        first = ip_network(address.strip(), strict=False).network_address
    except ValueError:
        return True
    return any(ip_address(str(first)) in network for network in _PRIVATE)


def _labelled(
    state: _State, named: Sequence[tuple[Principal, Mask]], cut_at: datetime, responder_keys: Collection[str]
) -> pd.DataFrame:
    events = state.events
    late = (events["timestamp"] > pd.Timestamp(cut_at)).to_numpy()
    ours = responder_mask(events, responder_keys)
    alive = late & ~ours & _sharing(state.session, state.attack) & _succeeded(events)
    state.attack |= alive
    state.reason[alive] = _SAME_SESSION
    plain = ~state.attack & ~state.uncertain
    for _principal, rows in named:
        state.reason[plain & rows & state.base.usual] = _USUAL
    state.reason[plain & late] = _AFTER
    state.reason[plain & ours] = _RESPONDER
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
