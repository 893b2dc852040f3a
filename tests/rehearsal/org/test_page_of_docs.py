"""What docs/simulated-org.md says about addresses and logs is what the code has."""

from __future__ import annotations

import re
from pathlib import Path

from leakresponse.rehearsal.org import cast
from leakresponse.rehearsal.org.app import API
from leakresponse.rehearsal.org.log_columns import COLUMNS

PAGE = (Path(__file__).parents[3] / "docs" / "simulated-org.md").read_text(encoding="utf-8")


def test_every_address_is_in_the_table_and_none_else() -> None:
    table = PAGE.partition("## Addresses")[2].partition("## ")[0]
    told = set(re.findall(r"^\| `([^`]+)` \|", table, re.MULTILINE))
    unversioned = {one for one in told if one.startswith(("/services", "/id"))}
    assert told - unversioned == {path or "(root)" for path, _, _ in API}


def test_logs_and_apps_that_the_page_names_exist() -> None:
    table = PAGE.partition("## What an act leaves behind")[2]
    for kind in ("RestApi", "ApiTotalUsage", "UniqueQuery", "BulkApi2", "BulkApiRequest", "Logout", "DatabaseSave"):
        assert kind in COLUMNS
        assert kind in table
    for app in cast.APPS:
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {app.name} |"))
        assert app.networks[0] in row
        assert ("admin approved" in row) is app.admin_approved
