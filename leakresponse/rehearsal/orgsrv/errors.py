"""Salesforce's own refusals: a list of message and errorCode; OAuth answers with an object."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from leakresponse.rehearsal.org.soql_engine_errors import QueryRefused


class ApiError(Exception):
    """One refusal of the REST API."""

    def __init__(self, status: int, code: str, message: str, fields: list[str] | None = None) -> None:
        super().__init__(code)
        self.status, self.code, self.message, self.fields = status, code, message, fields

    def body(self) -> list[dict[str, object]]:
        """As it goes over the wire."""
        found: dict[str, object] = {"message": self.message, "errorCode": self.code}
        return [found | ({"fields": self.fields} if self.fields is not None else {})]


class OAuthError(Exception):
    """One refusal of the OAuth endpoints, always HTTP 400."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error, self.description = error, description


def no_session() -> ApiError:
    """A dead or missing token."""
    return ApiError(401, "INVALID_SESSION_ID", "Session expired or invalid")


def not_found(message: str = "The requested resource does not exist") -> ApiError:
    """Nothing is here."""
    return ApiError(404, "NOT_FOUND", message)


async def api_refusal(_request: Request, error: Exception) -> Response:
    """Answer an ApiError."""
    assert isinstance(error, ApiError)
    return JSONResponse(error.body(), error.status)


async def oauth_refusal(_request: Request, error: Exception) -> Response:
    """Answer an OAuthError."""
    assert isinstance(error, OAuthError)
    return JSONResponse({"error": error.error, "error_description": error.description}, 400)


async def query_refusal(request: Request, error: Exception) -> Response:
    """Answer a refused query."""
    assert isinstance(error, QueryRefused)
    return JSONResponse(error.body(getattr(request.state, "soql", "")), error.status)
