"""One small exception tree. No message here ever carries a person's data, a token or a key."""

from __future__ import annotations


class LeakResponseError(Exception):
    """Anything this product raises on purpose."""


class BadInput(LeakResponseError):
    """The call was wrong; nothing was changed. The command line answers with exit code 2."""


class Refused(LeakResponseError):
    """The other side, or our own policy, said no; `code` is the vendor's or our own error code."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class SessionRevoked(Refused):
    """A bearer token is dead. During containment this is often the wanted outcome."""


class Unavailable(LeakResponseError):
    """The other side did not answer in time, or answered that it is busy; safe to try again."""

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class OutcomeUnknown(LeakResponseError):
    """A side effect was started and its end is not known; never retried blindly, always reconciled."""


class ToolFailure(LeakResponseError):
    """A check could not be carried out; neither pass nor fail."""


class MissingFact(LeakResponseError):
    """A fact that a decision needs is absent; it is never guessed."""


class Unforeseen(LeakResponseError):
    """Something that no code of ours expects. The message is a type and a place, since its own text may quote data."""


def code_of(error: LeakResponseError) -> str:
    """The vendor's or our own code where there is one, else the kind of problem: never its text."""
    return str(getattr(error, "code", "") or type(error).__name__)
