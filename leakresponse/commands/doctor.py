"""`leak-response doctor`: what is ready, and the fix for what is not."""

from __future__ import annotations

import os
import shutil
from typing import Any

from leakresponse.commands.try_cuts import shown_trials
from leakresponse.core.errors import LeakResponseError
from leakresponse.ledger import open_ledger
from leakresponse.services.home import api_url, home, ledger_url
from leakresponse.services.local import answers

MIN_FREE_BYTES = 2 << 30


def doctor() -> dict[str, Any]:
    """Checks of home, ledger, disk, Prefect server and every org block, each with its fix, and the last cut trials."""
    checks = [_check("home", lambda: str(home()), "set LEAK_RESPONSE_HOME to a folder that can be written")]
    checks.append(_check("ledger", _ledger, "set LEAK_RESPONSE_LEDGER to a database that can be reached"))
    checks.append(_check("disk", _disk, "free at least 2 GiB for evidence"))
    checks.append(_check("prefect", _prefect, "start `leak-response up`, or set PREFECT_API_URL"))
    if checks[-1]["ok"]:
        checks += _orgs()
    return {"ready": all(c["ok"] for c in checks), "checks": checks, "trials": _trials() if checks[1]["ok"] else []}


def _check(name: str, act: Any, fix: str) -> dict[str, Any]:
    try:
        found = act()
    except (LeakResponseError, OSError) as problem:
        return {"check": name, "ok": False, "found": type(problem).__name__, "fix": fix}
    return {"check": name, "ok": bool(found), "found": found or "no", "fix": "" if found else fix}


def _trials() -> list[dict[str, Any]]:
    return shown_trials(open_ledger(ledger_url()))


def _ledger() -> str:
    return f"{len(open_ledger(ledger_url()).cases())} cases"


def _disk() -> str:
    free = shutil.disk_usage(home()).free
    return f"{free >> 30} GiB free" if free >= MIN_FREE_BYTES else ""


def _prefect() -> str:
    url = api_url()
    return url if url and answers(url) else ""


def _orgs() -> list[dict[str, Any]]:
    os.environ["PREFECT_API_URL"] = api_url()
    from prefect.client.orchestration import get_client

    from blocks import SalesforceOrg

    with get_client(sync_client=True) as client:
        documents = client.read_block_documents()
    names = [d.name for d in documents if d.block_type and d.block_type.slug == "salesforce-org" and d.name]
    fix = "check address, consumer key, user and key of the block, and that the app is pre-authorised for the user"
    return [_check(f"org {n}", lambda n=n: _login(SalesforceOrg.load(n)), fix) for n in names]


def _login(block: Any) -> str:
    client = block.client()
    rows = list(client.query("SELECT Id, IsSandbox FROM Organization"))
    return f"logged in to {rows[0]['Id']}"
