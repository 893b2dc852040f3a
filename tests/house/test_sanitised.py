"""What leaves a step or a flow when it fails: a type and a place, never a value; and what carries a secret hides it."""

from __future__ import annotations

import importlib
import pickle
import pkgutil
from dataclasses import dataclass

import pytest
from prefect import Flow, Task
from prefect.exceptions import ParameterTypeError

import flows
import tasks
from blocks import CaseStore, SalesforceOrg
from flows.approve import approve
from flows.contain import contain
from leakresponse.adapters.keypair import make_key_pair
from leakresponse.adapters.salesforce.access import OrgAccess
from leakresponse.adapters.smtp import Mail
from leakresponse.core.errors import Refused, Unavailable, Unforeseen
from leakresponse.core.redact import MASK, HiddenDict, Redacted
from leakresponse.core.types import Principal
from tasks.guard import sanitised

SSN, MAIL = "078-05-1120", "jane.roe@example.com"
RUNNABLE = [
    (f"{room.__name__}.{m.name}.{name}", value)
    for room in (flows, tasks)
    for m in pkgutil.iter_modules(room.__path__)
    for name, value in vars(importlib.import_module(f"{room.__name__}.{m.name}")).items()
    if isinstance(value, (Flow, Task))
]


@pytest.mark.parametrize(("name", "runnable"), RUNNABLE, ids=[name for name, _ in RUNNABLE])
def test_every_step_and_flow_is_sanitised(name, runnable):
    assert vars(runnable.fn).get("sanitised"), f"{name} is made by neither `step` nor `playbook`"


def test_a_foreign_exception_gives_its_type_and_place_only():
    @sanitised
    def look_up():
        return {}[MAIL]

    with pytest.raises(Unforeseen) as failed:
        look_up()
    assert str(failed.value).startswith("KeyError")
    assert MAIL not in repr(failed.value)
    assert failed.value.__suppress_context__


def test_the_place_is_a_line_of_ours():
    from tasks.casework import subject_hash

    with pytest.raises(
        Unforeseen, match=r"^ValueError at tasks/casework\.py:\d+ in subject_hash, raised at encoder\.py"
    ):
        loop: dict[str, object] = {}
        loop["loop"] = loop
        sanitised(subject_hash)(loop)


def test_our_own_exception_keeps_type_and_code_but_not_what_it_quotes():
    @sanitised
    def ask():
        try:
            raise KeyError(SSN)
        except KeyError as error:
            raise Refused(f"refused for {MAIL}", "NO") from error

    with pytest.raises(Refused) as failed:
        ask()
    assert (str(failed.value), failed.value.code, failed.value.__cause__) == (f"refused for {MASK}", "NO", None)


def test_what_may_be_tried_again_stays_what_it_is():
    @sanitised
    def ask():
        raise Unavailable("busy", 3.0)

    with pytest.raises(Unavailable) as failed:
        ask()
    assert failed.value.retry_after == 3.0


@dataclass
class Carrier:
    """Something that holds a secret among others."""

    name: str
    value: object


SECRETS = {
    "redacted": Redacted(SSN),
    "hidden": HiddenDict({"private_key_pem": SSN}),
    "access": OrgAccess("https://x.example", "key", "user", Redacted(SSN)),
    "mail": Mail("n-1", "MA", Redacted(SSN), "Notice", Redacted(SSN), Redacted(SSN)),
}


@pytest.mark.parametrize("value", SECRETS.values(), ids=SECRETS)
def test_a_secret_is_neither_shown_nor_pickled(value):
    assert SSN not in f"{Carrier('x', value)!r} {value} {[value]}"
    with pytest.raises(TypeError):
        pickle.dumps(Carrier("x", value))


def test_a_fresh_key_is_neither_shown_nor_pickled():
    pair = make_key_pair("test")
    assert "PRIVATE" not in repr(pair)
    with pytest.raises(TypeError):
        pickle.dumps(pair)


BLOCKS = {
    "the ledger's password": lambda: CaseStore(root="cases", ledger_url=f"postgresql://ledger:{SSN}@host/cases"),
    "the responder's username": lambda: SalesforceOrg(
        instance_url="https://x.example", consumer_key="k", username=MAIL
    ),
}


@pytest.mark.parametrize("make", BLOCKS.values(), ids=BLOCKS)
def test_what_prefect_writes_into_the_events_of_a_block_hides(make):
    written = make().model_dump_json()
    assert SSN not in written
    assert MAIL not in written


@pytest.mark.parametrize("typed", [{"approver": MAIL}, {"reason": f"asked by {MAIL}"}])
def test_an_approval_is_typed_without_addresses(typed):
    given = {"case_id": "c", "subject": "s", "subject_hash": "h", "approver": "counsel", "reason": "agreed", **typed}
    with pytest.raises(ParameterTypeError) as refused:
        approve.validate_parameters(given)
    assert MAIL not in str(refused.value)


def test_containment_is_typed_without_usernames():
    contain.validate_parameters({"user_id": "0055f000001AbCdAAK"})
    with pytest.raises(ParameterTypeError):
        contain.validate_parameters({"user_id": MAIL})


def test_a_principal_does_not_show_whom_it_names():
    assert MAIL not in repr(Principal("user", MAIL))
