"""People per jurisdiction for the report: bounds of each, and the numbers of the law that lie between them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from leakresponse.core.vocabulary import JURISDICTIONS

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.documents import facts as F


def places_of(people: pd.DataFrame, scoped: Mapping[str, Any], on: date) -> Iterator[F.PlaceScope]:
    """One line per jurisdiction. `people` has residency, candidates, certainty and confidence; `on` dates the law."""
    from leakresponse.core.residency import bound_places
    from leakresponse.documents import facts as F

    extra = unnamed_people(scoped)
    found = bound_places(people, thresholds=_thresholds(on), doubles=scoped.get("doubles", {}), unnamed=extra)
    for place in found:
        if place.code in JURISDICTIONS:
            bound = place.bound
            possible = None if bound.high is None else bound.high - bound.likely
            yield F.PlaceScope(place.code, bound.likely, possible, bound.low, place.open)


def unnamed_people(scoped: Mapping[str, Any]) -> int | None:
    """How many more people the logs allow than records are named: one for each such record; None without a limit."""
    records = scoped.get("exposures", {}).get("bounds", {}).get("records")
    if records is None:
        return 0
    return None if records["high"] is None else max(0, int(records["high"]) - int(scoped["records"]))


def _thresholds(on: date) -> dict[str, tuple[int, ...]]:
    from leakresponse.law import load_registry

    registry = load_registry()
    known = (code for code, file in registry.files.items() if on >= file.first_day)
    return {code: registry.regime(code, on).thresholds for code in known}
