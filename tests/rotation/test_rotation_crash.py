"""kill -9 after each of the four steps, and at every call: taken up again, one good version is current and no other."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.rotation.types import SecretEntry
from tests.support.rotation import stock_key, stock_pair
from tests.support.served_org import Served

_DRIVER = Path(__file__).with_name("rotation_crash_driver.py")
pytestmark = pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc and fork")
KINDS: dict[str, tuple[Callable[..., SecretEntry], str]] = {
    "jwt_key_pair": (stock_key, "order.sync"),
    "eca_key_secret": (stock_pair, "returns.portal"),
}
WAYS = [pytest.param(kind, mode, id=f"{kind}-{mode}") for kind in KINDS for mode in ("planned", "emergency")]


def killed(folder: Path, vault: SecretsManager, org: Served, kind: str, mode: str, **points: Any) -> list[Any]:
    stock, user = KINDS[kind]
    entry = {**asdict(stock(vault, org, user)), "last_rotated": None, "tags": {}}
    access = {
        "instance_url": org.facts["https_url"], "consumer_key": org.facts["consumer_key"],
        "username": org.facts["username"], "ca_file": org.facts["ca_file"],
        "private_key": Path(org.facts["private_key_file"]).read_text(),
    }  # fmt: skip
    order = {
        "access": access, "vault": vault._client.meta.endpoint_url, "ledger": str(folder / "crash.sqlite"),
        "out": str(folder / "out.json"), "entry": entry, "mode": mode, **points,
    }  # fmt: skip
    (folder / "order.json").write_text(json.dumps(order))
    command = [sys.executable, str(_DRIVER), str(folder / "order.json")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=1500)
    assert done.returncode == 0, done.stderr[-2000:]
    return list(json.loads(done.stdout))


def check(results: list[Any]) -> None:
    assert [r["point"] for r in results if not r["good"]] == [], [r for r in results if not r["good"]][:1]
    assert [r["point"] for r in results if r["labels"] != [["AWSCURRENT"], ["AWSPREVIOUS"]]] == []
    assert [r["point"] for r in results if r["broken"]] == []


@pytest.mark.parametrize(("kind", "mode"), WAYS)
def test_after_each_of_the_four_steps(tmp_path: Path, vault: SecretsManager, org: Served, kind: str, mode: str) -> None:
    results = killed(tmp_path, vault, org, kind, mode, points="steps")
    assert [(r["point"], r["ended"]) for r in results] == [
        ("createSecret", False), ("setSecret", False), ("testSecret", False), ("finishSecret", False),
    ]  # fmt: skip
    check(results)


@pytest.mark.torture
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("kind", "mode"), WAYS)
def test_at_every_call(tmp_path: Path, vault: SecretsManager, org: Served, kind: str, mode: str) -> None:
    results = killed(tmp_path, vault, org, kind, mode, points="calls", every=1)
    assert len(results) > 60
    check(results)
