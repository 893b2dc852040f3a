"""The words of letters and reports for what the code keeps as ids: data elements, jurisdictions, dates."""

from __future__ import annotations

from datetime import date

from leakresponse.core.errors import MissingFact
from leakresponse.core.vocabulary import DATA_ELEMENTS, FOREIGN_PREFIX, MILITARY_PREFIX, UNKNOWN

#: A data element as a letter names it after "your"; order and keys are those of the core vocabulary.
ELEMENTS: dict[str, str] = {
    "ssn": "Social Security number",
    "drivers_license": "driver's license number",
    "state_id": "state identification card number",
    "passport": "passport number",
    "military_id": "military identification number",
    "tribal_id": "tribal identification number",
    "taxpayer_id": "taxpayer identification number",
    "financial_account_with_code": "financial account number with its access code",
    "account_number_alone": "financial account number",
    "payment_card_with_code": "payment card number with its security code",
    "payment_card_with_expiry": "payment card number with its expiration date",
    "payment_card_alone": "payment card number",
    "medical": "medical information",
    "health_insurance": "health insurance information",
    "biometric": "biometric data",
    "genetic": "genetic data",
    "online_credentials": "user name or e-mail address with a password or security answer",
    "email_account_credentials": "e-mail account password or security answer",
    "dob": "date of birth",
    "mothers_maiden_name": "mother's maiden name",
    "electronic_signature": "electronic signature",
    "alpr": "license plate reader data",
    "employer_id": "employer-assigned identification number",
    "tax_info": "tax information",
    "precise_geolocation": "precise location data",
    "last4_ssn": "last four digits of the Social Security number",
    "name": "name",
    "email": "e-mail address",
    "phone": "telephone number",
    "postal_address": "postal address",
    "order_history": "order history",
    "other_government_id": "other government-issued identification number",
}

PLACES: dict[str, str] = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana",
    "ME": "Maine", "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota",
    "MS": "Mississippi", "MO": "Missouri", "MT": "Montana", "NE": "Nebraska", "NV": "Nevada",
    "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico", "NY": "New York", "NC": "North Carolina",
    "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon", "PA": "Pennsylvania",
    "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "District of Columbia", "PR": "Puerto Rico", "GU": "Guam",
    "VI": "U.S. Virgin Islands", "AS": "American Samoa", "MP": "Northern Mariana Islands",
}  # fmt: skip

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def place_name(code: str) -> str:
    """The name of a jurisdiction, or what its code says: foreign, military, not placed, own policy; else the code."""
    if code.startswith(FOREIGN_PREFIX):
        return f"Outside the United States ({code.removeprefix(FOREIGN_PREFIX)})"
    if code.startswith(MILITARY_PREFIX):
        return f"Military or diplomatic post ({code.removeprefix(MILITARY_PREFIX)})"
    return {UNKNOWN: "Not placed", "INTERNAL": "Own policy"}.get(code) or PLACES.get(code, code)


def ordered(elements: tuple[str, ...]) -> tuple[str, ...]:
    """Elements once each, in the order of the vocabulary. Raises MissingFact for none or for one without words."""
    unknown = sorted(set(elements) - set(ELEMENTS))
    if unknown or not elements:
        raise MissingFact(f"no words for data elements: {', '.join(unknown)}" if unknown else "no data element")
    return tuple(sorted(set(elements), key=DATA_ELEMENTS.index))


def long_date(day: date) -> str:
    """March 3, 2026; the same on every machine, whatever its locale."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def date_span(first: date, last: date) -> str:
    """on one day, or between two."""
    if first == last:
        return f"on {long_date(first)}"
    return f"between {long_date(first)} and {long_date(last)}"
