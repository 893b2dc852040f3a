"""prefect.yaml and the automations say what the flows know, and nothing that a test cannot hold."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DEPLOYMENTS = yaml.safe_load((ROOT / "deployments/prefect.yaml").read_text())["deployments"]
AUTOMATIONS = yaml.safe_load((ROOT / "deployments/automations.yaml").read_text())


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_each_deployment_names_a_flow_and_its_parameters(deployment):
    path, _, name = deployment["entrypoint"].partition(":")
    flow = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), name)
    assert set(deployment.get("parameters", {})) <= set(flow.parameters.properties)


def test_every_flow_is_deployed():
    flows = {p.stem for p in (ROOT / "flows").glob("[a-z]*.py")}
    assert {d["name"] for d in DEPLOYMENTS} == flows


def test_schedules_are_the_same_with_and_without_workers():
    from leakresponse.services.runner import SCHEDULES

    told = {d["name"]: [(s["cron"], s["timezone"]) for s in d["schedules"]] for d in DEPLOYMENTS if "schedules" in d}
    assert told == {name: [schedule] for name, schedule in SCHEDULES.items()}


@pytest.mark.parametrize("automation", AUTOMATIONS, ids=lambda a: a["name"])
def test_each_automation_has_a_match_and_an_explicit_template(automation):
    assert automation["trigger"]["match"]
    assert all(value["__prefect_kind"] == "jinja" for value in automation["parameters"].values())


def test_containment_has_a_runner_of_its_own():
    from leakresponse.commands.up import RUNNERS

    assert RUNNERS["containment"] == ("contain", "sweep")
