"""One set of detectors for secrets in text, be it a support case or a source file.

Nothing here returns a value that was found: only its kind, its place, and a fingerprint by which it is known again. The
plugins of `detect-secrets` are asked through `analyze_string`, which never verifies anything over the network.
"""

from __future__ import annotations

import hashlib
import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Protocol, cast

from leakresponse.core.secret_shapes import (
    AFTER,
    BEFORE,
    BESIDE_A_KEY,
    CONSUMER_KEY,
    JOINED,
    NEAR,
    PLUGINS,
    RULES,
)

_NAMED = frozenset({"password", "api_key", "salesforce_security_token"})
_NO_LITERAL = re.compile(
    r"[A-Za-z_$@][\w$]*(?:\.[A-Za-z_$][\w$]*)*[(\[{]|\$[\w{(]|\{\{|%[({]|<|[.~]{0,2}/|\*{3}|[xX]{4}|#\{|[^)]{0,64}\)\."
)
_PATH = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z_$.-]*")
_EXAMPLE = re.compile(r"(?i)example|changeme|placeholder|your[_-]|redacted|dummy|not[_-]?a[_-]?real")
_TOKEN_TAIL = re.compile(r"[A-Za-z0-9]{22,26}\Z")
_SALESFORCE = re.compile(r"(?i)salesforce|force\.com|\bsf_|\bsfdc")
#: Kind, start, end, value. Without a kind it is known to be none, and nothing else is looked for in it.
_Candidate = tuple[str, int, int, str]


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret in a text: its kind, where it starts and ends, and its fingerprint; never the value."""

    kind: str
    start: int
    end: int
    fingerprint: str


class _Plugin(Protocol):
    def analyze_string(self, string: str) -> Iterator[str]: ...


def find_in_text(text: str) -> list[Finding]:
    """Every secret of a text in order of place; no two of them share a character."""
    taken = bytearray(len(text))
    found: list[Finding] = []
    for kind, start, end, value in _candidates(text):
        if 1 not in taken[start:end]:
            taken[start:end] = b"\x01" * (end - start)
            found += [Finding(kind, start, end, fingerprint(value))] if kind else []
    return sorted(found, key=lambda one: one.start)


def consumer_keys_in(text: str) -> list[tuple[int, str]]:
    """Place and fingerprint of each Salesforce consumer key: it tells the app that a secret beside it belongs to."""
    return [(found.start(1), fingerprint(found.group(1))) for found in CONSUMER_KEY.finditer(text)]


def fingerprint(value: str) -> str:
    """The first 16 hexadecimal digits of SHA-256: enough to know a secret again, useless to use it.

    A whole private key counts without its line breaks, also where a program wrote them as `\\n`.
    """
    if value.startswith("-----BEGIN ") and "-----END " in value:
        value = re.sub(r"\\[nr]|\s", "", value)
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _candidates(text: str) -> Iterator[_Candidate]:
    yield from _joined(text)
    about_salesforce = bool(_SALESFORCE.search(text))
    small = text.lower()
    for rule, needles, pattern in RULES:
        for match in pattern.finditer(text) if any(one in small for one in needles) else ():
            start, value, kind = match.start(1), match.group(1).rstrip(".)"), rule
            if kind not in _NAMED or _is_literal(kind, value):
                if kind == "url_with_credentials" and _is_template(value):
                    kind = ""
                elif kind == "password" and about_salesforce and _ends_with_token(value):
                    kind = "salesforce_password_with_token"
                yield kind, start, start + len(value), value
    if "3mvg" in small:
        yield from _beside_keys(text)
    for plugin, kind, needle in _plugins():
        for place in _apart(needle, text):
            yield from _of_plugin(plugin, kind, text, max(0, place - BEFORE), place + AFTER)


def _joined(text: str) -> Iterator[_Candidate]:
    for match in JOINED.finditer(text):
        yield "salesforce_password_with_token", match.start(1), match.end(2), match.group(1) + match.group(2)


def _beside_keys(text: str) -> Iterator[_Candidate]:
    for key in CONSUMER_KEY.finditer(text):
        start, end = max(0, key.start() - NEAR), key.end() + NEAR
        for match in BESIDE_A_KEY.finditer(text, start, end):
            yield "salesforce_consumer_secret", match.start(1), match.end(1), match.group(1)


def _of_plugin(plugin: _Plugin, kind: str, text: str, start: int, end: int) -> Iterator[_Candidate]:
    """Plugins tell values without their place; shown a stretch of text only, none takes long over a hostile one."""
    for value in plugin.analyze_string(text[start:end]):
        place = text.find(value, start)
        yield kind, place, place + len(value), value


def _apart(needle: re.Pattern[str], text: str) -> Iterator[int]:
    """Places of a needle but those that the stretch around the one before shows whole."""
    last = -AFTER
    for match in needle.finditer(text):
        if match.start() - last > AFTER - BEFORE:
            last = match.start()
            yield last


@cache
def _plugins() -> tuple[tuple[_Plugin, str, re.Pattern[str]], ...]:
    """Loaded when first asked: detect-secrets brings a web client along that we never use."""
    made = []
    for path, (kind, needle) in PLUGINS.items():
        module, name = path.split(".")
        plugin = getattr(importlib.import_module(f"detect_secrets.plugins.{module}"), name)()
        made.append((cast(_Plugin, plugin), kind, re.compile(needle)))
    return tuple(made)


def _is_literal(kind: str, value: str) -> bool:
    """Whether a value after a name is a secret itself, and no prose, reference, call or stand-in."""
    if _NO_LITERAL.match(value) or _EXAMPLE.search(value) or _NAME.fullmatch(value) or _PATH.fullmatch(value):
        return False
    if kind == "password":
        return _looks_like_password(value)
    return any(one.isdigit() for one in value) and any(one.isalpha() for one in value)


def _is_template(address: str) -> bool:
    """Whether the password of an address is a reference or a stand-in."""
    return bool(_NO_LITERAL.match(address.partition("://")[2].partition(":")[2]))


def _looks_like_password(value: str) -> bool:
    """A word alone ("password reset") is prose; a password mixes letters with digits or signs."""
    return bool(re.search(r"[A-Za-z]", value)) and bool(re.search(r"[\d!@#$%^&*?_+=~-]", value[1:]))


def _ends_with_token(value: str) -> bool:
    """Whether a password of eight characters or more is followed by what looks like a security token."""
    tail = _TOKEN_TAIL.search(value)
    mixed = tail and all(re.search(some, tail.group()) for some in ("[a-z]", "[A-Z]", "[0-9]"))
    return bool(mixed) and len(value) >= 30
