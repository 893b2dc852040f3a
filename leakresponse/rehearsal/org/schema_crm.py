"""The business objects of the simulated retailer. Key prefixes are Salesforce's own; custom ones start with `a0`.

Classification (ComplianceGroup, SecurityClassification) is filled on some fields only, as in most real orgs.
"""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org.schema_crm_people import people_objects
from leakresponse.rehearsal.org.schema_crm_service import service_objects
from leakresponse.rehearsal.org.schema_types import (
    Field,
    SObject,
    address,
    address_parts,
    audit,
    flag,
    id_field,
    long_text,
    moment,
    ref,
    sobject,
    text,
    typed,
)

PII: dict[str, Any] = {"compliance": ("PII", "CCPA"), "security": "Confidential"}
RESTRICTED: dict[str, Any] = {"compliance": ("PII", "CCPA"), "security": "Restricted"}
OWNER = ref("OwnerId", "Owner ID", "User", "Owner", nillable=False)


def account() -> SObject:
    """A household."""
    return sobject(
        "Account", "001", "Account", id_field(), *audit(),
        text("Name", "Account Name", nillable=False),
        typed("picklist", "Type", "Account Type", 255),
        ref("ParentId", "Parent Account ID", "Account", "Parent", "ChildAccounts"),
        *address_parts("Billing", "Billing"), address("BillingAddress", "Billing Address", "Billing"),
        *address_parts("Shipping", "Shipping"), address("ShippingAddress", "Shipping Address", "Shipping"),
        typed("phone", "Phone", "Account Phone", 40), typed("phone", "Fax", "Account Fax", 40),
        typed("url", "Website", "Website", 255), text("AccountNumber", "Account Number", 40),
        typed("picklist", "Industry", "Industry", 255), typed("picklist", "AccountSource", "Account Source", 255),
        typed("currency", "AnnualRevenue", "Annual Revenue"), typed("int", "NumberOfEmployees", "Employees"),
        typed("date", "LastActivityDate", "Last Activity", updateable=False),
        long_text("Description", "Account Description"),
        OWNER,
        *_person_account(),
        typed("picklist", "Brand__c", "Brand", 255),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def _person_account() -> tuple[Field, ...]:
    """What an account has when it is a person (object reference, Account, "Person Account Fields")."""
    return (
        flag("IsPersonAccount", "Is Person Account", updateable=False),
        ref("PersonContactId", "Contact ID", "Contact", updateable=False),
        typed("picklist", "Salutation", "Salutation", 40), text("FirstName", "First Name", 40, **PII),
        text("LastName", "Last Name", 80, **PII), typed("email", "PersonEmail", "Email", 80, **PII),
        typed("phone", "PersonMobilePhone", "Mobile", 40, **PII), typed("phone", "PersonHomePhone", "Home Phone", 40),
        *address_parts("PersonMailing", "Mailing", **PII),
        address("PersonMailingAddress", "Mailing Address", "PersonMailing"),
        *address_parts("PersonOther", "Other"), address("PersonOtherAddress", "Other Address", "PersonOther"),
        typed("date", "PersonBirthdate", "Birthdate", **PII), text("PersonTitle", "Title", 80),
        flag("PersonHasOptedOutOfEmail", "Email Opt Out"), flag("PersonDoNotCall", "Do Not Call"),
        typed("picklist", "PersonLeadSource", "Lead Source", 255),
        ref("PersonIndividualId", "Individual ID", "Individual"),
    )  # fmt: skip


def contact() -> SObject:
    """A customer."""
    return sobject(
        "Contact", "003", "Contact", id_field(), *audit(),
        ref("AccountId", "Account ID", "Account", "Account", "Contacts"),
        typed("picklist", "Salutation", "Salutation", 40),
        text("FirstName", "First Name", 40, **PII),
        text("LastName", "Last Name", 80, nillable=False, **PII),
        text("Name", "Full Name", 121, nillable=False, updateable=False, **PII),
        typed("email", "Email", "Email", 80, **PII),
        typed("phone", "Phone", "Business Phone", 40, **PII),
        typed("phone", "MobilePhone", "Mobile Phone", 40, **PII),
        typed("phone", "HomePhone", "Home Phone", 40),
        text("Title", "Title", 128),
        text("Department", "Department", 80),
        *address_parts("Mailing", "Mailing", **PII), address("MailingAddress", "Mailing Address", "Mailing"),
        *address_parts("Other", "Other"), address("OtherAddress", "Other Address", "Other"),
        typed("date", "Birthdate", "Birthdate", **PII),
        long_text("Description", "Contact Description"),
        typed("picklist", "LeadSource", "Lead Source", 255),
        ref("ReportsToId", "Reports To ID", "Contact", "ReportsTo"),
        ref("IndividualId", "Individual ID", "Individual", "Individual", "Contacts"),
        text("AssistantName", "Assistant's Name", 40), typed("phone", "OtherPhone", "Other Phone", 40),
        typed("phone", "Fax", "Business Fax", 40), flag("IsEmailBounced", "Is Email Bounced", updateable=False),
        flag("IsPersonAccount", "Is Person Account", updateable=False),
        typed("date", "LastActivityDate", "Last Activity", updateable=False),
        OWNER,
        flag("HasOptedOutOfEmail", "Email Opt Out"),
        flag("DoNotCall", "Do Not Call"),
        typed("picklist", "Brand__c", "Brand", 255),
        text("Customer_Number__c", "Customer Number", 20),
        text("SSN__c", "Social Security Number", 11, **RESTRICTED),
        text("Drivers_License__c", "Driver's License", 30, **RESTRICTED),
        text("Card_Last4__c", "Card Last 4", 4),
        typed("picklist", "Loyalty_Tier__c", "Loyalty Tier", 255),
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="AccountId",
    )  # fmt: skip


def lead() -> SObject:
    """Somebody who has not bought yet."""
    return sobject(
        "Lead", "00Q", "Lead", id_field(), *audit(),
        text("FirstName", "First Name", 40, **PII),
        text("LastName", "Last Name", 80, nillable=False, **PII),
        text("Name", "Full Name", 121, nillable=False, updateable=False),
        text("Title", "Title", 128),
        text("Company", "Company", nillable=False),
        typed("email", "Email", "Email", 80, **PII),
        typed("phone", "Phone", "Phone", 40),
        typed("phone", "MobilePhone", "Mobile Phone", 40),
        *address_parts("", ""), address("Address", "Address", ""),
        typed("picklist", "Status", "Status", 255, nillable=False),
        typed("picklist", "LeadSource", "Lead Source", 255),
        long_text("Description", "Description"),
        OWNER,
        typed("picklist", "Industry", "Industry", 255), typed("picklist", "Rating", "Rating", 40),
        typed("url", "Website", "Website", 255), flag("DoNotCall", "Do Not Call"),
        flag("IsConverted", "Converted"), typed("date", "ConvertedDate", "Converted Date", updateable=False),
        ref("ConvertedAccountId", "Converted Account ID", "Account", "ConvertedAccount", updateable=False),
        ref("ConvertedContactId", "Converted Contact ID", "Contact", "ConvertedContact", updateable=False),
        ref("IndividualId", "Individual ID", "Individual", "Individual", "Leads"),
        typed("date", "LastActivityDate", "Last Activity", updateable=False),
        flag("HasOptedOutOfEmail", "Email Opt Out"),
        typed("picklist", "Brand__c", "Brand", 255),
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def case() -> SObject:
    """A customer's request to support. Description is free text: this is where secrets end up."""
    return sobject(
        "Case", "500", "Case", id_field(), *audit(),
        text("CaseNumber", "Case Number", 30, nillable=False, updateable=False),
        ref("ContactId", "Contact ID", "Contact", "Contact", "Cases"),
        ref("AccountId", "Account ID", "Account", "Account", "Cases"),
        ref("ParentId", "Parent Case ID", "Case", "Parent", "Cases"),
        text("Subject", "Subject"),
        long_text("Description", "Description"),
        typed("picklist", "Status", "Status", 255),
        typed("picklist", "Origin", "Case Origin", 255),
        typed("picklist", "Type", "Case Type", 255),
        typed("picklist", "Reason", "Case Reason", 255),
        typed("picklist", "Priority", "Priority", 255),
        text("SuppliedName", "Name", 80),
        typed("email", "SuppliedEmail", "Email Address", 80),
        text("SuppliedPhone", "Phone", 40), text("SuppliedCompany", "Company", 80),
        typed("email", "ContactEmail", "Contact Email", 80, updateable=False),
        typed("phone", "ContactPhone", "Contact Phone", 40, updateable=False),
        long_text("Comments", "Internal Comments", 4000), flag("IsEscalated", "Escalated"),
        flag("IsClosed", "Closed", updateable=False),
        moment("ClosedDate", "Closed Date", updateable=False),
        OWNER,
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def order() -> SObject:
    """A purchase."""
    return sobject(
        "Order", "801", "Order", id_field(), *audit(),
        text("OrderNumber", "Order Number", 30, nillable=False, updateable=False),
        ref("AccountId", "Account ID", "Account", "Account", "Orders"),
        ref("BillToContactId", "Bill To Contact ID", "Contact", "BillToContact"),
        ref("ShipToContactId", "Ship To Contact ID", "Contact", "ShipToContact"),
        typed("date", "EffectiveDate", "Order Start Date", nillable=False), typed("date", "EndDate", "Order End Date"),
        text("Name", "Order Name", 80), text("PoNumber", "PO Number", 80), typed("picklist", "Type", "Order Type", 40),
        typed("email", "BillingEmailAddress", "Billing Email Address", 80),
        typed("phone", "BillingPhoneNumber", "Billing Phone Number", 40),
        moment("ActivatedDate", "Activated Date", updateable=False),
        typed("picklist", "Status", "Status", 255, nillable=False),
        typed("currency", "TotalAmount", "Order Amount", updateable=False),
        *address_parts("Shipping", "Shipping"), address("ShippingAddress", "Shipping Address", "Shipping"),
        *address_parts("Billing", "Billing"), address("BillingAddress", "Billing Address", "Billing"),
        long_text("Description", "Description"),
        OWNER,
        sharing="ControlledByParent", external_sharing="ControlledByParent", parent_field="AccountId",
    )  # fmt: skip


def opportunity() -> SObject:
    """A sale in the making (wholesale side; small)."""
    return sobject(
        "Opportunity", "006", "Opportunity", id_field(), *audit(),
        ref("AccountId", "Account ID", "Account", "Account", "Opportunities"),
        text("Name", "Name", 120, nillable=False),
        typed("picklist", "StageName", "Stage", 255, nillable=False),
        typed("currency", "Amount", "Amount"),
        typed("percent", "Probability", "Probability (%)"),
        typed("date", "CloseDate", "Close Date", nillable=False),
        typed("picklist", "Type", "Opportunity Type", 255),
        flag("IsClosed", "Closed", updateable=False),
        flag("IsWon", "Won", updateable=False),
        OWNER,
        plural="Opportunities",
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def case_history() -> SObject:
    """The retailer's own log of what was said on a case."""
    return sobject(
        "Case_History__c", "a0H", "Case History", id_field(), *audit(),
        text("Name", "Case History Name", 80, updateable=False),
        ref("Case__c", "Case", "Case", "Case__r", "Case_Histories__r"),
        ref("Contact__c", "Contact", "Contact", "Contact__r", "Case_Histories__r"),
        long_text("Note__c", "Note"),
        typed("email", "Email__c", "Email", 80),
        OWNER,
        plural="Case Histories",
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def loyalty_member() -> SObject:
    """A member of the loyalty programme."""
    return sobject(
        "Loyalty_Member__c", "a0L", "Loyalty Member", id_field(), *audit(),
        text("Name", "Loyalty Member Name", 80, updateable=False),
        ref("Contact__c", "Contact", "Contact", "Contact__r", "Loyalty_Members__r"),
        typed("email", "Email__c", "Email", 80, **PII),
        typed("double", "Points__c", "Points"),
        typed("date", "Birthdate__c", "Birthdate", **PII),
        OWNER,
        sharing="Private", external_sharing="Private",
    )  # fmt: skip


def user() -> SObject:
    """Staff and the users that integrations run as."""
    return sobject(
        "User", "005", "User", id_field(), *audit(deleted=False),
        typed("string", "Username", "Username", 80, nillable=False),
        typed("email", "Email", "Email", 128, nillable=False),
        text("FirstName", "First Name", 40),
        text("LastName", "Last Name", 80, nillable=False),
        text("Name", "Full Name", 121, nillable=False, updateable=False),
        text("Alias", "Alias", 8),
        typed("phone", "Phone", "Phone", 40),
        typed("phone", "MobilePhone", "Mobile", 40),
        text("Title", "Title", 80),
        text("Department", "Department", 80),
        text("CompanyName", "Company Name", 80),
        *address_parts("", ""), address("Address", "Address", ""),
        ref("ProfileId", "Profile ID", "Profile", "Profile", "Users", nillable=False),
        ref("ManagerId", "Manager ID", "User", "Manager"),
        flag("IsActive", "Active"),
        typed("picklist", "UserType", "User Type", 40, updateable=False),
        text("TimeZoneSidKey", "Time Zone", 40), text("LocaleSidKey", "Locale", 40),
        text("LanguageLocaleKey", "Language", 40), text("EmailEncodingKey", "Email Encoding", 40),
        ref("UserRoleId", "Role ID", "UserRole", "UserRole", "Users"), text("CommunityNickname", "Nickname", 40),
        text("FederationIdentifier", "SAML Federation ID", 512), text("EmployeeNumber", "Employee Number", 20),
        ref("ContactId", "Contact ID", "Contact", "Contact"),
        ref("AccountId", "Account ID", "Account", updateable=False),
        ref("IndividualId", "Individual ID", "Individual", "Individual"),
        moment("LastLoginDate", "Last Login", updateable=False),
        moment("LastPasswordChangeDate", "Last Password Change or Reset", updateable=False),
        deletable=False,
        sharing="Read", external_sharing="Private",
    )  # fmt: skip


def crm_objects() -> tuple[SObject, ...]:
    """Every business object, in the order in which describe lists them."""
    return (
        account(), contact(), lead(), case(), order(), opportunity(), case_history(), loyalty_member(), user(),
        *people_objects(), *service_objects(),
    )  # fmt: skip
