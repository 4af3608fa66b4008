"""Parts say themselves what they hold, and nothing is held twice."""

from __future__ import annotations

from pathlib import Path

from forthwith.domain.evidence import Fault, FaultReason, FieldValue, InMemory
from forthwith.domain.nodes import Node
from forthwith.process.walk import Walker
from forthwith.record import readings
from tests.builders import evidence

MAIL = evidence.mail("Keys", ("a.txt", b"one"))


def nodes() -> list[Node]:
    return Walker().walk(InMemory(MAIL), "item", ("m", "s", "b"))


def test_a_node_comes_back_as_it_was(tmp_path: Path) -> None:
    part = readings.write(tmp_path, {"unit": nodes()})

    back = [readings.node_of(row) for row in readings.rows(part, readings.SCHEMA.names)]

    assert back == nodes()


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
    part = readings.write(tmp_path, {"one": nodes()})
    readings.write(tmp_path, {"two": nodes()})
    part.write_bytes(part.read_bytes()[:100])

    assert readings.units_done(tmp_path) == {"two"}
    assert not part.exists()


def test_a_part_held_by_others_too_goes(tmp_path: Path) -> None:
    readings.write(tmp_path, {"one": nodes(), "two": nodes()})
    readings.write(tmp_path, {"one": nodes()})
    readings.write(tmp_path, {"two": nodes(), "three": nodes()})

    assert readings.units_done(tmp_path) == {"one", "two", "three"}
    units = [unit for part in readings.parts(tmp_path) for unit in readings.units_of(part)]
    assert sorted(units) == sorted(set(units))


def test_texts_of_any_size_are_written_in_pieces() -> None:
    rows = [{"text": "x" * 2**25, "place": place} for place in range(5)]
    assert [len(piece) for piece in readings._pieces(rows)] == [3, 2]
    assert list(readings._pieces([])) == [[]]
