"""People under two keys are merged over partitions; pairs in doubt are counted in people, by place."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leakresponse.core.elements import Override
from leakresponse.core.people_linkage_records import RecordPairs
from leakresponse.core.scope_engine import Settings, finish, people_in, prepare
from leakresponse.core.scope_engine_exposures import COMPACT_FILE, Exposures
from leakresponse.core.scope_engine_files import read_table
from leakresponse.core.scope_engine_links import doubt_left, find_links
from leakresponse.ledger import CaseFiles
from tests.support.scope_shop import DAY, DESCRIBE, given, stored

COLUMNS = ["Id", "Name", "Email", "MailingStreet", "MailingState", "MailingPostalCode", "MailingCountry", "Birthdate"]


def contacts(*rows: tuple[str, str, str]) -> dict[str, pd.DataFrame]:
    """Of (name, e-mail, birth date), all in one house in Texas."""
    made = [
        (f"003{n:015}", name, mail, "1 Main St", "TX", "75001", "USA", born)
        for n, (name, mail, born) in enumerate(rows)
    ]  # fmt: skip
    return {"Contact": pd.DataFrame(made, columns=COLUMNS, dtype="str")}


def scope(
    folder: Path, records: dict[str, pd.DataFrame], rows_each: int = 1, **more: object
) -> tuple[CaseFiles, RecordPairs]:
    files = CaseFiles(folder)
    found = Exposures()
    found.add(given("Contact", records["Contact"]["Id"], COLUMNS, "bulk2", "certain"))
    found.write(files)
    sources = stored(files, records)
    links = find_links(files, sources, DESCRIBE)
    settings = Settings(DAY, "Harbor", rows_each, **more)  # type: ignore[arg-type]
    plan = prepare(files, sources, COMPACT_FILE, DESCRIBE, settings, links)
    finish(files, plan, [people_in(files, plan, n) for n in range(plan.partitions)])
    return files, links


def people(files: CaseFiles) -> pd.DataFrame:
    return read_table(files, "people.parquet").to_pandas()


TWICE = contacts(("Ann Lee", "a@x.io", "1980-01-02"), ("Ann Lee", "b@y.io", "1980-01-02"), ("Bob Lee", "c@x.io", ""))
DOUBT = contacts(("Ann Lee", "a@x.io", "1980-01-02"), ("Ann Lee", "b@y.io", ""), ("Bob Lee", "c@x.io", ""))


def test_a_person_under_two_addresses_is_one_row_though_partitions_are_small(tmp_path: Path) -> None:
    files, links = scope(tmp_path / "case", TWICE)
    found = people(files)
    assert len(links.same) == 1 and sorted(len(ids) for ids in found["record_ids"]) == [1, 2]
    assert doubt_left(files, links).people == 0


def test_a_pair_in_doubt_stays_two_and_is_counted_where_it_lives(tmp_path: Path) -> None:
    files, links = scope(tmp_path / "case", DOUBT)
    doubt = doubt_left(files, links)
    assert len(people(files)) == 3 and doubt.people == 1 and doubt.by_state == {"TX": 1}
    assert doubt.facts(links)["linkage"]["unsure_pairs"] == 1


def test_three_in_doubt_could_be_one(tmp_path: Path) -> None:
    files, links = scope(tmp_path / "case", contacts(*[("Ann Lee", f"{n}@x.io", "") for n in "abc"]))
    assert (len(links.unsure), doubt_left(files, links).people) == (3, 2)


def test_nobody_in_doubt_reads_no_people(tmp_path: Path) -> None:
    links = find_links(CaseFiles(tmp_path), [], {})
    assert doubt_left(CaseFiles(tmp_path), links).people == 0


def test_an_override_reaches_every_partition(tmp_path: Path) -> None:
    decided = (Override("Contact", "MailingCountry", "passport", "counsel", "a test"),)
    files, _ = scope(tmp_path / "case", DOUBT, overrides=decided)
    assert all("passport" in elements for elements in people(files)["elements"])
