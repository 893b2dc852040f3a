"""Which fields say where somebody lives, by their API names."""

from __future__ import annotations

import re
from collections.abc import Mapping

#: How the parts of a compound address end (object reference, "Compound Fields").
ADDRESS_PARTS = ("Street", "City", "State", "PostalCode", "Country", "StateCode", "CountryCode")
#: Custom fields that say where somebody lives, as people name them: `State__c`, `Home_Zip_Code__c`, `PostalCode__c`.
CUSTOM: Mapping[str, re.Pattern[str]] = {
    part: re.compile(rf"(?i)^(home_?|mailing_?|residen\w+?_|current_?|applicant_?|customer_?)?({words})__c$")
    for part, words in {
        "street": r"street(_?address)?|address(_?line)?(_?1)?", "city": "city|town", "state": "state|province",
        "postal": r"zip(_?code)?|postal_?code", "country": "country",
    }.items()
}  # fmt: skip


def is_address_part(field: str) -> bool:
    """Whether a field, by its name, is a part of an address, standard or custom."""
    return field.endswith(ADDRESS_PARTS) or any(pattern.match(field) for pattern in CUSTOM.values())
