"""Requests inside a request: the composite resources hand each one to the address it names.

A sub-request runs as the caller of the request around it, which alone counts and is logged as a call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from starlette.routing import compile_path

from leakresponse.rehearsal.org.calls import Answer, Call
from leakresponse.rehearsal.org.discovery import checked_version
from leakresponse.rehearsal.org.errors import ApiRefused, not_found
from leakresponse.rehearsal.org.routes import Endpoint
from leakresponse.rehearsal.org.serving import attempt

METHODS = frozenset({"GET", "POST", "PATCH", "PUT", "DELETE", "HEAD"})
_ROOT = re.compile(r"/services/data/v(?P<version>\d+\.\d)(?P<path>/.*|)")
_UNSUPPORTED = "The request can't be processed: this resource is not supported as a subrequest"


@dataclass(frozen=True, slots=True)
class Sub:
    """One sub-request: `url` is the whole address from `/services/data` on."""

    method: str
    url: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


def path_of(url: str) -> str:
    """The address below the version, without its query; empty for one that is none of the API's."""
    found = _ROOT.fullmatch(urlsplit(url).path)
    return found["path"].rstrip("/") if found else ""


def run_sub(call: Call, sub: Sub, allowed: tuple[str, ...]) -> tuple[Answer, str]:
    """The answer of a sub-request, and its code where it was refused. `allowed` are the beginnings of addresses."""
    try:
        inner, endpoint = _inner(call, sub, allowed)
    except ApiRefused as refused:
        return Answer(refused.status, refused.body()), refused.code
    answer, code = attempt(inner, endpoint.handler)
    if answer.file is not None:
        unsupported = ApiRefused(400, "PROCESSING_HALTED", _UNSUPPORTED)
        return Answer(400, unsupported.body()), unsupported.code
    return answer, code


def _inner(call: Call, sub: Sub, allowed: tuple[str, ...]) -> tuple[Call, Endpoint]:
    parts = urlsplit(sub.url)
    found = _ROOT.fullmatch(parts.path)
    if found is None:
        raise not_found()
    version, path = checked_version(found["version"]), found["path"].rstrip("/")
    if not any(path == one or path.startswith(f"{one}/") for one in allowed):
        raise ApiRefused(400, "PROCESSING_HALTED", _UNSUPPORTED)
    args, endpoint = _endpoint(path)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    body = b"" if sub.body is None else json.dumps(sub.body).encode()
    inner = replace(
        call, method=sub.method, path=parts.path, version=version, query=query, body=body, args=args,
        headers={name.lower(): value for name, value in sub.headers.items()}, uri=sub.url,
    )  # fmt: skip
    return inner, endpoint


def _endpoint(path: str) -> tuple[dict[str, Any], Endpoint]:
    """The endpoint of an address with what its placeholders stand for. Raises 404."""
    for pattern, endpoint in _patterns():
        found = pattern.match(path)
        if found:
            return found.groupdict(), endpoint
    raise not_found()


@lru_cache(maxsize=1)
def _patterns() -> tuple[tuple[re.Pattern[str], Endpoint], ...]:
    from leakresponse.rehearsal.org.app import API  # the addresses include those of the composite resources

    return tuple((compile_path(one.path)[0], one) for one in API)
