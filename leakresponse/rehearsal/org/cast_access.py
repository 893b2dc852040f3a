"""What the profiles of the simulated retailer may do with records, who stands where, and what is shared with whom.

Acts are letters: R read, C create, E edit, D delete, V view all, M modify all. The help centre's guest profile and the
profile of the night desk are misconfigured, as published cases were (incidents, guest access and support desks): guests
read contacts and cases, the night desk sees and exports every case and contact.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ADMIN, INTEGRATION, STAFF = "System Administrator", "Integration User", "Standard User"
SUPPORT, NIGHT_DESK, GUEST = "Support User", "Support Night Desk", "Help Center Profile"
LETTERS: Mapping[str, str] = {
    "R": "Read", "C": "Create", "E": "Edit", "D": "Delete", "V": "ViewAllRecords", "M": "ModifyAllRecords",
}  # fmt: skip
#: Stands for every object that has permissions.
EVERY = "*"
OBJECTS: Mapping[str, Mapping[str, str]] = {
    ADMIN: {EVERY: "RCEDVM"},
    INTEGRATION: {EVERY: "RCEDVM", "PrivacyRequest": "", "PrivacyHold": ""},
    STAFF: {
        "Account": "RCE", "Contact": "RCE", "Lead": "RCE", "Case": "RCE", "Order": "RCE", "Opportunity": "RCE",
        "Case_History__c": "RCE", "Loyalty_Member__c": "RC", "Individual": "RCE", "ContactPointAddress": "RCE",
        "ContactPointEmail": "RCE", "ContactPointPhone": "RCE",
    },
    SUPPORT: {"Account": "R", "Contact": "RE", "Case": "RCE", "Order": "R", "Case_History__c": "RC"},
    NIGHT_DESK: {
        "Account": "RV", "Contact": "RV", "Case": "RCEV", "Order": "RV", "Case_History__c": "RCV",
        "Loyalty_Member__c": "RV",
    },
    GUEST: {"Contact": "R", "Case": "RC"},
}  # fmt: skip
_NUMBERS = ("Contact.SSN__c", "Contact.Drivers_License__c")
#: Fields that a profile does not see.
HIDDEN: Mapping[str, tuple[str, ...]] = {
    STAFF: _NUMBERS,
    SUPPORT: (*_NUMBERS, "Contact.Birthdate", "Contact.Card_Last4__c", "Loyalty_Member__c.Birthdate__c"),
    NIGHT_DESK: _NUMBERS,
    GUEST: (*_NUMBERS, "Contact.Description", "Case.Comments"),
}  # fmt: skip
#: Profiles that see fields and write none.
READERS = frozenset({GUEST})
#: User permissions of profiles, by profile; those of `cast.PROFILES` and these together.
SYSTEM: Mapping[str, tuple[str, ...]] = {
    ADMIN: ("ViewAllFieldsGlobal", "RunReports", "ExportReport", "AssignPermissionSets", "CustomizeApplication"),
    INTEGRATION: ("RunReports",),
    STAFF: ("RunReports", "ExportReport"),
    SUPPORT: ("ApiEnabled", "ViewSetup", "RunReports"),
    NIGHT_DESK: ("ApiEnabled", "RunReports", "ExportReport"),
    GUEST: (),
}  # fmt: skip

#: Roles with the one above.
ROLES: Mapping[str, str] = {"Operations": "", "Support Lead": "Operations", "Support Agent": "Support Lead",
                            "Store Staff": "Operations"}  # fmt: skip
ROLE_OF: Mapping[str, str] = {
    "support.lead": "Support Lead", "support.second": "Support Agent", "support.night": "Support Agent",
}  # fmt: skip
SUPPORT_GROUP = "Support"
GROUP_MEMBERS = ("support.lead", "support.second", "support.night")


@dataclass(frozen=True, slots=True)
class SharedWith:
    """A sharing rule of the cast: records with that value go to the support group, or to guests."""

    object: str
    field: str
    value: str
    guests: bool = False
    access: str = "Read"


SHARED: tuple[SharedWith, ...] = (
    SharedWith("Case", "Origin", "Phone", access="Edit"),
    SharedWith("Case", "Origin", "Chat", access="Edit"),
    SharedWith("Case", "Origin", "Web", guests=True),
    SharedWith("Contact", "Brand__c", "Pine Kids LLC", guests=True),
)

SITE, SITE_PATH, GUEST_USER = "Help_Center", "help", "help.center.guest"
