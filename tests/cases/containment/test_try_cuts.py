"""`doctor --try-cuts`: kept in the ledger, read by the plan, refused outside sandboxes, cleaned up after a kill."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from blocks import ResponsePolicy
from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.salesforce import trial, trial_kit
from leakresponse.adapters.salesforce.trial_types import NAME
from leakresponse.cli import main
from leakresponse.commands import try_cuts as command
from leakresponse.core.containment import KEY_SESSION, Cell, Trial
from leakresponse.ledger import Ledger, open_ledger
from leakresponse.ledger.trials import begin_trial, last_trial, latest_trial, note_cell, note_trial, trial_runs
from leakresponse.rehearsal.org import metadata_runs
from tasks.containment import learnt
from tests.support.served_org import Served

Call = Callable[..., int]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A home of the test's own; deploys end at once; two cuts are enough here."""
    monkeypatch.setenv("LEAK_RESPONSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("LEAK_RESPONSE_LEDGER", raising=False)
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)
    monkeypatch.setattr(trial, "CUT_ORDER", ("revoke_token", "disable_eca"))


@pytest.fixture
def call(org: Served, tmp_path: Path) -> Call:
    """The command on the served org; keywords change its connection.json."""

    def act(*options: str, **changed: Any) -> int:
        path = tmp_path / "connection.json"
        path.write_text(json.dumps({**org.facts, **changed}), encoding="utf-8")
        return main(["doctor", "--try-cuts", "--connection", str(path), "--seconds", "0.2", *options])

    return act


def _ledger(tmp_path: Path) -> Ledger:
    return open_ledger(tmp_path / "home" / "ledger.sqlite")


def _made(org: Served) -> dict[str, int]:
    """How much of what trials make is there now."""
    counts = {
        "set": f"SELECT COUNT(*) AS n FROM PermissionSet WHERE Name = '{NAME}'",
        "app": f"SELECT COUNT(*) AS n FROM sim_app WHERE developer_name = '{NAME}' AND installed = 1",
        "item": f"SELECT COUNT(*) AS n FROM AppMenuItem WHERE Name = '{NAME}'",
        "user": "SELECT COUNT(*) AS n FROM \"User\" WHERE Username LIKE 'cut-trial@%' AND IsActive = 1",
        "block": "SELECT COUNT(*) AS n FROM sim_block",
    }
    return {name: org.world.store.one(sql)["n"] for name, sql in counts.items()}  # type: ignore[index]


def test_a_trial_is_kept_dated_in_the_ledger_and_read_by_the_plan(
    org: Served, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call("--json") == 0
    said = json.loads(capsys.readouterr().out)
    today = datetime.now(UTC).date().isoformat()
    assert (said["org_id"], said["day"], said["failed"]) == (org.facts["org_id"], today, ["disable_eca"])
    ledger = _ledger(tmp_path)
    assert latest_trial(ledger, said["org_id"]) == Trial({"revoke_token": today}, frozenset({"disable_eca"}))
    assert ledger.broken_link(f"trial-{said['org_id']}") is None
    assert not any(_made(org).values())
    shown = command.shown_trials(ledger)
    assert [(one["org_id"], len(one["cells"])) for one in shown] == [(said["org_id"], 10)]
    assert any("still alive after" in line for line in command.table_of(shown[0]))


def test_no_secret_of_the_trial_enters_the_record(call: Call, tmp_path: Path, org: Served) -> None:
    call("--json")
    text = json.dumps([one.body for one in _ledger(tmp_path).timeline(f"trial-{org.facts['org_id']}")])
    assert "@" not in text and "3MVG9" not in text and "00D" not in text


@pytest.mark.parametrize("flags", [{"sandbox": False, "simulated": False}, {}])
def test_a_production_org_is_refused_and_nothing_changes(
    org: Served, call: Call, tmp_path: Path, flags: dict[str, bool], capsys: pytest.CaptureFixture[str]
) -> None:
    if not flags:
        with org.world.store.write() as db:
            db.execute("UPDATE Organization SET IsSandbox = 0")
    users = org.world.store.one('SELECT COUNT(*) AS n FROM "User"')
    assert call(**flags) == 2
    said = capsys.readouterr()
    assert len(said.err.strip().splitlines()) == 1 and not said.out
    assert org.world.store.one('SELECT COUNT(*) AS n FROM "User"') == users
    assert not (tmp_path / "home" / "ledger.sqlite").exists() or not command.tried_orgs(_ledger(tmp_path))


def test_an_app_that_is_not_there_is_refused_before_anything_is_made(org: Served, call: Call) -> None:
    assert call("--app", "No_Such_App") == 2
    assert not any(_made(org).values())


def test_a_trial_that_breaks_off_cleans_up(org: Served, call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object) -> Iterator[Cell]:
        raise KeyboardInterrupt

    monkeypatch.setattr(trial, "try_cuts", breaks)
    assert call() == 1
    assert not any(_made(org).values())


def test_what_a_killed_run_left_the_next_one_takes_away(
    org: Served, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed while an app was lent to it, the app blocked and the user frozen."""
    org_id, ledger = org.facts["org_id"], _ledger_made(tmp_path)
    client = _client(org)
    with org.world.store.write() as db:
        db.execute("UPDATE sim_app SET admin_approved = 1 WHERE developer_name = 'Drift'")
    lent = trial_kit.borrow(client, "Drift")
    begin_trial(ledger, org_id, "killed", 1.0, ("Drift", lent.certificate_pem))
    pair = make_key_pair("killed")
    kit = trial_kit.make_kit(client, pair.private_pem, pair.certificate_pem, lent)
    aim = trial._aim(kit, lent.app, "block_app", trial.Hand())
    trial._act(kit, aim, trial.Hand())
    client.update("UserLogin", trial_kit.login_row(client, kit.user_id), {"IsFrozen": True})
    assert all(_made(org).values()) and _certificate(org) != lent.certificate_pem
    monkeypatch.setattr(trial, "CUT_ORDER", ("revoke_access_token",))
    assert call() == 0
    assert not any(_made(org).values())
    assert _certificate(org) == lent.certificate_pem
    assert all(one.tidied for one in trial_runs(_ledger(tmp_path), org_id))


def test_an_old_trial_or_a_killed_one_teaches_nothing(tmp_path: Path) -> None:
    days = iter([datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=n) for n in range(40)])
    ledger = open_ledger(tmp_path / "l.sqlite", clock=lambda: next(days))
    cell = Cell("delete_session", "eca", "key_token", "dead", 1.0)
    begin_trial(ledger, "00Dx", "one", 1.0, None)
    note_cell(ledger, "00Dx", "one", cell)
    assert last_trial(ledger, "00Dx") is None
    note_trial(ledger, "00Dx", "one", "trial_finished", {"cells": 1})
    begin_trial(ledger, "00Dx", "two", 1.0, None)
    assert latest_trial(ledger, "00Dx").proven == {KEY_SESSION: "2026-01-01"}
    assert latest_trial(ledger, "00Dx", days=3) == Trial()
    assert latest_trial(ledger, "another") == Trial()


def test_a_plan_learns_from_the_sandbox_that_the_policy_names_alone(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "l.sqlite")
    begin_trial(ledger, "00Dx", "one", 1.0, None)
    note_cell(ledger, "00Dx", "one", Cell("delete_session", "eca", "key_token", "dead", 1.0))
    note_trial(ledger, "00Dx", "one", "trial_finished", {"cells": 1})
    said = {"proven_cuts": {"freeze_user": "2026-10-01"}}
    assert set(learnt(ResponsePolicy(**said), ledger).proven) == {"freeze_user"}
    assert set(learnt(ResponsePolicy(**said, trial_org="00Dy"), ledger).proven) == {"freeze_user"}
    assert set(learnt(ResponsePolicy(**said, trial_org="00Dx"), ledger).proven) == {"freeze_user", KEY_SESSION}


def test_the_newer_of_two_trials_counts() -> None:
    old = Trial({"block_app": "d1", "freeze_user": "d1"}, frozenset({"disable_eca", "revoke_token"}))
    new = Trial({"disable_eca": "d2"}, frozenset({"block_app"}))
    assert old.later(new) == Trial({"freeze_user": "d1", "disable_eca": "d2"}, frozenset({"block_app", "revoke_token"}))


def _ledger_made(tmp_path: Path) -> Ledger:
    (tmp_path / "home").mkdir(exist_ok=True)
    return _ledger(tmp_path)


def _client(org: Served) -> Any:
    from blocks import SalesforceOrg

    return SalesforceOrg.from_connection(org.facts).client()


def _certificate(org: Served) -> str:
    row = org.world.store.one("SELECT certificate FROM sim_app WHERE developer_name = 'Drift'")
    assert row is not None
    return str(row["certificate"]).strip()
