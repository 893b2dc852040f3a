"""A small real client of the org, for attackers and for the honest programs beside them.

It talks HTTP as an outside program would and remembers every record and field that it RECEIVED: in a rehearsal this is
the truth about reads, independent of any log.
"""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import jwt
import pandas as pd
import requests

from leakresponse.core.errors import LeakResponseError

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TIMEOUT = (5.0, 300.0)
_RECORD_URL = re.compile(r"/sobjects/(\w+)/([0-9A-Za-z]{18})$")
_FROM = re.compile(r"\bFROM\s+(\w+)", re.IGNORECASE)


class Denied(LeakResponseError):
    """The org said no. `status` is HTTP's; `code` is errorCode or, at the token endpoint, `error`."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"denied: {status} {code}")
        self.status = status
        self.code = code


@dataclass(slots=True)
class Received:
    """What one client got: per object, frames of texts with an Id column and the fields of that answer.

    A null field counts as received (the query named it) but holds no value.
    """

    frames: dict[str, list[pd.DataFrame]] = field(default_factory=dict)

    def add(self, object_name: str, rows: pd.DataFrame) -> None:
        """Keep rows; those without an Id (aggregates) are no records."""
        if "Id" in rows and len(rows):
            self.frames.setdefault(object_name, []).append(rows)

    def add_json(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Keep records of a REST answer, parents and children that came along included."""
        found: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = {}
        for object_name, row in (pair for record in records for pair in _flatten(record)):
            found.setdefault((object_name, tuple(sorted(row))), []).append(row)
        for (object_name, _), rows in found.items():
            self.add(object_name, pd.DataFrame(rows))


def _flatten(record: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """One record, then what is nested in it; the id comes from the record's own address, named or not."""
    where = _RECORD_URL.search(str((record.get("attributes") or {}).get("url", "")))
    row: dict[str, Any] = {}
    for name, value in record.items():
        if name == "attributes":
            continue
        if isinstance(value, Mapping) and "attributes" in value:
            yield from _flatten(value)
        elif isinstance(value, Mapping) and "records" in value:
            for child in value["records"]:
                yield from _flatten(child)
        else:
            row[name] = value
    if where:
        yield where.group(1), {**row, "Id": where.group(2)}


@dataclass(frozen=True, slots=True)
class BulkJob:
    """A finished query job."""

    job_id: str
    object: str
    rows: int


class OrgClient:
    """One program at one network address."""

    def __init__(
        self,
        connection: Mapping[str, Any],
        address: str,
        agent: str,
        *,
        version: str = "58.0",
    ) -> None:
        self._base = str(connection["instance_url"]).rstrip("/")
        self._version = version
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = connection.get("ca_file") or True
        self._session.headers.update({"User-Agent": agent, "X-Forwarded-For": address})
        self.received = Received()
        self.access_tokens: list[str] = []

    def use(self, agent: str) -> None:
        """Call oneself something else from now on."""
        self._session.headers["User-Agent"] = agent

    def login_refresh(self, consumer_key: str, secret: str, refresh_token: str) -> str:
        """Mint an access token from a refresh token. Raises Denied."""
        form = {"grant_type": "refresh_token", "client_id": consumer_key, "refresh_token": refresh_token}
        return self._login(form | ({"client_secret": secret} if secret else {}))

    def login_key(self, consumer_key: str, username: str, private_key_pem: str) -> str:
        """Log in by JWT bearer. Raises Denied."""
        claims = {
            "iss": consumer_key,
            "sub": username,
            "aud": "https://test.salesforce.com",
            "exp": int(time.time()) + 120,
        }
        return self._login({"grant_type": JWT_BEARER, "assertion": jwt.encode(claims, private_key_pem, "RS256")})

    def login_integration(self, integration: Mapping[str, Any], private_key_pem: str = "") -> str:
        """Log in as an integration of connection.json, with the credential that it holds."""
        if token := integration.get("refresh_token"):
            return self.login_refresh(integration["consumer_key"], integration.get("consumer_secret", ""), token)
        return self.login_key(integration["consumer_key"], integration["username"], private_key_pem)

    def _login(self, form: Mapping[str, str]) -> str:
        answer = self._session.post(f"{self._base}/services/oauth2/token", data=dict(form), timeout=TIMEOUT)
        token = str(_checked(answer).json()["access_token"])
        self.access_tokens.append(token)
        self._session.headers["Authorization"] = f"Bearer {token}"
        return token

    def resume(self, access_token: str) -> None:
        """Go on with an access token from before."""
        self._session.headers["Authorization"] = f"Bearer {access_token}"

    def call(self, method: str, path: str, **options: Any) -> requests.Response:
        """One call below `/services/data/vXX`, or of an absolute path. Raises Denied."""
        url = path if path.startswith("/services/") else f"/services/data/v{self._version}{path}"
        return _checked(self._session.request(method, self._base + url, timeout=TIMEOUT, **options))

    def describe(self, object_name: str) -> dict[str, Any]:
        """Describe one object."""
        found: dict[str, Any] = self.call("GET", f"/sobjects/{object_name}/describe").json()
        return found

    def query(self, soql: str, pages: int | None = None) -> int:
        """Run a query, follow up to `pages` pages (all by default); the answer is `totalSize`."""
        answer = self.call("GET", f"/query?q={quote(soql)}").json()
        self.received.add_json(answer["records"])
        fetched = 1
        while not answer["done"] and (pages is None or fetched < pages):
            total = answer["totalSize"]
            answer = {"totalSize": total} | self.call("GET", answer["nextRecordsUrl"]).json()
            self.received.add_json(answer["records"])
            fetched += 1
        return int(answer["totalSize"])

    def record(self, object_name: str, record_id: str) -> None:
        """Read one whole record by its id."""
        self.received.add_json([self.call("GET", f"/sobjects/{object_name}/{record_id}").json()])

    def bulk_start(self, soql: str) -> str:
        """Create a Bulk API 2.0 query job."""
        body = {"operation": "query", "query": soql, "contentType": "CSV"}
        return str(self.call("POST", "/jobs/query", json=body).json()["id"])

    def bulk_wait(self, job_id: str, seconds: float = 900) -> BulkJob:
        """Wait for the end of a job. Raises Denied where it failed or takes too long."""
        deadline = time.monotonic() + seconds
        while True:
            job = self.call("GET", f"/jobs/query/{job_id}").json()
            if job["state"] == "JobComplete":
                return BulkJob(job_id, str(job.get("object", "")), int(job.get("numberRecordsProcessed") or 0))
            if job["state"] in ("Failed", "Aborted") or time.monotonic() > deadline:
                raise Denied(200, f"job {job['state']}")
            time.sleep(0.1)

    def bulk_download(self, job: BulkJob, page_rows: int = 100_000) -> int:
        """Fetch every page of the results; the answer is the number of rows received."""
        locator, rows = "", 0
        while locator != "null":
            parameters = {"maxRecords": page_rows} | ({"locator": locator} if locator else {})
            answer = self.call("GET", f"/jobs/query/{job.job_id}/results", params=parameters)
            frame = pd.read_csv(io.BytesIO(answer.content), dtype="str", keep_default_na=False)
            self.received.add(job.object, frame[[name for name in frame if "." not in str(name)]])
            rows += len(frame)
            locator = answer.headers.get("Sforce-Locator", "null")
        return rows

    def bulk_delete(self, job_id: str) -> None:
        """Remove the job, as somebody does who wants it forgotten."""
        self.call("DELETE", f"/jobs/query/{job_id}")

    def bulk_query(self, soql: str) -> BulkJob:
        """Create, wait, download."""
        job = self.bulk_wait(self.bulk_start(soql))
        named = _FROM.search(soql)
        job = BulkJob(job.job_id, job.object or (named.group(1) if named else ""), job.rows)
        self.bulk_download(job)
        return job


def _checked(answer: requests.Response) -> requests.Response:
    if answer.status_code < 400:
        return answer
    try:
        body = answer.json()
    except ValueError:
        body = {}
    first = body[0] if isinstance(body, list) and body else body
    found = first if isinstance(first, dict) else {}
    raise Denied(answer.status_code, str(found.get("errorCode") or found.get("error") or "unknown"))
