"""The keyring of the operating system: macOS Keychain, Windows Credential Locker, or a Linux Secret Service."""

from __future__ import annotations

import base64
import os
import uuid
from typing import Any

from leakresponse.core.errors import BadInput, Refused

_SERVICE = "leak-response"
_CURRENT = "current"
_KEY_BYTES = 32
#: keyring's own mark of a store that is fit to be used unasked; below it are those that keep nothing or plain text.
_FIT = 1
_FIX = (
    "start and unlock one (a desktop session, or gnome-keyring-daemon under dbus-run-session), "
    "or set the encryption of the case store block to vault"
)


class OsKeyring:
    """Wrapping keys of one name. Each version is an entry of its own; another entry says which is current."""

    kind = "os-keyring"

    def __init__(self, name: str) -> None:
        self.name = name

    def current(self) -> tuple[str, bytes]:
        """Version and key to wrap with now; made on first use."""
        version = self._get(_CURRENT) or self.renew()
        return version, self.version(version)

    def version(self, version: str) -> bytes:
        """The key of a version, current or old."""
        found = self._get(version)
        if not found:
            raise Refused("os keyring: it does not hold this version of the key", "NO_SUCH_KEY")
        return base64.b64decode(found)

    def renew(self) -> str:
        """Make a new version and wrap with it from now on; old ones stay and still open."""
        version = uuid.uuid4().hex
        self._set(version, base64.b64encode(os.urandom(_KEY_BYTES)).decode("ascii"))
        self._set(_CURRENT, version)
        return version

    def ready(self) -> bool:
        """Whether it can be asked at all; BadInput with the fix where it cannot."""
        self._get(_CURRENT)
        return True

    def _get(self, entry: str) -> str | None:
        found: str | None = self._call("get_password", f"{_SERVICE}:{self.name}", entry)
        return found

    def _set(self, entry: str, value: str) -> None:
        self._call("set_password", f"{_SERVICE}:{self.name}", entry, value)
        if self._get(entry) != value:
            raise BadInput(f"os keyring: it does not keep what it is given; {_FIX}")

    def _call(self, operation: str, *arguments: str) -> Any:
        import keyring
        from keyring.errors import KeyringError

        try:
            backend = keyring.get_keyring()
            if backend.priority < _FIT:
                raise BadInput(f"os keyring: this machine has no usable one; {_FIX}")
            return getattr(backend, operation)(*arguments)
        except (KeyringError, RuntimeError) as error:
            raise BadInput(f"os keyring: it refuses ({type(error).__name__}); {_FIX}") from None
