"""What the doctor asks about evidence buckets and timestamp authorities, and what it advises."""

from __future__ import annotations

import shutil

import pytest

from blocks import CaseStore, TimestampAuthority
from leakresponse.commands.doctor import _check
from leakresponse.commands.doctor_evidence import authority_questions, bucket_questions
from tests.support import aws as double
from tests.support import timestamps


@pytest.fixture(scope="module")
def aws():
    with double.serving() as served:
        yield served


def store_at(aws, bucket, key):
    return CaseStore(
        root="/cases",
        ledger_url="sqlite://",
        evidence_url=f"s3://{bucket}/cases",
        retention_days=30,
        kms_key_id=key,
        evidence_endpoint_url=aws.url,
    )


def ask(store):
    """The answer to each question by its name, without the block's own."""
    found = (_check(*question) for question in bucket_questions("main", store))
    return {check["check"].removesuffix(" main"): check for check in found}


def lock_by_default(aws, bucket, mode="COMPLIANCE"):
    rule = {"DefaultRetention": {"Mode": mode, "Days": 30}}
    aws.s3.put_object_lock_configuration(
        Bucket=bucket, ObjectLockConfiguration={"ObjectLockEnabled": "Enabled", "Rule": rule}
    )
    return bucket


def test_evidence_in_the_case_folder_raises_no_question():
    assert bucket_questions("main", CaseStore(root="/cases", ledger_url="sqlite://")) == []


def test_a_bucket_that_is_set_up_is_ready(aws):
    answers = ask(store_at(aws, lock_by_default(aws, aws.bucket()), aws.key()))
    assert all(check["ok"] for check in answers.values())
    assert answers["default retention"]["found"] == "30 days" and answers["evidence key"]["found"] == "Enabled"


def test_a_bucket_that_is_not_there(aws):
    answers = ask(store_at(aws, "nowhere-at-all", aws.key()))
    assert not answers["evidence bucket"]["ok"] and "bucket's name" in answers["evidence bucket"]["fix"]


def test_a_bucket_without_object_lock(aws):
    answers = ask(store_at(aws, aws.bucket(lock=False), aws.key()))
    assert answers["evidence bucket"]["ok"] and not answers["object lock"]["ok"]
    assert "turn Object Lock on" in answers["object lock"]["fix"]


@pytest.mark.parametrize("mode", [None, "GOVERNANCE"])
def test_a_default_that_somebody_could_lift_or_none(aws, mode):
    bucket = lock_by_default(aws, aws.bucket(), mode) if mode else aws.bucket()
    answers = ask(store_at(aws, bucket, aws.key()))
    assert answers["object lock"]["ok"] and not answers["default retention"]["ok"]
    assert "30 days in compliance mode" in answers["default retention"]["fix"]


def test_a_key_that_is_disabled(aws):
    key = aws.key()
    aws.kms.disable_key(KeyId=key)
    answer = ask(store_at(aws, lock_by_default(aws, aws.bucket()), key))["evidence key"]
    assert (answer["ok"], answer["found"]) == (False, "Refused Disabled") and "enable the KMS key" in answer["fix"]


def test_a_key_that_is_not_there(aws):
    answer = ask(store_at(aws, aws.bucket(), "00000000-0000-0000-0000-000000000000"))["evidence key"]
    assert (answer["ok"], answer["found"]) == (False, "Refused NotFoundException")


@pytest.mark.parametrize("missing", [{"retention_days": 0}, {"kms_key_id": ""}, {"evidence_url": "/folder"}])
def test_a_bucket_without_retention_key_or_address_cannot_be_saved(missing):
    whole = {"evidence_url": "s3://bucket/cases", "retention_days": 30, "kms_key_id": "k"}
    with pytest.raises(ValueError, match="needs an address"):
        CaseStore(root="/cases", ledger_url="sqlite://", **{**whole, **missing})


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the test's authority signs with openssl")
def test_an_authority_is_asked_for_a_timestamp(tmp_path):
    with timestamps.serving(tmp_path / "tsa") as served, timestamps.serving(tmp_path / "other") as other:
        good = TimestampAuthority(url=served.url, ca_certificate=served.ca_pem.decode())
        bad = TimestampAuthority(url=served.url, ca_certificate=other.ca_pem.decode())
        answers = [_check(*authority_questions("tsa", authority)[0]) for authority in (good, bad)]
    assert [answer["ok"] for answer in answers] == [True, False]
    assert answers[1]["found"] == "Refused NOT_TRUSTED" and "CA certificates" in answers[1]["fix"]
