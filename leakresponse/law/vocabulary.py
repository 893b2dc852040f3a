"""Closed vocabularies of the law files: clock events, units, letter phrases. Any other word is refused."""

from __future__ import annotations

from typing import Literal

#: What a statute's clock can start on. Each is one dated fact; none is ever taken in place of another.
ClockEvent = Literal["discovery", "determination", "detection", "vendor_notice", "individuals_notified"]
#: `with_individuals`: the statute gives no day count of its own but ties the notice to that of the residents;
#: `before_individuals`: it must be there before they are told.
Unit = Literal["calendar_days", "business_days", "hours", "qualitative", "with_individuals", "before_individuals"]
Confidence = Literal["high", "medium", "low"]
Status = Literal["required", "not_required", "review"]
Role = Literal["owner", "maintainer"]
Event = Literal["acquisition", "access"]
#: `owner` only ever appears for a maintainer: the business whose data it keeps.
Recipient = Literal["individuals", "regulator", "cra", "owner"]
ObligationKind = Literal["statutory", "contractual", "internal", "advisory"]
ServiceKind = Literal["credit_monitoring", "identity_theft_services"]
Channel = Literal["letter", "email", "telephone"]
#: What a listed element must come with before the statute counts it.
Needs = Literal["name", "identifier", "nothing"]
#: Judgements that some element definitions depend on; each is a fact of the case, never assumed.
ElementFact = Literal["usable_without_code", "enables_identity_theft"]

#: Elements that by themselves tell who a person is, for statutes that ask for an identified individual, not a name.
IDENTIFIERS: frozenset[str] = frozenset({"name", "email", "phone", "postal_address"})

#: Letter phrases by stable id. `documents` renders them; the law files only name them.
PHRASES: dict[str, str] = {
    "plain_language": "Written in plain language.",
    "california_title_and_headings": (
        'Titled "Notice of Data Breach", with the headings "What Happened", "What Information Was Involved", '
        '"What We Are Doing", "What You Can Do" and "For More Information", in type of at least 10 points.'
    ),
    "entity_name_and_contact": "Name and contact information of the business that reports the breach.",
    "contact_for_questions": "How to reach the business to ask about the breach and the data it holds on them.",
    "what_happened_general": "What happened, in general terms.",
    "date_of_breach": "The date of the breach, or an estimate or range of dates where that is all that is known.",
    "date_of_discovery": "The date the breach was discovered.",
    "date_of_notice": "The date of the notice.",
    "types_of_information": "The types of personal information involved for this person.",
    "law_enforcement_delay_statement": "Whether notice was delayed because of a law-enforcement investigation.",
    "steps_taken": "What the business has done to protect the information.",
    "advice_steps": "What the person can do to protect themselves.",
    "credit_bureau_contacts": "Toll-free numbers and addresses of the major credit reporting agencies.",
    "ftc_contact": "How to reach the Federal Trade Commission.",
    "ag_contact": "How to reach the state's Attorney General.",
    "state_and_federal_agency_contacts": (
        "Telephone numbers and websites of the state and federal agencies that inform about breach response and "
        "identity theft prevention."
    ),
    "toll_free_number": "A toll-free number for questions.",
    "security_freeze_right": "How to ask for a security freeze and what must be given to get one.",
    "security_freeze_free": "That a security freeze costs nothing.",
    "police_report_right": "The right to obtain a police report.",
    "monitoring_offer": "The offer of free credit monitoring or identity theft services, with all needed to enrol.",
    "mitigation_services": "The mitigation services that are offered.",
    "parent_company_name": "Where the business is owned by another, the name of the parent or affiliated company.",
    "biometric_other_entities": "How to tell others who use the same biometric data no longer to rely on it.",
    "change_password_advice": "Advice to change the password and security questions here and wherever they are used.",
    "nature_of_breach": "The nature of the breach, or of the unauthorised acquisition or use.",
    "number_of_residents": "The number of the state's residents affected.",
}
