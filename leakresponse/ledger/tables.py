"""The ledger's tables. `migrations/` holds the same shape as history; a test keeps the two equal."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from leakresponse.ledger.chain import canonical

#: The newest revision of `migrations/versions`.
REVISION = "0002"


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware moment, kept in UTC; SQLite itself has no zones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """To UTC, and without the zone where the database would drop it."""
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Aware again."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def json_text(value: object) -> str:
    """The engine's JSON writer: one form for one value, in every database."""
    return canonical(value)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)
_JSON = sa.JSON(none_as_null=True)

#: Where each chain ends. Its row is what a writer locks, and what shows that the end of a chain was cut off.
heads = sa.Table(
    "heads",
    metadata,
    sa.Column("case_id", sa.Text, primary_key=True),
    sa.Column("seq", sa.Integer, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

log = sa.Table(
    "log",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("heads.case_id"), primary_key=True),
    sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Column("prev_hash", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
)

cases = sa.Table(
    "cases",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("heads.case_id"), primary_key=True),
    sa.Column("alert_id", sa.Text, nullable=False, unique=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("opened_at", Moment, nullable=False),
    sa.Column("facts", _JSON, nullable=False),
)

alerts = sa.Table(
    "alerts",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("alert_id", sa.Text, index=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("problem", sa.Text),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), index=True),
    sa.Column("received_at", Moment, nullable=False),
)

phases = sa.Table(
    "phases",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("phase", sa.Text, primary_key=True),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
    sa.Column("facts", _JSON, nullable=False),
)

actions = sa.Table(
    "actions",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("target", sa.Text, nullable=False),
    sa.Column("inverse", _JSON),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("lease_until", Moment, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("receipt", _JSON),
    sa.Column("problem", sa.Text),
    sa.Column("started_at", Moment, nullable=False),
    sa.Column("finished_at", Moment),
)

approvals = sa.Table(
    "approvals",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("subject_hash", sa.Text, nullable=False),
    sa.Column("decision", sa.Text, nullable=False),
    sa.Column("by", sa.Text, nullable=False),
    sa.Column("policy", sa.Boolean, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

obligations = sa.Table(
    "obligations",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("obligation_id", sa.Text, primary_key=True),
    sa.Column("jurisdiction", sa.Text, nullable=False),
    sa.Column("recipient", sa.Text, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("due_on", sa.Text),
    sa.Column("body", _JSON, nullable=False),
    sa.Column("recorded_at", Moment, nullable=False),
    sa.Column("superseded", sa.Boolean, nullable=False),
)

notices = sa.Table(
    "notices",
    metadata,
    sa.Column("notice_id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), nullable=False),
    sa.Column("person_id", sa.Text, nullable=False),
    sa.Column("legal_entity", sa.Text, nullable=False),
    sa.Column("jurisdiction", sa.Text, nullable=False),
    sa.Column("variant", sa.Text, nullable=False),
    sa.Column("variant_hash", sa.Text, nullable=False),
    sa.Column("channel", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("batch_id", sa.Text),
    sa.Column("owner", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("receipt", sa.Text),
    sa.Column("queued_at", Moment, nullable=False),
    sa.Column("leased_at", Moment),
    sa.Column("settled_at", Moment),
    sa.Index("ix_notices_case_id_state_notice_id", "case_id", "state", "notice_id"),
    sa.Index("ix_notices_batch_id", "batch_id"),
)

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("cases.case_id"), primary_key=True),
    sa.Column("sha256", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("collected_at", Moment, nullable=False),
)

#: The archive of one org's access logs: who works on it, and when a run last came to its end.
archives = sa.Table(
    "archives",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("heads.case_id"), primary_key=True),
    sa.Column("org_id", sa.Text, nullable=False),
    sa.Column("run", sa.Text, nullable=False),
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("lease_until", Moment, nullable=False),
    sa.Column("began_at", Moment, nullable=False),
    sa.Column("last_run_at", Moment),
)

#: Up to where a source was copied: log files by CreatedDate, stored events by EventDate.
archive_cursors = sa.Table(
    "archive_cursors",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("archives.case_id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("at", Moment, nullable=False),
)

archive_files = sa.Table(
    "archive_files",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("archives.case_id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("interval", sa.Text, nullable=False),
    sa.Column("log_date", Moment, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("file_id", sa.Text, nullable=False),
    sa.Column("created", Moment, nullable=False),
    sa.Column("length", sa.BigInteger, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("fresh", sa.BigInteger, nullable=False),
    sa.Column("rejected", sa.BigInteger, nullable=False),
    sa.Column("hours", _JSON, nullable=False),
    sa.Column("parts", _JSON, nullable=False),
    sa.Column("listed_at", Moment, nullable=False),
    sa.Column("settled_at", Moment),
    sa.Index("ix_archive_files_case_id_log_date", "case_id", "log_date"),
    sa.Index("ix_archive_files_case_id_state", "case_id", "state"),
)

archive_gaps = sa.Table(
    "archive_gaps",
    metadata,
    sa.Column("case_id", sa.Text, sa.ForeignKey("archives.case_id"), primary_key=True),
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("event_type", sa.Text, nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("until", Moment, nullable=False),
    sa.Column("rows", sa.BigInteger, nullable=False),
    sa.Column("covered", sa.Boolean, nullable=False),
    sa.Column("lost", sa.Boolean, nullable=False),
    sa.Column("found_at", Moment, nullable=False),
    sa.Column("closed_at", Moment),
)

#: The database itself refuses to change a row of the log: a second line behind the hashes.
_GUARDS = {
    "sqlite": (
        "CREATE TRIGGER log_no_update BEFORE UPDATE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
        "CREATE TRIGGER log_no_delete BEFORE DELETE ON log BEGIN SELECT RAISE(ABORT, 'the log is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION log_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the log is append-only'; END $$",
        "CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON log "
        "FOR EACH STATEMENT EXECUTE FUNCTION log_append_only()",
    ),
}
for _dialect, _statements in _GUARDS.items():
    for _statement in _statements:
        sa.event.listen(metadata, "after_create", sa.DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
