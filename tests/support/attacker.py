"""An outside program that acts as one of the retailer's integrations. It knows nothing of the pipeline."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jwt
import requests

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


class Attacker:
    """Logs in with what connection.json gives and remembers every record that it received."""

    def __init__(self, connection: dict[str, Any], username: str, address: str) -> None:
        self.base = connection["http_url"]
        self.who = next(i for i in connection["integrations"] if i["username"].split("@")[0] == username)
        self.headers = {"X-Forwarded-For": address, "User-Agent": "python-requests/2.32.4"}
        self.got: set[tuple[str, str]] = set()
        self.started = datetime.now(UTC)
        self.token = self.login().json()["access_token"]
        self.headers["Authorization"] = f"Bearer {self.token}"

    @property
    def api(self) -> str:
        return f"{self.base}/services/data/v67.0"

    def login(self) -> requests.Response:
        """A login with the stolen credential."""
        plain = {k: v for k, v in self.headers.items() if k != "Authorization"}
        return requests.post(f"{self.base}/services/oauth2/token", data=self._form(), headers=plain, timeout=30)

    def _form(self) -> dict[str, str]:
        if "refresh_token" in self.who:
            form = {k: self.who[k] for k in ("refresh_token",)}
            secret = {"client_secret": self.who["consumer_secret"]} if "consumer_secret" in self.who else {}
            return {"grant_type": "refresh_token", "client_id": self.who["consumer_key"], **form, **secret}
        claims = {"iss": self.who["consumer_key"], "sub": self.who["username"], "exp": int(time.time()) + 120}
        key = Path(self.who["private_key_file"]).read_text()
        signed = jwt.encode({**claims, "aud": "https://test.salesforce.com"}, key, algorithm="RS256")
        return {"grant_type": JWT_BEARER, "assertion": signed}

    def get(self, path: str, **parameters: str) -> requests.Response:
        return requests.get(self.api + path, params=parameters, headers=self.headers, timeout=60)

    def query(self, soql: str, pages: int = 100) -> int:
        """Read pages of a REST query; the answer is the number of records received."""
        answer = self.get("/query", q=soql).json()
        count = 0
        for _ in range(pages):
            count += self._keep(answer["records"])
            if answer["done"]:
                break
            url = self.base + answer["nextRecordsUrl"]
            answer = requests.get(url, headers=self.headers, timeout=60).json()
        return count

    def _keep(self, records: list[dict[str, Any]]) -> int:
        for record in records:
            attributes = record.get("attributes", {})
            if "url" in attributes:
                self.got.add((attributes["type"], attributes["url"].rpartition("/")[2]))
            for value in record.values():
                if isinstance(value, dict) and "url" in value.get("attributes", {}):
                    self._keep([value])
                if isinstance(value, dict) and "records" in value:
                    self._keep(value["records"])
        return len(records)

    def read(self, sobject: str, record_id: str) -> None:
        """One record by its id."""
        assert self.get(f"/sobjects/{sobject}/{record_id}").status_code == 200
        self.got.add((sobject, record_id))

    def bulk(self, sobject: str, soql: str) -> int:
        """A bulk query: created, downloaded, deleted."""
        body = {"operation": "query", "query": soql}
        job = requests.post(f"{self.api}/jobs/query", json=body, headers=self.headers, timeout=60).json()["id"]
        deadline = time.monotonic() + 60
        while self.get(f"/jobs/query/{job}").json()["state"] != "JobComplete" and time.monotonic() < deadline:
            time.sleep(0.05)
        rows = list(csv.DictReader(io.StringIO(self.get(f"/jobs/query/{job}/results").text)))
        self.got |= {(sobject, row["Id"]) for row in rows}
        requests.delete(f"{self.api}/jobs/query/{job}", headers=self.headers, timeout=60)
        return len(rows)

    def alert(self, path: Path, *kinds: str) -> Path:
        """An alert that names us, written to `path`."""
        values = {"connected_app": self.who["app"], "user": self.who["username"]}
        values["address"] = self.headers["X-Forwarded-For"]
        document = {
            "id": f"outside-{self.who['username'].split('@')[0]}",
            "source": "outside test",
            "detected_at": datetime.now(UTC).isoformat(),
            "summary": "an integration reads what it never read before",
            "window": {"from": self.started.isoformat(), "to": datetime.now(UTC).isoformat()},
            "principals": [{"kind": kind, "value": values[kind]} for kind in kinds],
        }
        path.write_text(json.dumps(document))
        return path
