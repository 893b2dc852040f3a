"""Serving flows: `python -m leakresponse.services.runner FLOW,FLOW --limit N`. Containment has a runner of its own.

`serve(limit=None)` means no cap at all, so a limit is always given (measured trap).
"""

from __future__ import annotations

import argparse
import importlib
import json
from typing import Any

from leakresponse.adapters.processes import exit_with
from leakresponse.core import log_redaction

#: When each flow runs by itself. Cron with a time zone: RRULE time zones were buggy as late as Prefect 3.7.8.
SCHEDULES = {"rehearse": ("0 6 * * 1", "UTC"), "archive": ("17 * * * *", "UTC")}


def deployment(name: str, parameters: dict[str, Any]) -> Any:
    """The deployment of one flow, taken by module path so that the working folder does not matter."""
    from prefect.client.schemas.schedules import CronSchedule
    from prefect.types.entrypoint import EntrypointType

    flow = getattr(importlib.import_module(f"flows.{name}"), name)
    known = {k: v for k, v in parameters.items() if k in flow.parameters.properties}
    schedules = [CronSchedule(cron=cron, timezone=zone) for n, (cron, zone) in SCHEDULES.items() if n == name]
    return flow.to_deployment(
        name=name,
        description=(flow.description or "").split("\n\nArgs:")[0],
        parameters=known,
        schedules=schedules or None,
        tags=["leak-response"],
        entrypoint_type=EntrypointType.MODULE_PATH,
    )


def main() -> None:
    """Serve until told to stop or the parent is gone."""
    log_redaction.install()
    parser = argparse.ArgumentParser(prog="runner")
    parser.add_argument("flows")
    parser.add_argument("--limit", type=int, default=4)
    parser.add_argument("--parameters", type=json.loads, default={})
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.with_parent:
        exit_with(arguments.with_parent)
    from prefect import serve

    serve(*[deployment(n, arguments.parameters) for n in arguments.flows.split(",")], limit=arguments.limit)


if __name__ == "__main__":
    main()
