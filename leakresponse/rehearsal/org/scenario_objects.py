"""Custom objects that scenarios bring along: what a sync job writes card data into, what a public form fills.

Patterns of real incidents: a gateway's payload copied into a custom object (card data where it should not be), and an
applicants' object with Social Security numbers that the guest profile of a public site opens (guest access).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from leakresponse.rehearsal.org.build_access import grant
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.schema_crm import OWNER, RESTRICTED
from leakresponse.rehearsal.org.schema_types import SObject, audit, id_field, long_text, ref, sobject, text, typed
from leakresponse.rehearsal.org.world import World


def payment_log() -> SObject:
    """Rows of the order sync: the gateway's answer as it came, with card number, code and expiry in the clear."""
    return sobject(
        "Payment_Log__c", "a0P", "Payment Log", id_field(), *audit(),
        text("Name", "Payment Log Name", 80, updateable=False),
        ref("Contact__c", "Contact", "Contact", "Contact__r", "Payment_Logs__r"),
        ref("Order__c", "Order", "Order", "Order__r", "Payment_Logs__r"),
        text("CardNumber__c", "Card Number", 40),
        text("CVV__c", "CVV", 8),
        text("Expiry__c", "Expiry", 10),
        long_text("Payload__c", "Gateway Payload"),
        OWNER,
    )  # fmt: skip


def applicant() -> SObject:
    """Somebody who asked to run a shop: a form of the public site."""
    return sobject(
        "Franchise_Applicant__c", "a0A", "Franchise Applicant", id_field(), *audit(),
        text("Name", "Applicant Name", 80),
        typed("email", "Email__c", "Email", 80),
        typed("phone", "Phone__c", "Phone", 40),
        typed("date", "Birthdate__c", "Birthdate"),
        text("SSN__c", "Social Security Number", 11, **RESTRICTED),
        text("State__c", "State", 80),
        long_text("Notes__c", "Notes"),
        OWNER,
    )  # fmt: skip


def add_object(world: World, obj: SObject, grants: Iterable[tuple[str, str]], sharing: str = "ReadWrite") -> SObject:
    """Make a custom object in a running org, with its permissions, at once for everybody.

    `grants` are pairs of a profile's name and letters as `cast_access.LETTERS` has them (R read, C create, ...);
    `sharing` is the org-wide default for staff and guests alike. Raises KeyError for an unknown profile.
    """
    made = replace(obj, sharing=sharing, external_sharing=sharing)
    now = iso(world.clock.now())
    stamps = {
        "CreatedDate": now, "CreatedById": world.system_user, "LastModifiedDate": now,
        "LastModifiedById": world.system_user, "SystemModstamp": now,
    }  # fmt: skip
    with world.store.write() as db:
        world.store.change_object(made)
        for profile, letters in grants:
            sql = "SELECT s.Id FROM PermissionSet s JOIN Profile p ON p.Id = s.ProfileId WHERE p.Name = ?"
            found = db.execute(sql, (profile,)).fetchone()
            if found is None:
                raise KeyError(profile)
            grant(db, world.store.schema, found[0], {made.name: letters}, stamps)
    return made
