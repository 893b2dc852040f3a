"""Which services have picked the new version up: by AWS CloudTrail where there is one, else by what the org logs.

CloudTrail names who read a secret, some minutes late. LoginHistory shows that somebody logged in with the new
credential, but not which service. Where neither tells, that is what is said.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from leakresponse.core.errors import LeakResponseError, code_of
from leakresponse.core.soql.build import all_of, compare, equals, select
from leakresponse.rotation.kinds import kind_named
from leakresponse.rotation.types import RotationContext, SecretEntry

if TYPE_CHECKING:
    from leakresponse.adapters.cloudtrail import Read


@dataclass(frozen=True, slots=True)
class PickUp:
    """`waiting`: consumers of whom no read of the new version was seen. `how` says what was asked."""

    waiting: tuple[str, ...]
    how: str
    seen: bool = False


def pick_up(
    context: RotationContext, entry: SecretEntry, since: datetime, reads: Iterable[Read] | None, arn: str = ""
) -> PickUp:
    """Who has the new version, of those whom the secret's tag names."""
    if not entry.consumers:
        return PickUp((), "no service is named by the secret's tags")
    if reads is not None:
        seen = {one.who for one in reads if one.secret in {entry.name, arn} and one.at >= since}
        waiting = tuple(one for one in entry.consumers if one not in seen)
        return PickUp(waiting, "reads in CloudTrail", not waiting)
    if kind_named(entry.kind).overlap or not entry.org_id or not entry.username:
        return PickUp(
            entry.consumers, "nothing tells: no CloudTrail, and a login does not say which credential it used"
        )
    try:
        logins = _logins(context, entry, since)
    except LeakResponseError as error:
        return PickUp(entry.consumers, f"nothing tells: the login history answered {code_of(error)}")
    if logins and len(entry.consumers) == 1:
        return PickUp((), f"login history: {logins} since, of its one service", True)
    return PickUp(entry.consumers, f"login history: {logins} since, which does not say of which service")


def _logins(context: RotationContext, entry: SecretEntry, since: datetime) -> int:
    """Logins of this app and user that worked; the old credential gets none, so they are of the new one."""
    client = context.client_of(entry.org_id)
    users = [row["Id"] for row in client.query(select("User", ["Id"], where=equals("Username", entry.username)))]
    if not users:
        return 0
    where = all_of(equals("UserId", users[0]), compare("LoginTime", ">=", since))
    rows = client.query(select("LoginHistory", ["Application", "Status"], where=where))
    return sum(row["Application"] == entry.app and row["Status"] == "Success" for row in rows)
