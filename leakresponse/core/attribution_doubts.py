"""Rows of which nothing says for sure whose they are: split where a mark tells, else in doubt, never just cleared."""

from __future__ import annotations

from ipaddress import ip_address, ip_network

import numpy as np
import pandas as pd

from leakresponse.core.attribution_schedule import off_schedule
from leakresponse.core.attribution_state import Reason, State, actor_of, pair, sharing
from leakresponse.core.events_baseline import Codes, Mask, codes_of

_PRIVATE = tuple(ip_network(n) for n in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128"))


def decide_named(state: State, rows: Mask) -> None:
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
        state.take(strange, Reason.AGENT, strong=True)
    elif stranger.any():
        state.take(stranger, Reason.NEW_HOST, strong=True)
    else:
        odd_hours = here & _off_hours(state)
        if (here & ~odd_hours).any():
            state.take(odd_hours, Reason.OFF_HOURS)
        state.doubt(here & state.base.known, Reason.UNDECIDED)
        state.doubt(here, Reason.NO_NETWORK)


def _strange(state: State, mark: pd.Series) -> Mask:
    """Rows whose mark (agent without version, or address) is new to an actor that showed other marks before.

    Marks are compared log type by log type, since each writes agents in its own way (RestApi as a number).
    """
    kind = codes_of(state.events["event_type"])[0]
    source = pair(actor_of(state), kind)
    known = pair(source, codes_of(mark)[0])
    past = _past(state)
    told = (mark != "").to_numpy()
    return told & sharing(source, past & told) & ~sharing(known, past & told)


def _off_hours(state: State) -> Mask:
    return off_schedule(actor_of(state), hours_of(state), _past(state))


def hours_of(state: State) -> Codes:
    """The hour of each row, counted from the epoch."""
    return state.events["timestamp"].to_numpy("datetime64[h]").astype(np.int64)


def _past(state: State) -> Mask:
    """Rows before everything that lies in the window."""
    past: Mask = (state.events["timestamp"] < state.events.loc[state.window, "timestamp"].min()).to_numpy()
    return past


def doubt_other_apps(state: State) -> None:
    """The very address of the attack with another app, where it is unusual there too: possible, not certain."""
    odd = state.base.known & ~state.base.usual
    address, values = codes_of(state.events["client_ip"])
    private = np.array([is_private(str(value)) for value in values], dtype=np.bool_)
    if len(values):
        odd &= ~private[np.maximum(address, 0)]
        state.doubt(sharing(address, state.attack & odd) & odd, Reason.OTHER_APP)


def doubt_untold(state: State) -> None:
    """Rows of the attacked user whose network neither an address nor a key tells, at the attack's time.

    Asynchronous reports, searches, file transfers and downloads are logged without both (log notes, "Joining"). The
    attack's time is the alert's window and the hours from its first row to its last.
    """
    if not state.attack.any():
        return
    hours = hours_of(state)
    during = (hours >= hours[state.attack].min()) & (hours <= hours[state.attack].max())
    state.doubt(sharing(state.user, state.attack) & ~state.base.known & (during | state.window), Reason.UNTOLD)


def is_private(address: str) -> bool:
    """Loopback and private ranges say nothing about who calls."""
    try:
        first = ip_network(address.strip(), strict=False).network_address
    except ValueError:
        return True
    return any(ip_address(str(first)) in network for network in _PRIVATE)
