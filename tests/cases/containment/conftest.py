"""Containment against a small served org, with a ledger of its own and no Prefect."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient
from leakresponse.core.alerts import alert_document
from leakresponse.core.containment import Policy, Protection, Trial
from leakresponse.core.redact import Redacted
from leakresponse.core.types import Alert, Principal, Window
from leakresponse.ledger import EvidenceStore, Ledger, open_ledger
from tasks.containment_hands import Cutter
from tests.support.contained import Scene
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, copied, serve

QUICK = Policy(proof_seconds=20, watch_seconds=0)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An org on disk, not running."""
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    return state


@pytest.fixture(params=["attacker"])
def org(request: pytest.FixtureRequest, template: Path, tmp_path: Path) -> Iterator[Served]:
    """A running copy for one test; a test that wants both readings says so by `both_readings`."""
    served = serve(copied(template, tmp_path), request.param)
    yield served
    served.stop()


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """A ledger of this test's own."""
    return open_ledger(tmp_path / "ledger.sqlite")


@pytest.fixture
def scene(org: Served, ledger: Ledger, tmp_path: Path) -> Callable[..., Scene]:
    """Opens a case about some principals; `policy`, `trial` and `protected` as given."""

    def open_scene(*principals: tuple[str, str], **options: Any) -> Scene:
        moment = datetime.now(UTC)
        window = Window(moment - timedelta(hours=1), moment)
        people = tuple(Principal(kind, value) for kind, value in principals)  # type: ignore[arg-type]
        alert = Alert("a-1", "test", moment, "", window, people, options.get("confidence", "confirmed"))
        case = ledger.open_case(alert.id, json.dumps(alert_document(alert)), {})
        usernames = frozenset({org.facts["username"], *options.get("protected", ())})
        cutter = Cutter(
            case.case_id, client_of(org), ledger, Protection(frozenset(), usernames, frozenset()), 8,
            options.get("policy", QUICK), options.get("trial", Trial()),
            approval_wait_seconds=options.get("approval_wait", 0.0),
        )  # fmt: skip
        return Scene(org, cutter, alert, EvidenceStore(tmp_path / "case"))

    return open_scene


def client_of(served: Served) -> SalesforceClient:
    """The responder's own client of a served org."""
    key = Path(served.facts["private_key_file"]).read_text(encoding="utf-8")
    return SalesforceClient(
        OrgAccess(served.facts["https_url"], served.facts["consumer_key"], served.facts["username"], Redacted(key),
                  ca_file=served.facts["ca_file"])
    )  # fmt: skip
