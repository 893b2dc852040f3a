"""What goes on without a login: guests, jobs, schedules, permissions, ways out; and what only a person can do."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.core.containment.attack import CRON_TRIGGER, Attack
from leakresponse.core.containment.policy import Policy, Trial
from leakresponse.core.containment.proposals import Proposal
from leakresponse.core.containment.rows import Snapshot
from leakresponse.core.containment.types import Blast, HumanTask

_USAGE_PAGE = "/lightning/setup/ConnectedAppsUsage/home"
_SCHEDULED = HumanTask(
    "/lightning/setup/ScheduledJobs/home",
    ("Open Setup, then Scheduled Jobs.", "Find the job of this user by its next run, note what it does, delete it."),
    "The job is not listed any more in CronTrigger.",
)


def propose_guests(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """The rights of a guest profile, with exactly what it had before."""
    for guest in snapshot.guests:
        if guest.user_id in attack.users and guest.rights:
            yield Proposal(
                "restrict_guest", guest.profile_id, "a site's guests read too much", guest.user_id,
                closes=(f"guest:{guest.profile_id}",), inverse=guest.rights,
            )  # fmt: skip


def propose_work(attack: Attack, snapshot: Snapshot) -> Iterator[Proposal]:
    """Bulk jobs that run, schedules that were made in the attack's days, and what mails on for a user who is named."""
    owners = attack.users | _only_by_app(attack, snapshot)
    for job in snapshot.jobs:
        if job.created_by in owners:
            target = job.job_id if job.version == "v2" else f"v1:{job.job_id}"
            yield Proposal("abort_job", target, "unfinished bulk job of a user in the alert", job.created_by)
    for schedule in snapshot.schedules:
        if not attack.has_schedule(schedule):
            continue
        if schedule.schedule_id.startswith(CRON_TRIGGER):
            yield Proposal(
                "human_task", f"schedule:{schedule.schedule_id}", "delete a job scheduled in the attack's days",
                schedule.owner_id, task=_SCHEDULED,
            )  # fmt: skip
        else:
            when = "scheduled in the attack's days" if attack.in_window(schedule.created) else "mails on for this user"
            yield Proposal(
                "unschedule", schedule.schedule_id, f"{when}: {schedule.kind}", schedule.owner_id,
                closes=(f"schedule:{schedule.schedule_id}",), asks=not schedule.created,
            )  # fmt: skip


def _only_by_app(attack: Attack, snapshot: Snapshot) -> frozenset[str]:
    """Users who come in through the alert's apps and through nothing else: a job of theirs is the app's job."""
    ways = [(t.user_id, t.app) for t in snapshot.tokens] + [(s.user_id, s.app) for s in snapshot.sessions]
    others = {user for user, app in ways if app not in attack.apps}
    return frozenset(user for user, _app in ways) - others


def propose_rights(attack: Attack, snapshot: Snapshot, policy: Policy) -> Iterator[Proposal]:
    """Risky permissions that were gained in the attack's days, ways out that were changed in them, login ranges."""
    for right in snapshot.permissions:
        gained = bool(right.since) and attack.in_window(right.since)
        if right.user_id in attack.users and right.assignment_id and gained:
            inverse = (("AssigneeId", right.user_id), ("PermissionSetId", right.permission_set_id))
            yield Proposal(
                "strip_permission", f"assignment:{right.assignment_id}", f"{right.permission}, new to this user",
                right.user_id, inverse=inverse, blast=Blast(1),
            )  # fmt: skip
    for way in snapshot.named_credentials:
        if way.enabled and way.changed_by in attack.users and attack.in_window(way.changed):
            yield Proposal(
                "close_named_credential", way.credential_id, f"way out changed in the attack: {way.developer_name}",
                way.changed_by, closes=(f"way_out:{way.credential_id}",), inverse=(("CalloutStatus", "Enabled"),),
            )  # fmt: skip
    for place in snapshot.login_ranges if policy.networks else ():
        if not place.ranges:
            yield Proposal(
                "add_login_ranges", f"{place.profile_id}:{','.join(policy.networks)}",
                f"profile {place.profile} may log in from anywhere", inverse=(("ranges", ""),),
                blast=Blast(place.users), asks=True,
            )  # fmt: skip


def propose_tasks(attack: Attack, snapshot: Snapshot, policy: Policy, trial: Trial) -> Iterator[Proposal]:
    """What no proven API does, as work for a person."""
    blocks = "block_app" in trial.proven
    kinds = {a.name: a.kind for a in snapshot.app_rows if a.key_handle}
    for app in sorted(attack.apps):
        if not (blocks and app in kinds):
            yield Proposal("human_task", f"block:{app}", f"block {app}", app=app, task=_block(app))
    if not policy.identity_provider:
        for user in snapshot.users:
            if user.is_active and not user.run_as and user.user_type != "Guest":
                task = _identity_provider(user.user_id)
                yield Proposal("human_task", f"idp:{user.user_id}", "end the sign-on session", user.user_id, task=task)


def _block(app: str) -> HumanTask:
    steps = (
        "Open Setup, then Connected Apps OAuth Usage.",
        f"Find the line of {app} and press Block.",
        "Do not press Uninstall: it can loosen what protects you.",
    )
    return HumanTask(_USAGE_PAGE, steps, "The line shows Unblock, and a login of the app is refused with app_blocked.")


def _identity_provider(user_id: str) -> HumanTask:
    steps = (
        "Open the user at your identity provider.",
        "End every session and reset the second factors that the user did not enrol.",
    )
    link = f"/lightning/setup/ManageUsers/page?address=%2F{user_id}%3Fnoredirect%3D1"
    return HumanTask(link, steps, "The provider's log shows the sessions ended after the cut.")
