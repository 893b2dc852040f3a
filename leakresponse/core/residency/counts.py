"""Counts per jurisdiction with bounds, and the quality figures a filing may be asked for.

A threshold is tested against the high count, a filing states the likely one, and the unknown are never spread over
states: they are a count of their own.
"""

from __future__ import annotations

from typing import Final

import pandas as pd

COUNT_COLUMNS: Final = ("jurisdiction", "low", "likely", "high")


def count_by_jurisdiction(answers: pd.DataFrame) -> pd.DataFrame:
    """People per USPS code, MIL:xx, FOREIGN:xx and UNKNOWN, from the output of `resolve`.

    low: surely there (the only candidate); likely: placed there; high: there is among the candidates.
    """
    sizes = answers.groupby(["residency", "candidates"], sort=False).size().reset_index(name="people")
    low: dict[str, int] = {}
    likely: dict[str, int] = {}
    high: dict[str, int] = {}
    for residency, candidates, people in sizes.itertuples(index=False, name=None):
        names = str(candidates).split()
        likely[residency] = likely.get(residency, 0) + int(people)
        if names == [residency]:
            low[residency] = low.get(residency, 0) + int(people)
        for name in dict.fromkeys((*names, residency)):
            high[name] = high.get(name, 0) + int(people)
    rows = [(j, low.get(j, 0), likely.get(j, 0), high[j]) for j in sorted(high)]
    return pd.DataFrame(rows, columns=list(COUNT_COLUMNS))


def quality_figures(answers: pd.DataFrame) -> dict[str, int]:
    """People, people per flag and per confidence, and people a person must look at."""
    figures = {"people": len(answers), "review": int((answers["review"] == "Y").sum())}
    figures |= {f"confidence_{c}": int(n) for c, n in answers["confidence"].value_counts().items()}
    flags = answers["flags"].value_counts()
    for text, people in flags.items():
        for flag in str(text).split():
            figures[flag] = figures.get(flag, 0) + int(people)
    return figures
