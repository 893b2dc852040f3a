"""From facts to what the template prints: rows of words, with small counts already withheld.

The template decides nothing and counts nothing; everything that a reader could add up is added up here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leakresponse.core.vocabulary import FOREIGN_PREFIX, MILITARY_PREFIX, UNKNOWN
from leakresponse.documents import charts
from leakresponse.documents.facts import Duty, NoticeCount, PlaceScope, ReportFacts
from leakresponse.documents.report_words import KIND_WORDS, day, many
from leakresponse.documents.suppression import shown, withheld
from leakresponse.documents.wording import ELEMENTS, place_name

OUTCOMES = ("sent", "queued", "held", "undeliverable", "unknown", "quarantined")
_CLOCKS = 14
_ELEMENTS = 14
#: A number that counts people, in a sentence.
_COUNT = re.compile(r"\b\d[\d,]*(?= (?:\w+ ){0,2}(?:residents?|people|persons?|individuals?|minors?|consumers?)\b)")


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """People of one place as the table prints them: surely there, placed there, there at the most."""

    code: str
    name: str
    low: str
    people: str
    high: str
    share: str


@dataclass(frozen=True, slots=True)
class DutyRow:
    """One duty as the table prints it. `late` where its day is past, `left` in words, reasons without small counts."""

    duty: Duty
    where: str
    people: str
    because: str
    question: str
    due: str
    left: str
    late: bool
    link: str


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """Notices of one place and entity: due first, then the outcomes in order."""

    where: str
    entity: str
    cells: tuple[str, ...]
    adds_up: bool


class View:
    """Everything the template asks for, computed once."""

    def __init__(self, facts: ReportFacts) -> None:
        self.facts = facts
        self.below = facts.suppress_below
        self._hidden_places = self._withheld_places()
        self._hidden_duties = self._withheld_duties()

    def _withheld_places(self) -> frozenset[str]:
        scope = self.facts.scope
        codes = [*(p.code for p in scope.places), "foreign", "military", "unplaced"]
        counts = [*(p.people for p in scope.places), scope.foreign, scope.military, scope.unplaced]
        cells = withheld([[n] for n in counts], self.below)
        return frozenset(codes[row] for row, _ in cells)

    def count(self, number: int, code: str = "") -> str:
        """A count of people of one place (or of no place in particular), withheld where it must be."""
        return shown(number, self.below, hidden=number > 0 and self._is_hidden(code))

    def _is_hidden(self, code: str) -> bool:
        """Whether the table of people withholds this place, or the line that it is counted under."""
        if code.startswith(FOREIGN_PREFIX):
            code = "foreign"
        elif code.startswith(MILITARY_PREFIX):
            code = "military"
        return ("unplaced" if code == UNKNOWN else code) in self._hidden_places

    @property
    def placed(self) -> int:
        return sum(p.people for p in self.facts.scope.places)

    @property
    def placed_words(self) -> str:
        """People in any jurisdiction; withheld where a kind without one is, for the two would give that kind away."""
        hidden = {"foreign", "military", "unplaced"} & self._hidden_places
        return "withheld" if hidden else f"{self.placed:,}"

    def masked(self, words: str) -> str:
        """A sentence with its small counts of people withheld."""
        return _COUNT.sub(lambda found: shown(int(found.group().replace(",", "")), self.below), words)

    @property
    def scope_adds_up(self) -> bool:
        scope = self.facts.scope
        return scope.people == self.placed + scope.foreign + scope.military + scope.unplaced

    @property
    def place_rows(self) -> list[PlaceRow]:
        """Places by number of people; withheld ones last and by name, so that their order says nothing."""
        scope, hidden = self.facts.scope, self._hidden_places
        places = sorted(scope.places, key=lambda p: (p.code in hidden, 0 if p.code in hidden else -p.people, p.code))
        return [self._place(p) for p in places]

    def _place(self, place: PlaceScope) -> PlaceRow:
        name, likely = place_name(place.code), self.count(place.people, place.code)
        if place.code in self._hidden_places:
            return PlaceRow(place.code, name, "–", likely, "–", "–")
        share = f"{place.people / self.facts.scope.people:.1%}" if self.facts.scope.people else "–"
        low, high = self._bounds(place)
        return PlaceRow(place.code, name, low, likely, high, share)

    def _bounds(self, place: PlaceScope) -> tuple[str, str]:
        """Low and high. Where one is so near to the likely count that the two give a small count, it is widened."""
        sure, extra = place.people if place.sure is None else place.sure, place.possible
        near = 0 < place.people - sure < self.below
        low = f">{max(place.people - self.below, 0):,}" if near else shown(sure, self.below)
        if extra is None:
            high = "no known limit"
        else:
            high = f"<{place.people + self.below:,}" if 0 < extra < self.below else f"{place.people + extra:,}"
        return "–" if place.sure is None else low, high

    @property
    def other_rows(self) -> list[PlaceRow]:
        """Those whom no jurisdiction counts, each kind its own line: the unplaced are never spread over the others."""
        scope = self.facts.scope
        kinds = (
            ("foreign", "Outside the United States", scope.foreign),
            ("military", "Military and diplomatic post, no state known", scope.military),
            ("unplaced", "Not placed: residency unknown", scope.unplaced),
        )
        return [PlaceRow("", words, "", self.count(n, code), "", "") for code, words, n in kinds]

    @property
    def element_rows(self) -> list[tuple[str, str]]:
        """Words and count per element, most people first."""
        return [(name, label) for name, _, label in self._elements()]

    def _elements(self) -> list[tuple[str, int, str]]:
        rows = sorted(self.facts.scope.elements, key=lambda e: (-e.people, e.element))
        named = [(ELEMENTS.get(e.element, e.element), e.people) for e in rows]
        return [(w[0].upper() + w[1:], 0 if 0 < n < self.below else n, shown(n, self.below)) for w, n in named]

    def duty_rows(self, kind: str, status: str) -> list[DutyRow]:
        """Duties of one kind and status, the nearest day first."""
        rows = [d for d in self.facts.duties if d.kind == kind and d.status == status]
        rows.sort(key=lambda d: (d.due_on is None, d.due_on or self.facts.as_of, d.jurisdiction, d.recipient))
        return [self._duty(d) for d in rows]

    def _duty(self, duty: Duty) -> DutyRow:
        days = (duty.due_on - self.facts.as_of).days if duty.due_on else None
        left = "–" if days is None else f"{-days} over" if days < 0 else "today" if days == 0 else f"{days}"
        link = duty.link if duty.link.startswith(("https://", "http://")) else ""
        people = shown(duty.people, self.below, hidden=self._is_withheld(duty))
        return DutyRow(
            duty=duty,
            where=place_name(duty.jurisdiction),
            people=people,
            because=self._without_counts(duty.because, duty, people),
            question=self._without_counts(duty.question, duty, people),
            due=day(duty.due_on),
            left=left,
            late=days is not None and days < 0,
            link=link,
        )

    def _is_withheld(self, duty: Duty) -> bool:
        return duty.people > 0 and (self._is_hidden(duty.jurisdiction) or id(duty) in self._hidden_duties)

    def _withheld_duties(self) -> frozenset[int]:
        """Duties that split the people of a place: a small part would follow from the place and the other parts."""
        totals = {p.code: p.people for p in self.facts.scope.places}
        parts: dict[tuple[str, str, str], list[Duty]] = {}
        for duty in self.facts.duties:
            parts.setdefault((duty.jurisdiction, duty.recipient, duty.kind), []).append(duty)
        hidden: set[int] = set()
        for (code, _, _), duties in parts.items():
            if len(duties) > 1 and sum(d.people for d in duties) == totals.get(code):
                hidden |= {id(duties[row]) for row, _ in withheld([[d.people] for d in duties], self.below)}
        return frozenset(hidden)

    def _without_counts(self, words: str, duty: Duty, people: str) -> str:
        """The law engine's sentence with counts of people withheld like those of the table beside it."""

        def masked(found: re.Match[str]) -> str:
            number = int(found.group().replace(",", ""))
            return people if number == duty.people and number else shown(number, self.below)

        return _COUNT.sub(masked, words)

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """Kinds of clock that the case has, statutory first."""
        held = {d.kind for d in self.facts.duties if d.status == "required"}
        return [(kind, words) for kind, words in KIND_WORDS.items() if kind in held]

    def of_status(self, status: str) -> list[DutyRow]:
        """All duties of a status, whatever their kind."""
        return [row for kind in KIND_WORDS for row in self.duty_rows(kind, status)]

    @property
    def notice_rows(self) -> list[NoticeRow]:
        """Notices by place and entity, small cells withheld within rows and columns."""
        lines = sorted(self.facts.notices, key=lambda n: (place_name(n.jurisdiction), n.legal_entity))
        table = [_cells(n) for n in lines]
        hidden = withheld(table, self.below, rows_add_up=True, already=self._withheld_dues(lines))
        return [
            NoticeRow(
                place_name(line.jurisdiction),
                line.legal_entity,
                tuple(shown(n, self.below, hidden=(r, c) in hidden) for c, n in enumerate(table[r])),
                line.accounted == line.due,
            )
            for r, line in enumerate(lines)
        ]

    def _withheld_dues(self, lines: Sequence[NoticeCount]) -> set[tuple[int, int]]:
        """Due cells that follow from another table: of a place withheld there, or, since the duty to a place's people
        gives their sum, small ones of its legal entities with a second one beside them."""
        hidden = {(r, 0) for r, n in enumerate(lines) if self._is_hidden(n.jurisdiction) and n.due}
        places: dict[str, list[int]] = {}
        for row, line in enumerate(lines):
            places.setdefault(line.jurisdiction, []).append(row)
        for rows in places.values():
            if len(rows) > 1:
                hidden |= {(rows[r], 0) for r, _ in withheld([[lines[row].due] for row in rows], self.below)}
        return hidden

    @property
    def variant_counts(self) -> list[str]:
        """Notices per text, in the order of the facts; the texts of one place add up to that place's notices."""
        variants = self.facts.variants
        groups: dict[str, list[int]] = {}
        for index, line in enumerate(variants):
            groups.setdefault(line.variant.partition("/")[0], []).append(index)
        hidden: set[int] = set()
        for code, members in groups.items():
            small = {members[row] for row, _ in withheld([[variants[i].notices] for i in members], self.below)}
            hidden |= set(members) if self._is_hidden(code) else small
        return [shown(v.notices, self.below, hidden=v.notices > 0 and i in hidden) for i, v in enumerate(variants)]

    @property
    def notice_totals(self) -> list[tuple[str, int]]:
        """due, then each outcome, over the whole case, exact."""
        columns = ("due", *OUTCOMES)
        return [(name, sum(getattr(n, name) for n in self.facts.notices)) for name in columns]

    @property
    def notice_sum(self) -> str:
        """The arithmetic in one line: due = sent + ..."""
        (_, due), *rest = self.notice_totals
        return f"{due:,} due = " + " + ".join(f"{n:,} {name}" for name, n in rest)

    @property
    def notices_add_up(self) -> bool:
        return all(n.accounted == n.due for n in self.facts.notices)

    @property
    def map_chart(self) -> charts.Chart:
        counts = {p.code: p.people for p in self.facts.scope.places}
        hidden = frozenset(self._hidden_places)
        labels = {
            code: f"<{self.below}" if 0 < n < self.below else "–" if code in hidden and n else short(n)
            for code, n in counts.items()
        }
        return charts.people_map(labels, counts, frozenset(c for c in hidden if counts.get(c)))

    @property
    def element_chart(self) -> charts.Chart | None:
        rows = self._elements()[:_ELEMENTS]
        return charts.element_bars(rows) if rows else None

    @property
    def clock_chart(self) -> charts.Chart | None:
        """The nearest deadlines, one for each day, kind and recipient kind, so that no crowd hides the first."""
        rows = [r for kind, _ in self.kinds for r in self.duty_rows(kind, "required") if r.duty.due_on]
        dues: dict[tuple[int, str, str], list[str]] = {}
        for row in rows:
            assert row.duty.due_on is not None
            days = (row.duty.due_on - self.facts.as_of).days
            dues.setdefault((days, row.duty.kind, row.duty.recipient), []).append(row.duty.jurisdiction)
        marks = [
            charts.Due(_clock_label(codes, recipient, kind), days, kind)
            for (days, kind, recipient), codes in sorted(dues.items())
        ]
        return charts.clock_chart(marks[:_CLOCKS]) if marks else None


def short(count: int) -> str:
    """A count that fits on a tile of the map: 950, 12.3k, 1.20M; the table beside it is exact."""
    if count < 1_000:
        return str(count)
    if count < 999_500:
        return f"{count / 1_000:.1f}k" if count < 99_950 else f"{count / 1_000:.0f}k"
    return f"{count / 1_000_000:.2f}M"


def _cells(line: NoticeCount) -> list[int]:
    return [line.due, *(getattr(line, name) for name in OUTCOMES)]


def _clock_label(codes: Sequence[str], recipient: str, kind: str) -> str:
    if kind == "internal":
        return "Internal objective"
    words = {"individuals": "people", "regulator": "regulator", "cra": "bureaus", "owner": "data owner"}
    places = sorted(set(codes))
    where = (
        ", ".join(places) if len(places) <= 4 else f"{', '.join(places[:3])} +{many(len(places) - 3, 'more', 'more')}"
    )
    return f"{where}: {words.get(recipient, recipient)}"
