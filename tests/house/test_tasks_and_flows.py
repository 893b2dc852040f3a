"""The orchestrator's traps, each held shut (measured on Prefect 3.8; see docs/adr/0002-prefect.md)."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest
from prefect import Flow, Task
from prefect.cache_policies import NO_CACHE
from pydantic import SecretBytes, SecretStr

import flows
import tasks

TASKS = sorted(
    {
        (m.name, name, value)
        for m in pkgutil.iter_modules(tasks.__path__)
        for name, value in vars(importlib.import_module(f"tasks.{m.name}")).items()
        if isinstance(value, Task)
    },
    key=lambda row: row[:2],
)
FLOWS = [getattr(importlib.import_module(f"flows.{m.name}"), m.name) for m in pkgutil.iter_modules(flows.__path__)]


def test_there_are_tasks_and_flows_to_check():
    assert len(TASKS) > 20
    assert {f.name for f in FLOWS} >= {
        "respond",
        "contain",
        "rotate",
        "scope",
        "assess",
        "notify",
        "report",
        "rehearse",
    }


@pytest.mark.parametrize(("module", "name", "task"), TASKS)
def test_no_task_is_cached_or_persisted(module, name, task):
    assert task.cache_policy == NO_CACHE, f"{module}.{name}"
    assert task.persist_result is False


@pytest.mark.parametrize(("module", "name", "task"), TASKS)
def test_the_retry_condition_is_a_plain_function(module, name, task):
    assert inspect.isfunction(task.retry_condition_fn), f"{module}.{name}"
    assert task.retries > 0


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.name)
def test_no_flow_takes_a_secret(flow):
    assert isinstance(flow, Flow)
    hints = inspect.get_annotations(flow.fn, eval_str=True)
    assert not {SecretStr, SecretBytes} & set(hints.values())


@pytest.mark.parametrize("flow", FLOWS, ids=lambda f: f.name)
def test_every_parameter_explains_itself(flow):
    for name, schema in flow.parameters.properties.items():
        assert schema.get("description"), f"{flow.name}: {name} has no description"
