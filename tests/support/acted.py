"""An org on which a scenario was played, for the tests of that scenario."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import requests

from leakresponse.core.alerts import parse_alert
from leakresponse.core.types import Alert
from leakresponse.rehearsal import idp_double, probes
from leakresponse.rehearsal.answer import Answer, read_answer
from leakresponse.rehearsal.client import OrgClient
from tests.support.processes import org

PEOPLE, SEED = 250, 3


@dataclass(frozen=True)
class Acted:
    """The running org, its alert, and the sealed answer with its tables."""

    state: Path
    connection: dict[str, Any]
    answer: Answer
    reads: pd.DataFrame
    people: pd.DataFrame

    @property
    def alert(self) -> Alert:
        return parse_alert((self.state / "alert.json").read_bytes())

    def responder(self) -> OrgClient:
        """The retailer's own eyes."""
        client = OrgClient(self.connection, "127.0.0.1", "test/1", version="67.0")
        key = Path(self.connection["private_key_file"]).read_text(encoding="utf-8")
        client.login_key(self.connection["consumer_key"], self.connection["username"], key)
        return client

    def rows(self, soql: str) -> list[dict[str, Any]]:
        """Every row of a query by the responder."""
        client = self.responder()
        page = client.call("GET", "/query", params={"q": soql}).json()
        found = list(page["records"])
        while not page["done"]:
            page = client.call("GET", page["nextRecordsUrl"]).json()
            found += page["records"]
        return found

    def ids(self, name: str) -> set[str]:
        """Ids of an object that the sealed answer says were received."""
        return set(self.reads.loc[self.reads["object"] == name, "record_id"])

    def log(self, kind: str) -> pd.DataFrame:
        """Every row of a log since the start of the attack's month, from the files themselves."""
        files = self.rows(f"SELECT Id FROM EventLogFile WHERE EventType = '{kind}' AND Interval = 'Hourly'")
        client = self.responder()
        parts = []
        for file in files:
            answer = client.call("GET", f"/sobjects/EventLogFile/{file['Id']}/LogFile")
            parts.append(pd.read_csv(io.StringIO(answer.text), dtype="str", keep_default_na=False))
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    def doors(self) -> list[probes.Door]:
        return probes.try_doors(self.connection, self.answer)

    def honest(self) -> list[probes.Honest]:
        return probes.try_honest(self.connection, self.answer.decoys, lambda _name: "")


@contextmanager
def acted(folder: Path, scenario: str) -> Iterator[Acted]:
    """Play a scenario on a small org, with its identity provider where it has one."""
    state = folder / "org"
    with org(state, "--people", str(PEOPLE), "--seed", str(SEED), "--scenario", scenario) as connection:
        server = None
        if (state / idp_double.SESSIONS).exists():
            server = idp_double.serve(state / idp_double.SESSIONS, folder / "idp.jsonl", 0)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            connection["idp_url"] = f"http://127.0.0.1:{server.server_port}"
        try:
            yield Acted(state, connection, *read_answer(state / "answer"))
        finally:
            if server is not None:
                server.shutdown()
                server.server_close()


def api_events(acted: Acted) -> pd.DataFrame:
    """ApiEvent of the whole act, with `ids` as each event of REST names them; ordinary traffic has the older form."""
    soql = (
        "SELECT Query, EventDate, SourceIp, UserId, Operation, Records FROM ApiEvent "
        "WHERE EventDate > 2020-01-01T00:00:00Z"
    )
    found = pd.DataFrame(acted.rows(soql)).drop(columns="attributes", errors="ignore")
    return found.assign(ids=[json.loads(one).get("recordIds", []) for one in found["Records"]])


def freeze(acted: Acted, username: str) -> None:
    """Freeze a user as the responder would."""
    soql = f"SELECT Id FROM UserLogin WHERE UserId IN (SELECT Id FROM User WHERE Username = '{username}')"
    login = acted.rows(soql)[0]["Id"]
    acted.responder().call("PATCH", f"/sobjects/UserLogin/{login}", json={"IsFrozen": True})


def hook(acted: Acted, **given: Any) -> requests.Response:
    """An order to the identity provider."""
    with requests.Session() as plain:
        plain.trust_env = False
        return plain.post(f"{acted.connection['idp_url']}/hook", json=given, timeout=20)
