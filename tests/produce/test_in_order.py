"""Results come in order, once each, whatever the workers do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.produce.in_order import guarded, in_order, in_process
from tests.builders.documents import shuffled_run

ITEMS = ["a", "b", "c"]


def forgetful(function: Callable[[Any], Any], items: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
    """A run that loses the second item."""
    yield from ((item, function(item)) for item in items if item != "b")


def test_results_finishing_in_any_order_come_in_order() -> None:
    assert list(in_order(shuffled_run, str.upper, ITEMS, str)) == [
        ("a", "A"), ("b", "B"), ("c", "C"),
    ]  # fmt: skip


def test_an_item_that_never_came_back_is_a_fault() -> None:
    found = dict(in_order(forgetful, str.upper, ITEMS, str))

    assert found["c"] == "C"
    assert isinstance(found["b"], Fault)


def test_an_exception_is_that_items_fault() -> None:
    def function(item: str) -> str:
        if item == "b":
            raise ValueError("bad\nitem")
        return item

    found = dict(in_process(function, ITEMS))

    assert found["b"] == Fault(FaultReason.CRASHED, "ValueError: bad item", lost=True)
    assert found["c"] == "c"


def test_a_full_disk_stops_the_production() -> None:
    def function() -> None:
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="space"):
        guarded(function)


def test_a_program_that_is_not_whole_stops_the_production() -> None:
    def function() -> None:
        raise ImportError("no such module")

    with pytest.raises(ImportError):
        guarded(function)
