"""The AWS policies in deployments/aws: what they allow is what evidence needs, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "deployments/aws"
ROLE = (FOLDER / "evidence-role.json").read_text()
ALLOWED = {
    "s3:PutObject", "s3:PutObjectRetention", "s3:AbortMultipartUpload", "s3:GetObject", "s3:GetObjectVersion",
    "s3:GetObjectRetention", "s3:ListBucketVersions", "s3:GetBucketObjectLockConfiguration",
    "kms:DescribeKey", "kms:GenerateDataKey", "kms:Decrypt",
}  # fmt: skip


def many(value):
    return [value] if isinstance(value, str) else value


def statements(effect):
    return [s for s in json.loads(ROLE)["Statement"] if s["Effect"] == effect]


def test_the_role_may_do_exactly_what_evidence_needs():
    assert {action for s in statements("Allow") for action in many(s["Action"])} == ALLOWED


def test_no_action_is_a_wildcard_and_no_resource_is_wider_than_the_prefix():
    for statement in statements("Allow"):
        assert not any("*" in action for action in many(statement["Action"]))
        for resource in many(statement["Resource"]):
            assert "*" not in resource.removesuffix("/EVIDENCE_PREFIX/*")


def test_deleting_and_lifting_locks_is_denied_even_where_another_policy_allows_it():
    denied = {action for s in statements("Deny") for action in many(s["Action"])}
    assert denied == {"s3:DeleteObject", "s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"}


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.json")), ids=lambda p: p.name)
def test_every_policy_parses_and_names_its_statements(path):
    document = json.loads(path.read_text())
    assert document["Version"] == "2012-10-17"
    assert all(s["Sid"].isalnum() for s in document["Statement"])


def test_the_bucket_itself_only_denies():
    document = json.loads((FOLDER / "evidence-bucket.json").read_text())
    assert {s["Effect"] for s in document["Statement"]} == {"Deny"}
