"""A room's threads each get a connection, however many of them wait for one writer."""

from __future__ import annotations

from contextlib import ExitStack

import sqlalchemy as sa

from forthwith.record.matter import Matter


def test_forty_threads_have_a_connection_each(matter: Matter) -> None:
    with ExitStack() as stack:
        opened = [stack.enter_context(matter.engine.connect()) for _ in range(40)]
        assert [connection.scalar(sa.text("SELECT 1")) for connection in opened] == [1] * 40
