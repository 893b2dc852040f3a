"""A deploy as its order tells it: DeployResult with its messages (Metadata API guide, DeployResult)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org.metadata_deploy import Options
from leakresponse.rehearsal.org.metadata_runs import DONE
from leakresponse.rehearsal.org.world import World

_WELL = frozenset({"Succeeded", "SucceededPartial"})


def deploy_result(world: World, row: Mapping[str, Any], details: bool) -> dict[str, Any]:
    """DeployResult of a row of sim_deploy; what is not known yet is left out of neither, but null."""
    options, state = Options.of(json.loads(row["options"])), row["state"]
    messages = json.loads(row["messages"])
    components = [one for one in messages if one.get("componentType")]
    bad = [one for one in messages if not one["success"]]
    by = _name_of(world, row["user_id"])
    created, completed = row["created"], row["completed"]
    started = created if state != "Pending" else None
    broken = next((one["problem"] for one in messages if "componentType" not in one), None)
    found: dict[str, Any] = {
        "id": row["deploy_id"], "success": state in _WELL, "checkOnly": options.check_only,
        "done": state in DONE, "status": state, "ignoreWarnings": options.ignore_warnings,
        "rollbackOnError": options.rollback, "runTestsEnabled": options.test_level not in {"", "NoTestRun"},
        "createdBy": row["user_id"], "createdByName": by, "createdDate": created, "startDate": started,
        "lastModifiedDate": completed or created, "completedDate": completed,
        "numberComponentsTotal": len(components), "numberComponentsDeployed": _deployed(state, components),
        "numberComponentErrors": len(bad), "numberTestsTotal": 0, "numberTestsCompleted": 0, "numberTestErrors": 0,
        "stateDetail": None, "errorStatusCode": "UNKNOWN_EXCEPTION" if broken else None, "errorMessage": broken,
        "canceledBy": row["canceled_by"],
        "canceledByName": _name_of(world, row["canceled_by"]) if row["canceled_by"] else None,
    }  # fmt: skip
    if details:
        found["details"] = _details([one for one in messages if "componentType" in one])
    return found


def _deployed(state: str, components: list[dict[str, Any]]) -> int:
    return sum(one["success"] for one in components) if state in _WELL else 0


def _details(messages: list[dict[str, Any]]) -> dict[str, Any]:
    """The messages; no Apex runs here, so that there are no tests to tell of."""
    tests: dict[str, Any] = {"numTestsRun": 0, "numFailures": 0, "totalTime": 0.0, "successes": [], "failures": []}
    return {
        "componentSuccesses": [one for one in messages if one["success"]],
        "componentFailures": [one for one in messages if not one["success"]],
        "runTestResult": {**tests, "codeCoverage": [], "codeCoverageWarnings": [], "flowCoverage": []},
    }


def _name_of(world: World, user_id: str) -> str:
    row = world.store.one('SELECT Name FROM "User" WHERE Id = ?', user_id)
    return str(row["Name"]) if row else ""


def with_offset(value: Any) -> Any:
    """The same with the moments of REST: `2026-11-23T10:00:00.000+0000`."""
    if isinstance(value, dict):
        return {name: _moment(one) if name.endswith("Date") else with_offset(one) for name, one in value.items()}
    return [with_offset(one) for one in value] if isinstance(value, list) else value


def _moment(value: Any) -> Any:
    return f"{value[:-1]}+0000" if isinstance(value, str) and value.endswith("Z") else value
