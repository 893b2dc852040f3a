"""An org with more people than one page holds, served in this process; the clients, as they were installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from leakresponse.rehearsal.org import bulk
from tests.clients.install import folder, installed
from tests.clients.running import Node
from tests.support.served_org import SEED, SMALL, Served, build, serve

#: More contacts than one page of a query (2,000); bulk results come in pages of BULK_PAGE rows, unless a module has its
#: own BULK_PAGE.
PEOPLE, BULK_PAGE = 3_000, 900


@pytest.fixture(scope="session", autouse=True)
def clients() -> None:
    """Without the clients the suite fails: it was asked for by name."""
    assert installed(folder()), "run make test-clients, which installs the clients"


@pytest.fixture(scope="module")
def org(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A running org of this module's own."""
    state = tmp_path_factory.mktemp("org") / "state"
    world = build(state, PEOPLE, SEED, sources=SMALL)
    world.bulk.stop()
    world.store.close()
    patch = pytest.MonkeyPatch()
    patch.setattr(bulk, "PAGE_ROWS", getattr(request.module, "BULK_PAGE", BULK_PAGE))
    served = serve(state)
    yield served
    served.stop()
    patch.undo()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Node with a home of this module's own."""
    return Node(Path(tmp_path_factory.mktemp("home")))
