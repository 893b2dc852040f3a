"""Secrets in a folder or in a whole git history: each text is read once, and only fingerprints are kept.

Memory is bounded by what is found, never by the size of the history: contents are streamed one at a time, and the
second pass over the commits keeps only blobs in which the first one found something.
"""

from __future__ import annotations

import codecs
import os
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from leakresponse.adapters.git_history import Change, Repository
from leakresponse.core.code_secrets import CodeScan, CodeSecret, Place
from leakresponse.core.errors import BadInput
from leakresponse.core.secret_rules import consumer_keys_in, find_in_text

#: Bytes above which a text is not read: source is far smaller, and what is larger is data.
LARGEST = 5_000_000
#: As git itself decides: a zero byte among the first 8,000 (git docs, gitattributes, "Marking files as binary").
_SNIFFED = 8_000
_WIDE = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@dataclass(frozen=True, slots=True)
class _Hit:
    """A secret of one text: kind, fingerprint, line."""

    kind: str
    mark: str
    line: int


@dataclass(slots=True)
class _Gathered:
    """What grows during a scan: places by secret and path, and what could not be read."""

    counts: Counter[str] = field(default_factory=Counter)
    kinds: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def note(self, content: bytes) -> list[_Hit]:
        """Read one content: its secrets, each with the consumer keys of the same text."""
        text = _text_of(content)
        if text is None:
            self.counts["binary"] += 1
            return []
        self.counts["texts"] += 1
        hits = _hits_in(text)
        beside = {mark for _, mark in consumer_keys_in(text)} if hits else set()
        for hit in hits:
            self.kinds.setdefault(hit.mark, hit.kind)
            self.keys[hit.mark] |= beside
        return hits

    def result(self, root: Path, history: bool, shallow: bool = False) -> CodeScan:
        """The scan as a whole, secrets in order of kind and fingerprint."""
        by_mark: dict[str, list[Place]] = defaultdict(list)
        for (mark, _), place in sorted(self.places.items()):
            by_mark[mark].append(place)
        found = tuple(
            CodeSecret(self.kinds[mark], mark, tuple(places), tuple(sorted(self.keys[mark])))
            for mark, places in sorted(by_mark.items(), key=lambda one: (self.kinds[one[0]], one[0]))
        )
        return CodeScan(str(root), history, found, shallow=shallow, **self.counts)


def scan_folder(root: Path, largest: int = LARGEST) -> CodeScan:
    """Every file below a folder as it is now; links are not followed and `.git` is left out. Raises BadInput."""
    if not root.is_dir():
        raise BadInput(f"{root}: not a folder")
    gathered = _Gathered()
    for path in _files(root):
        try:
            large = path.stat().st_size > largest
            content = b"" if large else path.read_bytes()
        except OSError:
            gathered.counts["unreadable"] += 1
            continue
        if large:
            gathered.counts["large"] += 1
            continue
        name = _shown(str(path.relative_to(root)))
        for hit in gathered.note(content):
            gathered.places.setdefault((hit.mark, name), Place(name, hit.line))
    return gathered.result(root, history=False)


def scan_history(root: Path, largest: int = LARGEST) -> CodeScan:
    """Everything that any branch, tag or stash of a repository reaches, what was deleted later too. Raises BadInput."""
    if not root.is_dir():
        raise BadInput(f"{root}: not a folder")
    repository, gathered = Repository(root), _Gathered()
    trail = _read_objects(repository, gathered, largest)
    for change in repository.changes() if trail.held else ():
        trail.follow(change)
    trail.close(repository)
    gathered.places = trail.places
    return gathered.result(root, history=True, shallow=repository.shallow)


@dataclass(slots=True)
class _Trail:
    """How long each secret was at each path. `held`: what each blob with a secret holds, by mark, and its line."""

    held: dict[str, dict[str, int]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    messages: dict[str, tuple[str, dict[str, int]]] = field(default_factory=dict)
    places: dict[tuple[str, str], Place] = field(default_factory=dict)

    def follow(self, change: Change) -> None:
        """Take one change in; parents come before children."""
        new, old = self.held.get(change.new, {}), self.held.get(change.old, {})
        for mark, line in new.items():
            was = self.places.get((mark, change.path))
            first = (was.first_commit, was.first_at) if was else (change.commit, change.at)
            self.places[mark, change.path] = Place(change.path, line, *first, change.commit, change.at)
        for mark in old.keys() - new.keys():
            if was := self.places.get((mark, change.path)):
                gone = replace(was, last_commit=change.parent, last_at=0, removed_in=change.commit)
                self.places[mark, change.path] = gone

    def close(self, repository: Repository) -> None:
        """What is still at a tip was removed by nobody; times of last commits; messages of commits and tags."""
        tips = repository.tips()
        last = {one.last_commit for one in self.places.values() if not one.last_at}
        times = repository.when([*tips, *sorted(last), *self.messages])
        newest = sorted(tips, key=lambda tip: times[tip])
        for tip, path, blob in repository.held_at(newest, sorted({path for _, path in self.places})):
            for mark, line in self.held.get(blob, {}).items():
                was = self.places.get((mark, path), Place(path, line, tip, times[tip]))
                self.places[mark, path] = replace(was, last_commit=tip, last_at=times[tip], removed_in="")
        for key, one in self.places.items():
            self.places[key] = replace(one, path=_shown(one.path), last_at=one.last_at or times[one.last_commit])
        self._place_the_rest()
        for oid, (name, marks) in self.messages.items():
            at = times.get(oid, 0)
            for mark, line in marks.items():
                self.places.setdefault((mark, name), Place(name, line, oid, at, oid, at))

    def _place_the_rest(self) -> None:
        """A blob that no commit has, such as one that a tag names, is a place without commits; none is dropped."""
        placed = {mark for mark, _ in self.places}
        for oid, marks in self.held.items():
            name = self.names[oid] or f"(object {oid[:12]})"
            for mark in marks.keys() - placed:
                self.places[mark, name] = Place(name, marks[mark])


def _read_objects(repository: Repository, gathered: _Gathered, largest: int) -> _Trail:
    trail = _Trail()
    with repository.reader() as reader:
        for one in repository.objects():
            if one is None or one.size > largest:
                gathered.counts["large" if one else "missing"] += 1
                continue
            gathered.counts["commits"] += one.type == "commit"
            hits = {hit.mark: hit.line for hit in reversed(gathered.note(reader.read(one.oid)))}
            if hits and one.type == "blob":
                trail.held[one.oid], trail.names[one.oid] = hits, one.path
            elif hits:
                trail.messages[one.oid] = (f"({one.type} message)", hits)
    return trail


def _hits_in(text: str) -> list[_Hit]:
    """Findings with their lines; the text is walked once however many there are."""
    hits, line, place = [], 1, 0
    for found in find_in_text(text):
        line += text.count("\n", place, found.start)
        place = found.start
        hits.append(_Hit(found.kind, found.fingerprint, line))
    return hits


def _text_of(content: bytes) -> str | None:
    """The text of a file, None for a binary one. UTF-16 is told by its mark, as Windows tools write it."""
    if content.startswith(_WIDE):
        return content.decode("utf-16", "replace")
    return None if b"\0" in content[:_SNIFFED] else content.decode("utf-8", "replace")


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            if path.is_file() and not path.is_symlink():
                yield path


def _shown(path: str) -> str:
    """A path that can be printed; names that are no UTF-8 lose what cannot be shown."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
