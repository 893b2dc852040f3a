"""The embedded Prefect server: `python -m leakresponse.services.prefect_server --port P [--with-parent PID]`.

The same application that `prefect server start` runs, as a process that ends with the one that started it.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from leakresponse.core import log_redaction

#: Nothing to configure, nothing sent anywhere, answers within seconds (measured traps: docs/adr/0002-prefect.md).
SETTINGS = {
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PREFECT_CLI_PROMPT": "false",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_RUNNER_POLL_FREQUENCY": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_EPHEMERAL_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
}


def settings(home: Path, port: int) -> dict[str, str]:
    """Environment of the server and of everybody who talks to it."""
    api = f"http://127.0.0.1:{port}/api"
    return {**SETTINGS, "PREFECT_HOME": str(home), "PREFECT_API_URL": api, "PREFECT_UI_API_URL": api}


def main() -> None:
    """Serve until told to stop or the parent is gone."""
    log_redaction.install()
    parser = argparse.ArgumentParser(prog="prefect-server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--with-parent", type=int, default=0)
    arguments = parser.parse_args()
    os.environ.update({k: v for k, v in SETTINGS.items() if k not in os.environ})
    if arguments.with_parent:
        from leakresponse.adapters.processes import exit_with

        exit_with(arguments.with_parent)
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        host="127.0.0.1",
        port=arguments.port,
        log_level="warning",
        timeout_keep_alive=5,
    )


if __name__ == "__main__":
    main()
