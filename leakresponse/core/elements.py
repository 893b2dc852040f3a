"""Which data elements a field carries, and which of them a record really held.

The vocabulary is closed (core/vocabulary.py). A field's name decides before its label and type, since describe types
are coarse (an SSN is a `string`); Salesforce's own classification (ComplianceGroup) decides where names say nothing.
A person has an element only where that field had a value in that row (elements_values looks at what the value is).
A human's override of one field stands before every rule. Fields that the org itself calls sensitive and no rule knows
are listed, so that a person decides: nothing is left out in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leakresponse.core.types import FieldInfo, ObjectInfo
from leakresponse.core.vocabulary import DATA_ELEMENTS

_BIT: Mapping[str, int] = {name: bit for bit, name in enumerate(DATA_ELEMENTS)}
_NEVER = frozenset({"boolean", "id", "reference", "datetime", "percent", "int", "base64"})
#: Objects whose Name is a person's name; elsewhere Name is a number, a household or a title.
PERSON_OBJECTS = frozenset({"Contact", "Lead", "User", "Individual", "PersonAccount"})
TEXT_TYPES = frozenset({"textarea", "longtextarea", "html", "richtextarea", "encryptedstring"})


@dataclass(frozen=True, slots=True)
class Rule:
    """One pattern over the words of a field's name, then of its label; `note` explains an element that is None."""

    pattern: re.Pattern[str]
    element: str | None
    note: str = ""


def _rule(pattern: str, element: str | None, note: str = "") -> Rule:
    return Rule(re.compile(pattern), element, note)


@dataclass(frozen=True, slots=True)
class Override:
    """A person's decision about one field: the element that it carries, or None. `by` is a role or a person's name."""

    object: str
    field: str
    element: str | None
    by: str
    why: str


_CARD_TAIL = "the last four digits of a card are no element of a breach statute by themselves"
#: First match wins, so the narrower pattern stands first.
RULES: tuple[Rule, ...] = (
    _rule(r"\b(ssn|social security)\b.*\blast ?(4|four)\b|\blast ?(4|four)\b.*\b(ssn|social security)\b", "last4_ssn"),
    _rule(r"\b(card|cc|credit|debit|pan)\b.*\blast ?(4|four)\b|\blast ?(4|four)\b.*\bcard\b", None, _CARD_TAIL),
    _rule(r"\bssn\b|\bsocial security\b", "ssn"),
    _rule(r"\bdriver'?s? licen[cs]e|\bdriving licen[cs]e|\bdl (number|no|num)\b", "drivers_license"),
    _rule(r"\bpassport\b", "passport"),
    _rule(r"\bmilitary id", "military_id"),
    _rule(r"\btribal id", "tribal_id"),
    _rule(r"\bstate id(entification)?( card| number)?\b", "state_id"),
    _rule(r"\bitin\b|\btin\b|\btax ?(payer)? (id|identification|number)\b", "taxpayer_id"),
    _rule(r"\b(national|government|alien registration|visa) (id|number|registration)\b", "other_government_id"),
    _rule(r"\b(cvv2?|cvc2?|card (security|verification) (code|value))\b", "payment_card_with_code"),
    _rule(r"\b(credit|debit|payment)? ?card (number|no|num)\b|\bpan\b", "payment_card_alone"),
    _rule(r"\b(bank|checking|savings|financial) account\b|\bbank acct\b|\biban\b", "account_number_alone"),
    _rule(r"\bhealth (insurance|plan)|\bmedic(are|aid)\b|\binsurance (member|policy) (id|number)", "health_insurance"),
    _rule(r"\b(diagnos[ie]s|medical|medications?|prescriptions?|allerg(y|ies)|disabilit(y|ies))\b", "medical"),
    _rule(r"\b(fingerprint|biometric|face ?print|voice ?print|retina|iris scan)\b", "biometric"),
    _rule(r"\b(genetic|dna)\b", "genetic"),
    _rule(r"\b(password|passcode|security (answer|question)|secret (answer|question))\b", "online_credentials"),
    _rule(r"\bmother'?s? maiden\b", "mothers_maiden_name"),
    _rule(r"\b(electronic|digital|e) signature\b", "electronic_signature"),
    _rule(r"\blicen[cs]e plate\b", "alpr"),
    _rule(r"\b(w ?2|tax return|1099)\b", "tax_info"),
    _rule(r"\bbirth ?date\b|\bdate of birth\b|\bdob\b|\bbirthday\b", "dob"),
)
_POSTAL = re.compile(r"(Street|PostalCode|City)$|\b(street|postal code|zip( code)?|city)\b")
_NAME_FIELDS = frozenset({"FirstName", "LastName", "MiddleName", "SuppliedName"})
_NAME_WORDS = re.compile(r"\b(first|last|middle|full|customer|family|given) name\b")
#: Labels of a Name field that ask for a person's name; the usual label is the object's own with "Name" behind it.
_PERSON_LABEL = re.compile(r"^(applicant|full|patient|donor|person|attendee|candidate)('?s)? name$")
_ORDER_FIELDS = frozenset({"OrderNumber", "TotalAmount", "EffectiveDate"})
_BY_TYPE = {"email": "email", "phone": "phone", "address": "postal_address", "location": "precise_geolocation"}
_BY_COMPLIANCE = {"HIPAA": "medical", "PCI": "payment_card_alone"}
#: Values of FieldDefinition.SecurityClassification that ask for care (Public and Internal do not).
_SENSITIVE = frozenset({"Confidential", "Restricted", "MissionCritical"})
#: The expiry of a card, on an object that has a card number: an element only beside a number (elements_values).
_EXPIRES = "payment_card_with_expiry"
_EXPIRY_WORDS = re.compile(r"\b(exp(iry|iration|ires)?|valid (thru|to|until))\b")


def classify(
    describe: Mapping[str, ObjectInfo], overrides: Iterable[Override] = ()
) -> dict[tuple[str, str], str | None]:
    """The element of every field of every object; None where a field carries none. Overrides stand before the rules."""
    found: dict[tuple[str, str], str | None] = {}
    for info in describe.values():
        known = {one.name: _decide(info.name, one)[0] for one in info.fields.values()}
        if "payment_card_alone" in known.values():
            known |= {one.name: _EXPIRES for one in info.fields.values() if known[one.name] is None and _expires(one)}
        found |= {(info.name, name): element for name, element in known.items()}
    return found | {(one.object, one.field): one.element for one in overrides if (one.object, one.field) in found}


def unplaced_fields(
    describe: Mapping[str, ObjectInfo], classes: Mapping[tuple[str, str], str | None]
) -> dict[tuple[str, str], str]:
    """Fields that the org's own classification calls sensitive and that carry no element here, each with that word.

    A person decides about each by an override: `SecurityClassification` and `ComplianceGroup` say that a field matters
    and mostly not which element it holds.
    """
    return {
        (info.name, one.name): ", ".join((*((one.security,) if one.security else ()), *one.compliance))
        for info in describe.values()
        for one in info.fields.values()
        if (one.security in _SENSITIVE or one.compliance) and classes.get((info.name, one.name)) is None
        and one.type not in _NEVER
    }  # fmt: skip


def classification_notes(describe: Mapping[str, ObjectInfo]) -> dict[tuple[str, str], str]:
    """Why a field that looks sensitive carries no element: for the report, so that the decision is visible."""
    notes = {
        (info.name, one.name): _decide(info.name, one)[1]
        for info in describe.values()
        for one in info.fields.values()
    }  # fmt: skip
    return {key: note for key, note in notes.items() if note}


def mapping_for(classes: Mapping[tuple[str, str], str | None], object_name: str) -> dict[str, str | None]:
    """Field to element of one object."""
    return {name: element for (owner, name), element in classes.items() if owner == object_name}


def text_fields(info: ObjectInfo) -> tuple[str, ...]:
    """Free text that must be read to know what it holds: long texts and subjects, but not streets."""
    free = (one for one in info.fields.values() if one.type in TEXT_TYPES or one.name == "Subject")
    return tuple(one.name for one in free if _decide(info.name, one)[0] is None)


def strongest_card(bits: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Of several card elements the strongest combination stands: with code, else with expiry, else the number alone."""
    code, expiry, alone = (np.int64(bits_of([f"payment_card_{how}"])) for how in ("with_code", "with_expiry", "alone"))
    bits = np.where(bits & code != 0, bits & ~(expiry | alone), bits)
    return np.where(bits & expiry != 0, bits & ~alone, bits)


def bits_to_lists(bits: pd.Series) -> pd.Series:
    """Bits back to sorted lists of names; equal rows share one list."""
    codes, distinct = pd.factorize(bits)
    lists = [names_of(int(value)) for value in distinct]
    return pd.Series([lists[code] for code in codes], index=bits.index, dtype=object)


def names_of(bits: int) -> list[str]:
    """The element names of one bit set, sorted."""
    return sorted(name for name, bit in _BIT.items() if bits >> bit & 1)


def bits_of(names: Iterable[str]) -> int:
    """The bit set of element names. Raises KeyError for a word outside the vocabulary."""
    total = 0
    for name in names:
        total |= 1 << _BIT[name]
    return total


def has_value(values: pd.Series) -> np.ndarray:
    """Whether each value is more than empty text; Bulk results write null as an empty text."""
    if values.dtype == "str":
        filled = values.fillna("")
        return (filled.str.strip() != "").to_numpy(np.bool_)
    present = values.notna()
    if values.dtype == object:
        present &= values.map(lambda value: str(value).strip() not in ("", "None"))
    return present.to_numpy(np.bool_)


def _decide(object_name: str, one: FieldInfo) -> tuple[str | None, str]:
    if one.type in _NEVER:
        return None, ""
    for text in (words(one.name), one.label.lower().replace("’", "'")):
        for rule in RULES:
            if rule.pattern.search(text):
                return rule.element, rule.note
    return _by_kind(object_name, one), ""


def _by_kind(object_name: str, one: FieldInfo) -> str | None:
    if one.type in _BY_TYPE:
        return _BY_TYPE[one.type]
    if _is_name(object_name, one):
        return "name"
    if _POSTAL.search(one.name) or _POSTAL.search(words(one.name)):
        return "postal_address"
    text = words(one.name)
    if re.search(r"\b(e ?mail)\b", text) and "bounced" not in text:
        return "email"
    if re.search(r"\b(phone|mobile|fax)\b", text):
        return "phone"
    if object_name == "Order" and one.name in _ORDER_FIELDS:
        return "order_history"
    return next((_BY_COMPLIANCE[group] for group in one.compliance if group in _BY_COMPLIANCE), None)


def _expires(one: FieldInfo) -> bool:
    return one.type not in _NEVER and bool(
        _EXPIRY_WORDS.search(words(one.name)) or _EXPIRY_WORDS.search(one.label.lower())
    )


def _is_name(object_name: str, one: FieldInfo) -> bool:
    if one.name == "Name":
        return object_name in PERSON_OBJECTS or bool(_PERSON_LABEL.match(one.label.lower()))
    return one.name in _NAME_FIELDS or bool(one.name.endswith("__c") and _NAME_WORDS.search(words(one.name)))


def names_a_person(info: ObjectInfo) -> bool:
    """Whether the Name of an object's records is a person's name."""
    return info.name in PERSON_OBJECTS or ("Name" in info.fields and _is_name(info.name, info.fields["Name"]))


def words(name: str) -> str:
    """An API name as lower-case words: `Drivers_License__c` is "drivers license", `MailingPostalCode` likewise."""
    bare = re.sub(r"__(c|pc|r)$", "", name)
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)", " ", bare)
    return re.sub(r"[\s_]+", " ", spaced).strip().lower()
