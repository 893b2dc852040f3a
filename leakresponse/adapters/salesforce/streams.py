"""Downloads that may be cut: begun again and read on behind what was already given.

Salesforce documents no ranges for log files and bulk results, so the beginning comes again and is dropped. A download
whose length is another the second time has changed meanwhile (a daily log file may be replaced) and is not mixed.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping

import requests

from leakresponse.adapters.salesforce.client import SalesforceClient
from leakresponse.adapters.salesforce.http import ATTEMPTS, LOST, pause_seconds
from leakresponse.core.errors import Unavailable

CHUNK_BYTES = 1 << 20


class Stream:
    """One download. `headers` are those of the first answer; iterating gives the bytes, once."""

    def __init__(self, client: SalesforceClient, path: str, parameters: Mapping[str, str] | None = None) -> None:
        self._client, self._path, self._parameters = client, path, dict(parameters or {})
        self._answer = self._open()
        self.headers: Mapping[str, str] = self._answer.headers

    def __iter__(self) -> Iterator[bytes]:
        """Raises Unavailable where it is cut to the end, or is another file than it was."""
        given = 0
        for attempt in range(1, ATTEMPTS + 1):
            try:
                for chunk in _behind(self._answer.iter_content(CHUNK_BYTES), given):
                    given += len(chunk)
                    yield chunk
                return
            except LOST:
                if attempt == ATTEMPTS:
                    raise Unavailable("the download was cut each time") from None
            time.sleep(pause_seconds(attempt))
            self._answer = self._again()

    def _open(self) -> requests.Response:
        answer: requests.Response = self._client.call("GET", self._path, params=self._parameters, stream=True)
        return answer

    def _again(self) -> requests.Response:
        answer = self._open()
        if answer.headers.get("Content-Length") != self.headers.get("Content-Length"):
            raise Unavailable("the file was replaced during the download")
        return answer


def _behind(chunks: Iterable[bytes], given: int) -> Iterator[bytes]:
    """What comes after the first `given` bytes."""
    for chunk in chunks:
        fresh, given = chunk[given:], max(0, given - len(chunk))
        if fresh:
            yield fresh
