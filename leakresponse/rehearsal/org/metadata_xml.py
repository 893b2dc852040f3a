"""The XML of metadata files: read without document types, written as Salesforce writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from leakresponse.rehearsal.org.xml_reading import document

NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
Element = ElementTree.Element


def parsed(content: bytes) -> Element | None:
    """The XML without namespaces; None where it is none, or has a document type."""
    try:
        return bare(document(content))
    except ValueError:
        return None


def bare(root: Element) -> Element:
    """The same tree with local names only."""
    for one in root.iter():
        one.tag = one.tag.rpartition("}")[2]
    return root


def said(root: Element, path: str) -> str | None:
    """The text at a path such as `oauthConfig/certificate`; None where there is no such element."""
    found = root.find(path)
    return None if found is None else (found.text or "").strip()


def texts(root: Element, name: str) -> list[str]:
    """The texts of all children of a name, empty ones left out."""
    return [text for one in root.findall(name) if (text := (one.text or "").strip())]


def truth(text: str | None) -> bool:
    """`true` in any case."""
    return (text or "").lower() == "true"


def tree(tag: str, parts: Iterable[tuple[str, object]]) -> Element:
    """An element of texts, flags, and nested elements; None leaves a part out."""
    root = Element(tag)
    for name, value in parts:
        if isinstance(value, Element):
            value.tag = name
            root.append(value)
        elif value is not None:
            one = ElementTree.SubElement(root, name)
            one.text = str(value).lower() if isinstance(value, bool) else str(value)
    return root


def overlaid(root: Element, fresh: Iterable[Element], replaced: Iterable[str]) -> Element:
    """A copy of a component in which the children of some names are those of now; children stand in order of name."""
    gone = set(replaced)
    made = Element(root.tag)
    made.extend([one for one in root if one.tag not in gone])
    made.extend(fresh)
    made[:] = sorted(made, key=lambda one: one.tag)
    return made


def merged(before: Element, root: Element) -> Element:
    """A component with another on top: named children replace those of their name, others those of their tag."""
    new = {(one.tag, said(one, "fullName")) for one in root}
    tags = {tag for tag, name in new if name is None}
    made = Element(root.tag)
    made.extend([one for one in before if one.tag not in tags and (one.tag, said(one, "fullName")) not in new])
    made.extend(root)
    return made


def written(root: Element) -> bytes:
    """A file as Salesforce returns it."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<{root.tag} xmlns="{NAMESPACE}">']
    for one in root:
        lines.extend(_lines(one, 1))
    return "\n".join([*lines, f"</{root.tag}>", ""]).encode()


def inside(root: Element) -> str:
    """The children alone, for a SOAP answer."""
    return "".join(_flat(one) for one in root)


def _flat(one: Element) -> str:
    if not len(one):
        return f"<{one.tag}>{escape(one.text or '')}</{one.tag}>"
    return f"<{one.tag}>{''.join(_flat(child) for child in one)}</{one.tag}>"


def _lines(one: Element, depth: int) -> Iterator[str]:
    pad = "    " * depth
    if not len(one):
        text = escape(one.text or "")
        yield f"{pad}<{one.tag}>{text}</{one.tag}>" if text else f"{pad}<{one.tag}/>"
        return
    yield f"{pad}<{one.tag}>"
    for child in one:
        yield from _lines(child, depth + 1)
    yield f"{pad}</{one.tag}>"
