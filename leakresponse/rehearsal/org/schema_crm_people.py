"""Who a person is beside the flat fields of Contact: privacy record, contact points, requests about the own data.

Fields: object reference of v67. Key prefixes other than 0PK were not found confirmed: nothing may rest on them.
A contact point hangs on an Individual or an account; here always on an Individual.
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import (
    SObject,
    address,
    audit,
    flag,
    id_field,
    moment,
    ref,
    sobject,
    text,
    typed,
)


def individual() -> SObject:
    """What a person wants done with the own data; birth and death dates, never an address."""
    return sobject(
        "Individual", "0PK", "Individual", id_field(), *audit(),
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80, nillable=False),
        text("Name", "Name", nillable=False, updateable=False),
        typed("picklist", "Salutation", "Salutation", 255),
        typed("date", "BirthDate", "Birth Date"),
        typed("date", "DeathDate", "Death Date"),
        typed("url", "Website", "Website", 255),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        flag("HasOptedOutProcessing", "Has Opted Out Processing"),
        flag("HasOptedOutProfiling", "Has Opted Out Profiling"),
        flag("HasOptedOutSolicit", "Has Opted Out Solicit"),
        flag("HasOptedOutTracking", "Has Opted Out Tracking"),
        flag("HasOptedOutGeoTracking", "Has Opted Out Geo Tracking"),
        flag("SendIndividualData", "Send Individual Data"),
        flag("ShouldForget", "Should Forget"),
        flag("CanStorePiiElsewhere", "Can Store Pii Elsewhere"),
        flag("HasPrivacyHold", "Has Privacy Hold"),
        text("Occupation", "Occupation"),
        typed("picklist", "IndividualsAge", "Individuals Age", 255),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def contact_point_address() -> SObject:
    """A dated address of a person: it beats the flat fields where it is used."""
    return sobject(
        "ContactPointAddress", "8lW", "Contact Point Address", id_field(), *audit(),
        text("Name", "Name", nillable=False),
        ref("ParentId", "Parent ID", "Individual", "Parent", "ContactPointAddresses"),
        typed("picklist", "AddressType", "Address Type", 255),
        typed("picklist", "UsageType", "Usage Type", 255),
        text("Street", "Street", 255),
        text("City", "City", 40),
        text("State", "State", 80),
        text("PostalCode", "Postal Code", 20),
        text("Country", "Country", 80),
        address("Address", "Address", ""),
        flag("IsDefault", "Is Default"),
        flag("IsPrimary", "Is Primary"),
        flag("IsThirdPartyAddress", "Is Third Party Address"),
        typed("date", "ActiveFromDate", "Active From Date"),
        typed("date", "ActiveToDate", "Active To Date"),
        ref("ContactPointPhoneId", "Contact Point Phone ID", "ContactPointPhone", "ContactPointPhone"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        plural="Contact Point Addresses",
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def contact_point_email() -> SObject:
    """An e-mail address of a person."""
    return sobject(
        "ContactPointEmail", "9Vl", "Contact Point Email", id_field(), *audit(),
        text("Name", "Name", updateable=False),
        ref("ParentId", "Parent ID", "Individual", "Parent", "ContactPointEmails"),
        typed("email", "EmailAddress", "Email Address", 80, nillable=False),
        text("EmailDomain", "Email Domain"),
        text("EmailMailBox", "Email Mail Box"),
        typed("picklist", "UsageType", "Usage Type", 255),
        flag("IsPrimary", "Is Primary"),
        typed("date", "ActiveFromDate", "Active From Date"),
        typed("date", "ActiveToDate", "Active To Date"),
        moment("EmailLatestBounceDateTime", "Email Latest Bounce Date Time"),
        text("EmailLatestBounceReasonText", "Email Latest Bounce Reason Text"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def contact_point_phone() -> SObject:
    """A phone number of a person."""
    return sobject(
        "ContactPointPhone", "9Vp", "Contact Point Phone", id_field(), *audit(),
        text("Name", "Name", updateable=False),
        ref("ParentId", "Parent ID", "Individual", "Parent", "ContactPointPhones"),
        typed("phone", "TelephoneNumber", "Telephone Number", 40, nillable=False),
        text("AreaCode", "Area Code"),
        text("ExtensionNumber", "Extension Number"),
        typed("picklist", "PhoneType", "Phone Type", 255),
        typed("picklist", "UsageType", "Usage Type", 255),
        flag("IsPrimary", "Is Primary"),
        flag("IsSmsCapable", "Is Sms Capable"),
        flag("IsPersonalPhone", "Is Personal Phone"),
        flag("IsBusinessPhone", "Is Business Phone"),
        typed("date", "ActiveFromDate", "Active From Date"),
        typed("date", "ActiveToDate", "Active To Date"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def privacy_request() -> SObject:
    """A request to see or erase the own data (Privacy Center)."""
    return sobject(
        "PrivacyRequest", "0sp", "Privacy Request", id_field(), *audit(),
        text("Name", "Name", nillable=False),
        typed("picklist", "Type", "Type", 255),
        typed("picklist", "Status", "Status", 255),
        typed("picklist", "ExecutionStatus", "Execution Status", 255, updateable=False),
        typed("email", "DataSubjectEmail", "Data Subject Email", 80),
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80),
        text("RelatedRecord", "Related Record"),
        text("TargetRecord", "Target Record"),
        moment("StartedDateTime", "Started Date Time"),
        moment("CompletedDateTime", "Completed Date Time"),
        moment("DueDate", "Due Date"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def privacy_hold() -> SObject:
    """A legal hold: what must not be masked or erased (Privacy Center)."""
    return sobject(
        "PrivacyHold", "0sh", "Privacy Hold", id_field(), *audit(),
        text("Name", "Name", nillable=False),
        ref("ReferenceRecordId", "Reference Record ID", "", nillable=False),
        typed("picklist", "ReferenceRecordType", "Reference Record Type", 255, nillable=False, updateable=False),
        flag("IsActive", "Is Active"),
        typed("date", "EndDate", "End Date"),
        typed("date", "RegisteredDate", "Registered Date"),
        ref("OwnerId", "Owner ID", "User", "Owner", nillable=False),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def people_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (
        individual(),
        contact_point_address(),
        contact_point_email(),
        contact_point_phone(),
        privacy_request(),
        privacy_hold(),
    )
