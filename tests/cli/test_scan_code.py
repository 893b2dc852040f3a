"""scan-code: 1 where a live secret is found, 0 where none, 2 for a wrong call; no value is ever printed."""

from __future__ import annotations

import json

import pytest
from moto.server import ThreadedMotoServer
from prefect.settings import PREFECT_API_URL
from prefect.testing.utilities import prefect_test_harness

from blocks import AwsVault
from leakresponse.cli import DOES_NOT_HOLD, HOLDS, WRONG_CALL, main
from leakresponse.core.secret_rules import fingerprint
from tests.support.git_repository import GitRepository

SECRET = "0A1B2C3D" * 8
PASSWORD, TOKEN = "Winter-2025", "aB3dE5fG7hJ9kL1mN3pQ5rS7"
LINE = f'CLIENT_SECRET = "{SECRET}"\n'


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LEAK_RESPONSE_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)


@pytest.fixture
def code(tmp_path):
    made = GitRepository(tmp_path / "code")
    made.commit({"a.py": LINE})
    made.commit({"a.py": f"sf = Salesforce(password='{PASSWORD}{TOKEN}')\n"})
    return made.root


@pytest.fixture(scope="module")
def vault():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    block = AwsVault(endpoint_url=f"http://127.0.0.1:{server.get_host_and_port()[1]}")
    with prefect_test_harness(server_startup_timeout=120):
        block.save("vault")
        yield block.secrets(), PREFECT_API_URL.value()
    server.stop()


def test_without_comparing_nothing_is_live(code, capsys):
    assert main(["scan-code", str(code), "--history", "--no-compare", "--json"]) == HOLDS
    printed = capsys.readouterr().out
    report = json.loads(printed)
    assert (report["compared"], report["live"], report["commits"]) == (False, 0, 2)
    assert {one["kind"] for one in report["findings"]} == {
        "salesforce_consumer_secret",
        "salesforce_password_with_token",
    }
    assert SECRET not in printed and PASSWORD not in printed


def test_a_secret_of_the_vault_is_live_and_told_with_what_replaces_it(code, vault, monkeypatch, capsys):
    secrets, url = vault
    monkeypatch.setenv("PREFECT_API_URL", url)
    secrets.create("salesforce/sync", {"consumer_secret": SECRET}, {"leak-response:consumers": "nightly web"})
    secrets.create("salesforce/soap", {"password": PASSWORD, "security_token": TOKEN}, {})
    assert main(["scan-code", str(code), "--history", "--json"]) == DOES_NOT_HOLD
    printed = capsys.readouterr().out
    rows = {one["kind"]: one for one in json.loads(printed)["findings"]}
    sync, soap = rows["salesforce_consumer_secret"], rows["salesforce_password_with_token"]
    assert (sync["live"], sync["consumers"], sync["places"][0]["path"]) == (True, ["nightly", "web"], "a.py")
    assert sync["replace_with"].startswith("arn:") and sync["replace_with"].endswith("#consumer_secret")
    assert (soap["secret"], soap["live"]) == ("salesforce/soap", True)
    assert not any(value in printed for value in (SECRET, PASSWORD, TOKEN))

    allow = code.parent / "allowed"
    allow.write_text(f"# known\n{fingerprint(SECRET)} rotated\n")
    assert main(["scan-code", str(code), "--history", "--allow", str(allow)]) == WRONG_CALL
    allow.write_text(f"# known\n{fingerprint(SECRET)} # rotated\n{fingerprint(PASSWORD + TOKEN)}\n")
    assert main(["scan-code", str(code), "--history", "--allow", str(allow)]) == HOLDS
    assert "0 of them live" in capsys.readouterr().out

    secrets.replace("salesforce/sync", {"consumer_secret": "4E5F6A7B" * 8})
    assert main(["scan-code", str(code), "--history", "--json"]) == DOES_NOT_HOLD
    rows = {one["kind"]: one for one in json.loads(capsys.readouterr().out)["findings"]}
    assert (rows["salesforce_consumer_secret"]["stage"], rows["salesforce_consumer_secret"]["live"]) == (
        "AWSPREVIOUS",
        False,
    )


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (["nowhere", "--no-compare"], "not a folder"),
        ([".", "--history", "--no-compare"], "not a git repository"),
        (["."], "no Prefect server is known"),
    ],
)
def test_a_wrong_call_is_said_in_one_line(call, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["scan-code", *call]) == WRONG_CALL
    assert said in capsys.readouterr().err
