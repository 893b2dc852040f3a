"""The archive of access logs: one per org, with its files, cursors and gaps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _large(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _moment(name: str, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _json(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _of(parent: str, table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["case_id"], [f"{parent}.case_id"], name=f"fk_{table}_case_id")


def upgrade() -> None:
    """From the first ledger."""
    op.create_table(
        "archives",
        *(_text(name) for name in ("case_id", "org_id", "run", "owner")),
        *(_moment(name) for name in ("lease_until", "began_at")),
        _moment("last_run_at", nullable=True),
        _of("heads", "archives"),
        _key("archives", "case_id"),
    )
    op.create_table(
        "archive_cursors",
        *(_text(name) for name in ("case_id", "name")),
        _moment("at"),
        _of("archives", "archive_cursors"),
        _key("archive_cursors", "case_id", "name"),
    )
    _files()
    op.create_table(
        "archive_gaps",
        *(_text(name) for name in ("case_id", "key", "kind", "event_type")),
        *(_moment(name) for name in ("since", "until")),
        _large("rows"),
        *(_flag(name) for name in ("covered", "lost")),
        _moment("found_at"),
        _moment("closed_at", nullable=True),
        _of("archives", "archive_gaps"),
        _key("archive_gaps", "case_id", "key"),
    )


def _files() -> None:
    op.create_table(
        "archive_files",
        *(_text(name) for name in ("case_id", "key", "event_type", "interval")),
        _moment("log_date"),
        _number("sequence"),
        _text("file_id"),
        _moment("created"),
        _large("length"),
        _text("state"),
        _number("attempts"),
        _text("sha256"),
        *(_large(name) for name in ("bytes", "rows", "fresh", "rejected")),
        *(_json(name) for name in ("hours", "parts")),
        _moment("listed_at"),
        _moment("settled_at", nullable=True),
        _of("archives", "archive_files"),
        _key("archive_files", "case_id", "key"),
    )
    op.create_index("ix_archive_files_case_id_log_date", "archive_files", ["case_id", "log_date"])
    op.create_index("ix_archive_files_case_id_state", "archive_files", ["case_id", "state"])
