"""Small orgs and a vault for rotations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakresponse.adapters.salesforce import client as client_module
from leakresponse.adapters.salesforce import http
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.rehearsal.org import metadata_runs
from tests.support.rotation import Hands, hands_of, vault_served
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, copied, serve


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An org on disk, not running."""
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    return state


@pytest.fixture
def org(template: Path, tmp_path: Path) -> Iterator[Served]:
    """A running copy for one test: a rotation changes its keys for good."""
    served = serve(copied(template, tmp_path))
    yield served
    served.stop()


@pytest.fixture(scope="session")
def shared_vault() -> Iterator[SecretsManager]:
    with vault_served() as vault:
        yield vault


@pytest.fixture
def vault(shared_vault: SecretsManager) -> Iterator[SecretsManager]:
    """The session's vault, emptied after each test."""
    yield shared_vault
    for info in list(shared_vault.listed()):
        shared_vault._client.delete_secret(SecretId=info.name, ForceDeleteWithoutRecovery=True)


@pytest.fixture
def hands(tmp_path: Path, vault: SecretsManager, org: Served) -> Hands:
    return hands_of(tmp_path, vault, org)


@pytest.fixture(scope="session", autouse=True)
def deploys_at_once() -> Iterator[None]:
    """Deploys end as soon as anybody looks."""
    usual, metadata_runs.DEPLOY_SECONDS = metadata_runs.DEPLOY_SECONDS, 0.0
    yield
    metadata_runs.DEPLOY_SECONDS = usual


@pytest.fixture(scope="session", autouse=True)
def short_pauses() -> Iterator[None]:
    """A client that tries again waits a moment only."""
    usual: Callable[[int], float] = http.pause_seconds
    http.pause_seconds = client_module.pause_seconds = lambda attempt: 0.02
    yield
    http.pause_seconds = client_module.pause_seconds = usual
