"""The files of one case below its folder: written whole or not at all, encrypted at rest or plain."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from leakresponse.core.errors import BadInput
from leakresponse.ledger.evidence import Codec, EvidenceStore, Plain
from leakresponse.ledger.whole_files import fresh_file, sync_folder


class CaseFiles:
    """The files of one case (or archive) below a folder, encrypted at rest or plain.

    `elsewhere` opens the store of evidence that lies in a bucket; it is called once, when evidence is first wanted.
    """

    def __init__(
        self, folder: Path, codec: Codec | None = None, elsewhere: Callable[[], EvidenceStore] | None = None
    ) -> None:
        self.folder = folder
        self._codec = codec or Plain()
        self._elsewhere = elsewhere
        self._store: EvidenceStore | None = None

    @property
    def codec(self) -> Codec:
        """What stands between these files and the disk."""
        return self._codec

    @property
    def evidence(self) -> EvidenceStore:
        """The evidence of the same case, kept the same way."""
        if self._store is None:
            self._store = self._elsewhere() if self._elsewhere else EvidenceStore(self.folder, self._codec)
        return self._store

    def write(self, name: str, content: bytes | Iterable[bytes]) -> Path:
        """Write a file below the folder, readable by its owner alone; readers see old or new, never half."""
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        chunks = [content] if isinstance(content, bytes) else content
        with fresh_file(path, self._codec.encode(chunks)) as fresh:
            fresh.replace(path)
            sync_folder(path.parent)
        return path

    def open(self, name: str) -> IO[bytes]:
        """A file, to be read and sought in; BadInput where it is not there."""
        try:
            return self._codec.decode(self.path(name).open("rb"))
        except FileNotFoundError as error:
            raise BadInput(f"case files: {name} is not there") from error

    def read(self, name: str) -> bytes:
        """The whole of a small file."""
        with self.open(name) as file:
            return file.read()

    def exists(self, name: str) -> bool:
        """Whether the file is there, readable or not."""
        return self.path(name).is_file()

    def names(self, below: str, pattern: str) -> list[str]:
        """The names of files in one folder of the case, sorted."""
        found = (path for path in (self.folder / below).glob(pattern) if not path.name.startswith("."))
        return [path.relative_to(self.folder).as_posix() for path in sorted(found)]

    def path(self, name: str) -> Path:
        """Where a name lies; BadInput where it would lead out of the folder."""
        parts = Path(name).parts
        if not parts or Path(name).is_absolute() or ".." in parts:
            raise BadInput("case files: a name leads out of the folder")
        return self.folder.joinpath(*parts)
