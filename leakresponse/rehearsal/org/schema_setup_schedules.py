"""What will run by itself: scheduled jobs, to be read alone (object reference, CronTrigger and CronJobDetail, v67).

Neither can be deleted over an API; Apex alone aborts one (`System.abortJob`).
"""

from __future__ import annotations

from leakresponse.rehearsal.org.schema_types import SObject, id_field, moment, ref, sobject, text, typed


def cron_job_detail() -> SObject:
    """What a scheduled job is. `JobType`: 0 data export, 3 dashboard, 7 Apex, 8 report run, A report notification."""
    return sobject(
        "CronJobDetail", "08a", "Cron Job", id_field(),
        typed("picklist", "JobType", "Job Type", 40, updateable=False),
        text("Name", "Cron Job Name", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def cron_trigger() -> SObject:
    """When a scheduled job runs."""
    return sobject(
        "CronTrigger", "08e", "Scheduled Jobs", id_field(),
        ref("CronJobDetailId", "Job ID", "CronJobDetail", "CronJobDetail", updateable=False),
        text("CronExpression", "Expression", updateable=False), text("State", "State", 16, updateable=False),
        moment("NextFireTime", "Next Run Time", updateable=False),
        moment("PreviousFireTime", "Previous Run Time", updateable=False),
        moment("StartTime", "Start Time", updateable=False), moment("EndTime", "End Time", updateable=False),
        typed("int", "TimesTriggered", "Job Fired Count", updateable=False),
        text("TimeZoneSidKey", "Time Zone", 40, updateable=False),
        ref("OwnerId", "Owner ID", "User", "Owner", updateable=False),
        ref("CreatedById", "Created By ID", "User", "CreatedBy", updateable=False),
        moment("CreatedDate", "Created Date", updateable=False),
        ref("LastModifiedById", "Last Modified By ID", "User", "LastModifiedBy", updateable=False),
        updateable=False, createable=False, deletable=False,
    )  # fmt: skip


def schedule_objects() -> tuple[SObject, ...]:
    """Every object of this module."""
    return (cron_job_detail(), cron_trigger())
