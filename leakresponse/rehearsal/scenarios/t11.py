"""T11: a consumer secret and a refresh token stood in a public repository for 400 days; the real job goes on meanwhile.

Three logins with them fall into the thirty days of log files; what was done in the year before, no log tells. The file
was cleaned soon after, and 400 commits lie on top: only the history still has it (incidents.md, section 10).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from leakresponse.core.secret_rules import fingerprint
from leakresponse.rehearsal.answer import Answer, Paths, write_answer
from leakresponse.rehearsal.client import OrgClient
from leakresponse.rehearsal.population import generate
from leakresponse.rehearsal.repository import Commit, make_repository
from leakresponse.rehearsal.scenarios import common
from leakresponse.rehearsal.scenarios.decoys import AGENTS, client_of, integration_of, log_in
from leakresponse.rehearsal.scenarios.simulation import Simulation, Step, host_of
from leakresponse.rehearsal.stage import secret_name

APP, USER = "Returns Portal", "returns.portal"
REPOSITORY, VAULT, JOB = "middleware.git", "vault.json", "job.json"
PATH = "connectors/returns/settings.py"
#: How deep in the history the secret was put in, how long ago, and how many commits it stayed in the file.
DEEP, PUBLIC, STAYED = 400, timedelta(days=400, hours=12), 5
LOG_DAYS = 30
ADDRESSES = ("185.220.101.47", "45.148.10.89")
AGENT = "python-requests/2.28.1"
CONSUMERS = "returns-nightly returns-web"
_READ = "SELECT Id, FirstName, LastName, Email FROM Contact LIMIT 20"


@dataclass(slots=True)
class Stranger:
    """Somebody who found the file: three logins, a look each."""

    connection: Mapping[str, Any]
    credential: Mapping[str, Any]
    clients: list[OrgClient] = field(default_factory=list)

    def look(self, address: str) -> None:
        """One login, one small read."""
        client = OrgClient(self.connection, address, AGENT)
        self.clients.append(client)
        client.login_refresh(
            self.credential["consumer_key"], self.credential["consumer_secret"], self.credential["refresh_token"]
        )
        client.query(_READ)


def act(connection: Mapping[str, Any], state: Path) -> None:
    """Play it on a running org; leave repository, vault and job beside the org, and the sealed answer below `state`."""
    people, seed = common.size_of(connection, "T11")
    credential = integration_of(connection, APP, USER)
    stranger, end = Stranger(connection, credential), datetime.now(UTC) - timedelta(hours=2)
    Simulation(connection).play(steps(connection, stranger, end))
    put_in = datetime.now(UTC) - PUBLIC
    make_repository(state / REPOSITORY, history(credential, put_in, datetime.now(UTC)))
    _leave(state, credential)
    words = f"A stranger reports credentials of {APP} in the history of a public repository of ours."
    principals = (("connected_app", APP), ("user", str(credential["username"])))
    common.write_alert(state, "T11", words, (end - timedelta(days=LOG_DAYS), end), principals)
    _seal(state, people, seed, stranger, put_in, end)


def steps(connection: Mapping[str, Any], stranger: Stranger, end: datetime) -> Iterator[Step]:
    """Four weeks: the job every eight hours, the stranger three times."""
    for hours in range(8, 28 * 24, 8):
        yield Step(end - timedelta(hours=hours), partial(_job, connection))
    for days, address in ((21, ADDRESSES[0]), (9, ADDRESSES[0]), (2, ADDRESSES[1])):
        yield Step(end - timedelta(days=days, hours=3), partial(stranger.look, address))


def history(credential: Mapping[str, Any], put_in: datetime, now: datetime) -> Iterator[Commit]:
    """Two commits, the secret, `DEEP` commits on top of it; stand-ins and another app's dead secret beside it."""
    day = timedelta(days=1)
    yield Commit(put_in - 2 * day, "begin", "README.md", "Middleware of the retailer.\n")
    dead = 'CLIENT_SECRET = "' + fingerprint("an app of the past").upper() * 4 + '"\n'
    yield Commit(put_in - day, "old connector", "connectors/old/settings.py", dead)
    said = "\n".join(
        (
            "import os",
            f'CLIENT_ID = "{credential["consumer_key"]}"',
            f'CLIENT_SECRET = "{credential["consumer_secret"]}"',
            f'REFRESH_TOKEN = "{credential["refresh_token"]}"',
            'PASSWORD = os.environ["RETURNS_PASSWORD_1"]',
        )
    )
    pause = (now - put_in) / (DEEP + 1)
    for number in range(DEEP + 1):
        at = put_in + number * pause
        if number < STAYED:
            yield Commit(at, f"returns {number}", PATH, f"{said}\nRETRIES = {number}\n")
        elif number == STAYED:
            yield Commit(at, "settings from the environment", PATH, 'import os\nCLIENT_SECRET = os.environ["S"]\n')
        else:
            yield Commit(at, f"work {number}", f"jobs/job{number % 17}.py", f'API_KEY = "changeme-{number}"\n')


def _job(connection: Mapping[str, Any]) -> None:
    """The real job, on the same user, from its own network."""
    integration = integration_of(connection, APP, USER)
    client = client_of(connection, integration)
    log_in(client, integration)
    client.query("SELECT Id, Status FROM Order LIMIT 20")


def _leave(state: Path, credential: Mapping[str, Any]) -> None:
    """What the retailer's vault holds of this app, and how the real job is run; readable by the owner alone."""
    names = ("app", "username", "consumer_key", "consumer_secret", "refresh_token")
    value = {name: str(credential[name]) for name in names}
    tags = {"kind": "eca_key_secret", "app": APP, "username": value["username"], "consumers": CONSUMERS}
    name = secret_name(dict(credential))
    vault = [[name, value, {f"leak-response:{key}": text for key, text in tags.items()}]]
    address = host_of(credential["usual_addresses"])
    for file, content in ((VAULT, vault), (JOB, {"secret": name, "address": address, "agent": AGENTS[APP]})):
        path = state / file
        path.touch(mode=0o600)
        path.write_text(json.dumps(content), encoding="utf-8")


def _seal(state: Path, people: int, seed: int, stranger: Stranger, put_in: datetime, end: datetime) -> None:
    one = stranger.credential
    door = {name: str(one[name]) for name in ("app", "username", "consumer_key", "consumer_secret")}
    decoys = [row for row in common.integrations(stranger.connection) if row["app"] != APP]
    answer = Answer(
        scenario="T11", seed=seed, people=people, app=APP, usernames=[str(one["username"])],
        addresses=list(ADDRESSES), first_act=put_in.isoformat(), last_act=(end - timedelta(days=2)).isoformat(),
        jobs=[], secrets=[], decoys=decoys,
        paths=Paths(
            refresh_tokens=[{**door, "token": str(one["refresh_token"])}],
            access_tokens=[token for client in stranger.clients for token in client.access_tokens],
        ),
        extra={
            "path": PATH, "secret_name": secret_name(dict(one)), "consumers": CONSUMERS.split(),
            "fingerprints": {
                "salesforce_consumer_secret": fingerprint(str(one["consumer_secret"])),
                "salesforce_refresh_token": fingerprint(str(one["refresh_token"])),
            },
            "still_in_force": ["salesforce_refresh_token"],
            "old_key": fingerprint(str(one["consumer_key"])), "deep": DEEP, "stayed": STAYED,
            "exposed_days": 401, "log_days": LOG_DAYS, "odd_logins": len(stranger.clients),
        },
    )  # fmt: skip
    received = common.merged(client.received for client in stranger.clients)
    write_answer(state / "answer", answer, received, generate(people, seed))
