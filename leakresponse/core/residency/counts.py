"""The quality figures that a filing may be asked for; counts per place are in `bounds`."""

from __future__ import annotations

import pandas as pd


def quality_figures(answers: pd.DataFrame) -> dict[str, int]:
    """People, people per flag and per confidence, and people a person must look at."""
    figures = {"people": len(answers), "review": int((answers["review"] == "Y").sum())}
    figures |= {f"confidence_{c}": int(n) for c, n in answers["confidence"].value_counts().items()}
    flags = answers["flags"].value_counts()
    for text, people in flags.items():
        for flag in str(text).split():
            figures[flag] = figures.get(flag, 0) + int(people)
    return figures
