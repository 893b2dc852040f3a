"""What a machine can check of PDF/UA-1 (ISO 14289-1) and PDF/A-2a, read back from the bytes by another library."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject


def read(pdf: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(pdf))


def text_of(pdf: bytes) -> str:
    """All text, page after page, with the white space as the reader library finds it."""
    return "\n".join(page.extract_text() for page in read(pdf).pages)


def problems(pdf: bytes) -> list[str]:
    """What is missing for a reader's aid, in words; nothing for a document that is fit."""
    reader = read(pdf)
    return [*_document(reader), *_structure(reader), *_pages(reader)]


def elements(reader: PdfReader) -> Iterator[DictionaryObject]:
    """Every element of the structure tree, parents first."""
    root: Any = reader.trailer["/Root"].get("/StructTreeRoot")
    waiting: list[Any] = [root.get_object()] if root is not None else []
    while waiting:
        node = waiting.pop(0)
        if "/S" in node:
            yield node
        waiting = [*_kids(node), *waiting]


def _kids(node: Any) -> list[Any]:
    kids = node.get("/K", [])
    kids = kids.get_object() if hasattr(kids, "get_object") else kids
    found = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids]) if hasattr(kid, "get_object")]
    return [kid for kid in found if isinstance(kid, dict) and kid.get("/Type") not in ("/MCR", "/OBJR")]


def _document(reader: PdfReader) -> Iterator[str]:
    root: Any = reader.trailer["/Root"]
    if "/StructTreeRoot" not in root:
        yield "no structure tree"
    if not root.get("/MarkInfo", {}).get("/Marked"):
        yield "not marked as tagged"
    if not root.get("/Lang"):
        yield "no language"
    if not (reader.metadata and reader.metadata.title and reader.metadata.author):
        yield "no title or no author"
    if not root.get("/ViewerPreferences", {}).get("/DisplayDocTitle"):
        yield "the file name is shown in place of the title"
    metadata = root["/Metadata"].get_data().decode() if "/Metadata" in root else ""
    for mark in ("<pdfuaid:part>1<", "<pdfaid:part>2<", "<pdfaid:conformance>A<", "<dc:title>"):
        if mark not in metadata:
            yield f"the metadata lack {mark}"


def _structure(reader: PdfReader) -> Iterator[str]:
    kinds = []
    for node in elements(reader):
        kind = str(node["/S"]).lstrip("/")
        kinds.append(kind)
        if kind == "Figure" and not str(node.get("/Alt", "")).strip():
            yield "a figure without a text alternative"
        if kind == "Table":
            yield from _table(node)
    levels = [int(kind[1]) for kind in kinds if re.fullmatch(r"H[1-6]", kind)]
    if not levels or levels[0] != 1 or any(b - a > 1 for a, b in pairwise(levels)):
        yield f"headings skip a level: {levels}"


def _table(table: Any) -> Iterator[str]:
    inside = _kids(table)
    parts = [str(kid["/S"]) for kid in inside]
    if parts.count("/THead") != 1 or parts[0] != "/Caption":
        yield f"a table without a head or a caption: {parts}"
    rows = [row for part in inside if part["/S"] in ("/THead", "/TBody", "/TFoot") for row in _kids(part)]
    heads = [cell for cell in _kids(rows[0]) if cell["/S"] == "/TH"] if rows else []
    if not heads or len({len(_kids(row)) for row in rows}) != 1:
        yield "a table without header cells, or with rows of unlike length"
    scoped = [attribute.get_object().get("/Scope") for cell in heads for attribute in cell.get("/A", [])]
    if scoped.count("/Column") != len(heads):
        yield "header cells without a scope"


def _pages(reader: PdfReader) -> Iterator[str]:
    for page in reader.pages:
        if page.get("/Tabs") != "/S" and page.get("/Annots"):
            yield f"page {page.page_number}: no tab order"
        for note in page.get("/Annots", []):
            if "/StructParent" not in note.get_object() or not note.get_object().get("/Contents"):
                yield f"page {page.page_number}: a link without words or outside the structure"
        for font in _fonts(page.get("/Resources", {})):
            if not _is_embedded(font):
                yield f"page {page.page_number}: {font.get('/BaseFont')} is not in the file"


def _fonts(resources: Any) -> Iterator[Any]:
    """Fonts of a page and of the drawings on it."""
    held = resources.get_object()
    yield from (font.get_object() for font in _entries(held, "/Font"))
    for drawn in _entries(held, "/XObject"):
        if "/Resources" in drawn.get_object():
            yield from _fonts(drawn.get_object()["/Resources"])


def _entries(resources: Any, name: str) -> list[Any]:
    return list(resources[name].get_object().values()) if name in resources else []


def _is_embedded(font: Any) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True
    held = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
    described = held["/FontDescriptor"].get_object() if "/FontDescriptor" in held else {}
    return any(name in described for name in ("/FontFile", "/FontFile2", "/FontFile3")) and "/ToUnicode" in font
