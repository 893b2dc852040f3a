"""`/composite` and `/composite/graph`: sub-requests that use each other's answers (REST guide, pages of these names).

With `allOrNone` the whole request is undone where one sub-request fails; the others answer 400 PROCESSING_HALTED. It
overrides the `allOrNone` of collections inside it. Which page of the logs shows what is disputed: the request itself
leaves one RestApi row without rows and objects, and a CompositeApi row; from v64, by the lenient reading alone, each
sub-request leaves a CompositeApiSubrequest row (notes on Salesforce's logs). Words for more than 25 sub-requests:
support-service-lambdas pull request 766; those for more than five queries or collections are not confirmed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from leakresponse.rehearsal.org.calls import Answer, Call, LogRow
from leakresponse.rehearsal.org.composite_references import REFERENCE_ID, SHAPE, resolved
from leakresponse.rehearsal.org.errors import ApiRefused, bad_request, no_method
from leakresponse.rehearsal.org.events_composite import composite_row, subrequest_row
from leakresponse.rehearsal.org.record_collections import RolledBack
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.subrequests import METHODS, Sub, path_of, run_sub

MAX_SUBREQUESTS, MAX_READS = 25, 5
MAX_GRAPHS, MAX_NODES, MAX_KINDS, MAX_FAILURES = 75, 500, 15, 14
_ALLOWED = ("/sobjects", "/query", "/queryAll", "/composite/sobjects")
_HALTED = "The transaction was rolled back since another operation in the same transaction failed."
_OWN_HEADERS = frozenset({"accept", "authorization", "content-type"})

Given = dict[str, Any]


@dataclass(slots=True)
class Done:
    """What became of the sub-requests: one result each, and the answers behind those that ran."""

    results: list[Given] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    failed: bool = False


def composite(call: Call) -> Answer:
    """GET lists the composite resources, POST runs up to 25 sub-requests."""
    if call.method == "GET":
        names = ("tree", "batch", "sobjects", "graph")
        return Answer(body={name: f"{call.root}/composite/{name}" for name in names})
    if call.method != "POST":
        raise no_method(call.method)
    body = call.json()
    asked = _checked(call, body.get("compositeRequest"))
    too_many = _too_many(asked)
    if too_many:
        refused = bad_request("LIMIT_EXCEEDED", too_many)
        item = {"body": refused.body(), "httpHeaders": {}, "httpStatusCode": 400, "referenceId": None}
        return Answer(body={"compositeResponse": [item]})
    whole = body.get("allOrNone") is True
    done = run_all(call, asked, whole, _ALLOWED)
    answer = Answer(body={"compositeResponse": done.results})
    collated = body.get("collateSubrequests", True) is not False
    answer.log.append(composite_row(call, whole, collated, _reason(done)))
    return _with_logs(call, answer, asked, done)


def graph(call: Call) -> Answer:
    """Up to 75 graphs of together 500 nodes; each is done whole or not at all."""
    if call.method != "POST":
        raise no_method(call.method)
    graphs = call.json().get("graphs")
    if not isinstance(graphs, list) or not all(isinstance(one, dict) for one in graphs):
        raise bad_request("JSON_PARSER_ERROR", "graphs must be a list of graphs")
    asked = [_checked(call, one.get("compositeRequest")) for one in graphs]
    _check_graphs(asked)
    answer, shown, failures = Answer(), [], 0
    for one, subs in zip(graphs, asked, strict=True):
        halted = failures > MAX_FAILURES
        done = _halted_all(subs) if halted else run_all(call, subs, True, ("/sobjects",))
        failures += done.failed
        response = {"compositeResponse": done.results}
        shown.append({"graphId": one.get("graphId"), "graphResponse": response, "isSuccessful": not done.failed})
        answer.log.append(composite_row(call, True, True, _reason(done)))
        _with_logs(call, answer, subs, done)
    answer.body = {"graphs": shown}
    return answer


def run_all(call: Call, asked: Sequence[Given], whole: bool, allowed: tuple[str, ...]) -> Done:
    """Run sub-requests in their order; `whole` undoes them all where one fails."""
    if not whole:
        done = Done()
        _run(call, asked, done, allowed, stop=False)
        return done
    done = Done()
    try:
        with call.world.store.write():
            _run(call, asked, done, allowed, stop=True)
            if done.failed:
                raise RolledBack
    except RolledBack:
        last = len(done.results) - 1
        done.results = [done.results[last] if place == last else _halted(one) for place, one in enumerate(asked)]
        for answer in done.answers:
            answer.log = [row for row in answer.log if row[0] == "UniqueQuery"]
    return done


def _run(call: Call, asked: Sequence[Given], done: Done, allowed: tuple[str, ...], stop: bool) -> None:
    known: dict[str, Any] = {}
    for one in asked:
        try:
            sub = _sub(one, known, stop)
        except ApiRefused as refused:
            answer, failed = Answer(refused.status, refused.body()), True
        else:
            answer, _ = run_sub(call, sub, allowed)
            failed = answer.status >= 400 or (stop and _has_failures(sub, answer))
        known[one["referenceId"]] = answer.body
        done.answers.append(answer)
        done.failed = done.failed or failed
        done.results.append({
            "body": answer.body, "httpHeaders": dict(answer.headers), "httpStatusCode": answer.status,
            "referenceId": one["referenceId"],
        })  # fmt: skip
        if failed and stop:
            return


def _sub(one: Given, known: Mapping[str, Any], whole: bool) -> Sub:
    """A sub-request with its references replaced. Raises 400 PROCESSING_HALTED."""
    url, body = resolved(one["url"], known), resolved(one.get("body"), known)
    if whole and isinstance(body, dict) and path_of(url).startswith("/composite/sobjects"):
        body = {**body, "allOrNone": True}
    return Sub(one["method"], str(url), body, one.get("httpHeaders") or {})


def _has_failures(sub: Sub, answer: Answer) -> bool:
    """Whether a collection could not write one of its records."""
    items = answer.body if isinstance(answer.body, list) else []
    written = path_of(sub.url).startswith("/composite/sobjects") and sub.method != "GET"
    return written and any(isinstance(item, dict) and item.get("success") is False for item in items)


def _halted(one: Given) -> Given:
    body = [{"errorCode": "PROCESSING_HALTED", "message": _HALTED}]
    return {"body": body, "httpHeaders": {}, "httpStatusCode": 400, "referenceId": one["referenceId"]}


def _halted_all(asked: Sequence[Given]) -> Done:
    return Done([_halted(one) for one in asked], [], True)


def _checked(call: Call, asked: Any) -> list[Given]:
    """The sub-requests as given. Raises 400 for one that is not well formed."""
    if not isinstance(asked, list) or not asked:
        raise bad_request("JSON_PARSER_ERROR", "compositeRequest must be a list of subrequests")
    seen: set[str] = set()
    for one in asked:
        if not isinstance(one, dict) or not isinstance(one.get("url"), str):
            raise bad_request("JSON_PARSER_ERROR", "A subrequest needs a method, a url and a referenceId")
        one["referenceId"] = reference = str(one.get("referenceId") or one.get("referenceID") or "")
        if not REFERENCE_ID.fullmatch(reference) and (float(call.version) >= 52 or not reference):
            raise bad_request("JSON_PARSER_ERROR", f"Provided referenceId ('{reference}') {SHAPE}")
        if reference in seen:
            raise bad_request("JSON_PARSER_ERROR", f"Duplicate referenceId: {reference}")
        seen.add(reference)
        headers = one.get("httpHeaders") or {}
        if one.get("method") not in METHODS or not isinstance(headers, dict):
            raise bad_request("JSON_PARSER_ERROR", f"Invalid method in subrequest {reference}")
        if _OWN_HEADERS & {str(name).lower() for name in headers}:
            raise bad_request(
                "JSON_PARSER_ERROR", "Accept, Authorization and Content-Type can't be set in a subrequest"
            )
    return asked


def _too_many(asked: Sequence[Given]) -> str:
    if len(asked) > MAX_SUBREQUESTS:
        return f"The request can’t contain more than {MAX_SUBREQUESTS} operations."
    reads = [one for one in asked if path_of(one["url"]).startswith(("/query", "/composite/sobjects"))]
    if len(reads) > MAX_READS:
        return f"The request can’t contain more than {MAX_READS} query or collection operations."
    return ""


def _check_graphs(asked: Sequence[Sequence[Given]]) -> None:
    """Raises 400 LIMIT_EXCEEDED beyond the limits of graphs; the words are not confirmed."""
    nodes = [one for subs in asked for one in subs]
    kinds = {tuple(one["url"].split("?")[0].split("/")[:6]) for one in nodes}
    graphs, every, different = (len(asked), MAX_GRAPHS), (len(nodes), MAX_NODES), (len(kinds), MAX_KINDS)
    for (number, most), words in ((graphs, "graphs"), (every, "nodes"), (different, "different nodes")):
        if number > most:
            raise bad_request("LIMIT_EXCEEDED", f"The request can't contain more than {most} {words}.")


def _reason(done: Done) -> str:
    """FAILURE_REASON of the log: the code of the first sub-request that failed."""
    for one in done.results:
        body = one["body"]
        if one["httpStatusCode"] >= 400 and body and body[0].get("message") != _HALTED:
            return str(body[0].get("errorCode", ""))
    return ""


def _with_logs(call: Call, answer: Answer, asked: Sequence[Given], done: Done) -> Answer:
    """Put what the sub-requests leave behind into the answer of the request."""
    for inner in done.answers:
        answer.log += inner.log
        answer.stored += inner.stored
    if call.world.lenient and float(call.version) >= 64:
        answer.log += _sub_rows(call, asked, done)
    return answer


def _sub_rows(call: Call, asked: Sequence[Given], done: Done) -> list[LogRow]:
    ran = len(done.answers)
    pairs = zip(asked, done.results, strict=True)
    return [subrequest_row(call, one, result, place < ran) for place, (one, result) in enumerate(pairs)]


ROUTES = (
    Endpoint(
        "/composite", composite, "up to 25 sub-requests with `@{ref.field}`; `allOrNone` undoes all",
        "per sub-request its code; `PROCESSING_HALTED`, `LIMIT_EXCEEDED`",
    ),
    Endpoint("/composite/graph", graph, "up to 75 graphs of 500 nodes, each whole or not at all", "the same"),
)  # fmt: skip
