"""A small simulated org for tests, served over http and https by the real server, and clients of it."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
import pandas as pd
import requests

from leakresponse.rehearsal.org.build import Sources, connection
from leakresponse.rehearsal.org.build import build as build
from leakresponse.rehearsal.org.orgs import Orgs, Plan
from leakresponse.rehearsal.org.orgs_serving import sockets_of
from leakresponse.rehearsal.org.world import Reading, World
from leakresponse.rehearsal.population import generate

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PEOPLE, SEED = 300, 3
SMALL = Sources(people=lambda people, seed: [generate(people, seed).tables], logs=lambda *_: {}, events=lambda *_: {})


@dataclass
class Served:
    """A served org and the ways in that connection.json tells."""

    world: World
    facts: dict[str, Any]
    state: Path
    orgs: Orgs
    thread: threading.Thread

    def beside(self, name: str) -> Served:
        """Another org of the same process, by its name."""
        world = self.orgs.worlds[name]
        return Served(world, connection(world, "https"), world.state, self.orgs, self.thread)

    @property
    def url(self) -> str:
        return str(self.facts["http_url"])

    def integration(self, user: str) -> dict[str, Any]:
        """An integration by the part of its username before the @."""
        return next(one for one in self.facts["integrations"] if one["username"].startswith(f"{user}@"))

    def form(self, path: str, **fields: str) -> requests.Response:
        return requests.post(f"{self.url}/services/oauth2/{path}", data=fields, timeout=20)

    def key_login(self, facts: Mapping[str, Any], **claims: Any) -> requests.Response:
        """A JWT bearer login; `claims` override the ordinary ones, `key` and `alg` the signature."""
        key = claims.pop("key", None) or Path(facts["private_key_file"]).read_text(encoding="utf-8")
        algorithm = claims.pop("alg", "RS256")
        ordinary = {"iss": facts["consumer_key"], "sub": facts["username"], "aud": "https://login.salesforce.com"}
        body = {**ordinary, "exp": int(time.time()) + 120, **claims}
        assertion = jwt.encode({k: v for k, v in body.items() if v is not None}, key, algorithm=algorithm)
        return self.form("token", grant_type=JWT_BEARER, assertion=assertion)

    def refresh_login(self, facts: Mapping[str, Any], **changed: str) -> requests.Response:
        fields = {
            "grant_type": "refresh_token", "client_id": facts["consumer_key"],
            "client_secret": facts["consumer_secret"], "refresh_token": facts["refresh_token"],
        }  # fmt: skip
        return self.form("token", **{**fields, **changed})

    def responder(self) -> Client:
        return Client(self.url, str(self.key_login(self.facts).json()["access_token"]))

    def client(self, user: str, address: str = "", agent: str = "test/1") -> Client:
        """A client of an integration, logged in with what it has."""
        facts = self.integration(user)
        login = self.refresh_login if facts.get("refresh_token") else self.key_login
        return Client(self.url, str(login(facts).json()["access_token"]), address, agent)

    def stop(self) -> None:
        """Stop every org of the process that it stands for."""
        self.orgs.stop()
        self.thread.join(10)


@dataclass
class Client:
    """A bearer token at an address."""

    url: str
    token: str
    address: str = ""
    agent: str = "test/1"
    version: str = "67.0"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}", "User-Agent": self.agent, **options.pop("headers", {})}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        root = "" if path.startswith("/services") else f"/services/data/v{self.version}"
        return requests.request(method, self.url + root + path, headers=headers, timeout=30, **options)

    def query(self, soql: str, **options: Any) -> Any:
        """The answer's body."""
        return self.call("GET", "/query", params={"q": soql}, **options).json()

    def rows(self, soql: str) -> list[dict[str, Any]]:
        """Every row of every page."""
        page = self.query(soql)
        found = list(page["records"])
        while not page["done"]:
            page = self.call("GET", page["nextRecordsUrl"]).json()
            found += page["records"]
        return found

    def bulk(self, soql: str, **options: str) -> dict[str, Any]:
        """A finished bulk query job."""
        job = self.call("POST", "/jobs/query", json={"operation": "query", "query": soql, **options}).json()
        deadline = time.monotonic() + 20
        while job["state"] in {"UploadComplete", "InProgress"} and time.monotonic() < deadline:
            time.sleep(0.02)
            job = self.call("GET", f"/jobs/query/{job['id']}").json()
        return dict(job)


def serve(state: Path, reading: Reading = "attacker", names: tuple[str, ...] = ("production",)) -> Served:
    """Serve the orgs of a folder in a thread of this process; the answer is about the main one."""
    orgs = Orgs(state, "https")
    orgs.prepare(Plan(PEOPLE, SEED, names, reading, SMALL))
    sockets, up = sockets_of(0, "https"), threading.Event()

    async def ready() -> None:
        up.set()

    thread = threading.Thread(target=lambda: asyncio.run(orgs.run(sockets, ready)), daemon=True)
    thread.start()
    assert up.wait(20)
    return Served(orgs.main, connection(orgs.main, "https"), state, orgs, thread)


def copied(template: Path, folder: Path) -> Path:
    """A copy of an org's folder."""
    return Path(shutil.copytree(template, folder / "state"))


def log_rows(served: Served, kind: str) -> pd.DataFrame:
    """Every row of a log, fetched as a client would: hourly files by query, then each CSV."""
    import csv
    import io

    served.world.logs.close_hours()
    responder = served.responder()
    soql = f"SELECT Id, LogFile FROM EventLogFile WHERE EventType = '{kind}' AND Interval = 'Hourly'"
    rows: list[dict[str, str]] = []
    for file in responder.rows(soql):
        rows += list(csv.DictReader(io.StringIO(responder.call("GET", file["LogFile"]).text)))
    return pd.DataFrame(rows)


def bodies(answer: requests.Response) -> Any:
    """The body as JSON, for comparing."""
    return json.loads(answer.text)
