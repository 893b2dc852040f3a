"""Markers and their search: whether anything personal or secret of a run has come to lie where it does not belong.

A sweep looks through folders for every marker at once, in the forms that software gives to text: as it is, in another
case, as UTF-16, escaped for JSON, HTML and addresses, in base64, inside zlib, gzip and zip, in the cells of SQLite
databases and of Parquet files, on the pages of PDF files. Findings name file, kind and form, never the marker.
"""

from __future__ import annotations

import base64
import html
import io
import json
import re
import shutil
import sqlite3
import tempfile
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

import numpy as np

#: Every marker is found by its first bytes, then compared whole.
SHINGLE = 8
_DEPTH = 3
_INFLATED = 64 << 20
_ZLIB = re.compile(rb"\x78[\x01\x5e\x9c\xda]|\x1f\x8b\x08")


@dataclass(frozen=True)
class Finding:
    """One kind of marker in one place."""

    where: str
    kind: str
    form: str


class Markers:
    """What must not be found, by kind."""

    def __init__(self) -> None:
        self.known: dict[str, str] = {}

    def add(self, kind: str, values: Iterable[object]) -> None:
        """Values of a kind; shorter ones than a shingle would be found by chance and are left out."""
        for value in values:
            text = str(value).strip() if value is not None else ""
            if len(text) >= SHINGLE + 1:
                self.known.setdefault(text, kind)

    def add_numbers(self, kind: str, values: Iterable[object]) -> None:
        """Numbers that are also written without their separators."""
        given = [str(value) for value in values if value]
        self.add(kind, given)
        self.add(f"{kind}, digits", [re.sub(r"\D", "", value) for value in given])

    def add_key(self, pem: str) -> None:
        """A private key: each full line of its body."""
        self.add("private key", [line for line in pem.splitlines() if len(line) >= 60 and "-----" not in line])

    def __len__(self) -> int:
        return len(self.known)


class Search:
    """One pass over bytes for all markers and their forms."""

    def __init__(self, markers: Markers) -> None:
        exact: dict[bytes, tuple[str, str]] = {}
        for value, kind in markers.known.items():
            for form, written in _forms(value):
                exact.setdefault(written.lower(), (kind, form))
        self._lower = _Index(exact)
        self._base64 = _Index({w: (kind, "base64") for v, kind in markers.known.items() for w in _in_base64(v)})

    def find(self, data: bytes, depth: int = 0) -> set[tuple[str, str]]:
        """Kind and form of everything found, also inside what is compressed."""
        found = self._lower.find(data.lower()) | self._base64.find(data)
        if data.count(b"\0") > len(data) // 10:
            found |= {(kind, "without zero bytes") for kind, _ in self._lower.find(data.replace(b"\0", b"").lower())}
        if depth < _DEPTH:
            for form, inner in _inflated(data):
                found |= {(kind, f"{form}, {deeper}") for kind, deeper in self.find(inner, depth + 1)}
        return found


class _Index:
    """Texts by their first bytes, as numbers, so that numpy compares a whole file at once."""

    def __init__(self, texts: Mapping[bytes, tuple[str, str]]) -> None:
        self._texts: dict[int, list[tuple[bytes, tuple[str, str]]]] = {}
        for text, meaning in texts.items():
            if len(text) >= SHINGLE:
                self._texts.setdefault(int.from_bytes(text[:SHINGLE], "little"), []).append((text, meaning))
        self._heads = np.array(sorted(self._texts), dtype=np.uint64)

    def find(self, data: bytes) -> set[tuple[str, str]]:
        """The meanings of all texts in the data."""
        found: set[tuple[str, str]] = set()
        for shift in range(SHINGLE):
            size = (len(data) - shift) // SHINGLE
            if size <= 0:
                break
            window = np.frombuffer(data, dtype="<u8", count=size, offset=shift)
            places = np.searchsorted(self._heads, window)
            places[places == len(self._heads)] = 0
            for hit in np.flatnonzero(self._heads[places] == window) if len(self._heads) else ():
                start = int(hit) * SHINGLE + shift
                found |= {m for text, m in self._texts[int(window[hit])] if _stands(data, start, text, m[0])}
        return found


def _stands(data: bytes, start: int, text: bytes, kind: str) -> bool:
    """Whether the text stands here whole; bare digits count only as a number of their own."""
    if not data.startswith(text, start):
        return False
    end = start + len(text)
    alone = not data[start - 1 : start].isdigit() and not data[end : end + 1].isdigit()
    return alone or not kind.endswith("digits")


def _forms(value: str) -> Iterator[tuple[str, bytes]]:
    yield "plain", value.encode()
    for form, written in (
        ("JSON", json.dumps(value)[1:-1]),
        ("JSON twice", json.dumps(json.dumps(value)[1:-1])[1:-1]),
        ("HTML", html.escape(value)),
        ("address", quote(value, safe="")),
        ("address", quote_plus(value)),
        ("repr", repr(value)[1:-1]),
    ):
        if written != value:
            yield form, written.encode()


def _in_base64(value: str) -> Iterator[bytes]:
    """What stays the same in base64 whatever stands before and behind: once for each of three alignments."""
    data = value.encode()
    for before in range(3):
        written = base64.b64encode(b"\0" * before + data + b"\0" * ((-before - len(data)) % 3))
        cut = written[(before * 8 + 5) // 6 : (before + len(data)) * 8 // 6]
        yield cut
        yield cut.translate(bytes.maketrans(b"+/", b"-_"))


def _inflated(data: bytes) -> Iterator[tuple[str, bytes]]:
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield f"zip {name}", archive.read(name)
        return
    for start in (m.start() for m in _ZLIB.finditer(data)):
        form = "gzip" if data[start] == 0x1F else "zlib"
        try:
            inner = zlib.decompressobj(31 if form == "gzip" else 15).decompress(data[start:], _INFLATED)
        except zlib.error:
            continue
        if inner:
            yield form, inner


def sweep(folder: Path, search: Search, leave_out: Mapping[str, str] | None = None) -> list[Finding]:
    """Look through every file of a folder but those whose path below it matches a pattern that is left out."""
    found: set[Finding] = set()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        relative = path.relative_to(folder)
        if any(_matches(relative, pattern) for pattern in leave_out or {}):
            continue
        for part, data in _contents(path):
            found |= {Finding(f"{relative}{part}", kind, form) for kind, form in search.find(data)}
        found |= {Finding(f"{relative} (its name)", kind, form) for kind, form in search.find(str(relative).encode())}
    return sorted(found, key=lambda f: (f.where, f.kind, f.form))


def _matches(relative: Path, pattern: str) -> bool:
    """`folder/**` for everything below a folder, else as `Path.match`."""
    if pattern.endswith("/**"):
        return relative.is_relative_to(pattern.removesuffix("/**"))
    return relative.match(pattern)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """The file's bytes, and the text of its cells where it is a database or a table."""
    data = path.read_bytes()
    yield "", data
    if data.startswith(b"SQLite format 3\0"):
        yield from _database(path)
    elif data.startswith(b"PAR1"):
        import pyarrow.parquet as pq

        table = pq.read_table(io.BytesIO(data))
        yield " (cells)", "\n".join(json.dumps(row, default=str) for row in table.to_pylist()).encode()
    elif data.startswith(b"%PDF"):
        from pypdf import PdfReader

        yield " (text)", "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).encode()


def _database(path: Path) -> Iterator[tuple[str, bytes]]:
    """Every cell of every table, with what is still in the write-ahead log. A copy is read: opening writes."""
    with tempfile.TemporaryDirectory() as folder:
        for own in path.parent.glob(f"{path.name}*"):
            shutil.copy(own, folder)
        connection = sqlite3.connect(Path(folder) / path.name)
        connection.text_factory = bytes
        names = [n.decode() for (n,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for name in names:
            rows = connection.execute(f'SELECT * FROM "{name}"')
            cells = (cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row)
            yield f" (table {name})", b"\n".join(cells)
        connection.close()
