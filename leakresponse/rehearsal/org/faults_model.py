"""Faults as they are ordered: `none`, `light`, `heavy`, or a JSON file with a list of `{match, fault, share}`.

`match` says which calls, `fault` what happens to them, `share` to which part of them. `fault` is a word, or an object
with `kind` and the figures of that kind. Words and codes are Salesforce's (REST guide, "Status Codes"; notes on the
API, "REST generics").
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from leakresponse.core.errors import BadInput

Kind = Literal[
    "503", "request_limit", "lock_row", "slow", "cut", "reset", "expire_session", "clock_skew", "late_revoke",
    "bulk_fail_once", "duplicate_log_file", "late_log_file", "new_log_file_id", "missing_log_file", "short_log_file",
    "kept_alive",
]  # fmt: skip
#: The header by which the layer of faults tells a deploy to succeed and to change nothing.
KEPT_ALIVE = "x-simulation-kept-alive"
#: Seconds of a kind that lasts, where the order names none.
_SECONDS = {"slow": 2.0, "clock_skew": 90.0, "late_revoke": 5.0, "late_log_file": 30.0}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Match(_Part):
    """Which calls: all that is given must hold. `*` in `path` stands for anything, slashes too.

    `app` is the app's name, `user` a username or its part before the @, `object` the object of the address or of the
    query; for log files it is the event type. Of the calls that match, the first `after` are left alone, `times` names
    the ones to strike by number from 1 (`share` is not asked then), and `count` is the most that is ever struck. The
    same call is struck at most `in_a_row` times running, so that a client that tries again comes through.
    """

    method: str = "*"
    path: str = "*"
    app: str = ""
    user: str = ""
    object: str = ""
    after: int = Field(0, ge=0)
    times: tuple[int, ...] = ()
    count: int | None = Field(None, ge=1)
    in_a_row: int = Field(2, ge=1)


class Fault(_Part):
    """What happens. `seconds` belongs to slow, clock_skew, late_revoke, late_log_file.

    503 sends Retry-After where `retry_after` is given, and a page instead of JSON with `html`, as edges do.
    request_limit is the concurrent limit, or the daily one with `daily`. expire_session ends the session for good, or
    with `once` refuses this call alone. reset closes the connection after the act, or with `before` instead of it.
    kept_alive answers a cut as if it were done, and does nothing: an org that keeps one way in alive.
    """

    kind: Kind
    seconds: float | None = None
    retry_after: int | None = Field(None, ge=0)
    html: bool = False
    daily: bool = False
    once: bool = False
    before: bool = False

    @property
    def lasting(self) -> float:
        """`seconds`, or the usual of this kind."""
        return _SECONDS.get(self.kind, 0.0) if self.seconds is None else self.seconds


def _from_word(given: Any) -> Any:
    return {"kind": given} if isinstance(given, str) else given


class Rule(_Part):
    """One order."""

    match: Match = Match()
    fault: Annotated[Fault, BeforeValidator(_from_word)]
    share: float = Field(1.0, ge=0.0, le=1.0)


_RULES = TypeAdapter(list[Rule])


def ordered(given: str) -> list[Rule]:
    """The rules of `--faults`. Raises BadInput with one line for an unknown word or a bad file."""
    if given in PRESETS:
        return list(PRESETS[given])
    path = Path(given)
    if path.suffix != ".json":
        raise BadInput(f"--faults is {', '.join(PRESETS)} or a .json file, not {given!r}")
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except OSError:
        raise BadInput(f"--faults: cannot read {given}") from None
    except ValueError:
        raise BadInput(f"--faults: {given} is not JSON") from None
    return rules_of(loaded)


def rules_of(loaded: Any) -> list[Rule]:
    """Rules from a word or from JSON. Raises BadInput that names the first wrong place."""
    if loaded is None:
        return []
    if isinstance(loaded, str):
        if loaded not in PRESETS:
            raise BadInput(f"faults: unknown word {loaded!r}; known: {', '.join(PRESETS)}")
        return list(PRESETS[loaded])
    try:
        return _RULES.validate_python(loaded)
    except ValidationError as wrong:
        first = wrong.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the list"
        raise BadInput(f"faults: {place}: {first['msg']}") from None


_API, _WRITES = "/services/data/*", "/services/data/*/sobjects/*"


def _preset(share: float, in_a_row: int, files: float) -> tuple[Rule, ...]:
    """A mixture of what Salesforce does on a bad day; `share` of calls suffers the commonest faults."""

    def rule(fault: dict[str, Any], part: float, **match: Any) -> Rule:
        return Rule(match=Match(in_a_row=in_a_row, **match), fault=Fault(**fault), share=part)

    return (
        rule({"kind": "503", "retry_after": 1}, share, path="/services/*"),
        rule({"kind": "503", "html": True}, share / 2, path=_API),
        rule({"kind": "slow", "seconds": 0.5}, share * 2, path="/services/*"),
        rule({"kind": "request_limit"}, share / 2, path=_API),
        rule({"kind": "lock_row"}, share, path=_API),
        rule({"kind": "cut"}, share / 2, method="GET", path=_API),
        rule({"kind": "reset"}, share / 2, path=_API),
        rule({"kind": "expire_session"}, share / 4, path=_API, after=20),
        rule({"kind": "late_revoke", "seconds": 3}, 1.0),
        rule({"kind": "bulk_fail_once"}, min(1.0, share * 10)),
        rule({"kind": "duplicate_log_file"}, files),
        rule({"kind": "new_log_file_id"}, files),
        rule({"kind": "late_log_file", "seconds": 10}, files),
    )


#: The words of `--faults`.
PRESETS: dict[str, tuple[Rule, ...]] = {
    "none": (), "light": _preset(0.02, 1, 0.1), "heavy": _preset(0.12, 2, 0.4),
}  # fmt: skip
