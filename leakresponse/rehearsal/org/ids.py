"""Ids and keys that the org makes while it runs; random, so that nothing can be guessed from what came before.

Ids made here cannot meet those of the population: their fourth character is an `S`, there it is an `R`.
"""

from __future__ import annotations

import hashlib
import secrets
import string
import uuid
from contextlib import AbstractContextManager
from contextvars import ContextVar

from leakresponse.core.events_ids import checksum
from leakresponse.rehearsal.context import setting

_BASE62 = string.digits + string.ascii_uppercase + string.ascii_lowercase
#: Characters 4 to 6 of numbered ids in the first org; further orgs have their own.
POD = "SIM"
_POD: ContextVar[str] = ContextVar("cast_pod", default=POD)


def pod_of(pod: str) -> AbstractContextManager[None]:
    """Numbered ids made inside have this server part of three characters."""
    return setting(_POD, pod)


def new_id(prefix: str) -> str:
    """A record id of 18 characters under a key prefix of three."""
    short = f"{prefix}S{random_text(11)}"
    return short + checksum(short)


def numbered_id(prefix: str, number: int) -> str:
    """The same id for the same number: the org's own cast keeps its ids over rebuilds."""
    short = f"{prefix}{_POD.get()}{number:09d}"
    return short + checksum(short)


def random_text(length: int) -> str:
    """Letters and digits."""
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def log_key() -> str:
    """A LOGIN_KEY or SESSION_KEY: 16 letters and digits, as in published rows."""
    return random_text(16)


def request_id() -> str:
    """A REQUEST_ID as rows of 2026 show it: `SLB:` and 32 hexadecimal digits."""
    return f"SLB:{uuid.uuid4().hex}"


def access_token(org_id: str) -> str:
    """Org id, an exclamation mark, and a secret, which is the outer form of Salesforce's opaque tokens."""
    return f"{org_id[:15]}!{secrets.token_urlsafe(72)}"


def refresh_token() -> str:
    """A refresh token; real ones begin with `5Aep`."""
    return f"5Aep{secrets.token_urlsafe(60)}"


def delete_token() -> str:
    """What OauthToken.DeleteToken shows: revokes, but cannot log in."""
    return f"6Cel{secrets.token_urlsafe(40)}"


def hashed(token: str) -> str:
    """How the store keeps a token: only its SHA-256."""
    return hashlib.sha256(token.encode()).hexdigest()
