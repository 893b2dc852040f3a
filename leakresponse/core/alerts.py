"""Reading an alert: the one document that opens a case.

Shape (design contract): `id, source, detected_at, summary, window{from, to}, principals[{kind, value}]` and
optionally `confidence` (confirmed, else suspected); times in ISO 8601, taken as UTC where they name no offset.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, get_args

from leakresponse.core.errors import BadInput
from leakresponse.core.redact import mask
from leakresponse.core.types import Alert, Confidence, Principal, PrincipalKind, Window

MAX_ALERT_BYTES = 1_000_000
_KINDS: tuple[str, ...] = get_args(PrincipalKind)


def parse_alert(raw: bytes | str) -> Alert:
    """Turn the raw document into an Alert.

    Raises BadInput with one line that names the field, never the value, so that the line may be logged.
    """
    if len(raw) > MAX_ALERT_BYTES:
        raise BadInput(f"alert: larger than {MAX_ALERT_BYTES} bytes")
    try:
        data = json.loads(raw)
    except (ValueError, UnicodeDecodeError, RecursionError):
        raise BadInput("alert: not a JSON document") from None
    if not isinstance(data, dict):
        raise BadInput("alert: must be a JSON object")
    window = data.get("window")
    if not isinstance(window, dict):
        raise BadInput("alert: 'window' must be an object with 'from' and 'to'")
    start, end = _time(window, "from", "window.from"), _time(window, "to", "window.to")
    if end < start:
        raise BadInput("alert: 'window.to' lies before 'window.from'")
    return Alert(
        id=_reference(_text(data, "id"), raw),
        source=_text(data, "source"),
        detected_at=_time(data, "detected_at", "detected_at"),
        summary=str(data.get("summary") or ""),
        window=Window(start, end),
        principals=_principals(data.get("principals")),
        confidence=_confidence(data.get("confidence", "confirmed")),
    )


def alert_document(alert: Alert) -> dict[str, Any]:
    """The alert as the JSON document it would be read from."""
    return {
        "id": alert.id,
        "source": alert.source,
        "detected_at": alert.detected_at.isoformat(),
        "summary": alert.summary,
        "window": {"from": alert.window.start.isoformat(), "to": alert.window.end.isoformat()},
        "principals": [{"kind": p.kind, "value": p.value} for p in alert.principals],
        "confidence": alert.confidence,
    }


def _reference(name: str, raw: bytes | str) -> str:
    """The sender's id, or one of our own where it names a person: ids travel through parameters, events and logs.

    Ours is derived from the whole document, since a plain digest of an address is found again by trying addresses.
    """
    if not mask(name)[1]:
        return name
    return f"alert-{hashlib.sha256(raw.encode() if isinstance(raw, str) else raw).hexdigest()[:16]}"


def _text(data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BadInput(f"alert: '{name}' must be a non-empty text")
    return value.strip()


def _time(data: Mapping[str, Any], name: str, label: str) -> datetime:
    value = data.get(name)
    if not isinstance(value, str):
        raise BadInput(f"alert: '{label}' must be an ISO 8601 time")
    try:
        parsed = datetime.fromisoformat(value)
    except ValueError:
        raise BadInput(f"alert: '{label}' is not an ISO 8601 time") from None
    return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def _confidence(value: object) -> Confidence:
    if value not in ("confirmed", "suspected"):
        raise BadInput("alert: 'confidence' must be confirmed or suspected")
    return value


def _principals(value: object) -> tuple[Principal, ...]:
    if not isinstance(value, list) or not value:
        raise BadInput("alert: 'principals' must be a non-empty list")
    found = []
    for index, item in enumerate(value):
        if not isinstance(item, dict) or item.get("kind") not in _KINDS:
            raise BadInput(f"alert: principals[{index}].kind must be one of {', '.join(_KINDS)}")
        text = item.get("value")
        if not isinstance(text, str) or not text.strip():
            raise BadInput(f"alert: principals[{index}].value must be a non-empty text")
        found.append(Principal(item["kind"], text.strip()))
    return tuple(found)
