"""What can be wrong with a query text."""

from __future__ import annotations

from leakresponse.core.errors import BadInput


class SoqlSyntaxError(BadInput):
    """The text is not SOQL. `position` is the offset (from 0) of the first character that does not fit.

    The message names the place and what could stand there, never what does stand there: query texts hold names,
    e-mail addresses and other values of people.
    """

    def __init__(self, reason: str, position: int) -> None:
        super().__init__(f"{reason} (position {position})")
        self.reason = reason
        self.position = position
