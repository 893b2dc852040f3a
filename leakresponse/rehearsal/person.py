"""The person of a rehearsal who allows an app: opens the link, types the code, says who he is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import requests

from leakresponse.rehearsal.client import Denied

TIMEOUT = (5, 60)


def allow_device(connection: Mapping[str, Any], link: str, code: str, username: str) -> None:
    """Allow the device that shows `code`, as `username` of a simulated org. Raises Denied."""
    with requests.Session() as browser:
        browser.trust_env = False
        browser.verify = connection.get("ca_file") or True
        answer = browser.post(link, data={"user_code": code, "simulated_user": username}, timeout=TIMEOUT)
    if answer.status_code != 200:
        raise Denied(answer.status_code, "device not allowed")
