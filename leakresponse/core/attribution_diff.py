"""What a repeated attribution changed, in numbers."""

from __future__ import annotations

import pandas as pd

from leakresponse.core.events_table import row_keys, table_of


def changes(before: pd.DataFrame, after: pd.DataFrame) -> dict[str, int]:
    """How many rows have another label than before, by `attack_to_uncertain` and so on; nothing where none has.

    Both tables hold attack and uncertain rows only: what one of them lacks is legitimate there (or was not yet logged).
    """
    labels = pd.DataFrame({"before": _labels(before), "after": _labels(after)}).fillna("legitimate")
    moved = labels[labels["before"] != labels["after"]]
    counted = (moved["before"] + "_to_" + moved["after"]).value_counts()
    return {str(name): int(count) for name, count in sorted(counted.items())}


def _labels(events: pd.DataFrame) -> pd.Series:
    """Label by row; the app is left out of the key, since attribution fills it in."""
    keys = row_keys(table_of(events.assign(app_id="")))
    return pd.Series(events["label"].to_numpy(), index=keys, dtype="str").groupby(level=0).first()
