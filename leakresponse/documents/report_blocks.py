"""The report as a page of plain blocks: what is said, in which order, before any of it is HTML or PDF.

Both forms of the report are printed from the same blocks, so that neither can say what the other does not.
Texts are texts: nothing in them is markup, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from leakresponse.documents.charts import Chart

Tone = Literal["", "ok", "warn", "bad", "muted"]
Form = Literal["text", "strong", "code", "tag", "br"]


@dataclass(frozen=True, slots=True)
class Span:
    """A run of text. `link` opens a page of law; `full` is the whole of a hash of which `text` is the beginning."""

    text: str
    form: Form = "text"
    tone: Tone = ""
    link: str = ""
    full: str = ""


Cell = tuple[Span, ...]
Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """`number` stands right; `share` is the part of the width on paper, 0 for no more than the words need."""

    name: str
    share: float = 1
    number: bool = False
    narrow: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under named columns; `head` is the column that names the row, -1 for none.

    `summary` names a table that may be folded on a screen, `open` says whether it begins unfolded; paper shows all.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    note: str = ""
    foot: Row = ()
    head: int = 0
    summary: str = ""
    open: bool = True

    @property
    def is_small(self) -> bool:
        """A name and a few figures: over the whole width the eye would lose the line."""
        return sum(column.share > 0 for column in self.columns) == 1 and len(self.columns) <= 4


@dataclass(frozen=True, slots=True)
class Paragraph:
    spans: Cell
    tone: Tone = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside a section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """`ordered` for steps."""

    items: tuple[Cell, ...]
    ordered: bool = False
    summary: str = ""


@dataclass(frozen=True, slots=True)
class Picture:
    chart: Chart
    caption: str


@dataclass(frozen=True, slots=True)
class Banner:
    tone: Tone
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two tables that stand side by side where there is room."""

    left: Table
    right: Table


Block = Table | Paragraph | Heading | Bullets | Picture | Banner | Pair


@dataclass(frozen=True, slots=True)
class Section:
    key: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole report. `figures` are the few numbers at the top: the figure, then what it counts."""

    title: str
    over: str
    heading: str
    author: str
    meta: tuple[tuple[str, str], ...]
    banners: tuple[Banner, ...]
    figures: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]
    footer: str


def text(*words: str) -> Cell:
    """A cell of plain words."""
    return tuple(Span(word) for word in words)


def code(word: str) -> Cell:
    """An id, a name of a machine or a command; nothing for an empty one."""
    return (Span(word, "code"),) if word else text("–")


def digest(sha256: str) -> Cell:
    """A hash by its beginning; the whole of it stays at hand."""
    return (Span(f"{sha256[:16]}…", "code", full=sha256),) if sha256 else text("–")


def tag(word: str, tone: Tone) -> Span:
    """One word with a border, for an outcome; the word and not the colour carries the meaning."""
    return Span(word, "tag", tone)


def said(good: bool, yes: str, no: str) -> Cell:
    """One of two outcomes as a tag."""
    return (tag(yes, "ok") if good else tag(no, "bad"),)


def muted(words: str) -> Paragraph:
    """A line that says that there is nothing to say."""
    return Paragraph(text(words), "muted")


def plain(words: str) -> Paragraph:
    return Paragraph(text(words))


def columns(*names: str | Column) -> tuple[Column, ...]:
    """Columns; a bare name is an ordinary one."""
    return tuple(Column(name) if isinstance(name, str) else name for name in names)


def number(name: str) -> Column:
    """A column of figures."""
    return Column(name, share=0, number=True)


def narrow(name: str) -> Column:
    """A column of dates, codes or tags, kept on one line."""
    return Column(name, share=0, narrow=True)


def join(cells: Sequence[Cell], between: Cell) -> Cell:
    """Cells in one cell."""
    out: list[Span] = []
    for place, cell in enumerate(cells):
        out.extend((*between, *cell) if place else cell)
    return tuple(out)
