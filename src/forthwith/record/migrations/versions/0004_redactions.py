"""Redactions, decisions on privilege, rankings with their stops, pages looked at."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make its tables, empty."""
    op.create_table(
        "redactions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("control", sa.Text, nullable=False, index=True),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("shape", sa.Text, nullable=False),
        sa.Column("place", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("drawn_on", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("replaces", sa.Integer, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
    )
    op.create_table(
        "privilege_decisions",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("control", sa.Text, nullable=False, index=True),
        sa.Column("decision", sa.Text, nullable=False),
        sa.Column("because", sa.Text, nullable=False),
        sa.Column("tier", sa.Text, nullable=False),
        sa.Column("reasons", sa.Text, nullable=False),
        sa.Column("read", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("replaces", sa.Integer, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
    )
    op.create_table(
        "rankings",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
    )
    op.create_table(
        "stops",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True),
        sa.Column("ranking", sa.Text, nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
    )
    op.create_table(
        "looks",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("draft", sa.Text, nullable=False, index=True),
        sa.Column("control", sa.Text, nullable=False),
        sa.Column("page", sa.Integer, nullable=False),
        sa.Column("seen", sa.Text, nullable=False),
        sa.Column("verdict", sa.Text, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("who", sa.Text, nullable=False),
        sa.Column("at", sa.Text, nullable=False),
        sa.Column("entry", sa.Integer, nullable=False),
    )
