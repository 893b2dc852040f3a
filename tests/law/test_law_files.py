"""The files themselves: complete, cited, dated, and refused when they are not."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from leakresponse.core.errors import BadInput, MissingFact
from leakresponse.law import load_registry, notice_rules, read_law_file, read_registry
from leakresponse.law.model import SINGLE_TOPICS
from leakresponse.law.registry import LAW_FILES

FILES = [*sorted(LAW_FILES.glob("*.yaml")), *sorted((LAW_FILES.parent / "drafts").glob("*.yaml"))]
TOPICS = (*SINGLE_TOPICS, "elements", "regulators", "services")


def raw_values(path: Path) -> Iterator[dict[str, Any]]:
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    for topic in TOPICS:
        yield from document[topic]


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_every_value_is_cited_linked_checked_dated_and_rated(path: Path) -> None:
    for value in raw_values(path):
        assert value["citation"] and value["second_source"]
        assert value["link"].startswith("https://")
        assert date(2026, 11, 25) <= value["checked_on"] <= date.today()
        assert isinstance(value["effective_from"], date)
        assert value["confidence"] in ("high", "medium", "low")


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_a_value_that_is_not_sure_says_why(path: Path) -> None:
    unexplained = [v["citation"] for v in raw_values(path) if v["confidence"] == "low" and not v.get("note")]
    assert unexplained == []


def test_the_six_jurisdictions_are_there() -> None:
    assert set(load_registry().files) >= {"CA", "NY", "TX", "FL", "WA", "MA"}


@pytest.fixture
def california() -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((LAW_FILES / "CA.yaml").read_text(encoding="utf-8"))
    return copy.deepcopy(document)


def refused(tmp_path: Path, document: dict[str, Any], message: str) -> None:
    path = tmp_path / "CA.yaml"
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    with pytest.raises(BadInput, match=message):
        read_law_file(path)


def test_an_unknown_key_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["trigger"][0]["colour"] = "red"
    refused(tmp_path, california, "colour")


@pytest.mark.parametrize("key", ["citation", "link", "checked_on", "effective_from", "confidence", "second_source"])
def test_a_value_without_its_proof_is_refused(tmp_path: Path, california: dict[str, Any], key: str) -> None:
    del california["harm_gate"][0][key]
    refused(tmp_path, california, f"harm_gate.0.{key}")


def test_an_unknown_element_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["elements"][0]["element"] = "shoe_size"
    refused(tmp_path, california, "not a data element")


def test_a_gap_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["individuals"][0]["effective_to"] = date(2025, 12, 30)
    refused(tmp_path, california, "individuals: gap or overlap")


def test_an_overlap_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["individuals"][0]["effective_to"] = date(2026, 1, 1)
    refused(tmp_path, california, "individuals: gap or overlap")


def test_a_topic_that_ends_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["individuals"][1]["effective_to"] = date(2027, 1, 1)
    refused(tmp_path, california, "no value in force")


def test_a_regulator_twice_on_one_day_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["regulators"][0]["effective_to"] = None
    refused(tmp_path, california, "regulators: ca_ag overlaps")


def test_a_number_without_a_unit_that_counts_is_refused(tmp_path: Path, california: dict[str, Any]) -> None:
    california["individuals"][1]["deadline"]["unit"] = "qualitative"
    refused(tmp_path, california, "do not go together")


def test_a_file_under_another_name_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "NV.yaml"
    path.write_bytes((LAW_FILES / "CA.yaml").read_bytes())
    with pytest.raises(BadInput, match="holds the law of CA"):
        read_law_file(path)


def test_a_further_file_needs_no_code(tmp_path: Path, california: dict[str, Any]) -> None:
    california["jurisdiction"], california["name"] = "NV", "Nevada"
    (tmp_path / "NV.yaml").write_text(yaml.safe_dump(california), encoding="utf-8")
    assert "NV" in read_registry(tmp_path)


def test_a_day_before_the_first_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="begins on 2020-01-01; 2019-12-31 lies before it"):
        load_registry().regime("CA", date(2019, 12, 31))


def test_letter_rules_without_a_file_are_a_missing_fact() -> None:
    with pytest.raises(MissingFact, match="NV"):
        notice_rules("NV", date(2026, 1, 1))
