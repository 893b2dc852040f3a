"""Containment as a decision: what the org shows, what to cut for one alert, and what must never be cut."""

from leakresponse.core.containment.plan import ORDER, plan_containment
from leakresponse.core.containment.policy import DEFAULT_LEVELS, Level, Policy
from leakresponse.core.containment.rows import (
    AppRow,
    EcaUsageRow,
    FactorRow,
    GrantRow,
    GuestRow,
    JobRow,
    LoginRangeRow,
    NamedCredentialRow,
    PermissionRow,
    ScheduleRow,
    SessionRow,
    Snapshot,
    TokenRow,
    UserRow,
)
from leakresponse.core.containment.types import Action, ActionKind, Blast, Certainty, HumanTask, Plan, Protection

__all__ = [
    "DEFAULT_LEVELS",
    "ORDER",
    "Action",
    "ActionKind",
    "AppRow",
    "Blast",
    "Certainty",
    "EcaUsageRow",
    "FactorRow",
    "GrantRow",
    "GuestRow",
    "HumanTask",
    "JobRow",
    "Level",
    "LoginRangeRow",
    "NamedCredentialRow",
    "PermissionRow",
    "Plan",
    "Policy",
    "Protection",
    "ScheduleRow",
    "SessionRow",
    "Snapshot",
    "TokenRow",
    "UserRow",
    "plan_containment",
]
