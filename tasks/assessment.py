"""Which law protects each person, and what it asks: the population in, obligations with their clocks out."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from leakresponse.core import progress
from leakresponse.core.types import Alert
from tasks.frames import read_frame, write_table
from tasks.support import files_of, ledger_of, policy_block, step, store_block

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.law import Facts, PopulationGroup

OBLIGATIONS = "obligations.json"
DUTIES = "duties.parquet"


@step("assess the law")
def assess(case_id: str, alert: Alert, store: str, policy: str, determined_at: str) -> dict[str, Any]:
    """Write obligations.json and, per person, whether a notice is owed; the answer holds counts by status."""
    import pandas as pd

    from leakresponse.law import assess as ask

    files = files_of(store_block(store), case_id)
    people = read_frame(files, "people.parquet")
    people["elements"] = people["elements"].map(lambda e: tuple(sorted(e)))
    people["candidates"] = people["candidates"].map(lambda c: tuple(sorted(c)))
    people["minor"] = people["flags"].map(lambda f: "minor" in f)
    facts = facts_of(alert, determined_at, policy_block(policy))
    groups = population(people)
    answer = ask(list(groups.values()), facts)
    document = {**answer.to_json(), "facts": json.loads(facts.model_dump_json())}
    (files.folder / OBLIGATIONS).write_text(json.dumps(document, indent=1), encoding="utf-8")
    duties = _duties(people, groups, facts)
    write_table(files, DUTIES, duties)
    ledger_of(store_block(store)).add_obligations(case_id, document["obligations"])
    statuses = pd.Series([o["status"] for o in document["obligations"]]).value_counts()
    return {
        "obligations": int(statuses.sum()),
        "by_status": {str(k): int(v) for k, v in statuses.items()},
        "people_by_duty": {str(k): int(v) for k, v in duties["duty"].value_counts().items()},
    }


def facts_of(alert: Alert, determined_at: str, policy: Any) -> Facts:
    """The facts the engine decides on. Data that left the org was both accessed and acquired."""
    from leakresponse.law import Entity, Facts

    return Facts(
        discovered_on=alert.detected_at.astimezone(UTC).date(),
        determined_on=datetime.fromisoformat(determined_at).date(),
        event="both",
        harm_likely=policy.harm_likely,
        entity=Entity(role="owner", kind="retailer", source_of_breach=True),
        as_of=_today(),
    )


def _today() -> date:
    return datetime.now(UTC).date()


def population(people: pd.DataFrame) -> dict[tuple[Any, ...], PopulationGroup]:
    """Groups of people who are alike for the law, keyed by residency, elements and candidates."""
    from leakresponse.law import PopulationGroup

    groups = {}
    keyed = people.groupby(["residency", "elements", "candidates"], sort=True, dropna=False)["minor"]
    for number, (key, minors) in enumerate(keyed):
        residency, elements, candidates = cast("tuple[str, tuple[str, ...], tuple[str, ...]]", key)
        groups[key] = PopulationGroup(
            group_id=f"g{number}",
            jurisdiction=residency,
            count=len(minors),
            elements=frozenset(elements),
            encrypted=False,
            key_taken=False,
            candidates=tuple(c for c in candidates if c != residency),
            minors=int(minors.sum()),
        )
    return groups


def _duties(people: pd.DataFrame, groups: dict[tuple[Any, ...], PopulationGroup], facts: Facts) -> pd.DataFrame:
    """Per person: required, not_required or review, with the engine's own reason for people exposed like that."""
    import pandas as pd

    from leakresponse.law import assess as ask

    rows = []
    for done, (key, group) in enumerate(groups.items(), 1):
        duty = next(
            o
            for o in ask([group], facts).obligations
            if o.recipient == "individuals" and o.jurisdiction == group.jurisdiction and o.kind == "statutory"
        )
        rows.append((*key, duty.status, duty.because))
        progress.report("law: groups of people", done, len(groups))
    table = pd.DataFrame(rows, columns=["residency", "elements", "candidates", "duty", "because"])
    joined = people.merge(table, on=["residency", "elements", "candidates"], how="left", validate="many_to_one")
    return joined[["person_id", "residency", "duty", "because"]]
