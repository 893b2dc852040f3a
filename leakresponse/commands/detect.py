"""`leak-response detect`: the detections over a folder of event log files and real-time events."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

from leakresponse.core import detections
from leakresponse.core import events as model
from leakresponse.core.errors import BadInput
from leakresponse.core.events_csv import read_elf_csv


def detect(folder: Path) -> dict[str, Any]:
    """Read every `*.csv` and `*.json` below the folder; what cannot be read is counted as rejected."""
    if not folder.is_dir():
        raise BadInput(f"{folder}: not a folder")
    parts: list[pd.DataFrame] = []
    rejected = 0
    for path in sorted(folder.rglob("*")):
        if path.suffix == ".csv":
            parsed = _csv(path)
        elif path.suffix == ".json":
            parsed = _json(path)
        else:
            continue
        parts.append(parsed.events)
        rejected += parsed.rejected
    events = model.deduplicate(model.concat_events(parts))
    findings = detections.detect(events)
    return {
        "events_read": len(events),
        "events_rejected": rejected,
        "findings": [
            {
                "rule": f.rule,
                "severity": f.severity,
                "principal": f.principal,
                "first_seen": f.first_seen.isoformat(),
                "last_seen": f.last_seen.isoformat(),
                "evidence": list(f.evidence),
            }
            for f in findings
        ],
    }


def _csv(path: Path) -> model.Normalised:
    try:
        frame = read_elf_csv(path)
    except BadInput:
        return model.Normalised(model.empty_events(), 1)
    event_type = str(frame["EVENT_TYPE"].iloc[0]) if "EVENT_TYPE" in frame and len(frame) else path.stem
    return model.normalise_elf(event_type, frame, path.name)


def _json(path: Path) -> model.Normalised:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return model.Normalised(model.empty_events(), 1)
    rows = document if isinstance(document, list) else [document]
    rows = [row for row in rows if isinstance(row, dict)]
    if not rows:
        return model.Normalised(model.empty_events(), 1)
    if "EVENT_TYPE" in rows[0]:
        return model.normalise_elf(str(rows[0]["EVENT_TYPE"]), pd.DataFrame(rows).astype("str"), path.name)
    return model.normalise_rtem(_object_of(rows[0], path), rows)


def _object_of(row: dict[str, Any], path: Path) -> str:
    data = row.get("data") if isinstance(row.get("data"), dict) else {}
    payload = (data or {}).get("payload") or row.get("payload") or row
    attributes = payload.get("attributes") if isinstance(payload, dict) else None
    if isinstance(attributes, dict) and attributes.get("type"):
        return str(attributes["type"])
    channel = row.get("channel")
    return str(channel).rpartition("/")[2] if channel else path.stem
