"""The scheduler of report subscriptions: what Salesforce mails by itself, whoever has left.

Nothing is mailed here, so a turn of the scheduler is an act of the simulation: its answer is the attachment that the
recipients get. The report runs as the subscription's owner and leaves Report and ReportEvent with the operation
ReportRunAndNotificationSent ("executed through the notifications API": object reference, Report event type) and no
session, login key or address (log notes, "Joining": scheduled reports carry none).
"""

from __future__ import annotations

import json
from typing import Any

from leakresponse.rehearsal.org import events_pages, report_definitions
from leakresponse.rehearsal.org.calls import Answer, Call, Client
from leakresponse.rehearsal.org.errors import OauthRefused
from leakresponse.rehearsal.org.identity import Caller
from leakresponse.rehearsal.org.ids import request_id
from leakresponse.rehearsal.org.pages import VERSION
from leakresponse.rehearsal.org.report_export import as_csv
from leakresponse.rehearsal.org.serving import keep
from leakresponse.rehearsal.org.world import World

NOBODY = Client("", "")


def mail_out(world: World, body: bytes, _client: Client) -> Answer:
    """`POST /simulation/mailing` {"subscription"}: the time has come. `csv` is what the mail carries.

    Raises OauthRefused `inactive` where it is paused or gone, its owner is not active, or its report is gone.
    """
    wanted = str(json.loads(body or b"{}").get("subscription", ""))
    facts = _subscription(world, wanted)
    owner = world.store.one('SELECT Id, Username, IsActive FROM "User" WHERE Id = ?', facts["owner_id"])
    if owner is None or not owner["IsActive"]:
        raise OauthRefused("inactive", "the owner of the subscription is not active")
    call = _call(world, owner)
    report = report_definitions.load(world, str(facts["recordId"]))
    rows = list(report_definitions.rows(call, report))
    answer = Answer(body={"csv": as_csv(report.columns, rows).decode()}, rows=len(rows))
    events_pages.report_run(call, answer, report, rows, "Report", "ReportRunAndNotificationSent", scheduled=True)
    keep(call, list(answer.log), answer)
    return answer


def _subscription(world: World, wanted: str) -> dict[str, Any]:
    row = world.store.one("SELECT * FROM sim_subscription WHERE subscription_id = ?", wanted)
    facts = json.loads(row["facts"]) if row else {}
    there = world.store.one("SELECT 1 AS yes FROM sim_report WHERE report_id = ?", facts.get("recordId"))
    if row is None or not facts.get("active") or there is None:
        raise OauthRefused("inactive", "no such subscription, or it is paused, or its report is gone")
    return {**facts, "owner_id": row["owner_id"]}


def _call(world: World, owner: dict[str, Any]) -> Call:
    caller = Caller(owner["Id"], owner["Username"], "", "", "", "", "", "")
    return Call(
        world=world, caller=caller, client=NOBODY, method="", path="", version=VERSION, base_url="", query={},
        headers={}, body=b"", args={}, now=world.clock.now(), request_id=request_id(),
    )  # fmt: skip
