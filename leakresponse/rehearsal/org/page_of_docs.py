"""The table of addresses in `docs/simulated-org.md`, written from the routes: `make docs`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from leakresponse.rehearsal.org.app import API, UNVERSIONED

BEGIN, END = "<!-- addresses: written by make docs -->", "<!-- end of addresses -->"


def table() -> str:
    """The table: address, API family, what it answers, what it refuses and how."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "| address | family | answers | refuses |"
    yield "|---|---|---|---|"
    for one in UNVERSIONED:
        yield f"| `{one.path}` | | {one.answers} | {one.refuses} |"
    for route in API:
        yield f"| `{route.path or '(root)'}` | {route.family} | {route.answers} | {route.refuses} |"


def renewed(page: str) -> str:
    """The page with the table of today. Raises ValueError where the page lacks the marks around it."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("the page lacks the marks around its table of addresses")
    return f"{before}{BEGIN}\n{table()}\n{END}{after}"


def main(page: Path) -> None:
    """Write the table into the page."""
    page.write_text(renewed(page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "docs/simulated-org.md"))
