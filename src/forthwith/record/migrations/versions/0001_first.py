"""The first schema: journal, sources, items, control numbers, productions, Bates numbers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table."""
    op.create_table(
        "journal",
        sa.Column("seq", sa.Integer, primary_key=True, autoincrement=False),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("at", "who", "action", "body", "previous")
        ),
        sa.Column("digest", sa.Text, nullable=False, unique=True),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Text, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("custodian", "origin", "collected")
        ),
    )
    op.create_table(
        "items",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, sa.ForeignKey("sources.id"), nullable=False, index=True),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("blob", sa.Text, nullable=False, index=True),
        sa.Column("sha1", sa.Text, nullable=False),
        sa.Column("md5", sa.Text, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("modified", "shape", "fault")),
    )
    op.create_table(
        "control_numbers",
        sa.Column("number", sa.Text, primary_key=True),
        sa.Column("item", sa.Text, nullable=False),
        sa.Column("locator", sa.Text, nullable=False),
        sa.UniqueConstraint("item", "locator"),
    )
    op.create_table(
        "productions",
        sa.Column("volume", sa.Text, primary_key=True),
        *(
            sa.Column(name, sa.Text, nullable=False)
            for name in ("standard", "sealed", "first_bates", "last_bates")
        ),
        sa.Column("ordinal", sa.Integer, nullable=False, unique=True),
        sa.Column("replaces", sa.Text, nullable=False),
        sa.Column("manifest", sa.Text, nullable=False),
    )
    op.create_table(
        "bates",
        sa.Column("control_number", sa.Text, primary_key=True),
        sa.Column("volume", sa.Text, sa.ForeignKey("productions.volume"), primary_key=True),
        sa.Column("first", sa.Text, nullable=False),
        sa.Column("last", sa.Text, nullable=False),
        sa.UniqueConstraint("volume", "first"),
    )
