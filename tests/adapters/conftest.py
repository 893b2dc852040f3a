"""Small orgs, one for each reading of the disputed facts, built once and served."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leakresponse.adapters.salesforce import OrgAccess, SalesforceClient, http
from leakresponse.adapters.salesforce import client as client_module
from leakresponse.adapters.salesforce.cuts import Hands
from leakresponse.core.redact import Redacted
from leakresponse.rehearsal.org import metadata_runs
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, copied, serve

READINGS = ("attacker", "lenient")


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An org on disk, not running."""
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    return state


@pytest.fixture(scope="session", params=READINGS)
def org(request: pytest.FixtureRequest, template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running copy under each reading, shared by all tests."""
    served = serve(copied(template, tmp_path_factory.mktemp("copy")), request.param)
    yield served
    served.stop()


@pytest.fixture(scope="session", autouse=True)
def deploys_at_once() -> Iterator[None]:
    """Deploys end as soon as anybody looks."""
    usual, metadata_runs.DEPLOY_SECONDS = metadata_runs.DEPLOY_SECONDS, 0.0
    yield
    metadata_runs.DEPLOY_SECONDS = usual


@pytest.fixture(scope="session", autouse=True)
def short_pauses() -> Iterator[None]:
    """A client that tries again waits a moment only."""
    usual = http.pause_seconds
    http.pause_seconds = client_module.pause_seconds = lambda attempt: 0.02
    yield
    http.pause_seconds = client_module.pause_seconds = usual


@pytest.fixture(autouse=True)
def no_faults(request: pytest.FixtureRequest) -> Iterator[None]:
    """Whatever a test ordered is over after it."""
    yield
    if "org" in request.fixturenames:
        request.getfixturevalue("org").world.faults.order([])


@pytest.fixture(scope="session")
def client(org: Served) -> SalesforceClient:
    """The responder's access."""
    return responder_of(org)


@pytest.fixture
def hands(client: SalesforceClient) -> Hands:
    """Hands without secrets."""
    return Hands(client, {})


def responder_of(served: Served) -> SalesforceClient:
    """The responder's own client of a served org."""
    key = Path(served.facts["private_key_file"]).read_text(encoding="utf-8")
    return SalesforceClient(
        OrgAccess(served.facts["https_url"], served.facts["consumer_key"], served.facts["username"], Redacted(key),
                  ca_file=served.facts["ca_file"])
    )  # fmt: skip
