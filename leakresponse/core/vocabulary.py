"""Closed vocabularies that every room shares: data elements and jurisdictions."""

from __future__ import annotations

DATA_ELEMENTS: tuple[str, ...] = (
    "ssn", "drivers_license", "state_id", "passport", "military_id", "tribal_id", "taxpayer_id",
    "financial_account_with_code", "account_number_alone", "payment_card_with_code",
    "payment_card_with_expiry", "payment_card_alone", "medical", "health_insurance", "biometric",
    "genetic", "online_credentials", "email_account_credentials", "dob", "mothers_maiden_name",
    "electronic_signature", "alpr", "employer_id", "tax_info", "precise_geolocation", "last4_ssn",
    "name", "email", "phone", "postal_address", "order_history", "other_government_id",
)  # fmt: skip

STATES: tuple[str, ...] = (
    "AL", "AK", "AZ", "AR", "CA", "CO", "CT", "DE", "FL", "GA", "HI", "ID", "IL", "IN", "IA", "KS",
    "KY", "LA", "ME", "MD", "MA", "MI", "MN", "MS", "MO", "MT", "NE", "NV", "NH", "NJ", "NM", "NY",
    "NC", "ND", "OH", "OK", "OR", "PA", "RI", "SC", "SD", "TN", "TX", "UT", "VT", "VA", "WA", "WV",
    "WI", "WY",
)  # fmt: skip

#: The 54 jurisdictions with a breach-notification statute that this product covers.
JURISDICTIONS: tuple[str, ...] = (*STATES, "DC", "PR", "GU", "VI")

UNKNOWN = "UNKNOWN"
FOREIGN_PREFIX = "FOREIGN:"
MILITARY_PREFIX = "MIL:"
