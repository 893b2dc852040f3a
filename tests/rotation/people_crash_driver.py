"""As `rotation_crash_driver`, with a person who makes the new credential before each rotation begins.

`people_crash_driver.py ORDER.json`; `order["person"]` has the simulated org's address and the app's name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import requests
from rotation_crash_driver import STEPS, in_child, run

from leakresponse.adapters.secrets_manager import SecretsManager


def main(order: dict[str, Any]) -> None:
    results = []
    for place in STEPS:
        act(order)
        case_id = f"alert-{order['mode']}-{place}"
        ended = in_child(lambda p=place, c=case_id: run(order, c, p))  # type: ignore[misc]
        in_child(lambda c=case_id: run(order, c, None))  # type: ignore[misc]
        results.append({"point": place, "ended": ended, **json.loads(Path(order["out"]).read_text())})
    print(json.dumps(results))


def act(order: dict[str, Any]) -> None:
    """New consumer details in Setup, stored in the vault by hand."""
    asked = {"act": "rotate_consumer", "app": order["person"]["app"]}
    pair = requests.post(f"{order['person']['url']}/simulation/app", json=asked, timeout=20).json()
    vault = SecretsManager("us-east-1", order["vault"], ("rehearsal", "rehearsal"))
    vault._client.put_secret_value(
        SecretId=order["entry"]["name"], SecretString=json.dumps(pair), VersionStages=["AWSPENDING"]
    )  # fmt: skip


if __name__ == "__main__":
    main(json.loads(Path(sys.argv[1]).read_text()))
