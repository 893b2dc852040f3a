"""What an org says before anything is cut: one frozen row type per way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One OauthToken row. `handle` is a fingerprint; the DeleteToken itself stays inside the adapter.

    `installed` is False where AppMenuItemId is null: authorised by a user, never installed by an administrator.
    """

    handle: str
    app: str
    user_id: str
    last_used: str
    use_count: int
    installed: bool = True
    created: str = ""


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One AuthSession row with the app joined over LoginHistory, empty where Salesforce names none.

    `login_type` and `login_subtype` are LoginHistory's. No value of theirs says JWT bearer.
    """

    session_id: str
    user_id: str
    app: str
    session_type: str
    source_ip: str
    is_current: bool
    parent_id: str
    login_type: str = ""
    login_subtype: str = ""
    created: str = ""
    last_used: str = ""
    security_level: str = ""


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One SetupEntityAccess row that lets the holders of a permission set or profile use an app.

    `users` is how many users hold it, 0 where it was not counted.
    """

    grant_id: str
    permission_set_id: str
    app_id: str
    app: str
    users: int = 0


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user of the alert, with the UserLogin row that freezes it. `user_type` is `Guest` for guest users.

    `named` marks one whom the alert names itself, by whatever name; `run_as` marks one whom the alert does not mean:
    a client credentials login of its app runs as this user.
    """

    user_id: str
    username: str
    login_id: str
    is_frozen: bool
    is_active: bool = True
    user_type: str = "Standard"
    profile_id: str = ""
    last_login: str = ""
    run_as: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True)
class JobRow:
    """One bulk job that was not finished when the snapshot was taken. `version` is the Bulk API's."""

    job_id: str
    created_by: str
    state: str
    version: Literal["v1", "v2"] = "v2"


@dataclass(frozen=True, slots=True)
class AppRow:
    """One app. `key_handle` is its consumer key's fingerprint, empty where nobody told the key."""

    app_id: str
    name: str
    kind: Literal["connected_app", "eca"] = "connected_app"
    developer_name: str = ""
    key_handle: str = ""
    installed: bool = True
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class EcaUsageRow:
    """What Connect REST "OAuth usage" says of one user of an External Client App; it knows no connected apps."""

    app_id: str
    app: str
    user_id: str
    uses: int
    last_used: str


@dataclass(frozen=True, slots=True)
class FactorRow:
    """A second factor of a user of the alert. `created` is an ISO time, empty where the org does not say.

    `factor_id` is empty where no API removes it: security keys, authenticators, temporary codes.
    """

    factor_id: str
    user_id: str
    kind: str
    created: str


@dataclass(frozen=True, slots=True)
class GuestRow:
    """A guest user's profile. `rights` are exactly what a deploy gives back: (object or field, rights)."""

    user_id: str
    profile_id: str
    profile: str
    rights: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """A waiting CronTrigger of a user of the alert. `kind` is CronJobDetail.JobType; `created` an ISO time."""

    schedule_id: str
    owner_id: str
    kind: str
    next_run: str = ""
    created: str = ""


@dataclass(frozen=True, slots=True)
class PermissionRow:
    """A risky permission of a user of the alert. `assignment_id` is empty where the profile itself gives it.

    `holders` counts the users who hold the permission set; `since` is when this user got it, an ISO time.
    """

    user_id: str
    permission: str
    permission_set_id: str
    assignment_id: str
    holders: int = 0
    since: str = ""


@dataclass(frozen=True, slots=True)
class NamedCredentialRow:
    """An outward way. `changed_by` and `changed` tell who touched it last and when."""

    credential_id: str
    developer_name: str
    enabled: bool
    changed_by: str = ""
    changed: str = ""


@dataclass(frozen=True, slots=True)
class LoginRangeRow:
    """A profile of a user of the alert with the login ranges that it has now."""

    profile_id: str
    profile: str
    ranges: tuple[str, ...]
    users: int = 0


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What the org says before anything is cut. `apps` are the names of the alert's apps.

    `past_blocks` are ids of users whom a block does not stop ("Use Any API Client"), of the whole org.
    `users` are those of the alert, and the run-as users of its apps' client credentials logins. `unresolved` says what
    could not be read or told apart, each as `<field of this class>: reason` or `principal: reason`.
    """

    apps: tuple[str, ...]
    tokens: tuple[TokenRow, ...]
    sessions: tuple[SessionRow, ...]
    grants: tuple[GrantRow, ...]
    users: tuple[UserRow, ...]
    jobs: tuple[JobRow, ...]
    unresolved: tuple[str, ...] = ()
    app_rows: tuple[AppRow, ...] = ()
    eca_usages: tuple[EcaUsageRow, ...] = ()
    factors: tuple[FactorRow, ...] = ()
    guests: tuple[GuestRow, ...] = ()
    schedules: tuple[ScheduleRow, ...] = ()
    permissions: tuple[PermissionRow, ...] = ()
    named_credentials: tuple[NamedCredentialRow, ...] = ()
    login_ranges: tuple[LoginRangeRow, ...] = ()
    past_blocks: tuple[str, ...] = ()
