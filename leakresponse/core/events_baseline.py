"""What is usual: which app a row belongs to, from which networks its apps and users come on ordinary days.

All vectorised over integer codes; a million rows take seconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.events_columns import ADDRESS_OF_LOGIN, NAMED_BY_ORG
from leakresponse.core.networks import covers

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

#: A network is usual when it is there on this share of the days on which its app (or user) is active at all ...
USUAL_SHARE_OF_DAYS = 0.3
#: ... and on at least so many days, once the history is long enough to tell a campaign from a habit.
USUAL_MIN_DAYS = 3
LONG_HISTORY_DAYS = 7
#: An actor that keeps to its usual networks on this share of its days is steady: leaving them is remarkable.
STEADY_SHARE = 0.9
_LOGIN_TYPES = ("Login", "LoginEvent")


@dataclass(frozen=True, slots=True)
class Baseline:
    """Row by row: whether the row's network is known at all, usual for its app or user, and its actor steady.

    `settled`: usual by a long history. `vouched`: somebody answers for the very address.
    """

    known: Mask
    usual: Mask
    steady: Mask
    settled: Mask
    vouched: Mask
    network: Codes


def network_of(address: str) -> str:
    """The network that an address counts as: /24 for IPv4, /48 for IPv6; "" for words such as "Salesforce.com IP"."""
    try:
        parsed = ip_address(address.strip())
    except ValueError:
        return ""
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        parsed = parsed.ipv4_mapped
    bits = 24 if isinstance(parsed, IPv4Address) else 48
    return str(ip_network(f"{parsed}/{bits}", strict=False))


def codes_of(values: pd.Series) -> tuple[Codes, pd.Index]:
    """Integer codes of a text column, -1 for ""; and the distinct values."""
    filled = values.mask(values == "")
    codes, distinct = pd.factorize(filled, use_na_sentinel=True)
    return codes.astype(np.int64), pd.Index(distinct)


def network_codes(addresses: pd.Series) -> tuple[Codes, tuple[str, ...]]:
    """Network code of each row (-1 unknown), worked out on the distinct addresses only."""
    codes, distinct = codes_of(addresses)
    names = pd.Series([network_of(str(value)) for value in distinct], dtype="str")
    inner, networks = codes_of(names)
    lookup = np.append(inner, -1)
    return lookup[codes], tuple(str(value) for value in networks)


def fill_apps(events: pd.DataFrame) -> pd.DataFrame:
    """Give rows the app that their log lacks: by name, then by session, login, and for OAuth logins by user.

    BulkApi2, UniqueQuery, API, Login and BulkApiResultEventStore name no app; ApiEvent names none when an existing
    token is reused. A key that belongs to two apps fills nothing. CLIENT_NAME is the caller's own word: never used.
    """
    app = events["app_id"].copy()
    name = events["app_name"]
    trusted = events["event_type"].isin(NAMED_BY_ORG) & (name != "")
    ids_by_name = _only_value(name[trusted & (app != "")], app[trusted & (app != "")])
    app = _fill(app, name.where(trusted, ""), ids_by_name)
    # An app without an id anywhere (uninstalled, log without ids) still needs one identity: its name.
    app = app.where((app != "") | ~trusted, name)
    for key in ("session_key", "login_key"):
        has = (app != "") & (events[key] != "")
        app = _fill(app, events[key], _only_value(events.loc[has, key], app[has]))
    has = (app != "") & (events["user_id"] != "")
    by_oauth = events["operation"].str.lower().str.startswith("oauth")
    by_token = events["uri"].str.contains("oauth2/token", regex=False)
    oauth = events["event_type"].isin(_LOGIN_TYPES) & (by_oauth | by_token)
    by_user = _only_value(events.loc[has, "user_id"], app[has])
    app = _fill(app, events["user_id"].where(oauth, ""), by_user)
    return events.assign(app_id=app)


def app_names(events: pd.DataFrame) -> dict[str, set[str]]:
    """Org-made app name (lower case) to the apps that bear it, from rows that carry both."""
    trusted = events["event_type"].isin(NAMED_BY_ORG) & (events["app_name"] != "") & (events["app_id"] != "")
    pairs = events.loc[trusted, ["app_name", "app_id"]].drop_duplicates()
    named: dict[str, set[str]] = {}
    for name, app in zip(pairs["app_name"], pairs["app_id"], strict=True):
        named.setdefault(str(name).lower(), set()).add(str(app))
    return named


def baseline(
    events: pd.DataFrame,
    before: datetime,
    allowed: Mapping[str, Sequence[str]] | None = None,
) -> Baseline:
    """Judge each row's network against the days before `before`.

    `events` has its apps filled. `allowed` names networks that an operator or vendor vouches for, by app id or name
    or user id ("*" for all). A row without an address of the call takes the verdict of its session, or of its login,
    where those are of one mind.
    """
    logged_at_login = events["event_type"].isin(ADDRESS_OF_LOGIN)
    network, names = network_codes(events["client_ip"].mask(logged_at_login, ""))
    app, app_values = codes_of(events["app_id"])
    user, user_values = codes_of(events["user_id"])
    days = events["timestamp"].to_numpy("datetime64[D]").astype(np.int64)
    past = (events["timestamp"] < pd.Timestamp(before)).to_numpy()
    usual_app, steady_app, long_app = _usual(app, network, days, past, len(app_values), len(names))
    usual_user, steady_user, long_user = _usual(user, network, days, past, len(user_values), len(names))
    # A user vouches for a network beside the app only with a long history: else a thief's first visits would.
    usual = usual_app | (usual_user & (long_user | (app < 0)))
    settled = (usual_app & long_app) | (usual_user & long_user)
    vouched = _allowed(events, allowed or {})
    known = network >= 0
    usual = (usual | vouched) & known
    for key in ("session_key", "login_key"):
        known, usual = _inherit(events[key], known, usual)
    steady = np.where(app >= 0, steady_app, steady_user)
    return Baseline(known, usual, steady.astype(np.bool_), settled, vouched, network)


def _usual(
    actor: Codes, network: Codes, days: Codes, past: Mask, actors: int, networks: int
) -> tuple[Mask, Mask, Mask]:
    """(network usual for its actor, actor steady, actor with a long history), by distinct days of the past."""
    if not actors or not networks:
        none = np.zeros(len(actor), np.bool_)
        return none, none, none
    seen = past & (actor >= 0) & (network >= 0)
    pair_day = pd.DataFrame({"actor": actor[seen], "network": network[seen], "day": days[seen]}).drop_duplicates()
    active = pair_day.drop_duplicates(["actor", "day"]).groupby("actor").size().reindex(range(actors), fill_value=0)
    there = pair_day.groupby(["actor", "network"]).size().rename("there").reset_index()
    total = active.to_numpy()[there["actor"]]
    floor = np.where(total >= LONG_HISTORY_DAYS, USUAL_MIN_DAYS, 1)
    there["usual"] = there["there"].to_numpy() >= np.maximum(floor, np.ceil(USUAL_SHARE_OF_DAYS * total))
    keys = (there["actor"] * networks + there["network"])[there["usual"]].to_numpy()
    usual = np.isin(actor * networks + network, keys) & (actor >= 0) & (network >= 0)
    pair_day["usual"] = np.isin(pair_day["actor"] * networks + pair_day["network"], keys)
    kept = pair_day[pair_day["usual"]].drop_duplicates(["actor", "day"]).groupby("actor").size()
    share = kept.reindex(range(actors), fill_value=0).to_numpy() / np.maximum(active.to_numpy(), 1)
    here = np.maximum(actor, 0)
    long = active.to_numpy() >= LONG_HISTORY_DAYS
    return usual, (share >= STEADY_SHARE)[here] & (actor >= 0), long[here] & (actor >= 0)


def _allowed(events: pd.DataFrame, allowed: Mapping[str, Sequence[str]]) -> Mask:
    """Rows whose exact address lies in a network that somebody vouches for."""
    found = np.zeros(len(events), np.bool_)
    for who, ranges in allowed.items():
        same = np.ones(len(events), np.bool_)
        if who != "*":
            same = ((events["app_id"] == who) | (events["app_name"] == who) | (events["user_id"] == who)).to_numpy()
        addresses = events.loc[same, "client_ip"]
        distinct = [str(value) for value in addresses.unique()]
        inside = [value for value in distinct if any(covers(one, value) for one in ranges)]
        found |= same & events["client_ip"].isin(inside).to_numpy()
    return found


def _inherit(key: pd.Series, known: Mask, usual: Mask) -> tuple[Mask, Mask]:
    """Rows of unknown network take the verdict of the rows that share their key, where those agree."""
    codes, distinct = codes_of(key)
    if not len(distinct):
        return known, usual
    informed = known & (codes >= 0)
    good = np.bincount(codes[informed & usual], minlength=len(distinct))
    bad = np.bincount(codes[informed & ~usual], minlength=len(distinct))
    settled = (good > 0) != (bad > 0)
    take = ~known & (codes >= 0) & settled[np.maximum(codes, 0)]
    return known | take, np.where(take, (good > 0)[np.maximum(codes, 0)], usual)


def _only_value(keys: pd.Series, values: pd.Series) -> pd.Series:
    """Key to value for the keys that have exactly one value."""
    pairs = pd.DataFrame({"key": keys, "value": values})
    pairs = pairs[(pairs["key"] != "") & (pairs["value"] != "")].drop_duplicates()
    return pairs.drop_duplicates("key", keep=False).set_index("key")["value"]


def _fill(target: pd.Series, keys: pd.Series, mapping: pd.Series) -> pd.Series:
    empty = (target == "") & (keys != "")
    if not len(mapping) or not empty.any():
        return target
    found = keys[empty].map(mapping).fillna("").astype("str")
    out = target.copy()
    out[empty] = found
    return out
