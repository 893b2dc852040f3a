"""Residency of affected people: which state's law protects whom, with candidates, confidence and the reason.

Rules in short: country first; lost leading zeros before anything else; a ZIP over a state line is a set; a two-letter
code is never read without the country; what disagrees stays in play and a person looks; unknown is an answer.
"""

from __future__ import annotations

from leakresponse.core.residency.address import resolve_address
from leakresponse.core.residency.bounds import PlaceBound, bound_places
from leakresponse.core.residency.counts import quality_figures
from leakresponse.core.residency.evidence import Address
from leakresponse.core.residency.files import resolve_file
from leakresponse.core.residency.frame import resolve
from leakresponse.core.residency.people import resolve_evidence
from leakresponse.core.residency.reading import Reading
from leakresponse.core.residency.states import classify_state
from leakresponse.core.residency.zips import ZIP_TABLE_AS_OF, ZIP_TABLE_SOURCE

__all__ = [
    "ZIP_TABLE_AS_OF",
    "ZIP_TABLE_SOURCE",
    "Address",
    "PlaceBound",
    "Reading",
    "bound_places",
    "classify_state",
    "quality_figures",
    "resolve",
    "resolve_address",
    "resolve_evidence",
    "resolve_file",
]
