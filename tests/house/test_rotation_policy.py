"""The policy of the role that rotates allows what the steps call, and nothing that takes a secret away."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from leakresponse.adapters import secrets_manager
from leakresponse.adapters.secrets_manager import SecretsManager

POLICY = json.loads((Path(__file__).resolve().parents[2] / "deployments/aws/rotation-flow-role.json").read_text())
USED = ("listed", "describe", "current_since", "read", "read_text", "put_pending", "promote", "drop_pending")


def allowed() -> set[str]:
    found = {action for one in POLICY["Statement"] if one["Effect"] == "Allow" for action in one["Action"]}
    return {action.removeprefix("secretsmanager:") for action in found}


def called(vault: SecretsManager, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """What the verbs that rotation uses ask of AWS."""
    asked: set[str] = set()
    answers = {
        "list_secrets": {"SecretList": []}, "list_secret_version_ids": {"Versions": []},
        "describe_secret": {"Name": "x", "VersionIdsToStages": {"v": ["AWSPENDING"], "w": ["AWSCURRENT"]}},
        "get_secret_value": {"SecretString": "{}"},
    }  # fmt: skip

    def call(self: SecretsManager, operation: str, **_: object) -> object:
        asked.add("".join(part.capitalize() for part in operation.split("_")))
        return answers.get(operation, {})

    monkeypatch.setattr(secrets_manager.SecretsManager, "_call", call)
    arguments = {"put_pending": ("x", "v", {}), "promote": ("x", "v"), "listed": ()}
    for name in USED:
        done = getattr(vault, name)(*arguments.get(name, ("x",)))
        if name == "listed":
            list(done)
    return asked


def test_it_allows_what_the_steps_call_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    vault = SecretsManager("us-east-1", "http://127.0.0.1:1", ("rehearsal", "rehearsal"))
    assert allowed() - {"cloudtrail:LookupEvents"} == called(vault, monkeypatch)


def test_writing_wants_the_tag_of_an_org() -> None:
    (writing,) = [one for one in POLICY["Statement"] if "secretsmanager:PutSecretValue" in one["Action"]]
    assert writing["Condition"] == {"Null": {"aws:ResourceTag/leak-response:org": "false"}}
