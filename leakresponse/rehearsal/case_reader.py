"""A finished case as the scoring reads it: through an opener it is given, since what is encrypted needs a key."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import pandas as pd


@dataclass(frozen=True, slots=True)
class CaseReader:
    """A case folder; `open` gives the content of a file by its name below the folder."""

    folder: Path
    open: Callable[[str], IO[bytes]]

    def frame(self, name: str, columns: Sequence[str] | None = None) -> pd.DataFrame:
        """A table of the case, or some of its columns."""
        with self.open(name) as file:
            return pd.read_parquet(file, columns=None if columns is None else list(columns))

    def document(self, name: str) -> Any:
        """A JSON document of the case that may hold persons."""
        with self.open(name) as file:
            return json.load(file)

    def counts(self, name: str) -> Any:
        """A JSON document of ids and counts alone, which is never encrypted."""
        return json.loads((self.folder / name).read_text(encoding="utf-8"))

    def evidence(self) -> Iterator[bytes]:
        """The content of each piece of evidence."""
        for path in sorted((self.folder / "evidence").glob("*")):
            with self.open(f"evidence/{path.name}") as file:
                yield file.read()
