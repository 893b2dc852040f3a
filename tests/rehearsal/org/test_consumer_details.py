"""New consumer details of a connected app, which Setup alone can make: the old pair is refused at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from tests.support.served_org import Served


def rotate(org: Served, app: str) -> dict[str, str]:
    answer = requests.post(f"{org.url}/simulation/app", json={"act": "rotate_consumer", "app": app}, timeout=20)
    return dict(answer.json())


def test_the_old_secret_is_refused_and_the_new_one_works(another: Callable[..., Served]) -> None:
    org = another()
    facts = org.integration("migration")
    pair = rotate(org, "Data Migrator")
    assert org.refresh_login(facts).json()["error"] == "invalid_client_id"
    assert org.refresh_login({**facts, **pair}).status_code == 200


@pytest.mark.parametrize(("reading", "alive"), [("attacker", True), ("lenient", False)])
def test_whether_tokens_die_with_it_is_a_matter_of_reading(
    another: Callable[..., Served], reading: str, alive: bool
) -> None:
    org = another(reading)
    live = org.client("migration")
    pair = rotate(org, "Data Migrator")
    assert (live.call("GET", "").status_code == 200) is alive
    assert (org.refresh_login({**org.integration("migration"), **pair}).status_code == 200) is alive
