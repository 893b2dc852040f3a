"""What every act writes: EventLogFile rows, gathered into hourly and daily files, and stored real-time events.

Value conventions: TIMESTAMP `yyyyMMddHHmmss.SSS` UTC, USER_ID 15 characters, everything quoted (Salesforce REST guide,
"Using Event Monitoring"). Rows wait in the store, so that a restart loses none.
"""

from __future__ import annotations

import csv
import io
import json
import time
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.requests import Request

from leakresponse.rehearsal.orgsrv.clock import iso
from leakresponse.rehearsal.orgsrv.columns import COLUMNS
from leakresponse.rehearsal.orgsrv.identity import Caller, client_ip

if TYPE_CHECKING:
    import pandas as pd

    from leakresponse.rehearsal.orgsrv.org import Org

QUERY_CHARACTERS, RECORDS_CHARACTERS = 10_000, 250_000
LATE_SECONDS = 60.0


class Logs:
    """The writer of one org's logs; files lie below `folder`."""

    def __init__(self, org: Org, folder: Path) -> None:
        self._org = org
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def row(self, event_type: str, caller: Caller | None, request_id: str, **values: Any) -> None:
        """Write one log row; columns that are not given stay empty."""
        now = self._org.clock.now()
        row = {"EVENT_TYPE": event_type, "REQUEST_ID": request_id, "ORGANIZATION_ID": self._org.org_id[:15]}
        if caller is not None:
            row |= {"SESSION_KEY": caller.session_key, "LOGIN_KEY": caller.login_key, "CLIENT_IP": caller.client_ip}
            row |= _user(caller.user_id)
        row |= {"TIMESTAMP": now.strftime("%Y%m%d%H%M%S.%f")[:-3], "TIMESTAMP_DERIVED": iso(now)}
        row |= {name: "" if value is None else str(value) for name, value in values.items()}
        kept = {name: row[name] for name in COLUMNS[event_type] if name in row}
        packed = {"event_type": event_type, "at": iso(now), "written": time.time(), "row": json.dumps(kept)}
        self._org.store.insert("_pending", packed)

    def login(
        self, org: Org, request: Request, app: Mapping[str, Any], user_id: str, username: str, login_key: str,
        sub_type: str, status: str,
    ) -> None:  # fmt: skip
        """A login, good or refused, as log row and as LoginEvent."""
        address = client_ip(request)
        agent = request.headers.get("user-agent", "")
        self.row(
            "Login", None, new_request_id(), **_user(user_id), USER_TYPE="S", REQUEST_STATUS="S", RUN_TIME=31,
            CPU_TIME=12, DB_TOTAL_TIME=1_200_000, URI="/services/oauth2/token", LOGIN_KEY=login_key, LOGIN_TYPE="i",
            BROWSER_TYPE=agent, USER_NAME=username, LOGIN_URL="login.salesforce.com",
            LOGIN_SUB_TYPE="oauthrefreshtoken" if sub_type else "", LOGIN_STATUS=status, SOURCE_IP=address,
            CLIENT_IP=address, TLS_PROTOCOL="TLSv1.3",
        )  # fmt: skip
        if user_id:
            good = status == "LOGIN_NO_ERROR"
            self.event("LoginEvent", user_id, username, address, login_key, "", {
                "LoginType": "Remote Access 2.0", "LoginSubType": sub_type, "LoginUrl": "login.salesforce.com",
                "Status": "Success" if good else status, "Application": app["name"], "Browser": agent[:255],
                "Platform": "Unknown", "UserType": "Standard",
            })  # fmt: skip

    def call(
        self, caller: Caller, request: Request, status: int, request_id: str, *, rows: int | None = None,
        entity: str = "", query: str = "", fields: int | None = None, sent: int = 0, family: str = "REST",
    ) -> None:  # fmt: skip
        """One API call: a RestApi row (REST only) and an ApiTotalUsage row."""
        path = request.url.path + (
            f"?{request.url.query}" if "/sobjects/" in request.url.path and request.url.query else ""
        )
        version = next((p[1:] for p in request.url.path.split("/") if p.startswith("v") and "." in p), "")
        if family == "REST":
            self.row(
                "RestApi", caller, request_id, RUN_TIME=24, CPU_TIME=9, URI=path, USER_TYPE="S", REQUEST_STATUS="S" if
                status < 400 else "F", DB_TOTAL_TIME=900_000, METHOD=request.method, MEDIA_TYPE="application/json",
                STATUS_CODE=status, USER_AGENT=caller.user_agent, ROWS_PROCESSED=rows, NUMBER_FIELDS=fields,
                RESPONSE_SIZE=sent, ENTITY_NAME=entity, CONNECTED_APP_ID=caller.app_id[:15],
                CLIENT_NAME=caller.client_name, QUERY=query,
            )  # fmt: skip
        self.row(
            "ApiTotalUsage", caller, request_id, API_FAMILY=family, API_VERSION=version, API_RESOURCE=path,
            CLIENT_NAME=caller.client_name, HTTP_METHOD=request.method, COUNTS_AGAINST_API_LIMIT=1,
            CONNECTED_APP_ID=caller.app_id[:15], CONNECTED_APP_NAME=caller.app_name, ENTITY_NAME=entity,
            STATUS_CODE=status, USER_NAME=caller.username,
        )  # fmt: skip

    def queried(
        self, caller: Caller, operation: str, soql: str, entities: Iterable[str], total: int, ids: list[str], rows: int
    ) -> None:
        """One query call as ApiEvent: the whole query's total, this batch's rows and the ids in it."""
        records = json.dumps({"recordIds": ids}, separators=(",", ":"))
        self.event("ApiEvent", caller.user_id, caller.username, caller.client_ip, caller.login_key, caller.session_key, {
            "ApiType": "REST", "ApiVersion": 67.0, "Application": caller.app_name, "Client": caller.client_name,
            "ConnectedAppId": caller.app_id, "ElapsedTime": 24, "Operation": operation, "Platform": "Unknown",
            "QueriedEntities": ",".join(entities)[:1000], "Query": soql[:QUERY_CHARACTERS],
            "Records": records[:RECORDS_CHARACTERS], "RowsProcessed": total, "RowsReturned": rows,
            "UserAgent": caller.user_agent[:255],
        })  # fmt: skip

    def event(
        self, name: str, user_id: str, username: str, address: str, login_key: str, session_key: str,
        values: Mapping[str, Any],
    ) -> None:  # fmt: skip
        """One stored real-time event."""
        now = iso(self._org.clock.now())
        common = {
            "Id": self._org.store.new_id("7pV"), "EventDate": now, "CreatedDate": now,
            "EventIdentifier": str(uuid.uuid4()), "UserId": user_id, "Username": username, "SourceIp": address,
            "SessionKey": session_key or None, "SessionLevel": "STANDARD", "LoginKey": login_key or None,
        }  # fmt: skip
        self._org.store.insert(name, {**common, **values})

    def flush_late(self) -> None:
        """Close the hour where its oldest row is older than a minute (of real time)."""
        oldest = self._org.store.one("SELECT MIN(written) AS at FROM _pending")
        if oldest and oldest["at"] is not None and time.time() - oldest["at"] > LATE_SECONDS:
            self.flush()

    def flush(self) -> int:
        """Turn waiting rows into hourly files, and into daily ones for days that are over; the answer counts files."""
        with self._org.store.write() as connection:
            waiting = connection.execute("SELECT number, event_type, at, row FROM _pending ORDER BY number").fetchall()
            if not waiting:
                return 0
            hours: dict[tuple[str, str], list[dict[str, str]]] = defaultdict(list)
            for _number, event_type, at, row in waiting:
                hours[event_type, at[:13]].append(json.loads(row))
            for (event_type, hour), rows in hours.items():
                self._hourly(event_type, hour, rows)
            connection.execute("DELETE FROM _pending WHERE number <= ?", (waiting[-1][0],))
        return len(hours)

    def _hourly(self, event_type: str, hour: str, rows: list[dict[str, str]]) -> None:
        known = self._org.store.one(
            "SELECT MAX(Sequence) AS last FROM EventLogFile WHERE EventType = ? AND Interval = 'Hourly' AND LogDate = ?",
            event_type, f"{hour}:00:00.000Z",
        )  # fmt: skip
        sequence = int(known["last"] or 0) + 1 if known else 1
        self.add_file(event_type, "Hourly", f"{hour}:00:00.000Z", sequence, COLUMNS[event_type], _csv(event_type, rows))

    def add_file(
        self, event_type: str, interval: str, log_date: str, sequence: int, columns: Iterable[str], content: bytes
    ) -> None:
        """One EventLogFile with its CSV."""
        file_id = self._org.store.new_id("0AT")
        (self._folder / f"{file_id}.csv").write_bytes(content)
        now = iso(self._org.clock.now())
        self._org.store.insert("EventLogFile", {
            "Id": file_id, "EventType": event_type, "LogDate": log_date, "Interval": interval, "Sequence": sequence,
            "ApiVersion": 67.0, "LogFileLength": float(len(content)), "LogFileContentType": "text/csv",
            "LogFile": f"/services/data/v67.0/sobjects/EventLogFile/{file_id}/LogFile",
            "LogFileFieldNames": ",".join(columns), "LogFileFieldTypes": ",".join("String" for _ in columns),
            "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now,
        })  # fmt: skip

    def file(self, file_id: str) -> Path:
        """Where a file's CSV lies."""
        return self._folder / f"{file_id}.csv"

    def import_rows(self, event_type: str, frame: pd.DataFrame) -> None:
        """Daily files of background rows, one per day of `TIMESTAMP_DERIVED`; columns as given."""
        days = frame["TIMESTAMP_DERIVED"].str[:10]
        for day, rows in frame.groupby(days, sort=True):
            content = rows.to_csv(index=False, quoting=csv.QUOTE_ALL, lineterminator="\n").encode()
            self.add_file(event_type, "Daily", f"{day}T00:00:00.000Z", 0, rows.columns, content)


def _csv(event_type: str, rows: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS[event_type], restval="", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def _user(user_id: str) -> dict[str, str]:
    return {"USER_ID": user_id[:15], "USER_ID_DERIVED": user_id}


def new_request_id() -> str:
    """A request id as 2026 rows show them."""
    return f"SLB:{uuid.uuid4().hex}"


def parse_time(text: str) -> datetime:
    """A time that an admin sends."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
