"""What is done about each secret that stood in leaked text: rotated where it is ours, else given to its owner.

A secret of the text is ours where the vault knows its fingerprint. The others belong to systems and people that we
cannot reach: customers' portals, partners' networks. Each of them becomes a duty with an owner, none is dropped.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from leakresponse.core.code_secrets import Known

#: Who replaces a secret of a kind that is not in our vault, and how.
_DUTIES: Mapping[str, tuple[str, str]] = {
    "aws_access_key_id": ("owner of the AWS account", "deactivate the key, look its use up in CloudTrail, delete it"),
    "aws_secret_key": ("owner of the AWS account", "deactivate the key, look its use up in CloudTrail, delete it"),
    "password": ("owner of the login", "change the password and end the sessions that it opened"),
    "remote_access_link": ("network team of whoever runs it", "change the link and what it lets in with"),
    "snowflake_host": ("Snowflake administrator", "replace what logs in there, restrict its network policy"),
    "private_key": ("owner of the system it opens", "replace the key pair and revoke its certificate"),
    "salesforce_session_id": ("Salesforce administrator", "end the session and those of its user"),
}
_ANY = ("owner of the system it opens", "replace the secret and prove the old one refused")


@dataclass(frozen=True, slots=True)
class Exposed:
    """One secret of leaked text, once however often it stood there. `records` are ids of the records.

    `secret` is the vault's name for it, empty where the vault does not know it; `stage` as in the vault.
    """

    kind: str
    fingerprint: str
    records: tuple[str, ...]
    secret: str = ""
    stage: str = ""

    @property
    def ours(self) -> bool:
        """Whether it is in force in our own vault, so that it is rotated by its own kind."""
        return self.stage in {"AWSCURRENT", "AWSPENDING"}


def duty_of(kind: str) -> tuple[str, str]:
    """Who has to act and how, where a secret of this kind is not ours to rotate."""
    return _DUTIES.get(kind, _ANY)


def exposed_secrets(found: Iterable[Mapping[str, Any]], known: Iterable[Known]) -> tuple[Exposed, ...]:
    """The rotation list of the rows of `secrets.json`, in order of kind and fingerprint."""
    values: dict[str, Known] = {}
    for value in known:
        held = values.get(value.fingerprint)
        if held is None or (value.live and not held.live):
            values[value.fingerprint] = value
    records: dict[str, set[str]] = {}
    kinds: dict[str, str] = {}
    for row in found:
        records.setdefault(row["fingerprint"], set()).add(str(row["record_id"]))
        kinds.setdefault(row["fingerprint"], str(row["kind"]))
    listed = (
        Exposed(kinds[mark], mark, tuple(sorted(ids)), *_named(values.get(mark))) for mark, ids in records.items()
    )
    return tuple(sorted(listed, key=lambda one: (one.kind, one.fingerprint)))


def _named(value: Known | None) -> tuple[str, str]:
    return (value.secret, value.stage) if value else ("", "")
