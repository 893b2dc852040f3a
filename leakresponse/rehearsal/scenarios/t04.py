"""T04: a burst of queries and a day of paging by a vendor's stolen token; see `rest_drip`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.scenarios import common, rest_drip, rows
from leakresponse.rehearsal.scenarios.rest_drip import APP, DRIP, Drip, Honest, prepare
from leakresponse.rehearsal.scenarios.simulation import Simulation

__all__ = ["act", "play", "prepare"]

QUIET = timedelta(minutes=30)


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave the alert beside the org and the sealed answer below `state`."""
    play(connection, state, "T04", DRIP, QUIET, {})


def play(
    connection: Mapping[str, Any], state: Path, scenario: str, hours: timedelta, quiet: timedelta,
    extra: Mapping[str, Any],
) -> None:  # fmt: skip
    """The attack as far as `hours` of its day, ended `quiet` ago. Weeks before, an administrator installs the apps."""
    people, seed = common.size_of(connection, scenario)
    population = generate(people, seed)
    domain = str(connection["username"]).partition("@")[2]
    drip, honest = Drip(connection, people), Honest(connection, f"{rest_drip.USER}@{domain}", people)
    table, owners = rest_drip.tasks(population)
    population = rows.with_rows(population, "Task", table, owners)
    start, end = rest_drip.span_before(quiet, hours)
    simulation = Simulation(connection)
    simulation.move(start - timedelta(days=20))
    honest.link()
    drip.grant = honest.vendor
    simulation.play([
        *rest_drip.attack_steps(drip, start, drip.length(population), hours),
        *rest_drip.honest_steps(honest, start, end),
    ])  # fmt: skip
    words = "A vendor's app reads six objects by thousands of small pages, from networks never seen."
    named = [("connected_app", APP), *(("address", one) for one in addresses(drip))]
    common.write_alert(state, scenario, words, (start - timedelta(minutes=5), end), named)
    answer = _answer(scenario, seed, people, drip, honest, (start, end), extra)
    write_answer(state / "answer", answer, drip.received, population)


def addresses(drip: Drip) -> list[str]:
    """Where the attacker came from."""
    return [address for _, address in rest_drip.FACES[: len(drip.clients)]]


def _answer(
    scenario: str, seed: int, people: int, drip: Drip, honest: Honest, span: tuple[datetime, datetime],
    extra: Mapping[str, Any],
) -> Answer:  # fmt: skip
    counts = {name: len({one for frame in frames for one in frame["Id"]})
              for name, frames in drip.received.frames.items()}  # fmt: skip
    return Answer(
        scenario=scenario, seed=seed, people=people, app=APP, usernames=[honest.username],
        addresses=addresses(drip), first_act=span[0].isoformat(), last_act=span[1].isoformat(), jobs=[], secrets=[],
        decoys=[*common.integrations(drip.connection), honest.connector.honest("Insight Connector")],
        paths=Paths(
            refresh_tokens=[drip.grant.path()],
            access_tokens=[token for one in drip.clients for token in one.access_tokens],
        ),
        extra={"rows": counts, "queries": drip.queries, **extra},
    )  # fmt: skip
