"""At which hours of the week an app or user is at work, and which rows lie outside of them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

#: Hours of a week; the week begins where the epoch does, which is the same for every row.
WEEK = 168
#: A habit is seen on at least so many days, spread over more than a week ...
HABIT_DAYS = 10
#: ... and leaves at least half of the week's hours free: who is always at work has no hour that is odd.
HABIT_HOURS = WEEK // 2

Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


def off_schedule(actor: Codes, hours: Codes, past: Mask) -> Mask:
    """Rows at an hour of the week at which their actor never worked before, nor in the hour before or after it.

    `hours` counts from the epoch; `past` are the rows that make the habit. Actors without a plain habit (too few days,
    too many hours) have no such rows, and a row without an actor is none.
    """
    seen = past & (actor >= 0)
    habit = pd.DataFrame({"actor": actor[seen], "day": hours[seen] // 24, "slot": hours[seen] % WEEK})
    if habit.empty:
        return np.zeros(len(actor), np.bool_)
    plain = _plain(habit)
    slots = habit[habit["actor"].isin(plain)][["actor", "slot"]].drop_duplicates()
    usual = np.unique(np.concatenate([_keys(slots["actor"], slots["slot"] + shift) for shift in (-1, 0, 1)]))
    here = np.isin(actor, plain)
    return here & ~np.isin(actor * WEEK + hours % WEEK, usual)


def _plain(habit: pd.DataFrame) -> Codes:
    """Actors whose habit says something."""
    by_actor = habit.groupby("actor")
    days, first, last = by_actor["day"].nunique(), by_actor["day"].min(), by_actor["day"].max()
    fit = (days >= HABIT_DAYS) & (last - first > 7) & (by_actor["slot"].nunique() <= HABIT_HOURS)
    return fit.index[fit].to_numpy(np.int64)


def _keys(actor: pd.Series, slot: pd.Series) -> Codes:
    keys: Codes = (actor * WEEK + slot % WEEK).to_numpy(np.int64)
    return keys
