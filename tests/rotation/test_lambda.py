"""The Lambda of Secrets Manager's own schedule: four events against moto and the simulated org."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import uuid
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.core import DEFAULT_ACCOUNT_ID
from moto.secretsmanager.models import secretsmanager_backends

from leakresponse.adapters.salesforce.certificates import deploy_certificate
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.errors import BadInput, Refused
from leakresponse.core.redact import HiddenDict
from leakresponse.rotation import lambda_handler
from leakresponse.rotation.kinds import jwt_key_pair
from leakresponse.rotation.types import SecretEntry
from tests.support.rotation import good_versions, stock_key, stock_pair
from tests.support.served_org import Served

ACCESS = "leak-response/rotation-access"
FOLDER = Path(__file__).resolve().parents[2] / "deployments/aws"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


class Killed(BaseException):
    """The process ends here: nothing of ours catches it."""


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch, vault: SecretsManager, org: Served) -> None:
    """As the function's configuration has it; the way into the org lies in the vault."""
    for name, value in {
        "AWS_ENDPOINT_URL": vault._client.meta.endpoint_url, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal", lambda_handler.ACCESS: ACCESS,
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    monkeypatch.setenv(lambda_handler.CA_FILE, org.facts["ca_file"])
    monkeypatch.setattr(lambda_handler, "RULES", replace(lambda_handler.RULES, proof_seconds=5.0))
    key = Path(org.facts["private_key_file"]).read_text(encoding="utf-8")
    way = {"instance_url": org.facts["https_url"], "org_id": org.world.org_id, "private_key_pem": key}
    vault.create(ACCESS, HiddenDict({**way, **{n: org.facts[n] for n in ("consumer_key", "username")}}), {})


@pytest.fixture
def entry(org: Served, vault: SecretsManager) -> SecretEntry:
    return stock_key(vault, org, "order.sync")


def begin(vault: SecretsManager, name: str) -> str:
    """What Secrets Manager does when a rotation is due: a version that is AWSPENDING and has no value.

    moto's own RotateSecret makes it current at once where it has no Lambda to call, so its state is set here.
    """
    secret, version = secretsmanager_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].secrets[name], str(uuid.uuid4())
    secret.rotation_enabled = secret.rotation_requested = True
    secret.remove_version_stages_from_old_versions(["AWSPENDING"])
    secret.versions[version] = {"createdate": 0, "version_id": version, "version_stages": ["AWSPENDING"]}
    return version


def send(step: str, name: str, version: str) -> None:
    lambda_handler.handler({"Step": step, "SecretId": name, "ClientRequestToken": version}, None)


def rotate(vault: SecretsManager, name: str) -> str:
    version = begin(vault, name)
    for step in STEPS:
        send(step, name, version)
    return version


def test_the_four_events_end_in_a_new_key_that_works_and_an_old_one_that_does_not(
    org: Served, vault: SecretsManager, entry: SecretEntry
) -> None:
    old, facts = vault.read(entry.name)["private_key_pem"], org.integration("order.sync")
    version = rotate(vault, entry.name)
    assert vault.describe(entry.name).stages[version] == ("AWSCURRENT",)
    assert good_versions(vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]
    assert org.key_login(facts, key=vault.read(entry.name)["private_key_pem"]).status_code == 200
    assert org.key_login(facts, key=old).json()["error"] == "invalid_grant"


def test_every_event_may_come_twice(org: Served, vault: SecretsManager, entry: SecretEntry) -> None:
    version = begin(vault, entry.name)
    for step in STEPS:
        send(step, entry.name, version)
        made = vault.read(entry.name, version=version)["private_key_pem"]
        send(step, entry.name, version)
        assert vault.read(entry.name, version=version)["private_key_pem"] == made
    facts = org.integration("order.sync")
    assert org.key_login(facts, key=vault.read(entry.name)["private_key_pem"]).status_code == 200
    assert good_versions(vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_step_before_the_value_is_made_is_refused_and_changes_nothing(
    org: Served, vault: SecretsManager, entry: SecretEntry, step: str
) -> None:
    version = begin(vault, entry.name)
    with pytest.raises(Refused):
        send(step, entry.name, version)
    facts = org.integration("order.sync")
    assert org.key_login(facts, key=vault.read(entry.name)["private_key_pem"]).status_code == 200
    assert vault.describe(entry.name).stages[version] == ("AWSPENDING",)


def test_finish_before_set_never_makes_a_key_current_that_the_org_does_not_know(
    org: Served, vault: SecretsManager, entry: SecretEntry
) -> None:
    before = vault.read(entry.name)["private_key_pem"]
    version = begin(vault, entry.name)
    send("createSecret", entry.name, version)
    with pytest.raises(Refused):
        send("finishSecret", entry.name, version)
    assert vault.read(entry.name)["private_key_pem"] == before
    assert org.key_login(org.integration("order.sync"), key=before).status_code == 200


def test_after_the_end_further_events_do_nothing(vault: SecretsManager, entry: SecretEntry) -> None:
    version = rotate(vault, entry.name)
    before = dict(vault.read(entry.name))
    for step in STEPS:
        send(step, entry.name, version)
    assert vault.read(entry.name) == before


def killed_after(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> None:
    """The process dies right after this has done its work, the first time."""
    real, calls = getattr(owner, name), []

    def act(*given: Any, **options: Any) -> Any:
        found = real(*given, **options)
        calls.append(1)
        if len(calls) == 1:
            raise Killed
        return found

    monkeypatch.setattr(owner, name, act)


@pytest.mark.parametrize(
    ("step", "owner", "name"),
    [
        ("createSecret", jwt_key_pair, "make_key_pair"),
        ("createSecret", SecretsManager, "put_pending"),
        ("setSecret", jwt_key_pair, "deploy_certificate"),
        ("testSecret", jwt_key_pair, "try_key"),
        ("finishSecret", SecretsManager, "promote"),
    ],
)
def test_a_step_that_was_killed_is_repeated_to_one_good_version(
    org: Served, vault: SecretsManager, entry: SecretEntry, monkeypatch: pytest.MonkeyPatch, step: str, owner: Any,
    name: str,
) -> None:  # fmt: skip
    version = begin(vault, entry.name)
    for one in STEPS:
        if one == step:
            with monkeypatch.context() as patch:
                killed_after(patch, owner, name)
                with pytest.raises(Killed):
                    send(one, entry.name, version)
        send(one, entry.name, version)
    assert good_versions(vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]
    assert vault.describe(entry.name).stages[version] == ("AWSCURRENT",)
    key = vault.read(entry.name)["private_key_pem"]
    assert org.key_login(org.integration("order.sync"), key=key).status_code == 200


def test_killed_between_the_promotion_and_the_end_of_awspending(
    vault: SecretsManager, entry: SecretEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = begin(vault, entry.name)
    for step in STEPS[:3]:
        send(step, entry.name, version)
    with monkeypatch.context() as patch:

        def dies(self: SecretsManager, name: str, but: str = "") -> None:
            raise Killed

        patch.setattr(SecretsManager, "drop_pending", dies)
        with pytest.raises(Killed):
            send("finishSecret", entry.name, version)
    assert set(vault.describe(entry.name).stages[version]) == {"AWSCURRENT", "AWSPENDING"}
    send("finishSecret", entry.name, version)
    assert good_versions(vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_a_new_key_that_is_refused_goes_and_the_old_one_is_back(
    org: Served, vault: SecretsManager, entry: SecretEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = org.integration("order.sync")
    version = begin(vault, entry.name)
    send("createSecret", entry.name, version)
    other = jwt_key_pair.make_key_pair("somebody else").certificate_pem
    with monkeypatch.context() as patch:
        patch.setattr(jwt_key_pair, "deploy_certificate", lambda c, place, _: deploy_certificate(c, place, other))
        send("setSecret", entry.name, version)
    with pytest.raises(Refused, match="the old one is back"):
        send("testSecret", entry.name, version)
    assert org.key_login(facts, key=vault.read(entry.name)["private_key_pem"]).status_code == 200
    assert good_versions(vault, entry.name) == [("AWSCURRENT",)]


def test_with_overlap_the_old_pair_lives_until_the_next_rotation_begins(org: Served, vault: SecretsManager) -> None:
    entry = stock_pair(vault, org, "returns.portal")
    first = dict(vault.read(entry.name))

    def login(value: dict[str, str]) -> int:
        return org.form(
            "token", grant_type="client_credentials", client_id=value["consumer_key"],
            client_secret=value["consumer_secret"],
        ).status_code  # fmt: skip

    rotate(vault, entry.name)
    second = dict(vault.read(entry.name))
    assert (login(first), login(second)) == (200, 200)
    version = begin(vault, entry.name)
    send("createSecret", entry.name, version)
    assert (login(first), login(second)) == (400, 200)
    for step in STEPS[1:]:
        send(step, entry.name, version)
    assert login(dict(vault.read(entry.name))) == 200


def test_what_is_checked_before_anything_is_done(
    org: Served, vault: SecretsManager, entry: SecretEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(BadInput, match="not enabled for rotation"):
        send("createSecret", entry.name, str(uuid.uuid4()))
    version = begin(vault, entry.name)
    with pytest.raises(BadInput, match="no stage"):
        send("createSecret", entry.name, str(uuid.uuid4()))
    with pytest.raises(BadInput, match="not an event"):
        send("dropTables", entry.name, version)
    vault.drop_pending(entry.name)
    with pytest.raises(BadInput, match=r"not set as AWSPENDING|no stage"):
        send("createSecret", entry.name, version)


def test_a_kind_that_needs_a_person_is_not_for_a_schedule(org: Served, vault: SecretsManager) -> None:
    vault.create("sf/loader", HiddenDict({"password": "x"}), {"leak-response:kind": "user_password"})
    with pytest.raises(BadInput, match="a person brings"):
        send("createSecret", "sf/loader", begin(vault, "sf/loader"))


def test_another_orgs_secret_is_refused(org: Served, vault: SecretsManager) -> None:
    value = {"consumer_key": "3MVGsomething", "username": "x@example.com", "private_key_pem": "none"}
    tags = {"leak-response:kind": "jwt_key_pair", "leak-response:org": "00D000000000099AAA"}
    vault.create("sf/other", HiddenDict(value), tags)
    with pytest.raises(BadInput, match="another org"):
        send("createSecret", "sf/other", begin(vault, "sf/other"))


def test_it_never_rotates_the_app_that_it_logs_in_with(org: Served, vault: SecretsManager) -> None:
    value = vault.read(ACCESS)
    tags = {"leak-response:kind": "jwt_key_pair", "leak-response:org": org.world.org_id}
    vault.create("sf/own", HiddenDict(value), tags)
    with pytest.raises(BadInput, match="cut itself off"):
        send("createSecret", "sf/own", begin(vault, "sf/own"))


def test_importing_it_loads_no_orchestrator_and_nothing_heavy() -> None:
    heavy = ("prefect", "pandas", "great_expectations", "sqlalchemy", "pyarrow", "duckdb")
    code = (
        "import sys, leakresponse.rotation.lambda_handler; "
        f"print(sorted(m for m in {heavy!r} if m in sys.modules))"
    )  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=True)
    assert done.stdout.strip() == "[]"


def test_it_can_be_imported_with_its_requirements_alone() -> None:
    """Every other distribution is hidden from the import; what the named ones bring along is there."""
    reached, more = set[str](), set((FOLDER / "rotation-lambda-requirements.txt").read_text().splitlines()[1:])
    while more:
        one = more.pop()
        reached.add(one)
        more |= {_name(line) for line in importlib.metadata.requires(one) or [] if "extra ==" not in line} - reached
    done = subprocess.run(
        [sys.executable, "-c", _HIDING, *reached, "leakresponse"], capture_output=True, text=True, timeout=120
    )  # fmt: skip
    assert done.stdout.strip() == "handler", done.stderr[-2000:]


_HIDING = """
import importlib.metadata, re, sys
shown = set(sys.argv[1:])
plain = lambda name: re.sub(r"[-_.]+", "-", name).lower()
own = {top: {plain(one) for one in names} for top, names in importlib.metadata.packages_distributions().items()}
class Hide:
    def find_spec(self, name, path=None, target=None):
        if own.get(name.partition(".")[0], shown).isdisjoint(shown):
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Hide())
from leakresponse.rotation.lambda_handler import handler
print(handler.__name__)
"""


def _name(requirement: str) -> str:
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;(]", requirement)[0]).lower()


def test_its_role_allows_what_it_calls_and_no_more(
    org: Served, vault: SecretsManager, entry: SecretEntry, monkeypatch: pytest.MonkeyPatch
) -> None:
    role = json.loads((FOLDER / "rotation-lambda-role.json").read_text())
    allows = [one for one in role["Statement"] if one["Effect"] == "Allow"]
    allowed = {action for one in allows for action in one["Action"] if action.startswith("secretsmanager:")}
    called: set[str] = set()
    real = SecretsManager._call

    def noted(self: SecretsManager, operation: str, **arguments: Any) -> Any:
        called.add(operation)
        return real(self, operation, **arguments)

    monkeypatch.setattr(SecretsManager, "_call", noted)
    rotate(vault, entry.name)
    names = boto3.client("secretsmanager").meta.method_to_api_mapping
    assert {f"secretsmanager:{names[one]}" for one in called} == allowed
