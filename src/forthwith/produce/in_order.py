"""Where the work of a production runs, and how it reaches evidence.

A `Run` takes a picklable function and items, and gives back each item with its result or the Fault
that stands for it, in any order: in this process, or wherever the caller plugs in. This is the rim
of `produce`: whatever an image library throws at one document becomes a Fault of that document.

`Access` gives a document's native bytes and its text, and nothing else: nothing in `produce` opens
a file of the matter. An implementation is pickled into worker processes, so it carries what it
needs to open the matter, not open handles.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypeVar

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.plain.messages import without_places
from forthwith.workers import sandbox

Item = TypeVar("Item")
Result = TypeVar("Result")


class Run(Protocol):
    """Does `function` on each of `items` and yields (item, result or Fault), in any order."""

    def __call__(
        self, function: Callable[[Any], Any], items: Iterable[Any]
    ) -> Iterator[tuple[Any, Any]]:
        """Run it."""
        ...


def in_process(
    function: Callable[[Item], Result], items: Iterable[Item]
) -> Iterator[tuple[Item, Result | Fault]]:
    """Run one after another, here."""
    for item in items:
        yield item, guarded(lambda item=item: function(item))  # type: ignore[misc]


def guarded(function: Callable[[], Result]) -> Result | Fault:
    """Return what `function` returns, or the Fault that stands for what it raised."""
    try:
        return function()
    except MemoryError:
        return Fault(FaultReason.OUT_OF_MEMORY, "needed more memory than there is", lost=True)
    except (ImportError, SyntaxError):
        # A program that is not whole would turn every document into a slip-sheet.
        raise
    except OSError as error:
        # The disk of the volume is ours, not evidence: a full disk must stop the production.
        if error.filename is not None or error.errno is not None:
            raise
        return _crash(error)
    except Exception as error:  # noqa: BLE001 - the rim: one document's failure is that document's
        sandbox.refused(error)
        return _crash(error)


def _crash(error: Exception) -> Fault:
    message = " ".join(without_places(error).split())[:200]
    return Fault(FaultReason.CRASHED, f"{type(error).__name__}: {message}", lost=True)


def in_order(
    run: Run,
    function: Callable[[Item], Result],
    items: Sequence[Item],
    key: Callable[[Item], str],
) -> Iterator[tuple[Item, Result | Fault]]:
    """Run and yield in the order of `items`, each exactly once, whatever `run` gives back."""
    waiting: dict[str, Result | Fault] = {}
    following = 0
    for item, result in run(function, items):
        waiting[key(item)] = result
        while following < len(items) and key(items[following]) in waiting:
            yield items[following], waiting.pop(key(items[following]))
            following += 1
    nothing = Fault(FaultReason.MISSING, "no result came back from the worker", lost=True)
    for item in items[following:]:
        yield item, waiting.pop(key(item), nothing)


class Access(Protocol):
    """Gives back what was collected and extracted, one document at a time."""

    def native(self, document: Document) -> bytes | Fault:
        """Return the document as collected, or the message written from its store's properties.

        The Fault says why the bytes cannot be had again.
        """
        ...

    def shown(self, document: Document) -> bytes | Fault:
        """Return the bytes whose pages are drawn: the native, decrypted where it is encrypted."""
        ...

    def text(self, document: Document) -> str:
        """Return the whole text of the document, header lines of mail included."""
        ...
