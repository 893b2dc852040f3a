"""What was read, how it is read again, and how the two are compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from leakresponse.core.bounds import Bound
from leakresponse.core.types import Certainty

BULK = "bulk_api_2"
BULK_V1 = "bulk_api_1"
REST = "rest_query"
SOAP = "soap_query"
SOBJECT = "sobject_read"
UNIQUE = "unique_query"
COMPOSITE = "composite"
GRAPHQL = "graphql"
REPORT = "report"
LIST = "list_view"
PAGE = "record_view"
AURA = "guest_aura"
FILE = "file"
SEARCH = "search"
USAGE = "api_usage"
DATA_EXPORT = "data_export"
UNLOGGED = "not_logged"

#: Stands for "every field of the object", where a log does not say which fields were read.
ALL_FIELDS = "FIELDS(ALL)"

#: Objects of setup and logging: reading them is noted, but they hold no customers.
SYSTEM_OBJECTS = frozenset({
    "apexclass", "apextrigger", "apievent", "asyncapexjob", "authsession", "bulkapiresulteventstore",
    "connectedapplication", "dashboard", "datatype", "entitydefinition", "entityparticle", "eventlogfile",
    "fielddefinition", "fieldpermissions", "folder", "group", "groupmember", "listview", "loginevent", "logingeo",
    "loginhistory", "oauthtoken", "objectpermissions", "organization", "permissionset", "permissionsetassignment",
    "permissionsetgroup", "profile", "recordtype", "report", "setupaudittrail", "setupentityaccess", "userlogin",
    "userrole",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Parent:
    """A parent record that a query reached into: `prefix` is the path (`Account`, `Contact.Account`).

    `object` is empty where the parent may be of several types; then its id's key prefix decides. `id_path` is what a
    replay must select to name it.
    """

    prefix: str
    object: str
    fields: tuple[str, ...]
    id_path: str


@dataclass(frozen=True, slots=True)
class Read:
    """One thing the attacker read. Query text and ids may be personal data, so `repr` hides them.

    `record_ids` are the records that a log names, None where no log names any; `ids_complete` says whether they are
    all of them. `expected_rows` is the log's own figure, None where there is none. `fields` are paths as selected
    (`Email`, `Account.Name`), or ALL_FIELDS. A child sub-query is a read of its own: `parent_field` leads to the
    parents, and `parent_ids` are those, where they are known. `logged` bounds the records that came back by the log
    alone, where its figures leave a choice. `fields_known` is False where no log says which fields came. An empty
    `object` stands for any object that the user could read. `deleted_too`: it asked for deleted records
    as well. `attack` is False where it is not certain that the reader was the attacker: then its counts prove nothing.
    """

    read_id: str
    channel: str
    object: str
    query: str = field(repr=False)
    fields: tuple[str, ...]
    record_ids: tuple[str, ...] | None = field(repr=False)
    expected_rows: int | None
    principal: str
    first_seen: datetime
    last_seen: datetime
    certainty: Certainty
    session_key: str
    job_id: str = ""
    ids_complete: bool = False
    aggregate: bool = False
    parents: tuple[Parent, ...] = ()
    parent_read: str = ""
    relationship: str = ""
    parent_field: str = ""
    parent_ids: tuple[str, ...] | None = field(default=None, repr=False)
    notes: tuple[str, ...] = ()
    user_id: str = ""
    logged: Bound | None = None
    fields_known: bool = True
    deleted_too: bool = False
    attack: bool = True

    @property
    def filters(self) -> bool:
        """Whether values decided which rows it gave: a row changed since may not have been one of them."""
        return " where " in f" {' '.join(self.query.split())} ".lower()

    @property
    def is_system(self) -> bool:
        """Setup and log objects: noted, never replayed."""
        return self.object.lower() in SYSTEM_OBJECTS

    @property
    def exposes(self) -> bool:
        """Whether any record was given away: aggregates give numbers, and an answer of no rows gives nothing."""
        return not self.aggregate and self.expected_rows != 0


@dataclass(frozen=True, slots=True)
class Replay:
    """One flat query that reads exposed records again, for Bulk API 2.0 queryAll.

    `fields` are the columns it selects: what was exposed, and what we need to find the people (helpers).
    """

    replay_id: str
    soql: str = field(repr=False)
    object: str
    fields: tuple[str, ...]
    read_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """Records to fetch beside the exposed ones: `column IN values`; `why` is for the log, values are not."""

    object: str
    column: str
    values: Sequence[str] = field(repr=False)
    why: str


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The log's row count against the records that we name, with the reasons that a difference has.

    `bound` is how many records of `object` the read gave away; `certain` whether those we name are the ones read, and
    `sure` how many of them each for itself; `parents` the objects whose records it reached through relationships.
    """

    read_id: str
    expected: int | None
    found: int
    difference: int | None
    explained: bool
    reasons: tuple[str, ...]
    object: str = ""
    channel: str = ""
    bound: Bound | None = None
    certain: bool = True
    sure: int = 0
    parents: tuple[str, ...] = ()
