"""The first ledger: cases, alerts, phases, actions, approvals, obligations, notices, evidence, and the chain."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

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


def _text(name: str, nullable: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _of(parent: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], [f"{parent}.case_id"], name=f"fk_{table}_case_id")


def upgrade() -> None:
    """From nothing."""
    _chain()
    _intake()
    _work()
    _decisions()
    _outbox()
    for statement in _GUARDS.get(op.get_bind().dialect.name, ()):
        op.execute(statement)


def _chain() -> None:
    op.create_table("heads", _text("case_id"), _number("seq"), _text("hash"), _key("heads", "case_id"))
    op.create_table(
        "log",
        _text("case_id"),
        _number("seq"),
        *(_text(name) for name in ("at", "kind", "body", "prev_hash", "hash")),
        _of("heads", "log"),
        _key("log", "case_id", "seq"),
    )


def _intake() -> None:
    op.create_table(
        "cases",
        *(_text(name) for name in ("case_id", "alert_id", "status")),
        _moment("opened_at"),
        _json("facts"),
        _of("heads", "cases"),
        _key("cases", "case_id"),
        sa.UniqueConstraint("alert_id", name="uq_cases_alert_id"),
    )
    op.create_table(
        "alerts",
        _text("key"),
        _text("alert_id", nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        _text("status"),
        _text("problem", nullable=True),
        _text("case_id", nullable=True),
        _moment("received_at"),
        _of("cases", "alerts"),
        _key("alerts", "key"),
    )
    op.create_index("ix_alerts_alert_id", "alerts", ["alert_id"])
    op.create_index("ix_alerts_case_id", "alerts", ["case_id"])


def _work() -> None:
    op.create_table(
        "phases",
        *(_text(name) for name in ("case_id", "phase", "status")),
        _moment("started_at"),
        _moment("finished_at", nullable=True),
        _json("facts"),
        _of("cases", "phases"),
        _key("phases", "case_id", "phase"),
    )
    op.create_table(
        "actions",
        *(_text(name) for name in ("case_id", "key", "kind", "target")),
        _json("inverse", nullable=True),
        _text("state"),
        _text("owner"),
        _moment("lease_until"),
        _number("attempts"),
        _json("receipt", nullable=True),
        _text("problem", nullable=True),
        _moment("started_at"),
        _moment("finished_at", nullable=True),
        _of("cases", "actions"),
        _key("actions", "case_id", "key"),
    )
    op.create_table(
        "evidence",
        *(_text(name) for name in ("case_id", "sha256", "name")),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        _text("kind"),
        _moment("collected_at"),
        _of("cases", "evidence"),
        _key("evidence", "case_id", "sha256", "name"),
    )


def _decisions() -> None:
    op.create_table(
        "approvals",
        _text("case_id"),
        _number("number"),
        *(_text(name) for name in ("subject", "subject_hash", "decision", "by")),
        sa.Column("policy", sa.Boolean(), nullable=False),
        _text("reason"),
        _moment("at"),
        _of("cases", "approvals"),
        _key("approvals", "case_id", "number"),
    )
    op.create_table(
        "obligations",
        *(_text(name) for name in ("case_id", "obligation_id", "jurisdiction", "recipient", "status", "kind")),
        _text("due_on", nullable=True),
        _json("body"),
        _moment("recorded_at"),
        sa.Column("superseded", sa.Boolean(), nullable=False),
        _of("cases", "obligations"),
        _key("obligations", "case_id", "obligation_id"),
    )


def _outbox() -> None:
    op.create_table(
        "notices",
        *(_text(name) for name in ("notice_id", "case_id", "person_id", "legal_entity", "jurisdiction")),
        *(_text(name) for name in ("variant", "variant_hash", "channel", "state")),
        *(_text(name, nullable=True) for name in ("batch_id", "owner")),
        _moment("lease_until", nullable=True),
        _text("receipt", nullable=True),
        _moment("queued_at"),
        *(_moment(name, nullable=True) for name in ("leased_at", "settled_at")),
        _of("cases", "notices"),
        _key("notices", "notice_id"),
    )
    op.create_index("ix_notices_case_id_state_notice_id", "notices", ["case_id", "state", "notice_id"])
    op.create_index("ix_notices_batch_id", "notices", ["batch_id"])
