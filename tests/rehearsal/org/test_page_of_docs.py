"""What docs/simulated-org.md says about addresses and logs is what the code has."""

from __future__ import annotations

from pathlib import Path

from leakresponse.rehearsal.org import cast
from leakresponse.rehearsal.org.app import API, UNVERSIONED
from leakresponse.rehearsal.org.log_columns import COLUMNS
from leakresponse.rehearsal.org.page_of_docs import renewed

PAGE = (Path(__file__).parents[3] / "docs" / "simulated-org.md").read_text(encoding="utf-8")


def test_the_table_of_addresses_is_the_one_of_the_code() -> None:
    assert renewed(PAGE) == PAGE, "run make docs"


def test_every_address_says_what_it_answers() -> None:
    assert all(one.answers for one in (*UNVERSIONED, *API))
    assert len({one.path for one in API}) == len(API)


def test_logs_and_apps_that_the_page_names_exist() -> None:
    table = PAGE.partition("## What an act leaves behind")[2]
    for kind in ("RestApi", "ApiTotalUsage", "UniqueQuery", "BulkApi2", "BulkApiRequest", "Logout", "DatabaseSave"):
        assert kind in COLUMNS
        assert kind in table
    for app in cast.APPS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {app.name} |"))
        assert app.networks[0] in row
        assert ("admin approved" in row) is app.admin_approved
