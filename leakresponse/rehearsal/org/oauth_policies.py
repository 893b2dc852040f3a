"""How long a refresh token is good for: what the app's policy says, judged when a refresh is asked for.

Values as in `ConnectedApp.oauthPolicy.refreshTokenPolicy` (salesforce_api.md 3.3): `infinite`, `zero`,
`specific_lifetime:n:UNIT`, `specific_inactivity:n:UNIT` with HOURS, DAYS or MONTHS. A policy does nothing to live
access tokens: they go on until their session expires.
"""

from __future__ import annotations

from datetime import datetime, timedelta

INFINITE, ZERO = "infinite", "zero"
_UNITS = {"HOURS": timedelta(hours=1), "DAYS": timedelta(days=1), "MONTHS": timedelta(days=30)}
#: `ExtlClntAppOauthConfigurablePolicies.refreshTokenPolicyType` by its word in connected apps.
_ECA = {"SpecificLifetime": "specific_lifetime", "SpecificInactivity": "specific_inactivity"}


def is_over(policy: str, approved_at: str, used_at: str, now: datetime) -> bool:
    """Whether a refresh token has run out; moments in ISO 8601. A month is counted as 30 days (not confirmed)."""
    kind, _, rest = policy.partition(":")
    if kind == ZERO:
        return True
    number, _, unit = rest.partition(":")
    if kind not in _ECA.values() or not number.isdigit():
        return False
    start = datetime.fromisoformat(approved_at if kind == "specific_lifetime" else used_at)
    return now > start + int(number) * _UNITS.get(unit.upper(), _UNITS["DAYS"])


def of_eca(kind: str, period: str, unit: str) -> str:
    """An External Client App's policy in the words of connected apps."""
    if kind in _ECA:
        return f"{_ECA[kind]}:{period or '0'}:{(unit or 'Days').upper()}"
    return ZERO if kind == "Zero" else INFINITE
