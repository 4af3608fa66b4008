"""What the natives say of families (FM04, FM08 to FM10): each attachment inside against the rows.

Matched by digest first, then by Message-ID, then by name; what stays over on either side is a
finding. A document withheld, or delivered without native, can stand for one that matches nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from forthwith.check.context import CheckContext, Findings
from forthwith.check.families import Families
from forthwith.check.natives_opened import Inside, Opened
from forthwith.domain.evidence import Kind


@dataclass(slots=True)
class Matched:
    """One family's rows against what its natives hold."""

    #: Rows not yet taken, in row order.
    rows: list[int]
    #: Rows whose parent gives them no name.
    nameless: set[int] = field(default_factory=set)
    #: Each row with what it is inside its parent.
    pairs: list[tuple[int, Inside]] = field(default_factory=list)
    missing: list[Inside] = field(default_factory=list)
    altered: list[tuple[int, Inside]] = field(default_factory=list)


def compare(
    seen: CheckContext, families: Families, opened: Mapping[int, Opened]
) -> tuple[list[tuple[int, Matched]], set[int]]:
    """Match every family; returns (top row, its match) and the rows rightly without a name."""
    matches: list[tuple[int, Matched]] = []
    nameless: set[int] = set()
    for top in range(len(seen.volume)):
        if top in families.parent or top in seen.doubles:
            continue
        native = opened.get(top)
        members = [row for row in families.members.get(top, [top])[1:] if row not in seen.doubles]
        if native is None or not (native.inside or members):
            continue
        matched = _match(seen, native, members, opened)
        nameless |= matched.nameless
        matches.append((top, matched))
    return matches, nameless


def _match(
    seen: CheckContext, native: Opened, members: list[int], opened: Mapping[int, Opened]
) -> Matched:
    matched = Matched(list(members))
    waiting = list(native.inside)
    digests = {row: _digests(seen, row, opened) for row in members}
    loose: list[Inside] = []
    while waiting:
        attachment = waiting.pop(0)
        row = next(
            (row for row in matched.rows if attachment.md5 and attachment.md5 in digests[row]), None
        )
        if row is None:
            loose.append(attachment)
            waiting.extend(attachment.inside)
        else:
            _take(matched, attachment, row)
            matched.pairs.append((row, attachment))
            waiting.extend(attachment.inside or opened.get(row, Opened()).inside)
    _by_name(seen, matched, loose, opened)
    return matched


def _digests(seen: CheckContext, row: int, opened: Mapping[int, Opened]) -> set[str]:
    stated = seen.volume.cell("md5", row).upper()
    return {stated, opened[row].md5} - {""} if row in opened else {stated} - {""}


def _take(matched: Matched, attachment: Inside, row: int) -> None:
    matched.rows.remove(row)
    if not attachment.name:
        matched.nameless.add(row)


def _by_name(
    seen: CheckContext, matched: Matched, loose: Iterable[Inside], opened: Mapping[int, Opened]
) -> None:
    """Match what has no digest in common: re-generated mails, slip-sheets, altered files."""
    left: list[Inside] = []
    for attachment in loose:
        row = next((row for row in matched.rows if _alike(seen, attachment, row)), None)
        if row is None:
            left.append(attachment)
            continue
        _take(matched, attachment, row)
        matched.pairs.append((row, attachment))
        if _altered(seen, attachment, row, opened):
            matched.altered.append((row, attachment))
    bare = [row for row in matched.rows if row not in opened]
    for attachment in left:
        if bare and not attachment.optional:
            _take(matched, attachment, bare.pop(0))
        elif not attachment.optional:
            matched.missing.append(attachment)


def _alike(seen: CheckContext, attachment: Inside, row: int) -> bool:
    volume = seen.volume
    if attachment.message_id and attachment.message_id == volume.cell("message_id", row):
        return True
    name = volume.cell("file_name", row)
    if attachment.name and name and _plain(attachment.name) == _plain(name):
        return True
    subject = volume.cell("subject", row)
    return (
        attachment.kind == Kind.EMAIL
        and bool(subject)
        and _plain(attachment.subject) == _plain(subject)
    )


def _plain(name: str) -> str:
    return "".join(name.casefold().split())


def _altered(
    seen: CheckContext, attachment: Inside, row: int, opened: Mapping[int, Opened]
) -> bool:
    """Return True when a delivered file is not the one inside; mail is re-generated rightly."""
    if row not in opened or not attachment.md5 or row in seen.native_altered:
        return False
    mail = (Kind.EMAIL, Kind.CALENDAR, Kind.CONTACT, Kind.CHAT)
    return attachment.kind not in mail and opened[row].kind not in mail


def report(
    seen: CheckContext,
    families: Families,
    opened: Mapping[int, Opened],
    matches: list[tuple[int, Matched]],
) -> Findings:
    """Report what matching left over."""
    volume = seen.volume
    listed_lost = {
        row
        for row, numbers in families.listed.items()
        if any(number not in families.index for number in numbers)
    }
    # Where no column tells of families, an attachment may lie in the volume without its tie.
    tied = volume.has("parent") or volume.has("children") or volume.has("family_first")
    anywhere = set() if tied or volume.has("family_range") else {
        digest for row in range(len(volume)) for digest in _digests(seen, row, opened)
    }  # fmt: skip
    for top, matched in matches:
        lost = [
            attachment
            for attachment in matched.missing
            if not attachment.embedded and attachment.md5 not in anywhere
        ]
        if lost and top not in listed_lost:
            members = families.members.get(top, [top])
            seen.gap_after.update(page for row in members if (page := volume.last[row]) is not None)
        for attachment in [] if top in listed_lost else lost:
            name = attachment.name or attachment.subject or "without a name"
            yield seen.report("FM04", f"its attachment {name!r} is not produced", row=top)
        for attachment in matched.missing:
            if attachment.embedded:
                message = f"the object {attachment.name!r} inside it is not produced"
                yield seen.report("FM10", message, row=top)
        for row, attachment in matched.altered:
            message = f"it differs from the attachment {attachment.name!r} inside its parent"
            # Its text and fields may be those of the file that was to be here.
            seen.native_altered.add(row)
            yield seen.report("FM08", message, row=row)
        yield from _strangers(seen, opened, top, matched)


def _strangers(
    seen: CheckContext, opened: Mapping[int, Opened], top: int, matched: Matched
) -> Findings:
    """Report rows hung under a mail that does not hold them, where it could be read whole."""
    native = opened[top]
    sound = native.kind == Kind.EMAIL and not (native.partial or native.unread or native.fault)
    if not sound or top in seen.native_altered:
        return
    for row in matched.rows:
        if row in opened and row not in seen.misplaced:
            yield seen.report("FM09", "its parent's native does not hold it", row=row)
