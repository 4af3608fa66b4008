"""Batches and samples: handed to one person at a time, and held against the journal."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from forthwith.domain.batches import Batch, BatchState, Reread, Sample
from forthwith.domain.coding import Pass
from forthwith.record.batches import Batches, BatchStateError, NoBatchError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

BY = ("lead", "password")


def _cut(batches: Batches) -> Batch:
    return batches.enter(
        Batch("", "Wallets", Pass.FIRST, {"query": "wallet", "seed": 7}), ["FW2", "FW1"], BY
    )


def test_a_batch_goes_out_and_comes_back(matter: Matter) -> None:
    batches = Batches(matter)
    batch = _cut(batches)
    assert (batch.id, batches.documents("B0001")) == ("B0001", ("FW2", "FW1"))
    assert batches.of("FW1") == ("B0001",)
    taken = batches.take("B0001", "ortega", BY)
    assert (taken.state, batches.held_by("ortega")) == (BatchState.OUT, taken)
    batches.touch("B0001", "somebody else")
    assert batches.batch("B0001") == taken
    with pytest.raises(BatchStateError, match="at work"):
        batches.give_back("B0001", BY, untouched_since="2000-01-01")
    batches.give_back("B0001", BY, untouched_since="2999-01-01")
    batches.take("B0001", "reyes", BY)
    assert batches.done("B0001", BY).state is BatchState.DONE
    (again,) = batches.reopen({"B0001": ["FW2"]}, BY, "overturned too often", "Q0001")
    assert (again.state, again.rule["query"]) == (BatchState.OPEN, "wallet")
    assert again.reread == Reread(frozenset({"FW2"}), 0, "Q0001")
    with pytest.raises(BatchStateError, match="not done"):
        batches.reopen({"B0001": []}, BY, "twice")
    assert verify(matter).broken == ()


def test_nobody_holds_two_and_nothing_is_had_twice(matter: Matter) -> None:
    batches = Batches(matter)
    _cut(batches)
    _cut(batches)
    batches.take("B0001", "ortega", BY)
    for batch, login, why in (
        ("B0002", "ortega", "one at a time"),
        ("B0001", "reyes", "ortega has it"),
    ):
        with pytest.raises(BatchStateError, match=why):
            batches.take(batch, login, BY)
    batches.offer("B0002", ["reyes"], BY)
    with pytest.raises(BatchStateError, match="offered to reyes"):
        batches.take("B0002", "holm", BY)
    with pytest.raises(NoBatchError):
        batches.take("B0009", "holm", BY)
    for act in (batches.done, batches.give_back):
        with pytest.raises(BatchStateError):
            act("B0002", BY)


def test_of_takers_at_one_moment_one_gets_a_batch_and_nobody_two(matter: Matter) -> None:
    """Four processes' worth of connections, on either database."""
    for _ in range(2):
        _cut(Batches(matter))
    wanted = [("B0001", "ortega"), ("B0001", "reyes"), ("B0001", "holm"), ("B0002", "ortega")]
    start = threading.Barrier(len(wanted))

    def take(batch: str, login: str) -> Batch | BatchStateError:
        own = Matter.open(matter.folder)
        try:
            start.wait()
            return Batches(own).take(batch, login, (login, "password"))
        except BatchStateError as refused:
            return refused
        finally:
            own.engine.dispose()

    with ThreadPoolExecutor(len(wanted)) as pool:
        outcomes = list(pool.map(take, *zip(*wanted, strict=True)))

    got = [outcome for outcome in outcomes if isinstance(outcome, Batch)]
    assert len({batch.id for batch in got}) == len(got) == len({batch.holder for batch in got})
    assert "B0001" in {batch.id for batch in got} or got[0].holder == "ortega"
    assert [batch for batch in Batches(matter).every() if batch.state is BatchState.OUT] == sorted(
        got, key=lambda batch: batch.id
    )
    assert verify(matter).broken == ()


def test_a_sample_is_drawn_with_its_batch(matter: Matter) -> None:
    batches = Batches(matter)
    sample, batch = batches.draw(
        Sample("", "qc", {"seed": 7}, ""), Batch("", "QC", Pass.QC), ["FW1"], BY
    )

    assert batches.samples() == (sample,)
    assert batch is not None
    assert (sample.id, sample.batch, sample.who) == ("Q0001", batch.id, "lead")


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("UPDATE batches SET holder = 'reyes'", "batch B0001"),
        ("UPDATE batches SET state = 'done'", "batch B0001"),
        ("UPDATE batch_documents SET control = 'FW9' WHERE place = 1", "batch B0001"),
        ("DELETE FROM batch_documents WHERE place = 2", "batch B0001"),
        ("INSERT INTO batch_documents VALUES ('B0001', 3, 'FW3')", "batch B0001"),
        ("UPDATE samples SET body = '{}'", "sample Q0001"),
        ("DELETE FROM samples", "sample Q0001"),
    ],
)
def test_a_row_that_is_not_as_entered_is_named(matter: Matter, statement: str, names: str) -> None:
    batches = Batches(matter)
    _cut(batches)
    batches.draw(Sample("", "elusion", {"seed": 7}, ""), None, [], BY)
    assert verify(matter).broken == ()
    with matter.engine.begin() as connection:
        connection.execute(sa.text(statement))

    (line,) = verify(matter).broken
    assert line.startswith(f"{names}: ")
