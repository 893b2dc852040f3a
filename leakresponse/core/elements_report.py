"""What was decided about the exposed fields, for the report: labels, and what a person still has to say.

Names of objects and fields only; no value of anybody's.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any

from leakresponse.core.cpra import CITATION, sensitive_fields
from leakresponse.core.elements import Override, classification_notes, classify, unplaced_fields
from leakresponse.core.types import ObjectInfo


def field_facts(
    exposed: Mapping[str, Collection[str]], describe: Mapping[str, ObjectInfo], overrides: Iterable[Override], on: date
) -> dict[str, Any]:
    """Facts as JSON about the exposed fields (by object), each as Object.Field.

    `decided`: people's overrides; `unplaced`: sensitive by the org's own classification and no element here, so that a
    person decides; `notes`: why a field that looks sensitive is no element; `cpra`: classes of California's sensitive
    personal information as in force on a day.
    """
    decided = tuple(overrides)
    seen = {
        name: ObjectInfo(name, info.key_prefix, {one: info.fields[one] for one in exposed[name] if one in info.fields})
        for name, info in describe.items()
        if name in exposed
    }
    classes = classify(seen, decided)
    open_ones = {key: why for key, why in unplaced_fields(seen, classes).items() if key not in _keys(decided)}
    return {
        "decided": [
            {"field": f"{one.object}.{one.field}", "element": one.element or "none", "by": one.by, "why": one.why}
            for one in decided
            if (one.object, one.field) in classes
        ],
        "unplaced": _named(open_ones),
        "notes": _named(classification_notes(seen)),
        "cpra": {"citation": CITATION, "fields": _named(sensitive_fields(seen, classes, on))},
    }


def _keys(decided: Iterable[Override]) -> set[tuple[str, str]]:
    return {(one.object, one.field) for one in decided}


def _named(found: Mapping[tuple[str, str], Any]) -> dict[str, Any]:
    return {
        f"{name}.{one}": list(said) if isinstance(said, tuple) else said for (name, one), said in sorted(found.items())
    }
