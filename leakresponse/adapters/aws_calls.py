"""One call of an AWS service, its errors mapped once: what is busy may be tried again, a refusal keeps its code."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from leakresponse.core.errors import Refused, Unavailable

_BUSY = frozenset({
    "Throttling", "ThrottlingException", "RequestLimitExceeded", "ServiceUnavailable", "InternalFailure",
    "InternalServiceError",
})  # fmt: skip


def asked(service: str, client: Any, operation: str, **arguments: Any) -> dict[str, Any]:
    """The answer. Raises Refused and Unavailable, which name service, operation and code and nothing that was sent."""
    try:
        answer: dict[str, Any] = getattr(client, operation)(**arguments)
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "Unknown")
        if code in _BUSY:
            raise Unavailable(f"{service}: {code}") from None
        raise Refused(f"{service} refused {operation}: {code}", code) from None
    except BotoCoreError as error:
        raise Unavailable(f"{service}: {type(error).__name__}") from None
    return answer
