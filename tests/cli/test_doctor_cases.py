"""What the doctor asks about the encryption of cases, and what it advises."""

from __future__ import annotations

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from blocks import CaseStore, SalesforceOrg
from leakresponse.commands.doctor import _check
from leakresponse.commands.doctor_cases import encryption_questions
from tests.support import keyrings


def store(encryption: str) -> CaseStore:
    return CaseStore(root="/cases", ledger_url="sqlite://", encryption=encryption)


def org(**kind: bool) -> SalesforceOrg:
    return SalesforceOrg(instance_url="https://x", consumer_key="k", username="u", **kind)


def ask(found: CaseStore, *orgs: SalesforceOrg) -> dict:
    [question] = encryption_questions("main", found, orgs)
    return _check(*question)


def test_plain_files_and_a_production_org_are_not_ready():
    answer = ask(store("plain"), org(sandbox=True), org())
    assert not answer["ok"] and "vault or keyring" in answer["fix"]


@pytest.mark.parametrize("kind", ["sandbox", "simulated"])
def test_plain_files_are_ready_where_nothing_is_real(kind):
    assert ask(store("plain"), org(**{kind: True}))["ok"]


def test_a_keyring_that_answers_is_ready_and_nothing_is_made_in_it():
    with keyrings.in_use() as backend:
        assert ask(store("keyring"), org())["ok"]
        assert backend.entries == {}


def test_a_machine_without_a_keyring_is_not_ready():
    with keyrings.in_use():
        keyring.set_keyring(NoKeyring())
        answer = ask(store("keyring"), org())
    assert not answer["ok"] and "unlock the keyring" in answer["fix"]
