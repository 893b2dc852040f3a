"""`/composite/batch`: up to 25 sub-requests that know nothing of each other (REST guide, "Composite Batch").

Each commits on its own and counts as a call. With `haltOnError` those after a failure answer 412; the words of that
answer and of too many sub-requests are not confirmed.
"""

from __future__ import annotations

from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.errors import bad_request, no_method
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.subrequests import METHODS, Sub, run_sub

MAX_SUBREQUESTS = 25
_ALLOWED = (
    "/limits", "/sobjects", "/query", "/queryAll", "/search", "/parameterizedSearch", "/recent", "/tooling/query",
    "/connect", "/composite/sobjects",
)  # fmt: skip


def batch(call: Call) -> Answer:
    """POST: one `{statusCode, result}` for each sub-request."""
    if call.method != "POST":
        raise no_method(call.method)
    body = call.json()
    subs = [_sub(one) for one in body.get("batchRequests") or []]
    if not subs:
        raise bad_request("JSON_PARSER_ERROR", "batchRequests must be a list of subrequests")
    if len(subs) > MAX_SUBREQUESTS:
        raise bad_request("LIMIT_EXCEEDED", f"Cannot process more than {MAX_SUBREQUESTS} requests in a batch")
    answer, halted = Answer(), False
    results: list[dict[str, Any]] = []
    for sub in subs:
        if halted:
            refusal = [{"errorCode": "BATCH_PROCESSING_HALTED", "message": "Batch processing halted per request"}]
            results.append({"statusCode": 412, "result": refusal})
            continue
        inner, _ = run_sub(call, sub, _ALLOWED)
        call.world.calls += 1
        answer.log += inner.log
        answer.stored += inner.stored
        results.append({"statusCode": inner.status, "result": inner.body})
        halted = body.get("haltOnError") is True and inner.status >= 400
    answer.body = {"hasErrors": any(one["statusCode"] >= 400 for one in results), "results": results}
    return answer


def _sub(one: Any) -> Sub:
    """A sub-request; its address may leave out `/services/data/`. Raises 400 for one that is not well formed."""
    if not isinstance(one, dict) or one.get("method") not in METHODS or not isinstance(one.get("url"), str):
        raise bad_request("JSON_PARSER_ERROR", "A subrequest of a batch needs a method and a url")
    url = one["url"].lstrip("/").removeprefix("services/data/")
    return Sub(one["method"], f"/services/data/{url}", one.get("richInput"))


ROUTES = (
    Endpoint(
        "/composite/batch", batch, "up to 25 sub-requests, each on its own; `haltOnError`",
        "412 `BATCH_PROCESSING_HALTED` after a failure",
    ),
)  # fmt: skip
