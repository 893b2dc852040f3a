"""Results of bulk query jobs on disk: one CSV written once, and where each record starts, so that any page is a range.

The index is one unsigned 64-bit offset per record plus the end of the file, little endian, beside the CSV.
"""

from __future__ import annotations

import csv
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.org.calls import FilePart

DELIMITERS = {"COMMA": ",", "TAB": "\t", "SEMICOLON": ";", "PIPE": "|", "CARET": "^", "BACKQUOTE": "`"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}
_WIDTH = 8
#: Records written between two looks at whether the job was aborted.
_CHECK_EVERY = 2000


class Stopped(Exception):
    """The job was aborted or deleted while its result was written."""


@dataclass(frozen=True, slots=True)
class ResultFile:
    """The result of one job."""

    path: Path

    @property
    def index(self) -> Path:
        """The file of offsets."""
        return self.path.with_suffix(".idx")

    def write(
        self, header: list[str], rows: Iterable[tuple[Any, ...]], delimiter: str, ending: str, go_on: Callable[[], bool]
    ) -> int:
        """Write everything, quoted, empty for null; the answer is the number of records. Raises Stopped."""
        line = _Line()
        writer = csv.writer(line, quoting=csv.QUOTE_ALL, delimiter=delimiter, lineterminator=ending)
        offsets = array("Q")
        with self.path.open("wb", buffering=1 << 20) as out:
            writer.writerow(header)
            position = out.write(line.text.encode())
            for row in rows:
                writer.writerow(row)
                offsets.append(position)
                position += out.write(line.text.encode())
                if len(offsets) % _CHECK_EVERY == 0 and not go_on():
                    raise Stopped
        offsets.append(position)
        self.index.write_bytes(offsets.tobytes())
        return len(offsets) - 1

    def page(self, start: int, count: int, total: int) -> FilePart:
        """Records `start` to `start + count`, after the header line."""
        end = min(start + count, total)
        with self.index.open("rb") as offsets:
            header_end = _offset(offsets.read(_WIDTH))
            offsets.seek(start * _WIDTH)
            first = _offset(offsets.read(_WIDTH))
            offsets.seek(end * _WIDTH)
            last = _offset(offsets.read(_WIDTH))
        with self.path.open("rb") as content:
            head = content.read(header_end)
        return FilePart(self.path, first, last, head)

    def remove(self) -> None:
        """Delete both files."""
        self.path.unlink(missing_ok=True)
        self.index.unlink(missing_ok=True)


@dataclass(slots=True)
class _Line:
    text: str = ""

    def write(self, text: str) -> None:
        self.text = text


def _offset(raw: bytes) -> int:
    return int.from_bytes(raw, "little")
