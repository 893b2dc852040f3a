"""Where people can be, as patterns: every residency and candidate a resolver may answer with."""

from __future__ import annotations

from leakresponse.core.vocabulary import FOREIGN_PREFIX, JURISDICTIONS, MILITARY_PREFIX, UNKNOWN

#: Territories with USPS codes and no breach statute that we found: American Samoa, the Northern Mariana Islands.
_OTHER_TERRITORIES = ("AS", "MP")

PLACE = "|".join(
    [
        *JURISDICTIONS,
        *_OTHER_TERRITORIES,
        rf"{FOREIGN_PREFIX}[A-Z]{{2}}",
        rf"{MILITARY_PREFIX}A[AEP]",
        UNKNOWN,
    ]
)
#: One or more places, separated by single spaces.
PLACES = rf"(?:{PLACE})(?: (?:{PLACE}))*"
