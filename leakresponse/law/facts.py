"""What the engine is told: the dated facts of the incident, and groups of people. Faulty input is one BadInput."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError, field_validator

from leakresponse.core.errors import BadInput
from leakresponse.core.vocabulary import DATA_ELEMENTS, FOREIGN_PREFIX, JURISDICTIONS, MILITARY_PREFIX, UNKNOWN
from leakresponse.law.vocabulary import ClockEvent, Event, Role

if TYPE_CHECKING:
    import pandas as pd

REQUIRED_COLUMNS = ("group_id", "jurisdiction", "count", "elements", "encrypted", "key_taken")
OPTIONAL_COLUMNS = ("candidates", "minors")
#: USPS codes without a breach-notification statute among the 54; people there are answered `review`.
_OTHER_USPS = frozenset({"AS", "MP", "FM", "MH", "PW"})
_FOREIGN = re.compile(rf"^{FOREIGN_PREFIX}[A-Z]{{2}}$")
_MILITARY = re.compile(rf"^{MILITARY_PREFIX}(AA|AE|AP)$")
_TRUTH = {"true": True, "false": False}


class Entity(BaseModel):
    """Who answers: owner or maintainer of the data, what kind of business, and whether it was the breach's source."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    kind: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = "retailer"
    source_of_breach: bool | None = None


class Facts(BaseModel):
    """The dated facts. A date that is not known stays None; no other date is ever taken in its place."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    discovered_on: date
    determined_on: date | None = None
    detected_on: date | None = None
    told_by_vendor_on: date | None = None
    individuals_notified_on: date | None = None
    event: Literal["acquisition", "access", "both"]
    harm_likely: bool | None = None
    #: Whether an account or card number alone opens the account (N.Y. GBL 899-aa(1)(b)(i)(4) asks this).
    usable_without_code: bool | None = None
    entity: Entity
    as_of: date

    @field_validator(
        "discovered_on",
        "determined_on",
        "detected_on",
        "told_by_vendor_on",
        "individuals_notified_on",
        "as_of",
        mode="before",
    )
    @classmethod
    def _only_iso_dates(cls, value: object) -> object:
        """Numbers would pass as Unix times; a time of day would hide a choice of zone."""
        if value is None or type(value) is date:
            return value
        if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
            return value
        raise ValueError("not a date of the form YYYY-MM-DD")

    @property
    def events(self) -> frozenset[Event]:
        """What happened. Data that was acquired was accessed too; access alone is not acquisition."""
        return frozenset({"access"}) if self.event == "access" else frozenset({"access", "acquisition"})

    def when(self, event: ClockEvent) -> date | None:
        """The date of a clock event, None while it is not known."""
        dates: dict[ClockEvent, date | None] = {
            "discovery": self.discovered_on,
            "determination": self.determined_on,
            "detection": self.detected_on,
            "vendor_notice": self.told_by_vendor_on,
            "individuals_notified": self.individuals_notified_on,
        }
        return dates[event]


@dataclass(frozen=True, slots=True)
class PopulationGroup:
    """People who share a place, exposed elements and the state of the data. `candidates` are other possible places."""

    group_id: str
    jurisdiction: str
    count: int
    elements: frozenset[str]
    encrypted: bool
    key_taken: bool
    candidates: tuple[str, ...] = ()
    minors: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "elements", frozenset(self.elements))
        object.__setattr__(self, "candidates", tuple(self.candidates))
        for place in (self.jurisdiction, *self.candidates):
            _check_place(place, self.group_id)
        for element in sorted(self.elements):
            if element not in DATA_ELEMENTS:
                raise BadInput(f"group {self.group_id}: {element!r} is not a data element")
        if self.count < 0 or not 0 <= self.minors <= self.count:
            raise BadInput(f"group {self.group_id}: count and minors must satisfy 0 <= minors <= count")


def _check_place(place: str, group_id: str) -> None:
    known = place in JURISDICTIONS or place in _OTHER_USPS or place == UNKNOWN
    if not (known or _FOREIGN.match(place) or _MILITARY.match(place)):
        raise BadInput(f"group {group_id}: {place!r} is not a jurisdiction")


def facts_from_mapping(data: object) -> Facts:
    """Check a decoded FACTS document. Raises BadInput with the first fault in one line."""
    try:
        return Facts.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "facts"
        raise BadInput(f"{where}: {first['msg']}") from error


def facts_from_json(path: Path | str) -> Facts:
    """Read FACTS.json. Raises BadInput where it cannot be read or says what it may not."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__})") from error
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}: not JSON (line {error.lineno})") from error
    try:
        return facts_from_mapping(data)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def population_from_csv(path: Path | str) -> tuple[PopulationGroup, ...]:
    """Read POP.csv. Raises BadInput naming the line and what is wrong with it."""
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: cannot be read ({type(error).__name__})") from error
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if not rows:
        raise BadInput(f"{path}: empty")
    header = [name.strip() for name in rows[0]]
    _check_columns(header, str(path))
    groups = []
    for number, row in enumerate(rows[1:], start=2):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) != len(header):
            raise BadInput(f"{path}: line {number}: {len(row)} columns where {len(header)} are named")
        groups.append(_group(dict(zip(header, row, strict=True)), f"{path}: line {number}"))
    return tuple(groups)


def _check_columns(header: Sequence[str], source: str) -> None:
    missing = [name for name in REQUIRED_COLUMNS if name not in header]
    unknown = [name for name in header if name not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS]
    if missing or unknown or len(set(header)) != len(header):
        what = f"missing column {missing[0]}" if missing else f"unknown or repeated column {(unknown or header)[0]!r}"
        raise BadInput(f"{source}: {what}")


def _group(row: Mapping[str, Any], where: str) -> PopulationGroup:
    try:
        return PopulationGroup(
            group_id=str(row["group_id"]).strip(),
            jurisdiction=str(row["jurisdiction"]).strip(),
            count=_integer(row["count"], "count"),
            elements=frozenset(_listed(row["elements"])),
            encrypted=_truth(row["encrypted"], "encrypted"),
            key_taken=_truth(row["key_taken"], "key_taken"),
            candidates=tuple(dict.fromkeys(_listed(row.get("candidates", "")))),
            minors=_integer(row.get("minors") or 0, "minors"),
        )
    except BadInput as error:
        raise BadInput(f"{where}: {error}") from error


def _integer(value: object, column: str) -> int:
    text = str(value).strip()
    if not re.fullmatch(r"-?\d+(\.0)?", text):
        raise BadInput(f"{column} is not a whole number")
    return int(float(text))


def _truth(value: object, column: str) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUTH:
        raise BadInput(f"{column} is neither true nor false")
    return _TRUTH[text]


def _listed(value: object) -> list[str]:
    """A cell of several words: `a;b` in a file, a list or array in a frame, nothing where the cell is empty."""
    if value is None or isinstance(value, float):
        return []
    parts: Iterable[object] = value.split(";") if isinstance(value, str) else value  # type: ignore[assignment]
    return [str(part).strip() for part in parts if str(part).strip()]


def population_from_frame(frame: pd.DataFrame) -> tuple[PopulationGroup, ...]:
    """The same columns as POP.csv, in a frame. Raises BadInput as population_from_csv does."""
    _check_columns([str(name) for name in frame.columns], "population")
    rows = frame.astype(object).where(frame.notna(), None).to_dict(orient="records")
    return tuple(_group({str(k): v for k, v in row.items()}, f"population: row {n}") for n, row in enumerate(rows))
