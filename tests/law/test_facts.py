"""Input: what is accepted, and that each fault is one clear line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from leakresponse.core.errors import BadInput
from leakresponse.law import facts_from_json, facts_from_mapping, population_from_csv, population_from_frame

GOOD: dict[str, Any] = {
    "discovered_on": "2026-08-01",
    "determined_on": None,
    "event": "both",
    "harm_likely": None,
    "entity": {"role": "owner", "kind": "retailer", "source_of_breach": None},
    "as_of": "2026-08-02",
}
HEADER = "group_id,jurisdiction,count,elements,encrypted,key_taken,candidates,minors\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_facts_are_read(tmp_path: Path) -> None:
    facts = facts_from_json(write(tmp_path / "f.json", json.dumps(GOOD)))
    assert facts.determined_on is None and facts.entity.source_of_breach is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"discovered_on": "August 1"}, "discovered_on"),
        ({"discovered_on": 1754006400}, "discovered_on"),
        ({"determined_on": "2026-02-30"}, "determined_on"),
        ({"event": "loss"}, "event"),
        ({"harm_likely": "maybe"}, "harm_likely"),
        ({"entity": {"role": "processor", "kind": "retailer"}}, "entity.role"),
        ({"individuals_notifed_on": "2026-08-02"}, "individuals_notifed_on"),
    ],
)
def test_a_faulty_fact_is_named_in_one_line(change: dict[str, Any], named: str) -> None:
    with pytest.raises(BadInput) as caught:
        facts_from_mapping({**GOOD, **change})
    assert named in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("missing", ["discovered_on", "event", "entity", "as_of"])
def test_a_missing_fact_is_refused(missing: str) -> None:
    with pytest.raises(BadInput, match=missing):
        facts_from_mapping({k: v for k, v in GOOD.items() if k != missing})


@pytest.mark.parametrize("text", ["{", "[]", "null"])
def test_facts_that_are_no_object_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        facts_from_json(write(tmp_path / "f.json", text))


def test_an_absent_facts_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        facts_from_json(tmp_path / "none.json")


def test_a_population_is_read(tmp_path: Path) -> None:
    (group,) = population_from_csv(write(tmp_path / "p.csv", HEADER + "g,CA,7,name;ssn,false,false,CA;NV,2\n"))
    assert (group.count, group.minors, group.candidates) == (7, 2, ("CA", "NV"))
    assert group.elements == {"name", "ssn"}


def test_optional_columns_may_be_absent(tmp_path: Path) -> None:
    text = "group_id,jurisdiction,count,elements,encrypted,key_taken\ng,MIL:AE,7,name,true,false\n"
    (group,) = population_from_csv(write(tmp_path / "p.csv", text))
    assert (group.candidates, group.minors, group.encrypted) == ((), 0, True)


@pytest.mark.parametrize(
    ("row", "named"),
    [
        ("g,ZZ,1,name,false,false,,", "'ZZ'"),
        ("g,FOREIGN,1,name,false,false,,", "'FOREIGN'"),
        ("g,MIL:XX,1,name,false,false,,", "'MIL:XX'"),
        ("g,CA,1,name;shoe_size,false,false,,", "'shoe_size'"),
        ("g,CA,-1,name,false,false,,", "count"),
        ("g,CA,many,name,false,false,,", "count"),
        ("g,CA,1,name,perhaps,false,,", "encrypted"),
        ("g,CA,1,name,true,,,", "key_taken"),
        ("g,CA,1,name,false,false,QQ,", "'QQ'"),
        ("g,CA,1,name,false,false,,2", "minors"),
        ("g,CA,1,name,false,false", "columns"),
    ],
)
def test_a_faulty_row_is_named_with_its_line(tmp_path: Path, row: str, named: str) -> None:
    with pytest.raises(BadInput) as caught:
        population_from_csv(write(tmp_path / "p.csv", HEADER + row + "\n"))
    assert named in str(caught.value) and "line 2" in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "group_id,count\n", HEADER.strip() + ",shoe\n"])
def test_faulty_columns_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadInput):
        population_from_csv(write(tmp_path / "p.csv", text))


def test_a_frame_gives_the_same_groups_as_the_file(tmp_path: Path) -> None:
    path = write(tmp_path / "p.csv", HEADER + "g,CA,7,name;ssn,false,false,NV,2\nh,NY,1,name,true,true,,\n")
    assert population_from_frame(pd.read_csv(path)) == population_from_csv(path)


def test_a_frame_may_hold_lists_and_booleans() -> None:
    frame = pd.DataFrame(
        {
            "group_id": ["g"],
            "jurisdiction": ["CA"],
            "count": [3],
            "elements": [["name", "ssn"]],
            "encrypted": [False],
            "key_taken": [False],
            "candidates": [["CA", "NV"]],
        }
    )
    (group,) = population_from_frame(frame)
    assert group.elements == {"name", "ssn"} and group.candidates == ("CA", "NV")


def test_the_command_reads_files_and_prints_one_document(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from leakresponse.cli import main

    population = write(tmp_path / "POP.csv", HEADER + "g,CA,501,name;ssn,false,false,,\n")
    facts = write(tmp_path / "FACTS.json", json.dumps(GOOD))
    code = main(["assess", "--population", str(population), "--facts", str(facts), "--json"])
    assert code == 0
    assert json.loads(capsys.readouterr().out)["obligations"][0]["due_on"] == "2026-08-31"
