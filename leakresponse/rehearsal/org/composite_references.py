"""References from one sub-request to the answer of another: `@{refAccount.id}`, `@{found.records[0].Id}`.

REST guide, "Composite Subrequest": `.` takes a field, `[]` an entry of a list; names mind their case; from v52 a null
is a value, and what the answer does not hold halts the sub-request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from leakresponse.rehearsal.org.errors import bad_request

_REFERENCE = re.compile(r"@\{([^{}]+)\}")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+)\]")
#: What a reference id may look like.
REFERENCE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_]*")
SHAPE = "must start with a letter or a number, and it can contain only letters, numbers and underscores ('_')."


def resolved(value: Any, answers: Mapping[str, Any]) -> Any:
    """The value with every reference replaced; a text that is nothing else takes the type of what it refers to.

    Raises 400 PROCESSING_HALTED for what is not there.
    """
    if isinstance(value, str):
        whole = _REFERENCE.fullmatch(value)
        if whole:
            return _looked_up(whole[1], answers)
        return _REFERENCE.sub(lambda found: _text(_looked_up(found[1], answers)), value)
    if isinstance(value, dict):
        return {name: resolved(inner, answers) for name, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, answers) for inner in value]
    return value


def _text(value: Any) -> str:
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _looked_up(path: str, answers: Mapping[str, Any]) -> Any:
    steps = [name or int(place) for name, place in _STEP.findall(path)]
    name = str(steps[0]) if steps else path
    found: Any = answers.get(name)
    try:
        for step in steps[1:]:
            found = found[step]
    except (KeyError, IndexError, TypeError):
        raise _no_value(path, name) from None
    if name not in answers or isinstance(found, dict | list):
        raise _no_value(path, name)
    return found


def _no_value(path: str, name: str) -> Exception:
    words = f"Invalid reference specified. No value for {path} found in {name}. Provided referenceId ('{path}') {SHAPE}"
    return bad_request("PROCESSING_HALTED", words)
