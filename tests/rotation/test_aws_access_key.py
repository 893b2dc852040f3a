"""An access key of an IAM user on moto, which is told to check signatures: made, used, deleted, refused."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from moto.core.authorization import enable_iam_authentication

from leakresponse.adapters.aws_keys import AccessKey, AwsKeys
from leakresponse.adapters.secrets_manager import SecretsManager
from leakresponse.core.redact import HiddenDict, Redacted
from leakresponse.core.secret_rules import fingerprint
from leakresponse.rotation.exposed import Exposed
from leakresponse.rotation.exposed_ends import AWS_KEY, end_exposed
from leakresponse.rotation.journal import LedgerJournal
from leakresponse.rotation.kinds.aws_access_key import AwsAccessKey
from leakresponse.rotation.rotate import first_pass, outcome_of, second_pass
from leakresponse.rotation.types import Mode, Outcome, RotationContext, Rules, SecretEntry
from tests.support import aws
from tests.support.rotation import Hands, good_versions, hands_of

USER = "snowpipe"
ANYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
ITSELF = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:*", "Resource": "*"}]}


@dataclass
class Account:
    """An account whose requests are checked: its IAM by the operator's role, and a vault beside it."""

    url: str
    operator: tuple[str, str]
    iam: Any

    def keys(self) -> AwsKeys:
        return AwsKeys("us-east-1", self.url, self.operator)

    def context(self, hands: Hands, mode: Mode = "planned") -> RotationContext:
        journal = LedgerJournal(hands.ledger, hands.case_id)
        rules = Rules(mode=mode, proof_seconds=0.2, poll_seconds=0.1)
        return RotationContext(hands.vault, {}.__getitem__, journal, rules, aws_keys=self.keys)


def _user(iam: Any, name: str, policy: dict[str, Any]) -> dict[str, str]:
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=json.dumps(policy))
    return dict(iam.create_access_key(UserName=name)["AccessKey"])


@pytest.fixture
def account() -> Iterator[Account]:
    with aws.serving() as served:
        root = served.client("iam")
        for user in root.list_users()["Users"]:
            for key in root.list_access_keys(UserName=user["UserName"])["AccessKeyMetadata"]:
                root.delete_access_key(UserName=user["UserName"], AccessKeyId=key["AccessKeyId"])
            for policy in root.list_user_policies(UserName=user["UserName"])["PolicyNames"]:
                root.delete_user_policy(UserName=user["UserName"], PolicyName=policy)
            root.delete_user(UserName=user["UserName"])
        made = _user(root, "operator", ANYTHING)
        operator = (made["AccessKeyId"], made["SecretAccessKey"])
        own = {"aws_access_key_id": operator[0], "aws_secret_access_key": operator[1], "region_name": "us-east-1"}
        with enable_iam_authentication():
            yield Account(served.url, operator, boto3.client("iam", endpoint_url=served.url, **own))


@pytest.fixture
def hands(account: Account, tmp_path) -> Hands:
    return hands_of(tmp_path, SecretsManager("us-east-1", account.url, account.operator))


@pytest.fixture
def entry(account: Account, hands: Hands) -> Iterator[SecretEntry]:
    key = _user(account.iam, USER, ITSELF)
    value = {"iam_user": USER, "access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    hands.vault.create("aws/snowpipe", HiddenDict(value), {})
    yield SecretEntry("aws/snowpipe", "aws_access_key", "")
    hands.vault._client.delete_secret(SecretId="aws/snowpipe", ForceDeleteWithoutRecovery=True)


def rotated(account: Account, hands: Hands, entry: SecretEntry, mode: Mode = "planned") -> Outcome:
    context = account.context(hands, mode)
    return outcome_of(context, second_pass(context, first_pass(context, entry)))


def tried(account: Account, value: dict[str, str]) -> str:
    return account.keys().try_key(AccessKey(Redacted(value["access_key_id"]), Redacted(value["secret_access_key"])))


def key_ids(account: Account) -> list[str]:
    return [one["AccessKeyId"] for one in account.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]]


@pytest.mark.parametrize("mode", ["planned", "emergency"])
def test_the_new_key_works_and_sts_no_longer_knows_the_old_one(
    account: Account, hands: Hands, entry: SecretEntry, mode: Mode
) -> None:
    old = dict(hands.vault.read(entry.name))
    assert tried(account, old) == ""
    outcome = rotated(account, hands, entry, mode)
    assert outcome.good, outcome
    assert (outcome.refusal, outcome.proven) == ("InvalidClientTokenId", True)
    new = hands.vault.read(entry.name)
    assert (tried(account, new), tried(account, old)) == ("", "InvalidClientTokenId")
    assert key_ids(account) == [new["access_key_id"]]
    assert good_versions(hands.vault, entry.name) == [("AWSCURRENT",), ("AWSPREVIOUS",)]


def test_a_key_that_a_killed_try_made_is_cleared_away(account: Account, hands: Hands, entry: SecretEntry) -> None:
    context = account.context(hands)
    AwsAccessKey().create(context, entry, hands.vault.read(entry.name))  # and killed before it is stored
    assert len(key_ids(account)) == 2
    assert rotated(account, hands, entry).good
    assert len(key_ids(account)) == 1


def test_a_second_key_that_was_there_before_is_left_to_a_person(
    account: Account, hands: Hands, entry: SecretEntry
) -> None:
    other = account.iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    outcome = rotated(account, hands, entry)
    assert outcome.error == "TWO_KEYS_IN_USE"
    assert other in key_ids(account)


def test_a_second_key_that_is_off_makes_room(account: Account, hands: Hands, entry: SecretEntry) -> None:
    other = account.iam.create_access_key(UserName=USER)["AccessKey"]["AccessKeyId"]
    account.iam.update_access_key(UserName=USER, AccessKeyId=other, Status="Inactive")
    assert rotated(account, hands, entry).good
    assert other not in key_ids(account)


def test_an_exposed_key_is_found_by_fingerprint_and_switched_off(
    account: Account, hands: Hands, entry: SecretEntry
) -> None:
    key_id = hands.vault.read(entry.name)["access_key_id"]
    [done] = end_exposed(account.context(hands), [Exposed(AWS_KEY, fingerprint(key_id), ("500000000000001",))])
    assert (done.state, done.how) == ("ended", "STATED_BY_AWS")
    states = account.iam.list_access_keys(UserName=USER)["AccessKeyMetadata"]
    assert [one["Status"] for one in states] == ["Inactive"]
    assert key_id not in repr(done)


def test_a_key_of_another_account_is_a_persons_duty(account: Account, hands: Hands) -> None:
    [done] = end_exposed(account.context(hands), [Exposed(AWS_KEY, "0123456789abcdef", ("500000000000001",))])
    assert done.state == "person"
    assert done.duty[0] == "owner of the AWS account"
