"""Decisions about fields and numbers, from the facts of the scope to lines of the report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def field_lines(scoped: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments of documents.facts.Scope; empty where the scope said nothing of fields."""
    from leakresponse.documents.facts import FieldLine

    fields = scoped.get("fields", {})
    sensitive = fields.get("cpra", {})
    return {
        "fields_decided": tuple(
            FieldLine(one["field"], f"{_words(one['element'])}. {one['by']}: {one['why']}")
            for one in fields.get("decided", ())
        ),
        "fields_open": tuple(FieldLine(name, said) for name, said in fields.get("unplaced", {}).items()),
        "fields_noted": tuple(FieldLine(name, said) for name, said in fields.get("notes", {}).items()),
        "sensitive": tuple(
            FieldLine(name, ", ".join(map(_words, some))) for name, some in sensitive.get("fields", {}).items()
        ),
        "sensitive_by": str(sensitive.get("citation", "")),
        "numbers": dict(scoped.get("numbers", {})),
    }


def _words(name: str) -> str:
    return name.replace("_", " ")
