"""The provider double: whom an order ends, in whichever shape it comes, and what a restart remembers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from leakresponse.rehearsal import idp_double


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    sessions = [{"session": "s1", "username": "a@x"}, {"session": "s2", "username": "a@x"}]
    (tmp_path / "sessions").write_text(json.dumps([*sessions, {"session": "s3", "username": "b@x"}]))
    return tmp_path / "sessions", tmp_path / "journal"


@pytest.fixture
def provider(files: tuple[Path, Path]) -> Iterator[str]:
    server = idp_double.serve(*files, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def post(url: str, **options: Any) -> requests.Response:
    with requests.Session() as plain:
        plain.trust_env = False
        return plain.post(url, timeout=20, **options)


@pytest.mark.parametrize("body", [{"username": "A@x"}, {"usernames": ["a@x"]}, {"subject": {"login": "a@x"}}])
def test_an_order_ends_every_session_of_its_person_and_no_other(provider: str, body: dict[str, Any]) -> None:
    assert post(f"{provider}/hook", json=body).json() == {"ended": 2}
    alive = [post(f"{provider}/sso", json={"session": one}).status_code for one in ("s1", "s2", "s3")]
    assert alive == [401, 401, 200]


def test_a_second_order_finds_nothing(provider: str) -> None:
    post(f"{provider}/hook", json={"username": "a@x"})
    assert post(f"{provider}/hook", json={"username": "a@x"}).json() == {"ended": 0}


def test_an_order_for_nobody_is_refused(provider: str) -> None:
    assert post(f"{provider}/hook", json={"reason": "x"}).status_code == 400
    assert post(f"{provider}/hook", data=b"no").status_code == 400
    assert post(f"{provider}/else", json={}).status_code == 404


def test_a_restart_remembers_what_was_ended(provider: str, files: tuple[Path, Path]) -> None:
    post(f"{provider}/hook", json={"username": "a@x"}, headers={"Idempotency-Key": "k1"})
    again = idp_double.Provider(*files)
    assert [again.lets_in(one) for one in ("s1", "s2", "s3")] == [False, False, True]
    assert idp_double.read_orders(files[1])[0]["key"] == "k1"


def test_an_order_after_a_kill_stands_on_a_line_of_its_own(files: tuple[Path, Path]) -> None:
    idp_double.Provider(*files).end("a@x", "k1")
    with files[1].open("a", encoding="utf-8") as journal:
        journal.write('{"at": "2026-11-2')
    idp_double.Provider(*files).end("b@x", "k2")
    assert [one["key"] for one in idp_double.read_orders(files[1])] == ["k1", "k2"]
