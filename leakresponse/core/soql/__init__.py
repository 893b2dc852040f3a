"""SOQL: one grammar, one typed syntax tree, one parser, one escaped builder.

`from leakresponse.core.soql import parse` loads lark; `from leakresponse.core.soql import build` does not, because
containment builds queries and has no time to load a parser. Names are therefore looked up on first use (PEP 562).
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leakresponse.core.soql.ast import Query
    from leakresponse.core.soql.errors import SoqlSyntaxError
    from leakresponse.core.soql.parser import parse
    from leakresponse.core.soql.replay import Replay, replayable
    from leakresponse.core.soql.truncated import Sure, parse_truncated

__all__ = ["Query", "Replay", "SoqlSyntaxError", "Sure", "parse", "parse_truncated", "replayable"]

_HOMES = {
    "Query": "ast", "Replay": "replay", "SoqlSyntaxError": "errors", "Sure": "truncated", "parse": "parser",
    "parse_truncated": "truncated", "replayable": "replay",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
