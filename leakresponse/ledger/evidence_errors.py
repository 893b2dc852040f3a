"""What an object store answered, as one of our errors: decided on codes, never on text, and without names of keys."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from leakresponse.core.errors import LeakResponseError, Refused, ToolFailure, Unavailable

_BUSY = frozenset(
    {
        "SlowDown",
        "ServiceUnavailable",
        "InternalError",
        "RequestTimeout",
        "OperationAborted",
        "ConditionalRequestConflict",
        "ThrottlingException",
        "KMS.ThrottlingException",
        "KMS.KMSInternalException",
        "500",
        "503",
    }
)
_DENIED = frozenset({"AccessDenied", "403", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"})
#: S3 passes on what its key service said (AWS: S3 error responses, "KMS.*").
_KEY = frozenset({"KMS.DisabledException", "KMS.NotFoundException", "KMS.KMSInvalidStateException"})
#: Somebody else wrote the same name first.
TAKEN = frozenset({"PreconditionFailed", "412"})
#: The bucket does not take locks, or the request for one is malformed.
NOT_LOCKABLE = frozenset({"InvalidRequest", "LockNotEnabled", "ObjectLockConfigurationNotFoundError"})


@contextmanager
def told(doing: str) -> Iterator[None]:
    """Turn whatever fsspec's driver raises while `doing` this into Refused, Unavailable or ToolFailure."""
    from botocore.exceptions import BotoCoreError  # what the driver lets through as it is

    try:
        yield
    except (OSError, BotoCoreError) as error:
        raise _ours(error, doing) from None


def _ours(error: Exception, doing: str) -> LeakResponseError:
    code = code_of(error)
    if code in _BUSY or isinstance(error, TimeoutError | ConnectionError) or _unreachable(error):
        return Unavailable(f"evidence: the store did not answer while {doing} ({code})")
    if code in _KEY:
        return Refused(f"evidence: the KMS key cannot be used ({code}): enable it, or name another one", code)
    if code in _DENIED or isinstance(error, PermissionError):
        return Refused(f"evidence: no permission for {doing} ({code}): see deployments/aws/evidence-role.json", code)
    if code in {"NoCredentialsError", "PartialCredentialsError"}:
        return Refused(f"evidence: no AWS credentials for {doing}", code)
    if code == "NoSuchBucket":
        return Refused("evidence: there is no such bucket", code)
    if code in NOT_LOCKABLE or code in TAKEN:
        return Refused(f"evidence: the store refused {doing} ({code})", code)
    return ToolFailure(f"evidence: {doing} failed ({code})")


def code_of(error: BaseException) -> str:
    """The store's own code; the kind of the error where there is none."""
    answer = getattr(error.__cause__ or error, "response", None)
    code = answer.get("Error", {}).get("Code") if isinstance(answer, dict) else None
    return str(code or type(error).__name__)


def _unreachable(error: Exception) -> bool:
    from botocore.exceptions import ConnectionError as NoConnection
    from botocore.exceptions import HTTPClientError

    return isinstance(error, NoConnection | HTTPClientError)
