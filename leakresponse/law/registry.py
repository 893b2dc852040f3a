"""Loads the law files and answers what is in force on a day. Files are found by name; a 55th needs no code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import ValidationError

from leakresponse.core.errors import BadInput
from leakresponse.law.model import (
    Bound,
    Cra,
    Delivery,
    Element,
    Encryption,
    HarmGate,
    Individuals,
    Jurisdiction,
    Letter,
    OwnerDuty,
    Regulator,
    Service,
    Trigger,
    Value,
)

LAW_FILES = Path(__file__).parent / "jurisdictions"
V = TypeVar("V", bound=Value)


@dataclass(frozen=True, slots=True)
class Regime:
    """The law of one jurisdiction on one day."""

    code: str
    name: str
    statute: str
    bound: Bound
    elements: tuple[Element, ...]
    trigger: Trigger
    harm_gate: HarmGate
    encryption: Encryption
    individuals: Individuals
    regulators: tuple[Regulator, ...]
    cra: Cra
    owner_duty: OwnerDuty
    services: tuple[Service, ...]
    letter: Letter
    delivery: Delivery

    @property
    def thresholds(self) -> tuple[int, ...]:
        """Numbers of residents from which somebody must be told (inclusive); what is due from the first on is none."""
        found = {one.minimum for one in self.regulators}
        found |= {self.cra.minimum} if self.cra.duty == "threshold" else set()
        return tuple(sorted(one for one in found if one > 1))


@dataclass(frozen=True, slots=True)
class Registry:
    """All law files, by jurisdiction code."""

    files: Mapping[str, Jurisdiction]

    def __contains__(self, code: str) -> bool:
        return code in self.files

    def regime(self, code: str, on: date) -> Regime:
        """The law of `code` on `on`. Raises BadInput without a file, or before the first day that the file covers."""
        if code not in self.files:
            raise BadInput(f"there is no law file for {code}")
        file = self.files[code]
        if on < file.first_day:
            raise BadInput(f"the law file of {code} begins on {file.first_day}; {on} lies before it")
        return _regime(file, on)


def _all(values: tuple[V, ...], on: date) -> tuple[V, ...]:
    return tuple(v for v in values if v.in_force(on))


def _one(values: tuple[V, ...], on: date) -> V:
    """The single value in force; the file's own check made sure that there is one."""
    return next(v for v in values if v.in_force(on))


def _regime(file: Jurisdiction, on: date) -> Regime:
    return Regime(
        code=file.jurisdiction,
        name=file.name,
        statute=file.statute,
        bound=_one(file.bound, on),
        elements=_all(file.elements, on),
        trigger=_one(file.trigger, on),
        harm_gate=_one(file.harm_gate, on),
        encryption=_one(file.encryption, on),
        individuals=_one(file.individuals, on),
        regulators=_all(file.regulators, on),
        cra=_one(file.cra, on),
        owner_duty=_one(file.owner_duty, on),
        services=_all(file.services, on),
        letter=_one(file.letter, on),
        delivery=_one(file.delivery, on),
    )


def read_law_file(path: Path) -> Jurisdiction:
    """Read and check one file. Raises BadInput with one line that names the file and the first fault."""
    try:
        file = Jurisdiction.model_validate(yaml.load(path.read_bytes(), Loader=_loader()))
    except yaml.YAMLError as error:
        raise BadInput(f"{path.name}: not YAML ({type(error).__name__})") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path.name}: {where}: {first['msg']}") from error
    if path.stem != file.jurisdiction:
        raise BadInput(f"{path.name}: holds the law of {file.jurisdiction}")
    return file


def _loader() -> type[yaml.SafeLoader]:
    """libyaml's loader where it is built in: the same safe subset, about ten times as fast."""
    loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return loader


def read_registry(folder: Path) -> Registry:
    """Every `XX.yaml` in a folder. Raises BadInput on the first faulty file."""
    return Registry({path.stem: read_law_file(path) for path in sorted(folder.glob("*.yaml"))})


@cache
def load_registry() -> Registry:
    """The law files that ship with the product; read once."""
    return read_registry(LAW_FILES)
