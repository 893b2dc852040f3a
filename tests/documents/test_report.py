"""The report is self-contained, says what is proven and no more, and adds up."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from document_cases import START, duty, report_facts

from leakresponse.core.quality import GateResult, Quarantined, RuleResult
from leakresponse.core.vocabulary import JURISDICTIONS
from leakresponse.documents.charts import TILES
from leakresponse.documents.facts import AccessPath, GateLine, NoticeCount, PlaceScope
from leakresponse.documents.report import render_report

PAGE = render_report(report_facts())


class Reader(HTMLParser):
    """Tags with attributes, and the text outside style and script."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self._mute = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._mute = tag in ("style", "script")

    def handle_endtag(self, tag: str) -> None:
        self._mute = False

    def handle_data(self, data: str) -> None:
        if not self._mute:
            self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))


def text_of(**changes: object) -> str:
    return Reader(render_report(report_facts(**changes)) if changes else PAGE).text


def test_nothing_is_loaded_from_anywhere() -> None:
    page = Reader(PAGE)
    assert not [t for t, _ in page.tags if t in ("link", "img", "iframe", "object", "embed", "base")]
    assert not [a for _, a in page.tags if "src" in a]
    assert not re.search(r"@import|url\(\s*['\"]?(?:https?:|//)", PAGE)
    assert "default-src 'none'" in PAGE


def test_headings_do_not_skip_a_level() -> None:
    levels = [int(t[1]) for t, _ in Reader(PAGE).tags if re.fullmatch(r"h[1-6]", t)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(b - a <= 1 for a, b in pairwise(levels))


def test_every_table_has_a_caption_and_scoped_headers() -> None:
    tags = Reader(PAGE).tags
    assert sum(t == "table" for t, _ in tags) == sum(t == "caption" for t, _ in tags) > 8
    assert all(a.get("scope") in ("col", "row") for t, a in tags if t == "th")


def test_charts_have_text_alternatives_and_unique_ids() -> None:
    tags = Reader(PAGE).tags
    charts = [a for t, a in tags if t == "svg"]
    ids = [a["id"] for _, a in tags if a.get("id")]
    assert len(charts) == 3
    assert all(a["role"] == "img" and set((a["aria-labelledby"] or "").split()) <= set(ids) for a in charts)
    assert len(ids) == len(set(ids))


def test_charts_take_the_colours_of_the_page() -> None:
    assert "var(--accent)" in PAGE
    assert "#0a0b0" not in PAGE


def test_contained_only_with_proof() -> None:
    proven = report_facts().paths[0]
    assert "Contained, with proof" in text_of()
    for paths in ((), (proven, replace(proven, dead=False)), (proven, replace(proven, proof=""))):
        assert "Not contained" in text_of(paths=paths)


def test_three_kinds_of_clock_stand_apart() -> None:
    assert re.search(r"Statutory clocks.*Contractual clocks.*Internal objective.*Not a legal duty", text_of())


def test_days_left_are_counted_from_the_day_of_the_report() -> None:
    text = text_of()
    assert "2026-04-01 30 " in text
    assert "2026-03-01 1 over " in text


def test_every_no_notice_has_its_reason() -> None:
    assert re.search(r"No notice: decided, and why.*Bureaus.*no such duty", text_of())


def test_notices_add_up_in_one_line() -> None:
    text = text_of()
    assert "1,220 due = 1,200 sent + 0 queued + 20 held + 0 undeliverable + 0 unknown + 0 quarantined" in text
    assert "does not add up" not in text


def test_notices_that_do_not_add_up_are_named() -> None:
    text = text_of(notices=(NoticeCount("CA", "Harbor & Pine Inc", 1200, sent=1100),))
    assert "do not add up" in text
    assert "California does not add up" in text


def test_scope_that_does_not_add_up_is_named() -> None:
    scope = replace(report_facts().scope, unplaced=0)
    assert "These figures do not add up" in text_of(scope=scope)


def test_the_unplaced_are_their_own_line() -> None:
    assert "Not placed: residency unknown 10 " in text_of(suppress_below=0)


def test_small_counts_are_withheld_and_totals_exact() -> None:
    text = text_of()
    assert "Vermont VT – <10" in text
    assert "Passport number <10" in text
    assert "All people 1,234" in text


def test_small_counts_are_withheld_in_the_laws_own_sentences() -> None:
    assert "open for <10 residents" in text_of()
    assert "open for 4 residents" in text_of(suppress_below=0)


def test_markup_in_facts_is_shown_and_not_run() -> None:
    paths = (AccessPath("token", "<script>alert(1)</script>", "cut", True, "refused", START),)
    page = render_report(report_facts(paths=paths, duties=(duty(link="javascript:alert(1)"),)))
    assert "<script>alert" not in page
    assert 'href="javascript' not in page


def test_a_rehearsal_says_so() -> None:
    case = replace(report_facts().case, simulated=True, scenario="T01")
    assert "Rehearsal T01 on a simulated org" in text_of(case=case)
    assert "simulated org" not in text_of()


def test_an_empty_case_is_still_a_report() -> None:
    scope = replace(report_facts().scope, objects=(), elements=(), places=(), people=0, records=0, unplaced=0)
    text = text_of(scope=scope, timeline=(), paths=(), credentials=(), duties=(), decisions=(), notices=(),
                   variants=(), gates=(), risks=(), tasks=(), marks=())  # fmt: skip
    assert "No access path is on record" in text


def test_a_gate_line_counts_distinct_rows_and_keeps_no_id() -> None:
    result = GateResult("g", 3, 2, (RuleResult("r", "fail", 3, 1, True),),
                        (Quarantined("row-7", "r", "why"), Quarantined("row-7", "q", "why")))  # fmt: skip
    line = GateLine.of(result)
    assert (line.outcome, line.quarantined) == ("fail", 1)
    assert "row-7" not in repr(line)


def test_the_map_has_every_jurisdiction_on_its_own_tile() -> None:
    assert set(TILES) == set(JURISDICTIONS)
    assert len(set(TILES.values())) == len(TILES)


def test_a_large_case_renders_in_two_seconds() -> None:
    places = tuple(PlaceScope(c, 1000 + n, n) for n, c in enumerate(JURISDICTIONS))
    scope = replace(report_facts().scope, places=places, people=sum(p.people for p in places) + 10)
    duties = tuple(
        duty(jurisdiction=c, recipient=r) for c in JURISDICTIONS for r in ("individuals", "regulator", "cra")
    )
    facts = report_facts(scope=scope, duties=duties)
    start = time.perf_counter()
    render_report(facts)
    assert time.perf_counter() - start < 2.0


def test_nothing_is_written_into_the_home(tmp_path: Path) -> None:
    home, scratch = tmp_path / "home", tmp_path / "scratch"
    home.mkdir()
    scratch.mkdir()
    draw = "from leakresponse.documents.charts import Due, clock_chart; clock_chart([Due('CA', 3, 'statutory')])"
    hidden = ("MPLCONFIGDIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
    env = {k: v for k, v in os.environ.items() if k not in hidden} | {"HOME": str(home), "TMPDIR": str(scratch)}
    root = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", draw], env=env, cwd=root, check=True, timeout=60)
    assert list(home.iterdir()) == list(scratch.iterdir()) == []


def test_documents_do_not_import_matplotlib_before_a_chart_is_drawn() -> None:
    check = "import sys, leakresponse.documents.report; sys.exit('matplotlib' in sys.modules)"
    root = Path(__file__).parents[2]
    assert subprocess.run([sys.executable, "-c", check], cwd=root, check=False, timeout=60).returncode == 0


@pytest.mark.parametrize("kind", ["statutory", "contractual", "internal", "advisory"])
def test_each_kind_of_duty_is_printed(kind: str) -> None:
    assert "within 30 calendar days" in text_of(duties=(duty(kind=kind),))


def test_the_objective_is_not_counted_as_law() -> None:
    assert "The law of 1 jurisdiction requires notice" in text_of()


def test_people_without_a_place_are_withheld_in_every_table_alike() -> None:
    scope = replace(report_facts().scope, unplaced=4, people=1228)
    text = text_of(scope=scope, duties=(duty(jurisdiction="UNKNOWN", status="review", people=4),))
    assert "Not placed: residency unknown <10" in text
    assert re.search(r"Not placed Affected residents of California <10", text)


def test_a_jurisdiction_has_low_likely_and_high() -> None:
    scope = replace(report_facts().scope, places=(PlaceScope("CA", 1200, 300, 900),), people=1210)
    assert "California CA 900 1,200 1,500" in text_of(scope=scope)


def test_a_bound_that_would_give_a_small_count_away_is_rounded_outward() -> None:
    scope = replace(report_facts().scope, places=(PlaceScope("CA", 1200, 3, 1196),), people=1210)
    assert "California CA >1,190 1,200 <1,210" in text_of(scope=scope)
    assert "California CA 1,196 1,200 1,203" in text_of(scope=scope, suppress_below=0)


def test_what_is_only_possible_is_counted_within_the_whole() -> None:
    scope = replace(report_facts().scope, bounded=True, records_possible=500, people_possible=234)
    text = text_of(scope=scope)
    assert "Records 1,000 500 1,500" in text
    assert "People 1,000 234 1,234" in text


def test_the_way_to_check_the_record_is_told() -> None:
    assert re.search("How to verify.*leak-response evidence verify CASE_DIR.*python3 verify.py", text_of())
