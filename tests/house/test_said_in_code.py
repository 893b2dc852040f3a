"""No log line, exception or progress message in our code is given something that is personal or secret by its name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("flows", "tasks", "blocks", "expectations", "leakresponse")
#: The simulated org talks about itself alone, and to nobody but its own log.
OUTSIDE = ROOT / "leakresponse/rehearsal"
NAMES = {
    "access_token", "address_line", "assertion", "birthdate", "consumer_secret", "delete_token", "email", "emails",
    "first_name", "last_name", "password", "phone", "private_key", "private_key_pem", "private_pem", "recipient",
    "recipients", "refresh_token", "secret", "session_id", "soql", "ssn", "street", "summary", "token", "username",
    "usernames",
}  # fmt: skip
LEVELS = {"critical", "debug", "error", "exception", "info", "log", "warning"}
FILES = [p for room in ROOMS for p in sorted((ROOT / room).rglob("*.py")) if not p.is_relative_to(OUTSIDE)]


def said(tree: ast.AST) -> list[tuple[int, str]]:
    """Line and name of everything that a message is made from and that should not be said."""
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS:
            spoken = [*node.args, *(k.value for k in node.keywords)] if _is_logger(node.func.value) else []
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            spoken = node.exc.args
        else:
            continue
        found += [(part.lineno, name) for one in spoken for part, name in _named(one) if name in NAMES]
    return found


def _is_logger(node: ast.expr) -> bool:
    name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
    called = isinstance(node, ast.Call) and "logger" in ast.dump(node.func).lower()
    return called or name in {"log", "logger", "logging", "_log", "_logger"}


def _named(node: ast.expr) -> list[tuple[ast.expr, str]]:
    """Variables, attributes and keys that end up in a text; what is counted, hashed or named by type is unsaid."""
    if isinstance(node, ast.Call):
        function = node.func.id if isinstance(node.func, ast.Name) else ""
        return [] if function in {"len", "type", "fingerprint", "sum"} else [n for a in node.args for n in _named(a)]
    if isinstance(node, ast.Name):
        return [(node, node.id)]
    if isinstance(node, ast.Attribute):
        inside = _named(node.value) if isinstance(node.value, ast.Call) else []
        return [*inside, (node, node.attr)]
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return [(node, str(node.slice.value).lower())]
    return [n for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr) for n in _named(child)]


@pytest.mark.parametrize("path", FILES, ids=[str(p.relative_to(ROOT)) for p in FILES])
def test_nothing_personal_or_secret_is_said(path):
    assert said(ast.parse(path.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "line",
    [
        "log.info('to %s', row.email)",
        "log.warning(f'token {token}')",
        "logging.getLogger('x').error(value['private_key_pem'])",
        "get_run_logger().info('%s', username)",
        "raise Refused(f'no user {username}')",
        "raise Refused('query ' + soql)",
    ],
)
def test_the_check_can_fail(line):
    assert said(ast.parse(line)) != []


@pytest.mark.parametrize(
    "line", ["log.info('%s tokens', len(token))", "raise Refused(type(secret).__name__)", "log.info('email sent')"]
)
def test_counts_and_types_may_be_said(line):
    assert said(ast.parse(line)) == []
