"""Families: nodes joined to every place their blob was found, made into documents.

Membership is an occurrence: the same file on three mails is three attachments. Containers are not
documents; they live on in the paths of their members, and in an account of expected against
emitted. Duplicate groups are equal families, whoever held them and wherever they lay, compared
whole (recipe fw1 of `identity`), never one attachment alone. Nothing is removed here: suppression
is a choice of `produce`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from forthwith.domain import fields
from forthwith.domain.evidence import Fault, FaultReason, FieldValue
from forthwith.domain.items import Item
from forthwith.domain.nodes import Disposition
from forthwith.process import threads
from forthwith.process.places import joined
from forthwith.record.readings import faults_from

#: A row of `record.readings`, long columns left out.
Row = Mapping[str, Any]


@dataclass(slots=True)
class Draft:
    """A document before the whole matter is known: its place and its tree, no numbers yet."""

    item: Item
    custodian: str
    row: Row
    path: str
    #: Locators of the document directly above and of the family's top; own locator at the top.
    parent: str | None
    top: str
    order: int
    inline_images: int = 0
    #: Its own, and those a container or an inline image has about it.
    faults: tuple[Fault, ...] = ()
    extra: tuple[FieldValue, ...] = ()
    #: Item and locator where it keeps its number, and those of the document above and of the
    #: family's top, where these are not its own: see `received_families`.
    kept_at: tuple[str, str] | None = None
    above: tuple[str, str] | None = None
    top_at: tuple[str, str] | None = None
    #: Whose document it is where that is not ours, and who else had a copy.
    party: str = ""
    others: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str]:
        """Item and locator under which its number is kept."""
        return self.kept_at or (self.item.id, self.row["locator"])

    @property
    def top_place(self) -> tuple[str, str]:
        """The place of its family's top."""
        return self.top_at or (self.item.id, self.top)

    @property
    def parent_place(self) -> tuple[str, str] | None:
        """The place of the document directly above; None at the top."""
        if self.parent is None:
            return None
        return self.above or (self.item.id, self.parent)


@dataclass(frozen=True, slots=True)
class ContainerAccount:
    """One container: what its own structure says it holds, and what came out."""

    item: str
    locator: str
    path: str
    declared: int | None
    emitted: int
    #: Children that stand as faults of their own.
    absent: int
    #: What concerns the container as a whole.
    faults: tuple[Fault, ...]


@dataclass(slots=True)
class Drafts:
    """All documents of one item, and the account of each of its containers."""

    documents: list[Draft] = field(default_factory=list)
    containers: list[ContainerAccount] = field(default_factory=list)
    inline: int = 0
    #: Rows that are no documents, nor is what lies in them, with the reason.
    aside: list[tuple[Row, str]] = field(default_factory=list)
    paths: dict[str, str] = field(default_factory=dict)
    #: Documents there should be, counted from what each thing says or showed that it holds.
    expected: int = 0


def never(_row: Row) -> str:
    """Set nothing aside."""
    return ""


def drafts(
    item: Item, custodian: str, rows: Sequence[Row], why_aside: Callable[[Row], str] = never
) -> Drafts:
    """Place the nodes of one item's blob, in reading order, parents before children.

    `why_aside` says of a row in no document why it is none itself; "" where it is one.
    """
    drafts = Drafts()
    kept: list[Row] = []
    left: dict[str, str] = {}
    above: dict[str, Row] = {}
    paths: dict[str, str] = {}
    documents: dict[str, Draft] = {}
    orders: dict[str, int] = defaultdict(int)
    for row in rows:
        locator = row["locator"]
        above[locator] = row
        paths[locator] = _path(item, row, paths)
        parent = _document_above(row, above, documents)
        why = left.get(row["parent"], "") if row["parent"] is not None else ""
        if why or (parent is None and (why := why_aside(row))):
            left[locator] = why
            drafts.aside.append((row, why))
            continue
        kept.append(row)
        if row["disposition"] == Disposition.CONTAINER.value:
            continue
        if row["disposition"] == Disposition.INLINE.value:
            drafts.inline += 1
            if parent is not None:
                documents[parent].inline_images += 1
            continue
        top = documents[parent].top if parent is not None else locator
        draft = Draft(item, custodian, row, paths[locator], parent, top, orders[top])
        if row["parent"] is None and item.modified:
            # All that the place itself says is the file system's time of a loose file.
            draft.extra = (FieldValue(fields.MODIFIED, item.modified, "filesystem:mtime"),)
        orders[top] += 1
        documents[locator] = draft
        drafts.documents.append(draft)
    faults = _faults_placed(kept, above, documents)
    if item.fault and item.blob and kept and kept[0]["parent"] is None:
        faults[kept[0]["locator"]].append(Fault(FaultReason.CHANGED, item.fault))
    for draft in drafts.documents:
        draft.faults = tuple(faults[draft.row["locator"]])
    accounts = _container_accounts(item, rows, paths, faults)
    drafts.containers = [account for account in accounts if account.locator not in left]
    drafts.paths = paths
    drafts.expected = _expected(rows) - len(drafts.containers) - drafts.inline
    return drafts


def _expected(rows: Sequence[Row]) -> int:
    """Count the things there should be: the item, and every child met where it lay.

    A mailbox read in slices has no count of its own; what it declares stands for it.
    """
    expected = 1
    for row in rows:
        children = row["emitted"] + row["absent"]
        if not children and row["unit"].endswith("#head"):
            # A head that could not be read declares nothing: what its slices gave is what it held.
            children = row["declared"]
            if children is None:
                children = sum(below["parent"] == row["locator"] for below in rows)
        expected += int(children)
    return expected


def _path(item: Item, row: Row, paths: Mapping[str, str]) -> str:
    if row["parent"] is None:
        return item.path
    parts = (paths.get(row["parent"], item.path), row["folder"], row["name"])
    return "/".join(part for part in parts if part)


def _document_above(
    row: Row, above: Mapping[str, Row], documents: Mapping[str, Draft]
) -> str | None:
    """Return the nearest document above; containers in between do not count."""
    parent: str | None = row["parent"]
    while parent is not None and parent not in documents:
        parent = above[parent]["parent"] if parent in above else None
    return parent


def _faults_placed(
    rows: Sequence[Row], above: Mapping[str, Row], documents: Mapping[str, Draft]
) -> dict[str, list[Fault]]:
    """Return locator -> faults, of documents and containers alone: nothing else is ever shown.

    What a container says of one member stands on the member; what befell an inline image stands on
    the document that shows it.
    """
    placed: dict[str, list[Fault]] = defaultdict(list)

    def place(locator: str, fault: Fault) -> None:
        row = above[locator]
        if row["disposition"] == Disposition.INLINE.value:
            shown_in = _document_above(row, above, documents)
            place_of = shown_in if shown_in is not None else row["parent"]
            what = f"the inline image {row['name']!r}" if row["name"] else "an inline image"
            locator = place_of if place_of is not None else locator
            fault = Fault(fault.reason, f"{what}: {fault.detail}")
        if fault not in placed[locator]:
            placed[locator].append(fault)

    for row in rows:
        locator = row["locator"]
        for fault in faults_from(row["faults"]):
            member = joined(locator, fault.step) if fault.step else ""
            if row["disposition"] == Disposition.CONTAINER.value and member in above and member:
                place(member, replace(fault, step="", lost=False))
            else:
                place(locator, fault)
    return placed


def _container_accounts(
    item: Item,
    rows: Sequence[Row],
    paths: Mapping[str, str],
    faults: Mapping[str, list[Fault]],
) -> Iterator[ContainerAccount]:
    emitted: dict[str, int] = defaultdict(int)
    absent: dict[str, int] = defaultdict(int)
    for row in rows:
        if row["parent"] is not None:
            came_out = row["sha256"] or not is_lost(row)
            (emitted if came_out else absent)[row["parent"]] += 1
    for row in rows:
        if row["disposition"] == Disposition.CONTAINER.value:
            name = row["locator"]
            yield ContainerAccount(
                item.id,
                name,
                paths[name],
                row["declared"],
                emitted[name],
                absent[name],
                tuple(faults[name]),
            )


def is_lost(row: Row) -> bool:
    """Say whether the thing itself could not be read."""
    return '"lost": true' in row["faults"]


@dataclass(frozen=True, slots=True)
class Top:
    """The top of one family."""

    control_number: str
    family_hash: str
    message_id_hash: str
    #: Copies are looked for on each side alone: what we hold of theirs is no copy of ours.
    party: str = ""


def duplicate_groups(numbered: Iterable[tuple[str, Draft]]) -> list[list[str]]:
    """Return groups of control numbers of family tops that are duplicates of one another."""
    return groups(
        Top(number, draft.row["content_hash"], draft.row["message_id_hash"], draft.party)
        for number, draft in numbered
        if draft.parent is None and draft.row["sha256"]
    )


def groups(tops: Iterable[Top]) -> list[list[str]]:
    """Return the control numbers of each group of two or more, in the order first met."""
    by_hash: dict[tuple[str, str], list[Top]] = defaultdict(list)
    for top in tops:
        by_hash[top.party, top.family_hash].append(top)
    return [
        [top.control_number for top in group]
        for alike in by_hash.values()
        if len(alike) > 1
        for group in _by_message_id(alike)
        if len(group) > 1
    ]


def _by_message_id(alike: Sequence[Top]) -> list[list[Top]]:
    """Part families whose Message-IDs differ; one that agrees proves nothing by itself.

    A family without a Message-ID joins only where there is no doubt which family it equals.
    """
    by_id: dict[str, list[Top]] = defaultdict(list)
    for top in alike:
        by_id[top.message_id_hash].append(top)
    without_id = by_id.pop("", [])
    if len(by_id) == 1:
        return [list(alike)]
    return [*by_id.values(), without_id]


def conversations(numbered: Iterable[tuple[str, Draft]]) -> dict[str, tuple[str, str]]:
    """Return control number -> (thread, basis) for messages, and for chat.

    Chat kept as messages of a store is joined as messages are; days of an exported conversation by
    its name. Each side's documents are joined among themselves.
    """
    by_party: dict[str, list[tuple[str, Draft]]] = defaultdict(list)
    for number, draft in numbered:
        by_party[draft.party].append((number, draft))
    joined_of: dict[str, tuple[str, str]] = {}
    for drafts_of in by_party.values():
        joined_of |= _conversations(drafts_of)
    return joined_of


def _conversations(numbered: Iterable[tuple[str, Draft]]) -> dict[str, tuple[str, str]]:
    mail: list[threads.Message] = []
    chat: list[threads.Message] = []
    days: list[tuple[str, Draft]] = []
    for number, draft in numbered:
        if draft.row["kind"] == "email":
            mail.append(_message(number, draft))
        elif draft.row["kind"] == "chat" and draft.row["message_id"]:
            chat.append(_message(number, draft))
        elif draft.row["kind"] == "chat":
            days.append((number, draft))
    return threads.threads(mail) | threads.chats(chat) | dict(_days(days))


def _message(number: str, draft: Draft) -> threads.Message:
    row = draft.row
    return threads.Message(
        number,
        row["message_id"].strip(),
        tuple(reference for reference in row["references"].split("\n") if reference),
        row["conversation_index"],
        row["subject"],
        row["sent"] or row["received"],
        frozenset(person.lower() for person in row["people"].split("\n") if person),
    )


def _days(numbered: Iterable[tuple[str, Draft]]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield the days of each conversation of one export, under the number of its first day."""
    talks: dict[tuple[str, str, str], list[tuple[str, str]]] = defaultdict(list)
    for number, draft in numbered:
        row = draft.row
        if row["conversation_index"]:
            above = row["locator"] if row["parent"] is None else row["parent"]
            place = (draft.item.id, above, row["conversation_index"])
            talks[place].append((row["sent"], number))
    for days in talks.values():
        if len(days) > 1:
            first = min(days)[1]
            yield from ((number, (first, "index")) for _, number in days)
