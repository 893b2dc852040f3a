"""Who people are told to turn to: bureaus, the Federal Trade Commission, offices of their own state.

Looked up on 2026-11-25. Bureaus: mass.gov "Request a credit report security freeze" and transunion.com/credit-freeze.
Federal Trade Commission: consumer.ftc.gov, IdentityTheft.gov. State offices: the page in `source` of each.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Office:
    """One office as a letter prints it. `source` is where the contact was read, it is not printed."""

    name: str
    phone: str
    website: str
    address: str = ""
    source: str = ""


BUREAUS: tuple[Office, ...] = (
    Office("Equifax", "1-800-685-1111", "www.equifax.com", "P.O. Box 105788, Atlanta, GA 30348-5788"),
    Office("Experian", "1-888-397-3742", "www.experian.com", "P.O. Box 9554, Allen, TX 75013"),
    Office("TransUnion", "1-888-909-8872", "www.transunion.com", "P.O. Box 2000, Chester, PA 19016"),
)

FTC = Office(
    "Federal Trade Commission",
    "1-877-438-4338",
    "www.identitytheft.gov",
    "600 Pennsylvania Avenue NW, Washington, DC 20580",
    "https://consumer.ftc.gov",
)

#: Free credit reports by federal law (15 U.S.C. 1681j).
CREDIT_REPORTS = Office(
    "Annual Credit Report Request Service",
    "1-877-322-8228",
    "www.annualcreditreport.com",
    "P.O. Box 105281, Atlanta, GA 30348-5281",
)

#: The Attorney General's office by jurisdiction. One that is not here cannot be promised to a letter.
ATTORNEYS_GENERAL: dict[str, Office] = {
    "CA": Office(
        "California Attorney General", "1-800-952-5225", "oag.ca.gov/idtheft", source="https://oag.ca.gov/report"
    ),
    "FL": Office(
        "Florida Attorney General",
        "1-866-966-7226",
        "www.myfloridalegal.com",
        source="https://myfloridalegal.com/pages.nsf/0/1A74824CE500FC3485256E3200614335",
    ),
    "MA": Office(
        "Massachusetts Attorney General",
        "1-617-727-2200",
        "www.mass.gov/ago",
        "One Ashburton Place, Boston, MA 02108",
        "https://cmc-commitment.com/resources/",
    ),
    "NY": Office(
        "New York Attorney General",
        "1-800-771-7755",
        "ag.ny.gov",
        source="https://ag.ny.gov/consumer-frauds/identity-theft",
    ),
    "TX": Office(
        "Texas Attorney General",
        "1-800-621-0508",
        "www.texasattorneygeneral.gov",
        source="https://www.texasattorneygeneral.gov/consumer-protection",
    ),
    "WA": Office(
        "Washington State Attorney General",
        "1-800-551-4636",
        "www.atg.wa.gov",
        "800 Fifth Avenue, Suite 2000, Seattle, WA 98104",
        "https://www.atg.wa.gov/consumer-protection",
    ),
}

#: Further state offices that inform about breaches and identity theft.
STATE_AGENCIES: dict[str, tuple[Office, ...]] = {
    "NY": (
        Office(
            "New York Department of State, Division of Consumer Protection",
            "1-800-697-1220",
            "dos.ny.gov/consumer-protection",
            source="https://www.dos.ny.gov/consumerprotection/identity_theft/MitigationProgram.htm",
        ),
    ),
}


def state_offices(jurisdiction: str) -> tuple[Office, ...]:
    """All offices of a jurisdiction that we can name; empty where none was looked up."""
    general = ATTORNEYS_GENERAL.get(jurisdiction)
    return (*((general,) if general else ()), *STATE_AGENCIES.get(jurisdiction, ()))
