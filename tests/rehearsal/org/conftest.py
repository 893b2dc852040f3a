"""A small org, built once; modules share a running copy, tests that break things take a copy of their own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from leakresponse.rehearsal.org import metadata_runs
from tests.support.served_org import PEOPLE, SEED, SMALL, Served, build, copied, serve


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An org on disk, not running."""
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    return state


@pytest.fixture(scope="module")
def org(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running copy of the org, shared by the tests of a module."""
    served = serve(copied(template, tmp_path_factory.mktemp("copy")))
    yield served
    served.stop()


@pytest.fixture
def another(template: Path, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    """Starts a copy of the org for one test."""
    running: list[Served] = []

    def start(reading: str = "attacker") -> Served:
        running.append(serve(copied(template, tmp_path), "lenient" if reading == "lenient" else "attacker"))
        return running[-1]

    yield start
    for served in running:
        served.stop()


@pytest.fixture
def deploys_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Deploys end as soon as anybody looks."""
    monkeypatch.setattr(metadata_runs, "DEPLOY_SECONDS", 0.0)
