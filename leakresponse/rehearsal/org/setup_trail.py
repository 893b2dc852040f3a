"""The setup audit trail: one row for every change of setup (object reference, SetupAuditTrail).

Action names seen in published samples: `PermSetEnableUserPerm`, `PermSetDisableUserPerm`, `groupMembership`,
`createdgroup`, `deactivateduser`, `changedemail`, `tenantSecretCreated` (section "Platform Encryption").
`PermSetAssign` and `insertConnectedApplication` are told by hunting guides only; other names are the simulation's
own, not confirmed.
"""

from __future__ import annotations

import sqlite3
from datetime import datetime

from leakresponse.rehearsal.org.calls import Call
from leakresponse.rehearsal.org.clock import iso
from leakresponse.rehearsal.org.ids import new_id
from leakresponse.rehearsal.org.store import put

#: Longest texts (object reference, SetupAuditTrail).
_ACTION, _DISPLAY = 40, 1000


def audit(call: Call, db: sqlite3.Connection, action: str, section: str | None, display: str) -> None:
    """The row of a change that this call makes, inside the transaction `db` that makes it."""
    entry(db, call.caller.user_id, call.now, action, section, display)


def entry(
    db: sqlite3.Connection, user_id: str, at: datetime, action: str, section: str | None, display: str
) -> None:  # fmt: skip
    """The row of a change made by somebody at a time; `section` is null for some actions."""
    put(db, "SetupAuditTrail", {
        "Id": new_id("0Ym"), "Action": action[:_ACTION], "CreatedById": user_id, "CreatedDate": iso(at),
        "Section": section, "Display": display[:_DISPLAY],
    })  # fmt: skip
