"""Salesforce's refusals: REST answers with a list, OAuth with an object (REST guide, "Status Codes")."""

from __future__ import annotations

from typing import Any

from leakresponse.core.errors import Refused


class ApiRefused(Refused):
    """A REST call that the org refuses. `words` go to the client; the exception's own text is the code alone."""

    def __init__(self, status: int, code: str, words: str, fields: list[str] | None = None) -> None:
        super().__init__(code, code)
        self.status = status
        self.words = words
        self.fields = fields

    def body(self) -> list[dict[str, Any]]:
        """The vendor's error body."""
        more = {} if self.fields is None else {"fields": self.fields}
        return [{"message": self.words, "errorCode": self.code, **more}]


class OauthRefused(Refused):
    """A refusal of the OAuth endpoints, HTTP 400 with an object.

    `status` is what LoginHistory and the Login log say about it (object reference, Login event type), empty where the
    refusal is not a login.
    """

    def __init__(self, error: str, description: str, status: str = "") -> None:
        super().__init__(error, error)
        self.description = description
        self.status = status

    def body(self) -> dict[str, str]:
        """The vendor's error body."""
        return {"error": self.code, "error_description": self.description}


def session_expired() -> ApiRefused:
    """A token that is unknown or dead."""
    return ApiRefused(401, "INVALID_SESSION_ID", "Session expired or invalid")


def not_found() -> ApiRefused:
    """No such address or record."""
    return ApiRefused(404, "NOT_FOUND", "The requested resource does not exist")


def is_deleted() -> ApiRefused:
    """A record that is in the recycle bin or beyond it."""
    return ApiRefused(404, "ENTITY_IS_DELETED", "entity is deleted")


def no_access(words: str = "insufficient access rights on cross-reference id") -> ApiRefused:
    """A permission is missing."""
    return ApiRefused(403, "INSUFFICIENT_ACCESS", words)


def bad_request(code: str, words: str, fields: list[str] | None = None) -> ApiRefused:
    """HTTP 400 with a code."""
    return ApiRefused(400, code, words, fields)


def no_method(method: str) -> ApiRefused:
    """An address that exists, called with a method that it does not take."""
    return ApiRefused(405, "METHOD_NOT_ALLOWED", f"HTTP Method '{method}' not allowed. Allowed are GET,HEAD")
