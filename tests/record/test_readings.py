"""Parts say themselves what they hold, and nothing is held twice."""

from __future__ import annotations

import hashlib
from pathlib import Path

from forthwith.domain.evidence import Fault, FaultReason, FieldValue, InMemory
from forthwith.domain.nodes import Node
from forthwith.process.walk import Walker
from forthwith.record import readings
from forthwith.record.parts import Doubtful, Parts
from tests.builders import evidence

MAIL = evidence.mail("Keys", ("a.txt", b"one"))


def nodes() -> list[Node]:
    return Walker().walk(InMemory(MAIL), "item", ("m", "s", "b"))


def test_a_node_comes_back_as_it_was(tmp_path: Path) -> None:
    part = readings.write(tmp_path, {"unit": nodes()})

    path = tmp_path / part.partial
    back = [readings.node_of(row) for row in readings.rows(path, readings.SCHEMA.names)]

    assert back == nodes()
    assert (part.rows, part.bytes) == (len(back), path.stat().st_size)
    assert part.digest == hashlib.sha256(path.read_bytes()).hexdigest()


def test_text_no_encoding_carries_is_made_whole(tmp_path: Path) -> None:
    field = readings.fields_json([FieldValue("subject", "half \ud800 a pair", "test")])
    fault = readings.faults_json([Fault(FaultReason.CORRUPT, "\udcff")])

    assert readings.fields_from(field)["subject"].value == "half \ufffd a pair"
    assert readings.faults_from(fault)[0].detail == "\ufffd"


def test_a_list_read_in_two_places_loses_neither() -> None:
    text = readings.fields_json(
        [FieldValue("links", ("a", "b"), "header"), FieldValue("links", ("b", "c"), "body")]
    )

    assert readings.fields_from(text)["links"].value == ("a", "b", "c")


def test_a_part_a_power_cut_left_short_is_read_again(tmp_path: Path) -> None:
    parts = Parts(evidence.matter(tmp_path / "m"), "1")
    parts.ready()
    parts.put({"one": nodes()})
    parts.put({"two": nodes()})
    short = next(path for path in parts.paths() if readings.units_of(path) == ["one"])
    short.write_bytes(short.read_bytes()[:100])

    parts.drop(parts.doubtful())

    assert parts.units() == {"two"}
    assert not short.exists()


def test_units_are_taken_out_of_the_parts_that_hold_them(tmp_path: Path) -> None:
    """What is left of a part stands in one of its own, and counts like any other."""
    parts = Parts(evidence.matter(tmp_path / "m"), "1")
    parts.ready()
    parts.put({"one": nodes(), "two": nodes()})
    parts.put({"three": nodes()})

    parts.forget({"one", "three"})

    (left,) = parts.paths()
    assert readings.units_of(left) == ["two"]
    back = [readings.node_of(row) for row in readings.rows(left, readings.SCHEMA.names)]
    assert back == nodes()
    assert parts.doubtful() == Doubtful((), (), ())


def test_texts_of_any_size_are_written_in_pieces() -> None:
    rows = [{"text": "x" * 2**25, "place": place} for place in range(5)]
    assert [len(piece) for piece in readings._pieces(rows)] == [3, 2]
    assert list(readings._pieces([])) == [[]]
