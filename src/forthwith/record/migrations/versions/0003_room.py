"""The room: users, forms, codings, batches, samples, quarantine, received volumes, chronology."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make its tables, empty."""
    op.create_table(
        "users",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("login", sa.Text, nullable=False, unique=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("secret_hash", sa.Text, nullable=False),
        sa.Column("passkeys", sa.Text, nullable=False),
        sa.Column("settings", sa.Text, nullable=False),
        sa.Column("disabled_at", sa.Text, nullable=False),
    )
    op.create_table(
        "grants",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("role", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("granted_by", sa.Text, nullable=False),
        sa.Column("granted_at", sa.Text, nullable=False),
        sa.Column("revoked_at", sa.Text, nullable=False),
    )
    op.create_table(
        "sessions",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("user", sa.Text, sa.ForeignKey("users.id"), nullable=False, index=True),
        sa.Column("known_by", sa.Text, nullable=False),
        sa.Column("csrf", sa.Text, nullable=False),
        sa.Column("begun", sa.BigInteger, nullable=False),
        sa.Column("seen", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "forms",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "codings",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("control", sa.Text, nullable=False, index=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("pass", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("form", sa.Text, nullable=False),
        sa.Column("form_version", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("previous", sa.Integer, nullable=False),
        sa.Column("read", sa.Text, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
        sa.UniqueConstraint("control", "version"),
    )
    op.create_table(
        "coding_now",
        sa.Column("control", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("coding", sa.Integer, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "batches",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("pass", sa.Text, nullable=False),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("holder", sa.Text, nullable=False),
        sa.Column("offered", sa.Text, nullable=False),
        sa.Column("taken_at", sa.Text, nullable=False),
        sa.Column("touched_at", sa.Text, nullable=False),
    )
    op.create_table(
        "batch_documents",
        sa.Column("batch", sa.Text, sa.ForeignKey("batches.id"), primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True),
        sa.Column("control", sa.Text, nullable=False, index=True),
    )
    op.create_table(
        "samples",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("batch", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "quarantine",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("control", sa.Text, nullable=False, index=True),
        sa.Column("how", sa.Text, nullable=False),
        sa.Column("of", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("custodian", sa.Text, nullable=False),
        sa.Column("since", sa.Text, nullable=False),
        sa.Column("ended", sa.Text, nullable=False),
        sa.Column("outcome", sa.Text, nullable=False),
    )
    op.create_table(
        "received",
        sa.Column("volume", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("standard", sa.Text, nullable=False),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
    )
    op.create_table(
        "received_numbers",
        sa.Column("control_number", sa.Text, primary_key=True),
        sa.Column("volume", sa.Text, primary_key=True),
        sa.Column("party", sa.Text, nullable=False),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
    )
    op.create_table(
        "exhibits",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("control", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("day", sa.Text, nullable=False),
        sa.Column("precision", sa.Text, nullable=False),
        sa.Column("sentence", sa.Text, nullable=False),
        sa.Column("cites", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("removed", sa.Boolean, nullable=False),
    )
    # The last entry of a kind is asked for at every request.
    op.create_index("ix_journal_action", "journal", ["action", "seq"], if_not_exists=True)
    # Pages of the journal, by person and by day; documents by the number of a page.
    op.create_index("ix_journal_who", "journal", ["who", "seq"], if_not_exists=True)
    op.create_index("ix_journal_at", "journal", ["at"], if_not_exists=True)
    op.create_index("ix_bates_first", "bates", ["first"], if_not_exists=True)
    op.create_index("ix_received_numbers_first", "received_numbers", ["first"], if_not_exists=True)
    op.create_index("ix_codings_entry", "codings", ["entry"], if_not_exists=True)
