"""Whose data and which data: bounds, objects, elements, people by jurisdiction."""

from __future__ import annotations

from collections.abc import Iterator

from leakresponse.documents.facts import ReportFacts, Scope
from leakresponse.documents.report_blocks import (
    Banner,
    Block,
    Bullets,
    Column,
    Pair,
    Paragraph,
    Picture,
    Row,
    Section,
    Span,
    Table,
    columns,
    muted,
    narrow,
    number,
    text,
)
from leakresponse.documents.report_view import PlaceRow, View
from leakresponse.documents.report_words import many


def scope(facts: ReportFacts, view: View) -> Section:
    return Section("scope", "Scope: whose data, which data", tuple(_scope(facts.scope, view)))


def _scope(found: Scope, view: View) -> Iterator[Block]:
    if found.bounded:
        reason = found.bound_reason or "The logs do not give the exact set"
        reason = f"{reason[0].upper()}{reason[1:].rstrip('.')}. The table gives the low and the high figure."
        yield Banner("warn", "These are bounds", reason)
    yield _bounds(found)
    if found.objects and found.elements:
        yield Pair(_objects(found), _elements(view))
    elif found.objects:
        yield _objects(found)
    elif found.elements:
        yield _elements(view)
    else:
        yield muted("No object and no data element is known to be exposed.")
    if chart := view.element_chart:
        yield Picture(chart, "People by data element. Figures as in the table.")
    fields = tuple(
        (Span(item.name, "strong"), Span(f": {', '.join(item.fields)}")) for item in found.objects if item.fields
    )
    if fields:
        yield Bullets(fields, summary="Fields read, by object")
    yield from _decisions(found, view)


def _decisions(found: Scope, view: View) -> Iterator[Block]:
    """What was decided about fields and numbers, and what a person still has to say."""
    for title, lines in (
        ("Fields whose class a person decided", found.fields_decided),
        ("Fields that the org calls sensitive and that count as no element: a person decides", found.fields_open),
        ("Fields that count as no element, and why", found.fields_noted),
        (f"Sensitive personal information in California ({found.sensitive_by}), beside breach law", found.sensitive),
    ):
        if lines:
            items = tuple((Span(line.field, "strong"), Span(f": {line.says}")) for line in lines)
            yield Bullets(items, summary=title)
    if found.numbers:
        words = ((name, _NUMBERS[name]) for name in _NUMBERS if found.numbers.get(name))
        items = tuple((Span(f"{view.count(found.numbers[name])} ", "strong"), Span(said)) for name, said in words)
        yield Bullets(items, summary="Numbers that look like payment cards or Social Security numbers")


_NUMBERS = {
    "card": "payment card numbers of a known issuer with a right check digit",
    "test": "numbers that gateways publish for tests: nobody's",
    "bad_check_digit": "numbers of a known issuer whose check digit is wrong: no card",
    "no_issuer": "numbers of no card issuer: no card",
    "other_label": "numbers named an order, a parcel or the like: no card",
    "no_number": "card number fields that hold no card number",
    "ssn_refused": "Social Security number fields that hold no number that is issued",
}


def _bounds(found: Scope) -> Table:
    rows = tuple(
        (text(name), text(f"{whole - possible:,}"), text(f"{possible:,}"), text(f"{whole:,}"))
        for name, whole, possible in (
            ("Records", found.records, found.records_possible),
            ("People", found.people, found.people_possible),
        )
    )
    heads = columns("What", number("Low: certain"), number("Only possible"), number("High: all"))
    note = "Certain: the logs prove the read. Possible: the logs do not rule it out. Notices count the high figure."
    return Table("How much, with bounds", heads, rows, note)


def _objects(found: Scope) -> Table:
    rows = tuple(
        (text(o.name), text(f"{o.records:,}"), text(f"{o.possible:,}"), text(", ".join(o.channels) or "–"))
        for o in found.objects
    )
    total, possible = sum(o.records for o in found.objects), sum(o.possible for o in found.objects)
    foot: Row = (text("All objects"), text(f"{total:,}"), text(f"{possible:,}"), text(""))
    heads = columns("Object", number("Certain"), number("Possible"), "Channel")
    return Table("Records by object", heads, rows, foot=foot)


def _elements(view: View) -> Table:
    rows = tuple((text(name), text(label)) for name, label in view.element_rows)
    note = "One person counts under each element that was exposed."
    return Table("People by data element", columns("Element", number("People")), rows, note)


def places(facts: ReportFacts, view: View) -> Section:
    return Section("places", "People by jurisdiction", tuple(_places(facts.scope, view)))


def _places(found: Scope, view: View) -> Iterator[Block]:
    yield Paragraph(_sum(found, view))
    note = "One tile for each jurisdiction, stronger in colour with more people; k is thousands, M millions."
    if view.below:
        note += f" Counts below {view.below} are withheld; “–” is withheld so that those cannot be worked out."
    yield Picture(view.map_chart, note)
    rows = tuple(_place(row) for row in (*view.place_rows, *view.other_rows))
    foot: Row = (text("All people"), text(""), text(""), text(f"{found.people:,}"), text(""), text(""))
    heads = columns(
        Column("Jurisdiction", 2), narrow("Code"), number("Low"), number("Likely"), number("High"), number("Share")
    )
    yield Table("People by jurisdiction of residence", heads, rows, _BOUNDS, foot=foot)
    if between := tuple(_between(found, view)):
        yield Paragraph((Span("Numbers of the law between low and high. What is open decides whether they are met:"),))
        yield Bullets(between)


_BOUNDS = (
    "Likely: residency resolved to this place. Low: read for certain, and this place is the only candidate. High: with "
    "the people placed elsewhere, or nowhere, for whom this place is a candidate (the clocks run for them as well), "
    "and with those whom the logs allow and do not name. A bound so near that it would give away a small count is "
    "rounded outward and has < or > before it."
)


def _between(found: Scope, view: View) -> Iterator[tuple[Span, ...]]:
    """A place whose counts are withheld is left out: a number beside it would narrow them down."""
    open_ones = {place.code: place.open_thresholds for place in found.places if place.open_thresholds}
    for row in view.place_rows:
        if row.code in open_ones and row.low != "–":
            numbers = " and ".join(f"{one:,}" for one in open_ones[row.code])
            yield Span(row.name, "strong"), Span(f": {numbers}, with {row.low} to {row.high} residents")


def _place(row: PlaceRow) -> Row:
    return (text(row.name), text(row.code), text(row.low), text(row.people), text(row.high), text(row.share))


def _sum(found: Scope, view: View) -> tuple[Span, ...]:
    """The people as a sum that a reader can check, and those who need a second look."""
    foreign, military, unplaced = (row.people for row in view.other_rows)
    words = f"{many(found.people, 'person', 'people')} = {view.placed_words} in a jurisdiction + {foreign} abroad"
    words += f" + {military} military + {unplaced} not placed."
    spans = [Span(words)]
    if not view.scope_adds_up:
        spans.append(Span(" These figures do not add up.", "strong", "bad"))
    if found.minors:
        spans.append(Span(f" Minors among them: {view.count(found.minors)}."))
    if found.under_review:
        spans.append(Span(f" People whose residency a person must look at: {view.count(found.under_review)}."))
    return tuple(spans)
