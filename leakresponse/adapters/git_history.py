"""Git from outside: every object that any ref reaches, once, and which commits brought and took given blobs.

Only plumbing and fixed options, since the repository belongs to somebody else: no hook, pager, text conversion,
signature program or lazy download of a partial clone is run (git docs: git-log, git-cat-file, GIT_NO_LAZY_FETCH).
"""

from __future__ import annotations

import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from leakresponse.core.errors import BadInput, Unavailable

_ENVIRONMENT = {
    "GIT_NO_LAZY_FETCH": "1", "GIT_TERMINAL_PROMPT": "0", "GIT_PAGER": "cat", "GIT_OPTIONAL_LOCKS": "0", "LC_ALL": "C",
    "GIT_NO_REPLACE_OBJECTS": "1",
}  # fmt: skip
_FOREIGN = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES")
_CHUNK, _AT_ONCE = 1 << 16, 500
_SMALL_SECONDS, _STREAM_SECONDS = 60.0, 6 * 3600.0


@dataclass(frozen=True, slots=True)
class GitObject:
    """One object of the history: its id, type (blob, commit, tag), size in bytes, and one path of a blob."""

    oid: str
    type: str
    size: int
    path: str


@dataclass(frozen=True, slots=True)
class Change:
    """One path of one commit: the blobs before and after (all zeros where there is none)."""

    commit: str
    at: int
    parent: str
    path: str
    old: str
    new: str


class Repository:
    """A git repository on disk, work tree or bare. Raises BadInput where there is none, or no git."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._environment = {k: v for k, v in os.environ.items() if k not in _FOREIGN} | _ENVIRONMENT
        self.shallow = self._said("rev-parse", "--is-shallow-repository") == "true"
        head = self._said("rev-parse", "--quiet", "--verify", "HEAD", may_fail=True)
        self._refs = ("--all", "HEAD") if head else ("--all",)

    def objects(self) -> Iterator[GitObject | None]:
        """Every blob, commit and tag that a ref reaches, once each; None for one that is not here or broken."""
        with self._running("rev-list", "--objects", "--missing=print", *self._refs) as listing:
            form = "--batch-check=%(objectname) %(objecttype) %(objectsize) %(rest)"
            with self._running("cat-file", form, stdin=listing.stdout) as checking:
                for line in _stream(checking):
                    parts = line.decode("utf-8", "replace").rstrip("\n").split(" ", 3)
                    if parts[1] == "missing":
                        yield None
                    elif parts[1] != "tree":
                        yield GitObject(parts[0], parts[1], int(parts[2]), parts[3] if len(parts) > 3 else "")

    @contextmanager
    def reader(self) -> Iterator[BlobReader]:
        """One process that gives contents, asked for one at a time."""
        with self._running("cat-file", "--batch", stdin=subprocess.PIPE) as process:
            yield BlobReader(process)
            _input(process).close()

    def changes(self) -> Iterator[Change]:
        """Every change of every commit, parents before children; a merge is told against its first parent."""
        options = (
            *self._refs,
            "--topo-order",
            "--reverse",
            "--raw",
            "-r",
            "-z",
            "--no-abbrev",
            "--no-renames",
            "--root",
        )
        quiet = ("--no-show-signature", "--no-ext-diff", "--no-textconv", "--diff-merges=first-parent", "--no-color")
        with self._running("log", *options, *quiet, "--format=%x01%H %ct %P") as process:
            yield from _changes(_split(_stream_of(process)))

    def tips(self) -> list[str]:
        """The commits that refs and HEAD name now."""
        return self._said("rev-list", "--no-walk", *self._refs).split()

    def held_at(self, tips: list[str], paths: list[str]) -> Iterator[tuple[str, str, str]]:
        """(tip, path, blob) for each tip that has a path."""
        with self._running("cat-file", "--batch-check=%(objectname)", stdin=subprocess.PIPE) as process:
            for tip in tips:
                for path in paths:
                    if "\n" in path:
                        continue
                    answer = _ask(process, f"{tip}:{path}")
                    if not answer.endswith((" missing", " ambiguous")):
                        yield tip, path, answer
            _input(process).close()

    def when(self, commits: list[str]) -> dict[str, int]:
        """Commit times in Unix seconds."""
        found: dict[str, int] = {}
        for some in (commits[start : start + _AT_ONCE] for start in range(0, len(commits), _AT_ONCE)):
            said = self._said("log", "--no-walk=unsorted", "--no-show-signature", "--format=%H %ct", *some)
            found |= {oid: int(at) for oid, at in (line.split() for line in said.splitlines())}
        return found

    def _said(self, *arguments: str, may_fail: bool = False) -> str:
        try:
            done = subprocess.run(
                self._command(arguments),
                env=self._environment,
                capture_output=True,
                timeout=_SMALL_SECONDS,
                check=False,
            )
        except FileNotFoundError:
            raise BadInput("git is not installed") from None
        except subprocess.TimeoutExpired:
            raise Unavailable("git did not answer") from None
        if done.returncode and not may_fail:
            raise BadInput(f"{self._path}: not a git repository that can be read")
        return "" if done.returncode else done.stdout.decode("utf-8", "replace").strip()

    def _command(self, arguments: tuple[str, ...]) -> list[str]:
        return ["git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "-C", str(self._path), *arguments]

    @contextmanager
    def _running(self, *arguments: str, stdin: int | IO[bytes] | None = None) -> Iterator[subprocess.Popen[bytes]]:
        """A process that is gone at the end, whatever happens; Unavailable where it did not end well by itself."""
        process = subprocess.Popen(
            self._command(arguments), env=self._environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL if stdin is None else stdin,
        )  # fmt: skip
        watch = threading.Timer(_STREAM_SECONDS, process.kill)
        watch.start()
        try:
            yield process
            if process.wait(_SMALL_SECONDS):
                raise Unavailable(f"git {arguments[0]} ended with code {process.returncode}")
        finally:
            watch.cancel()
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe:
                    pipe.close()


class BlobReader:
    """Contents by object id."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def read(self, oid: str) -> bytes:
        """The content. Raises Unavailable where git does not give it."""
        header = _ask(self._process, oid).split(" ")
        if len(header) != 3:
            raise Unavailable("git lost an object that it had listed")
        content = _output(self._process).read(int(header[2]) + 1)
        return content[:-1]


def _ask(process: subprocess.Popen[bytes], question: str) -> str:
    pipe = _input(process)
    try:
        pipe.write(question.encode("utf-8", "surrogateescape") + b"\n")
        pipe.flush()
    except BrokenPipeError:
        raise Unavailable("git ended early") from None
    answer = _output(process).readline()
    if not answer:
        raise Unavailable("git ended early")
    return answer.decode("utf-8", "replace").rstrip("\n")


def _input(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdin
    return process.stdin


def _output(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stdout
    return process.stdout


def _stream(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    yield from _output(process)


def _stream_of(process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    while chunk := _output(process).read(_CHUNK):
        yield chunk


def _split(chunks: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for chunk in chunks:
        *whole, rest = (rest + chunk).split(b"\0")
        yield from whole
    if rest:
        yield rest


def _changes(tokens: Iterator[bytes]) -> Iterator[Change]:
    commit, at, parent = "", 0, ""
    for token in tokens:
        word = token.lstrip(b"\n")
        if word.startswith(b"\x01"):
            commit, moment, *parents = word[1:].decode("ascii").split()
            at, parent = int(moment), parents[0] if parents else ""
        elif word.startswith(b":"):
            _, _, old, new, _ = word.decode("ascii").split(" ")
            path = next(tokens).decode("utf-8", "surrogateescape")
            yield Change(commit, at, parent, path, old, new)
