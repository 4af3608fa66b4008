"""What `derived/` must hold: the parts of the readings, and the indexes of words, by digest."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the two tables; what an older version read bears no digest and is read again."""
    op.create_table(
        "parts",
        sa.Column("name", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("stage", "batch")),
        *(sa.Column(name, sa.BigInteger, nullable=False) for name in ("units", "rows", "bytes")),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("after", sa.Integer, nullable=False),
    )
    op.create_table(
        "indexes",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("digest", sa.Text, nullable=False),
    )
