"""Codings: nothing saved is lost or overwritten, and the journal commits to every one."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from forthwith.domain.batches import Batch
from forthwith.domain.coding import Choice, Form, Mark, MarkKind, Pass, Value
from forthwith.record import codings as kept
from forthwith.record import journal, tables
from forthwith.record.batches import Batches
from forthwith.record.codings import CodingError, Codings, Save, StaleError
from forthwith.record.forms import NoFormError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

BY = ("ortega", "password")
OTHER = ("reyes", "passkey")


def save(control: str, version: int = 0, body: Mapping[str, Value] | None = None) -> Save:
    answers = {"responsive": "yes"} if body is None else body
    return Save(control, version, Pass.FIRST, "", "ours", 1, answers, read="0" * 64)


def test_a_coding_is_read_back_as_it_was_saved(matter: Matter) -> None:
    codings = Codings(matter)
    body: Mapping[str, Value] = {"responsive": "yes", "issues": ("a", "b"), "hot": True}
    (coding,) = codings.save([save("FW1", body=body)], BY)

    assert (coding.id, coding.version, coding.who, coding.body) == (1, 1, "ortega", body)
    assert Codings(matter).now("FW1") == coding == codings.now("FW1")
    (second,) = codings.save([save("FW1", 1)], OTHER)
    assert (second.version, second.previous) == (2, coding.id)
    assert codings.history("FW1") == [coding, second]
    assert list(codings.every()) == [coding, second]
    assert codings.changes() == second.id
    with matter.engine.connect() as connection:
        entry = journal.last_of(connection, "code")
    assert entry is not None
    assert (entry.who, entry.known_by, entry.facts()["ids"]) == (*OTHER, [2, 2])
    assert verify(matter).broken == ()
    codings.close()


def test_whoever_is_late_is_handed_what_stands(matter: Matter) -> None:
    first, second = Codings(matter), Codings(matter)
    assert second.now("FW1") is None
    (theirs,) = first.save([save("FW1")], BY)

    with pytest.raises(StaleError, match="ortega") as stale:
        second.save([save("FW2"), save("FW1")], OTHER)
    assert stale.value.theirs == (theirs,)
    assert second.now("FW2") is None
    with pytest.raises(StaleError, match="FW3 is not coded as you saw it"):
        second.save([save("FW3", 4)], OTHER)
    assert len(list(first.every())) == 1


def test_one_that_is_late_does_not_spoil_what_waits_beside_it(matter: Matter) -> None:
    """While the database is held, saves gather and are then written in one go."""
    codings = Codings(matter)
    codings.save([save("FW1")], BY)
    with ThreadPoolExecutor(8) as pool:
        with matter.writing():
            waiting = [pool.submit(codings.save, [save(f"FW{n}")], BY) for n in range(8)]
        failures = [work.exception() for work in waiting]

    assert [type(failure) for failure in failures].count(StaleError) == 1
    assert isinstance(failures[1], StaleError)
    assert sorted(codings.standing()) == [f"FW{n}" for n in range(8)]
    assert verify(matter).broken == ()


@pytest.mark.parametrize(
    "wrong",
    [
        [save("")],
        [save("FW1"), save("FW1", 1)],
        [save("FW\0")],
        [save("FW1", body={"note": "\ud800"})],
        [save("FW1", body={"note": object()})],  # type: ignore[dict-item]
    ],
    ids=["nothing", "twice", "nul", "surrogate", "object"],
)
def test_what_cannot_be_written_is_refused_before_it_waits(
    matter: Matter, wrong: list[Save]
) -> None:
    codings = Codings(matter)
    with pytest.raises(CodingError):
        codings.save(wrong, BY)
    assert codings.save([save("FW1", body={"note": "a\0b\u2028"})], BY)[0].version == 1
    assert verify(matter).broken == ()


def test_what_stands_is_made_again_of_the_codings(matter: Matter) -> None:
    codings = Codings(matter)
    for version in range(3):
        codings.save([save("FW1", version), save(f"FW{version + 2}")], BY)
    before = _now(matter)
    with matter.engine.begin() as connection:
        connection.execute(sa.delete(tables.coding_now))
    assert verify(matter).broken

    assert codings.rebuilt() == 4
    assert _now(matter) == before
    with matter.engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM coding_now WHERE control = 'FW1'"))
    Codings(matter).standing()
    assert _now(matter) == before
    with matter.engine.begin() as connection:
        connection.execute(sa.text("UPDATE coding_now SET body = '{}' WHERE control = 'FW1'"))
    (line,) = verify(matter).broken
    assert "what stands of FW1" in line
    assert kept.heal(matter)
    assert _now(matter) == before
    assert not kept.heal(matter)


def _now(matter: Matter) -> list[tuple[object, ...]]:
    with matter.engine.connect() as connection:
        rows = connection.execute(sa.select(tables.coding_now))
        return sorted(tuple(row) for row in rows)


def test_a_save_without_what_stands_is_right_all_the_same(matter: Matter) -> None:
    codings = Codings(matter)
    codings.save([save("FW1")], BY)
    with matter.engine.begin() as connection:
        connection.execute(sa.delete(tables.coding_now))

    with pytest.raises(StaleError):
        Codings(matter).save([save("FW1")], OTHER)
    assert Codings(matter).save([save("FW1", 1)], OTHER)[0].version == 2
    assert verify(matter).broken == ()


@pytest.mark.parametrize(
    ("statement", "names"),
    [
        ("UPDATE codings SET body = '{}' WHERE version = 1", "coding FW1/1: it is not"),
        ("UPDATE codings SET who = 'reyes' WHERE version = 2", "coding FW1/2: it is not"),
        ("UPDATE codings SET entry = 1 WHERE version = 1", "coding FW1/1: it is not"),
        ("DELETE FROM codings WHERE version = 1", "coding FW1/1: the journal tells"),
        ("UPDATE codings SET control = 'FW9' WHERE version = 1", "coding FW9/1: it stands"),
        (
            (
                "INSERT INTO codings SELECT 9, control, 9, who, at, pass, batch, form,"
                " form_version, body, because, previous, read, entry FROM codings WHERE version = 1"
            ),
            "coding FW1/9: it stands",
        ),
        ("UPDATE forms SET body = '{}'", "form ours, version 1: it is not"),
        ("DELETE FROM forms", "form ours, version 1: the journal tells"),
    ],
)
def test_a_coding_that_is_not_as_saved_is_named(matter: Matter, statement: str, names: str) -> None:
    codings = Codings(matter)
    codings.put_form(Form("ours", 0, ()), BY)
    for version in range(2):
        codings.save([save("FW1", version)], BY)
    assert verify(matter).broken == ()
    with matter.engine.begin() as connection:
        connection.execute(sa.text(statement))

    assert any(line.startswith(names) for line in verify(matter).broken)


def test_a_form_keeps_its_versions(matter: Matter) -> None:
    codings = Codings(matter)
    mark = Mark(
        "responsive", "Responsive", MarkKind.ONE, (Choice("yes", "Yes", "1"),), {"always": True},
        "copies", {"r": "yes"},
    )  # fmt: skip
    first = codings.put_form(Form("ours", 0, (mark,), side="ours"), BY)
    assert codings.put_form(Form("ours", 0, (mark,), side="ours"), BY) == first
    second = codings.put_form(Form("ours", 0, (), blind=True), BY)

    assert codings.form("ours", 1) == first
    assert codings.form("ours") == second
    assert codings.forms() == (second,)
    for name, version in (("ours", 3), ("theirs", 0)):
        with pytest.raises(NoFormError):
            codings.form(name, version)


def test_a_save_keeps_its_batch_from_being_taken_back(matter: Matter) -> None:
    codings, batches = Codings(matter), Batches(matter)
    batches.enter(Batch("", "One", Pass.FIRST), ["FW1"], BY)
    batches.take("B0001", "ortega", BY)
    with matter.engine.begin() as connection:
        connection.execute(sa.text("UPDATE batches SET touched_at = '2000-01-01'"))
    codings.save([save("FW1")], OTHER, touch_batch="B0001")
    assert batches.batch("B0001").touched_at == "2000-01-01"
    codings.save([save("FW1", 1)], BY, touch_batch="B0001")

    assert batches.batch("B0001").touched_at > "2026"
    assert [coding.version for coding in codings.last_save("ortega")] == [2]
    assert verify(matter).broken == ()


def test_what_is_saved_meanwhile_spoils_no_walk(matter: Matter) -> None:
    codings = Codings(matter)
    codings.save([save("FW1"), save("FW2")], BY)
    standing = codings.standing()
    for number, control in enumerate(standing):
        codings.save([save(f"FW{number + 10}")], BY)
        assert standing[control].control == control
    for number, (_, coding) in enumerate(standing.items()):
        codings.save([save(f"FW{number + 20}")], BY)
        assert coding.version == 1
    assert len(standing) == 8


def test_a_closed_room_says_so(matter: Matter) -> None:
    codings = Codings(matter)
    codings.save([save("FW1")], BY)
    codings.close()
    with pytest.raises(CodingError, match="closed"):
        codings.save([save("FW2")], BY)


_WRITER = """
import sys
from pathlib import Path
from forthwith.domain.coding import Pass
from forthwith.record.codings import Codings, Save, StaleError
from forthwith.record.matter import Matter
codings = Codings(Matter.open(Path(sys.argv[1])))
left = int(sys.argv[3])
while left:
    stands = codings.now("FW1")
    body = {"count": str(int(stands.body["count"]) + 1 if stands else 1)}
    version = stands.version if stands else 0
    try:
        codings.save([Save("FW1", version, Pass.FIRST, "", "ours", 1, body)], (sys.argv[2], "x"))
    except StaleError:
        continue
    left -= 1
"""


def test_four_processes_lose_no_update(matter: Matter) -> None:
    """Each adds one to what stands, fifteen times: the sum is what all of them added."""
    folder = str(matter.folder)
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, folder, f"p{number}", "15"])
        for number in range(4)
    ]
    assert [writer.wait(300) for writer in writers] == [0] * 4

    history = Codings(matter).history("FW1")
    assert [coding.version for coding in history] == list(range(1, 61))
    assert history[-1].body == {"count": "60"}
    assert verify(matter).broken == ()


def test_twenty_threads_lose_no_update(matter: Matter) -> None:
    codings = Codings(matter)

    def count(login: str) -> None:
        left = 10
        while left:
            stands = codings.now("FW1")
            number = int(str(stands.body["count"])) + 1 if stands else 1
            mine = save("FW1", stands.version if stands else 0, {"count": str(number)})
            try:
                codings.save([mine], (login, "x"))
            except StaleError:
                continue
            left -= 1

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(count, [f"t{number}" for number in range(20)]))

    history = codings.history("FW1")
    assert [coding.version for coding in history] == list(range(1, 201))
    assert history[-1].body == {"count": "200"}
    assert codings.standing() == Codings(matter).standing()
    assert verify(matter).broken == ()
