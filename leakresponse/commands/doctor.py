"""`leak-response doctor`: what is ready, and the fix for what is not."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING, Any, TypeVar

from leakresponse.commands.try_cuts import shown_trials
from leakresponse.core.errors import LeakResponseError, Refused
from leakresponse.ledger import open_ledger
from leakresponse.services.home import api_url, home, ledger_url
from leakresponse.services.local import answers

if TYPE_CHECKING:
    from prefect.blocks.core import Block

B = TypeVar("B", bound="Block")
MIN_FREE_BYTES = 2 << 30


def doctor() -> dict[str, Any]:
    """Checks of home, ledger, disk, Prefect server and of what the blocks name, each with its fix; the cut trials."""
    checks = [_check("home", lambda: str(home()), "set LEAK_RESPONSE_HOME to a folder that can be written")]
    checks.append(_check("ledger", _ledger, "set LEAK_RESPONSE_LEDGER to a database that can be reached"))
    checks.append(_check("disk", _disk, "free at least 2 GiB for evidence"))
    checks.append(_check("prefect", _prefect, "start `leak-response up`, or set PREFECT_API_URL"))
    if checks[-1]["ok"]:
        checks += _blocks()
    return {"ready": all(c["ok"] for c in checks), "checks": checks, "trials": _trials() if checks[1]["ok"] else []}


def _check(name: str, act: Any, fix: str) -> dict[str, Any]:
    try:
        found = act()
    except (LeakResponseError, OSError) as problem:
        code = problem.code if isinstance(problem, Refused) else ""
        return {"check": name, "ok": False, "found": f"{type(problem).__name__} {code}".strip(), "fix": fix}
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


def _blocks() -> list[dict[str, Any]]:
    os.environ["PREFECT_API_URL"] = api_url()
    from prefect.client.orchestration import get_client

    from blocks import CaseStore, SalesforceOrg, TimestampAuthority
    from leakresponse.commands.doctor_cases import encryption_questions
    from leakresponse.commands.doctor_evidence import authority_questions, bucket_questions

    with get_client(sync_client=True) as client:
        documents = client.read_block_documents()

    def names(slug: str) -> list[str]:
        return [d.name for d in documents if d.block_type and d.block_type.slug == slug and d.name]

    fix = "check address, consumer key, user and key of the block, and that the app is pre-authorised for the user"
    checks = [_check(f"org {n}", lambda n=n: _login(SalesforceOrg.load(n)), fix) for n in names("salesforce-org")]
    orgs = [_load(SalesforceOrg, n) for n in names("salesforce-org")]
    stores = {n: _load(CaseStore, n) for n in names("case-store")}
    asked = [question for n, store in stores.items() for question in encryption_questions(n, store, orgs)]
    asked += [question for n, store in stores.items() for question in bucket_questions(n, store)]
    asked += [q for n in names("timestamp-authority") for q in authority_questions(n, _load(TimestampAuthority, n))]
    return checks + [_check(*question) for question in asked]


def _load(kind: type[B], name: str) -> B:
    loaded = kind.load(name)
    assert isinstance(loaded, kind)
    return loaded


def _login(block: Any) -> str:
    client = block.client()
    rows = list(client.query("SELECT Id, IsSandbox FROM Organization"))
    return f"logged in to {rows[0]['Id']}"
