"""What a type of event log file is, and the columns that most types begin and end with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: Where a type's columns and their order come from.
#: observed: a header or row of a live file, as collected in the samples' `observed_headers.json`;
#: listed: a public reference whose author listed the headers of downloaded files, type by type;
#: reference: the names are those of the object reference (v63), the order is the common one of live files;
#: inferred: the columns of a live twin.
Origin = Literal["observed", "listed", "reference", "inferred"]

HEAD = ("EVENT_TYPE", "TIMESTAMP", "REQUEST_ID", "ORGANIZATION_ID", "USER_ID")
RUN = (*HEAD, "RUN_TIME", "CPU_TIME", "URI", "SESSION_KEY", "LOGIN_KEY")
DB = (*RUN, "USER_TYPE", "REQUEST_STATUS", "DB_TOTAL_TIME")
TAIL = ("TIMESTAMP_DERIVED", "USER_ID_DERIVED", "CLIENT_IP", "URI_ID_DERIVED")


@dataclass(frozen=True, slots=True)
class LogType:
    """One EventType: its columns in the order of its files, and where they come from.

    Files of orgs with agents have BOT_ID, BOT_SESSION_ID and PLANNER_ID too; this org has none, and no such columns
    but in PlatformEncryption, whose one observed header has them.
    """

    name: str
    columns: tuple[str, ...]
    origin: Origin
