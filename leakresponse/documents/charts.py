"""Charts of the report: inline SVG, drawn by matplotlib, coloured by the page so that dark and light both fit.

matplotlib takes a second to import and would write a font list into the home: both are put off until a chart is drawn,
and its folder is one of our own that goes with the process. Colours are drawn as marks and become CSS variables.
"""

from __future__ import annotations

import atexit
import io
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Colours that stand for variables of the page; no chart uses them for anything else.
INK, MUTED, RULE, ACCENT, ON_ACCENT, PANEL, BAD = (f"#0a0b{n:02x}" for n in range(1, 8))
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    ACCENT: "var(--accent)",
    ON_ACCENT: "var(--on-accent)",
    PANEL: "var(--panel)",
    BAD: "var(--bad)",
}
#: The same on paper; the values of the style sheet's print colours.
_PAPER = {
    INK: "#000000",
    MUTED: "#444444",
    RULE: "#bbbbbb",
    ACCENT: "#22588f",
    ON_ACCENT: "#ffffff",
    PANEL: "#ffffff",
    BAD: "#a0201b",
}

#: Where each jurisdiction stands on a tile map: row and column from the top left. The form is common in newsrooms:
#: every place is one tile, because people count and acres do not.
TILES: dict[str, tuple[int, int]] = {
    "AK": (0, 0), "ME": (0, 11), "VT": (1, 10), "NH": (1, 11), "WA": (2, 1), "ID": (2, 2), "MT": (2, 3), "ND": (2, 4),
    "MN": (2, 5), "IL": (2, 6), "WI": (1, 6), "MI": (2, 7), "NY": (2, 9), "RI": (3, 11), "MA": (2, 10), "OR": (3, 1),
    "NV": (3, 2), "WY": (3, 3), "SD": (3, 4), "IA": (3, 5), "IN": (3, 6), "OH": (3, 7), "PA": (3, 8), "NJ": (3, 9),
    "CT": (3, 10), "CA": (4, 1), "UT": (4, 2), "CO": (4, 3), "NE": (4, 4), "MO": (4, 5), "KY": (4, 6), "WV": (4, 7),
    "VA": (4, 8), "MD": (4, 9), "DE": (4, 10), "AZ": (5, 2), "NM": (5, 3), "KS": (5, 4), "AR": (5, 5), "TN": (5, 6),
    "NC": (5, 7), "SC": (5, 8), "DC": (5, 9), "OK": (6, 4), "LA": (6, 5), "MS": (6, 6), "AL": (6, 7), "GA": (6, 8),
    "HI": (7, 0), "TX": (7, 4), "FL": (7, 9), "PR": (7, 11), "VI": (6, 11), "GU": (6, 0),
}  # fmt: skip

_SHADES = (0.14, 0.3, 0.48, 0.8, 1.0)
#: From here on the tile is strong enough that its words stand in the colour for the accent.
STRONG = 0.6


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawn chart: its name, what it shows, the same in words, and an SVG whose colours are still marks."""

    name: str
    title: str
    description: str
    svg: str

    @property
    def inline(self) -> str:
        """For a page: a text alternative inside, the page's own colours and font."""
        head = f'role="img" aria-labelledby="{self.name}-title {self.name}-desc">'
        words = f'<title id="{self.name}-title">{escape(self.title)}</title>'
        words += f'<desc id="{self.name}-desc">{escape(self.description)}</desc>'
        return _coloured(self.svg, _VARIABLES).replace(">", f" {head}{words}", 1)

    @property
    def paper(self) -> str:
        """For a PDF: colours for white paper; the text alternative goes with the picture and not inside it."""
        return _coloured(self.svg, _PAPER)

    @property
    def alt(self) -> str:
        return f"{self.title}. {self.description}"


@dataclass(frozen=True, slots=True)
class Due:
    """One deadline on the clock chart. `days` from today, negative where it is past."""

    label: str
    days: int
    kind: str


def people_map(shown: Mapping[str, str], counts: Mapping[str, int], withheld: frozenset[str]) -> Chart:
    """A tile per jurisdiction, stronger in colour with more people; withheld ones all in the weakest grade."""
    figure, axes = _figure(7.2, 4.9, filled=True)
    graded = [n for code, n in counts.items() if n > 0 and code not in withheld]
    limits = _limits(graded)
    for code, (row, column) in TILES.items():
        shade = _shade(counts.get(code, 0), limits) if code not in withheld else 0.14
        _tile(axes, code, shown.get(code, "0"), (row, column), shade, code in withheld)
    axes.set_xlim(-0.05, 12.05)
    axes.set_ylim(8.05, -0.05)
    axes.set_aspect("equal")
    axes.axis("off")
    top = sorted((n, c) for c, n in counts.items() if c not in withheld and n)[-5:]
    text = "Most people: " + ", ".join(f"{c} {n:,}" for n, c in reversed(top)) if top else "No people are placed"
    return _chart(figure, "map", "People by jurisdiction, one tile each", f"{text}. The table gives every figure.")


def element_bars(rows: Sequence[tuple[str, int, str]]) -> Chart:
    """One bar per data element: its words, its count, the count as it may be shown."""
    figure, axes = _figure(7.2, 0.5 + 0.32 * len(rows))
    names = [name for name, _, _ in rows]
    widths = [count for _, count, _ in rows]
    places = list(range(len(rows)))
    axes.barh(places, widths, color=ACCENT, height=0.62)
    most = max([*widths, 1])
    for place, (_, count, label) in zip(places, rows, strict=True):
        axes.text(count + most * 0.012, place, label, va="center", ha="left", color=INK, fontsize=9)
    axes.set_yticks(places, names)
    axes.set_xlim(0, most * 1.14)
    axes.invert_yaxis()
    _quiet(axes)
    axes.set_xticks([])
    text = "; ".join(f"{name} {label}" for name, _, label in rows[:6])
    return _chart(figure, "elements", "People by data element", f"{text}. The table gives every figure.")


def clock_chart(rows: Sequence[Due]) -> Chart:
    """Deadlines by days left; the mark's form says which kind of clock it is, so colour is not needed to read it."""
    forms = {"statutory": "o", "contractual": "s", "internal": "D", "advisory": "^"}
    figure, axes = _figure(7.2, 0.9 + 0.3 * len(rows))
    for place, due in enumerate(rows):
        colour = BAD if due.days < 0 else ACCENT
        axes.plot([0, due.days], [place, place], color=RULE, linewidth=2, zorder=1)
        hollow = "none" if due.kind == "internal" else colour
        axes.plot(due.days, place, forms.get(due.kind, "o"), color=colour, markerfacecolor=hollow, markersize=7)
        axes.annotate(
            _days(due.days), (max(due.days, 0), place), (9, 0), textcoords="offset points",
            va="center", ha="left", color=INK, fontsize=9,
        )  # fmt: skip
    axes.axvline(0, color=INK, linewidth=1)
    axes.set_yticks(range(len(rows)), [due.label for due in rows])
    days = [due.days for due in rows]
    first, last = min(0, *days), max(5, *days)
    axes.set_xlim(first - 0.03 * (last - first), last + 0.17 * (last - first))
    axes.invert_yaxis()
    axes.set_xlabel("days from the day of this report", color=MUTED, fontsize=9)
    _quiet(axes)
    text = "; ".join(f"{due.label}: {_days(due.days)} ({due.kind})" for due in rows)
    return _chart(figure, "clocks", "Deadlines by days left", text)


def _days(days: int) -> str:
    words = f"{abs(days)} day{'s' if abs(days) != 1 else ''}"
    return f"{words} over" if days < 0 else words if days else "today"


def _limits(values: Sequence[int]) -> list[float]:
    """Grades by equal shares of the places, so that one large state does not wash out the rest."""
    ranked = sorted(values)
    return [float(ranked[min(len(ranked) - 1, len(ranked) * k // len(_SHADES))]) for k in range(1, 5)] if ranked else []


def _shade(count: int, limits: Sequence[float]) -> float:
    if count <= 0 or not limits:
        return 0.0
    return _SHADES[sum(count > limit for limit in limits)]


def _tile(axes: Axes, code: str, label: str, at: tuple[int, int], shade: float, hidden: bool) -> None:
    from matplotlib.patches import Rectangle

    row, column = at
    axes.add_patch(Rectangle((column + 0.04, row + 0.04), 0.92, 0.92, facecolor=PANEL, edgecolor=RULE, linewidth=0.8))
    if shade:
        axes.add_patch(Rectangle((column + 0.04, row + 0.04), 0.92, 0.92, facecolor=ACCENT, alpha=shade, linewidth=0))
    strong = shade > STRONG and not hidden
    colour = ON_ACCENT if strong else INK
    axes.text(column + 0.5, row + 0.38, code, ha="center", va="center", color=colour, fontsize=9.5, weight="bold")
    axes.text(column + 0.5, row + 0.7, label, ha="center", va="center", color=colour, fontsize=7)


def _figure(width: float, height: float, *, filled: bool = False) -> tuple[Figure, Axes]:
    """A clear figure in inches; `filled` gives the axes all of it, else labels get the room they need."""
    _prepare()
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout=None if filled else "constrained")
    figure.patch.set_alpha(0)
    axes = figure.add_axes((0, 0, 1, 1)) if filled else figure.add_subplot()
    axes.patch.set_alpha(0)
    return figure, axes


def _quiet(axes: Axes) -> None:
    for side in ("top", "right", "bottom", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(length=0, colors=INK, labelsize=9)


@cache
def _prepare() -> None:
    """Give matplotlib a folder that is ours and short-lived, before it is first imported."""
    if "MPLCONFIGDIR" not in os.environ:
        folder = tempfile.mkdtemp(prefix="leak-response-charts-")
        os.environ["MPLCONFIGDIR"] = folder
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
    import matplotlib

    matplotlib.use("Agg")


def _chart(figure: Figure, name: str, title: str, description: str) -> Chart:
    """The figure as an SVG without a document around it, with ids of its own."""
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    out = io.StringIO()
    canvas: Any = FigureCanvasSVG(figure)
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": name, "font.family": "sans-serif"}):
        canvas.print_svg(out, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    svg = out.getvalue()
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<metadata>.*?</metadata>|<style type=\"text/css\">.*?</style>|<!--.*?-->", "", svg, flags=re.S)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(#|href="#)', rf"\1{name}-", svg)
    head = re.search(r"<svg[^>]*>", svg)
    assert head is not None
    box = re.search(r'viewBox="[^"]*"', head.group())
    opened = '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return Chart(name, title, description, f"{opened} {box.group() if box else ''}>{svg[head.end() :]}")


def _coloured(svg: str, colours: Mapping[str, str]) -> str:
    for mark, colour in colours.items():
        svg = svg.replace(mark, colour)
    return svg
