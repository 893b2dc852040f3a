"""State breach-notification law as dated, cited data, and the engine that reads it. Usable alone.

>>> from leakresponse.law import assess, facts_from_json, population_from_csv
>>> answer = assess(population_from_csv("POP.csv"), facts_from_json("FACTS.json"))  # doctest: +SKIP
"""

from __future__ import annotations

from leakresponse.law.answer import Assessment, NoticeRules, Obligation, Phrase, ServiceOffer
from leakresponse.law.clock import add, federal_holidays, is_business_day
from leakresponse.law.engine import assess, delivery_rules, notice_rules
from leakresponse.law.facts import (
    Entity,
    Facts,
    PopulationGroup,
    facts_from_json,
    facts_from_mapping,
    population_from_csv,
    population_from_frame,
)
from leakresponse.law.registry import Registry, load_registry, read_law_file, read_registry

__all__ = [
    "Assessment",
    "Entity",
    "Facts",
    "NoticeRules",
    "Obligation",
    "Phrase",
    "PopulationGroup",
    "Registry",
    "ServiceOffer",
    "add",
    "assess",
    "delivery_rules",
    "facts_from_json",
    "facts_from_mapping",
    "federal_holidays",
    "is_business_day",
    "load_registry",
    "notice_rules",
    "population_from_csv",
    "population_from_frame",
    "read_law_file",
    "read_registry",
]
