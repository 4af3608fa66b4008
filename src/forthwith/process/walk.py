"""Walk one blob: read it, read everything found inside it, and account for each thing met.

This is the rim around the readers: whatever a reader raises, and whatever it takes too long over,
becomes a Fault of the one item it was reading. A place that killed a worker before is *poison*:
it is not touched again, and stands as a Fault.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    Budget,
    ByteSource,
    Child,
    Fault,
    FaultReason,
    Hint,
    InMemory,
    Kind,
    Limits,
    Reading,
    Relation,
)
from forthwith.domain.nodes import Disposition, Node
from forthwith.formats import readers
from forthwith.formats.sniff import media_type as sniff
from forthwith.plain.messages import without_places
from forthwith.plain.system_errors import OF_THE_DISK
from forthwith.process import identity
from forthwith.process.places import Digests, Place, declared, disposition, joined, slice_number
from forthwith.workers import sandbox

T = TypeVar("T")

#: What a thing of these types nobody could read would have been.
_MAIL_TYPES = frozenset({"message/rfc822", "application/x-emlx"})
#: Faults about one container listed one by one; a hundred times as many, and it is left.
_NOTES = 50
#: An inline picture of no more pixels than this is a logo or an icon; a pasted screen is larger.
_LETTERHEAD = 40_000
#: How many places of a child's number sort as text.
_SORT = 8
#: Header lines that the text of a mail begins with.
_LINES = (
    ("From", fields.FROM),
    ("Sent", fields.SENT),
    ("To", fields.TO),
    ("Cc", fields.CC),
    ("Bcc", fields.BCC),
    ("Subject", fields.SUBJECT),
    ("Starts", fields.STARTS),
    ("Ends", fields.ENDS),
    ("Place", fields.PLACE),
)


class _TooSlowError(Exception):
    """The timer ran out."""


@dataclass(slots=True)
class Walker:
    """Reads blobs into nodes. One for each worker; `poison` is set for each blob."""

    limits: Limits = field(default_factory=Limits)
    #: Called with the locator before each thing is touched.
    at: Callable[[str], None] = lambda _place: None
    #: Locators not to touch again, each with the Fault that stands for it.
    poison: Mapping[str, Fault] = field(default_factory=dict)
    #: Tried on what is encrypted.
    passwords: tuple[str, ...] = field(default=(), repr=False)
    _budget: Budget = field(default_factory=Budget)

    def __post_init__(self) -> None:
        """Have the timer's bell answered; once for each walker, because asking costs."""
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, _ring)

    def walk(self, source: ByteSource, name: str, digests: tuple[str, str, str]) -> list[Node]:
        """Return the nodes of a blob: itself first, then all beneath it in reading order.

        `digests` are its MD5, SHA-1 and SHA-256, known since it was collected.
        """
        self._budget = Budget(self.limits)
        place = Place("", None, "", None, name, "", 0)
        return self._visit(place, source, Digests(source.size, *digests), None)

    def known(self, reading: Reading, size: int, digests: tuple[str, str, str]) -> list[Node]:
        """Return the nodes of a blob whose reading is known (a bundle)."""
        self._budget = Budget(self.limits)
        place = Place("", None, "", None, "", "", 0)
        return self._visit(place, InMemory(b""), Digests(size, *digests), lambda: reading)

    def head(
        self, source: ByteSource, name: str, media_type: str, digests: tuple[str, str, str]
    ) -> Node:
        """Return the node of a large mailbox itself; its children come with its slices."""
        self.at("")
        hint = Hint(name, media_type, Budget(self.limits), passwords=self.passwords)
        reading = self.guard(lambda: readers.read(source, hint))
        if isinstance(reading, Fault):
            reading = Reading(Kind.CONTAINER, media_type, faults=(replace(reading, lost=True),))
        place = Place("", None, "", None, name, "", 0)
        node = self._node(place, reading, Digests(source.size, *digests), _Children.none(self))
        return replace(node, disposition=Disposition.CONTAINER)

    def slice(self, source: ByteSource, name: str, media_type: str, part: str) -> list[Node]:
        """Return the nodes beneath a large mailbox that lie in one slice of it."""
        self._budget = Budget(self.limits)
        hint = Hint(name, media_type, self._budget, passwords=self.passwords)
        inside = Place("", None, f"{slice_number(part)}.", None, name, "", 0)
        children = _Children(self, inside, lambda: readers.slice_children(source, hint, part))
        nodes = children.visit()
        by_locator = {node.locator: place for place, node in enumerate(nodes)}
        for fault in children.faults:
            place = by_locator.get(joined(inside.locator, fault.step)) if fault.step else None
            if place is not None:
                nodes[place] = replace(
                    nodes[place], faults=(*nodes[place].faults, replace(fault, step=""))
                )
            else:
                nodes.append(self._absent(inside, fault, len(children.hashes), fault.step or part))
        return nodes

    # One thing

    def _visit(
        self,
        place: Place,
        source: ByteSource,
        digests: Digests,
        known: Callable[[], Reading] | None,
    ) -> list[Node]:
        media_type = ""
        if place.locator in self.poison:
            reading: Reading | Fault = self.poison[place.locator]
        else:
            self.at(place.locator)
            media_type = "" if known else sniff.media_type(source, place.name)
            hint = Hint(place.name, media_type, self._budget, place.depth, self.passwords)
            reading = self.guard(known or (lambda: readers.read(source, hint)))
        if isinstance(reading, Fault):
            lost = replace(reading, lost=True)
            kind = Kind.EMAIL if media_type in _MAIL_TYPES else Kind.EDOC
            reading = Reading(kind, media_type, faults=(lost,))
        elif known is None and (wrong := sniff.mislabelled(reading.media_type, place.name)):
            reading = reading.with_faults(wrong)
        elif place.relation is Relation.MESSAGE and media_type == "text/plain":
            detail = "lies in a mailbox as a message and has no headers of one; it is read as text"
            reading = reading.with_faults(Fault(FaultReason.MISLABELLED, detail))
        if place.relation is Relation.INLINE:
            reading = _without_letterhead(reading)
        return self._with_children(place, reading, digests)

    def _with_children(self, place: Place, reading: Reading, digests: Digests) -> list[Node]:
        nodes: list[Node] = []
        children = _Children(self, place, reading.children)
        if reading.children is not None and place.depth >= self.limits.depth:
            detail = f"more than {self.limits.depth} containers inside one another (limits.depth)"
            too_deep = Fault(FaultReason.TOO_DEEP, detail, lost=True)
            reading = replace(reading.with_faults(too_deep), declared=None)
        elif reading.children is not None:
            nodes = children.visit()
            nodes += children.missing(reading.declared)
        if children.faults:
            reading = reading.with_faults(*children.faults)
        return [self._node(place, reading, digests, children), *nodes]

    def _node(self, place: Place, reading: Reading, digests: Digests, children: _Children) -> Node:
        lost = any(fault.lost for fault in reading.faults)
        known = {field.name for field in reading.fields}
        more = tuple(field for field in place.fields if field.name not in known)
        whole = replace(reading, fields=(*reading.fields, *more)) if more else reading
        text, body = document_text(whole, children.names)
        expanded = reading.kind is Kind.CONTAINER and children.emitted > 0
        return Node(
            locator=place.locator,
            parent=place.parent,
            sort=place.sort,
            relation=place.relation,
            disposition=disposition(place, expanded=expanded),
            kind=reading.kind,
            name=clean(place.name),
            folder=clean(place.folder),
            media_type=reading.media_type,
            size=digests.size,
            md5=digests.md5,
            sha1=digests.sha1,
            sha256=digests.sha256,
            text=text,
            body=body,
            text_method=reading.text_method,
            fields=whole.fields,
            faults=reading.faults,
            declared=reading.declared,
            emitted=children.emitted,
            absent=children.absent,
            content_hash=identity.content_hash(
                reading, digests.sha256, children.hashes, lost=lost or not digests.sha256
            )
            or identity.absent(place.name, digests.size),
            message_id_hash=identity.message_id_hash(reading.value(fields.MESSAGE_ID)),
        )

    def _child(self, above: Place, child: Child, index: int) -> list[Node]:
        locator = joined(above.locator, child.step)
        place = Place(
            locator,
            above.locator,
            f"{above.sort}{index:0{_SORT}d}",
            child.relation,
            child.name,
            child.folder,
            above.depth + 1,
            (*child.fields, *declared(child)),
        )
        place = replace(place, sort=place.sort + ".")
        if locator in self.poison:
            return self._visit(place, InMemory(b""), Digests(), None)
        self.at(locator)
        loaded = self.guard(child.load)
        if isinstance(loaded, Fault) and child.reading is None:
            return [self._absent(above, loaded, index, child.step, child)]
        data = b"" if isinstance(loaded, Fault) else loaded
        nodes = self._visit(
            place,
            InMemory(data),
            Digests() if isinstance(loaded, Fault) or child.bare else Digests.of(data),
            child.reading,
        )
        if isinstance(loaded, Fault):
            nodes[0] = replace(nodes[0], faults=(*nodes[0].faults, replace(loaded, lost=True)))
        return nodes

    def _absent(
        self, above: Place, fault: Fault, index: int, step: str, child: Child | None = None
    ) -> Node:
        """Return the node that stands for something whose bytes did not come out."""
        place = Place(
            joined(above.locator, step),
            above.locator,
            f"{above.sort}{index:0{_SORT}d}.",
            child.relation if child else Relation.MEMBER,
            child.name if child else step,
            child.folder if child else "",
            above.depth + 1,
            child.fields if child else (),
        )
        reading = Reading(Kind.EDOC, "", faults=(replace(fault, lost=True),))
        return self._node(place, reading, Digests(), _Children.none(self))

    # The rim

    def guard(self, act: Callable[[], T | Fault]) -> T | Fault:
        """Do one act of a reader; whatever goes wrong is a Fault."""
        # Only the main thread has a timer.
        timed = threading.current_thread() is threading.main_thread()
        try:
            if timed:
                signal.setitimer(signal.ITIMER_REAL, self.limits.seconds)
            try:
                return act()
            finally:
                if timed:
                    signal.setitimer(signal.ITIMER_REAL, 0)
        except UnreadableError as unreadable:
            return unreadable.fault
        except _TooSlowError:
            detail = f"took longer than {self.limits.seconds:g} s (limits.seconds in matter.toml)"
            return Fault(FaultReason.TOO_SLOW, detail, lost=True)
        except MemoryError:
            detail = f"needed more than {self.limits.memory:,} bytes of memory (limits.memory)"
            return Fault(FaultReason.OUT_OF_MEMORY, detail, lost=True)
        except Exception as crash:
            if isinstance(crash, OSError) and crash.errno in OF_THE_DISK:
                # A full or failing disk is ours, whatever was being read meanwhile.
                raise
            sandbox.refused(crash)
            what = clean(f"{type(crash).__name__}: {without_places(crash)}")[:300]
            return Fault(FaultReason.CRASHED, f"the reader failed: {what}", lost=True)


class _Children:
    """The children of one thing, met one by one, and the account of them."""

    def __init__(
        self, walker: Walker, place: Place, children: Callable[[], Iterator[Child | Fault]] | None
    ) -> None:
        self._walker = walker
        self._place = place
        self._children = children
        self.faults: list[Fault] = []
        self.hashes: list[str] = []
        #: Names of what is attached, in order, for the header lines of a mail.
        self.names: list[str] = []
        self.emitted = 0
        self.absent = 0
        self._notes = 0

    @classmethod
    def none(cls, walker: Walker) -> _Children:
        """Return the account of something without children."""
        return cls(walker, Place("", None, "", None, "", "", 0), None)

    def visit(self) -> list[Node]:
        """Return the nodes of every child."""
        nodes: list[Node] = []
        noted: list[Fault] = []
        for index, child in enumerate(self._each()):
            if isinstance(child, Fault):
                noted.append(child)
                continue
            self.emitted += 1
            branch = self._walker._child(self._place, child, index)  # noqa: SLF001 - its own part
            self.hashes.append(branch[0].content_hash)
            if child.relation is not Relation.INLINE:
                self.names.append(child.name)
            nodes += branch
        nodes += self._settle(noted, nodes)
        return nodes

    def _settle(self, noted: Sequence[Fault], nodes: list[Node]) -> list[Node]:
        """Return the nodes of losses; a fault about a child that did come out goes to the child."""
        met = {node.locator: index for index, node in enumerate(nodes)}
        lost = []
        for fault in noted:
            place = joined(self._place.locator, fault.step)
            if fault.step and place not in met and _stands_for_child(fault):
                self.absent += 1
                index = self.emitted + len(noted) + self.absent
                node = self._walker._absent(self._place, fault, index, fault.step)  # noqa: SLF001
                met[node.locator] = -1
                self.hashes.append(node.content_hash)
                lost.append(node)
            elif fault.step and met.get(place, -1) >= 0:
                node = nodes[met[place]]
                note = replace(fault, lost=False)
                nodes[met[place]] = replace(node, faults=(*node.faults, note))
            else:
                self.faults.append(replace(fault, lost=False))
        return lost

    def _each(self) -> Iterator[Child | Fault]:
        """Yield what the reader finds; a reader that fails midway ends with a Fault."""
        if self._children is None:
            return
        walker, children = self._walker, self._children
        started = walker.guard(lambda: iter(children()))
        if isinstance(started, Fault):
            self.faults.append(replace(started, lost=False))
            return
        for count in range(walker.limits.children + 1):
            mark = f"{self._place.locator}#{count}"
            if mark in walker.poison:
                self.faults.append(replace(walker.poison[mark], lost=False))
                return
            walker.at(mark)
            child = walker.guard(lambda: next(started, None))
            if child is None:
                return
            if isinstance(child, Fault) and not child.step:
                if not self._note(child):
                    return
                continue
            if count == walker.limits.children:
                detail = f"holds more than {walker.limits.children:,} (limits.children)"
                self.faults.append(Fault(FaultReason.TOO_MANY, detail))
                return
            yield child

    def _note(self, fault: Fault) -> bool:
        """Keep a fault about the whole; say no to a reader that gives nothing but faults."""
        self._notes += 1
        if self._notes <= _NOTES:
            self.faults.append(replace(fault, lost=False))
        elif self._notes == _NOTES + 1:
            detail = f"more than {_NOTES} faults; the rest is not listed"
            self.faults.append(Fault(FaultReason.TOO_MANY, detail))
        return self._notes <= _NOTES * 100

    def missing(self, declared: int | None) -> list[Node]:
        """Return the one node that stands for all that the structure declares and does not hold."""
        met = self.emitted + self.absent
        if declared is None or declared <= met:
            return []
        what = "part" if declared - met == 1 else "parts"
        detail = f"says it holds {declared:,}; {declared - met:,} {what} did not come out of it"
        fault = Fault(FaultReason.MISSING, detail, lost=True)
        self.absent += 1
        name = f"({declared - met:,} missing {what})"
        node = self._walker._absent(self._place, fault, met + self.absent, name)  # noqa: SLF001
        self.hashes.append(node.content_hash)
        return [node]


def _stands_for_child(fault: Fault) -> bool:
    return fault.lost or fault.reason in {
        FaultReason.ENCRYPTED,
        FaultReason.CORRUPT,
        FaultReason.TRUNCATED,
        FaultReason.UNSUPPORTED,
        FaultReason.TOO_LARGE,
        FaultReason.MISSING,
        FaultReason.NO_TOOL,
        FaultReason.CRASHED,
    }


def _ring(_signal: int, _frame: object) -> None:
    raise _TooSlowError


def _without_letterhead(reading: Reading) -> Reading:
    """Return an inline picture as read; that nobody read a logo's words is no fault.

    Mails carry one in every signature, and an exception for each would bury those that matter.
    """
    sides = [reading.value(name) for name in (fields.WIDTH, fields.HEIGHT)]
    if not all(side.isdecimal() for side in sides) or int(sides[0]) * int(sides[1]) > _LETTERHEAD:
        return reading
    kept = (fault for fault in reading.faults if fault.reason is not FaultReason.NO_TOOL)
    return replace(reading, faults=tuple(kept))


def document_text(reading: Reading, attachments: Sequence[str]) -> tuple[str, int]:
    """Return the text of a document as a reviewer reads it, and where the body begins in it.

    Mail gets its header lines.
    """
    body = clean(reading.text)
    if reading.kind is not Kind.EMAIL or reading.headed:
        return body, 0
    values: dict[str, str | tuple[str, ...]] = {}
    for datum in reading.fields:
        values.setdefault(datum.name, datum.value)
    lines = [
        f"{label}: {value if isinstance(value, str) else '; '.join(value)}"
        for label, name in _LINES
        if (value := values.get(name))
    ]
    if attachments:
        lines.append(f"Attachments: {'; '.join(attachments)}")
    head = clean("\n".join(lines) + "\n\n")
    return head + body, len(head)


def clean(text: str) -> str:
    """Return text that every encoding can carry: half characters become U+FFFD."""
    if text.isascii():
        return text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
