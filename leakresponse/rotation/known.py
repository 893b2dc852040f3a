"""What the vault holds, by fingerprint: a secret found in code or in leaked text is known again by it.

Current, pending and previous versions are read, each value of their JSON by its own name. A password and its security
token also count joined, as the SOAP login and many a script have them. Values are fingerprinted where they are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from leakresponse.adapters.secrets_manager import SecretInfo, SecretsManager
from leakresponse.core.code_secrets import Known
from leakresponse.core.errors import LeakResponseError, code_of
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rotation.inventory import Unread, strings_of

_TAG = "leak-response:"
_STAGES = frozenset({"AWSCURRENT", "AWSPENDING", "AWSPREVIOUS"})
#: Values that say what a secret is for and open nothing: a program that names them holds no secret.
_NAMES = frozenset(
    {"app", "username", "user", "consumer_key", "client_id", "instance_url", "login_url", "host", "kind"}
)
_SHORTEST = 6


@dataclass(frozen=True, slots=True)
class KnownValues:
    """Every value that could be read, and the secrets that could not."""

    values: tuple[Known, ...] = ()
    unread: tuple[Unread, ...] = ()


def known_values(vault: SecretsManager, parallel: int = 8) -> KnownValues:
    """Fingerprints of all values of all secrets that the role may list, in parallel; one call for each version."""
    versions = [(info, stage) for info in vault.listed() for stage in sorted(_stages(info))]

    def read(one: tuple[SecretInfo, str]) -> list[Known] | Unread:
        info, stage = one
        try:
            return list(_known(info, stage, vault.read_text(info.name, stage).reveal()))
        except LeakResponseError as refused:
            return Unread(info.name, code_of(refused))

    with ThreadPoolExecutor(parallel) as pool:
        found = list(pool.map(read, versions))
    values = tuple(value for some in found if isinstance(some, list) for value in some)
    return KnownValues(values, tuple({one.name: one for one in found if isinstance(one, Unread)}.values()))


def _stages(info: SecretInfo) -> frozenset[str]:
    return _STAGES & {label for labels in info.stages.values() for label in labels}


def _known(info: SecretInfo, stage: str, text: str) -> Iterator[Known]:
    value = strings_of(text)
    tags = info.tags
    consumers = tuple(tags.get(f"{_TAG}consumers", "").split())
    app, username = (tags.get(f"{_TAG}{name}") or value.get(name, "") for name in ("app", "username"))
    parts = {name: inner for name, inner in value.items() if name not in _NAMES and len(inner) >= _SHORTEST}
    joined = value.get("password", "") + value.get("security_token", "")
    marks = {(fingerprint(inner), name) for name, inner in parts.items()}
    if "password" in parts and "security_token" in parts:
        marks.add((fingerprint(joined), "password"))
    for mark, name in sorted(marks):
        yield Known(mark, info.name, info.arn, name, stage, app, consumers, username)
