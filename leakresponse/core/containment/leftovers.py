"""The second theft: a year after a leak was contained, an old authorisation that nobody used let the thief in again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from leakresponse.core.containment.attack import Attack, when
from leakresponse.core.containment.rows import Snapshot, TokenRow
from leakresponse.core.containment.types import Leftover


def leftovers_of(attack: Attack, snapshot: Snapshot, idle_days: int) -> Iterator[Leftover]:
    """Authorisations of the whole org that nobody uses or nobody installed; those of the alert's apps are removed."""
    for token in snapshot.tokens:
        why = _why(token, attack, idle_days)
        if why:
            yield Leftover(token.handle, token.app, token.user_id, why, attack.has_token(token))


def _why(token: TokenRow, attack: Attack, idle_days: int) -> str:
    if not token.installed:
        return "authorised by a user, never installed by an administrator"
    if token.use_count == 0 or not token.last_used:
        return "never used"
    last = when(token.last_used)
    if last is not None and attack.alert.detected_at - last > timedelta(days=idle_days):
        return f"not used for more than {idle_days} days"
    return ""
