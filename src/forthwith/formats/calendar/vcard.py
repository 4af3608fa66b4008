"""Contact files (vCard 2.1, 3.0 and 4.0): one CONTACT document for a whole file.

A file may hold a whole address book; the text lists every card with every property, the fields
gather names, addresses and numbers of all. Photos, sounds and keys carried inline become children.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from forthwith.domain import fields as names
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Child,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    Relation,
    TextMethod,
)
from forthwith.formats.bytes.stream import whole, within_budget
from forthwith.formats.calendar.content_lines import Component, Line, iso_instant, parse
from forthwith.formats.calendar.ics import inline_bytes, structure_faults

MEDIA_TYPES = frozenset({"text/vcard"})

_FILES = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "X-MS-CARDPICTURE"})
_LABELS = {
    "N": "Name",
    "ORG": "Organization",
    "TITLE": "Title",
    "EMAIL": "E-mail",
    "TEL": "Phone",
    "ADR": "Address",
    "NOTE": "Note",
    "URL": "Web",
    "BDAY": "Birthday",
}
_SILENT = frozenset({"VERSION", "FN"})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read a contact file. Raises UnreadableError when it holds no property at all."""
    file = parse(whole(source, hint))
    cards = [component for component in file.top.walk() if component.lines]
    if not cards:
        detail = "no contact property can be read"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True))
    files = [line for card in cards for line in card.lines if _inline(line)]
    blocks = [f"Contacts: {len(cards)} {'card' if len(cards) == 1 else 'cards'}"]
    blocks += ["\n".join(_card_lines(card)) for card in cards]
    blocks += [f"[Unread line: {line}]" for line in file.odd]
    return Reading(
        Kind.CONTACT,
        "text/vcard",
        text="\n\n".join(blocks) + "\n",
        text_method=TextMethod.EXTRACTED,
        fields=tuple(_fields(cards)),
        faults=tuple(structure_faults(file)),
        children=partial(_children, files, hint),
        declared=len(files),
    )


def _inline(line: Line) -> bool:
    if line.name not in _FILES:
        return False
    is_base64 = line.parameter("ENCODING").upper() in {"B", "BASE64"}
    return is_base64 or line.raw[:5].lower() == b"data:"


def _structured(line: Line) -> str:
    """Return the parts of N, ORG or ADR that are not blank."""
    return ", ".join(part.strip() for part in line.parts(";") if part.strip())


def _name(card: Component) -> str:
    full = card.first("FN")
    if full is not None and full.value.strip():
        return full.value.strip()
    line = card.first("N")
    return "" if line is None else _structured(line)


def _number(line: Line) -> str:
    return line.value.strip().removeprefix("tel:").removeprefix("mailto:")


def _fields(cards: list[Component]) -> Iterator[FieldValue]:
    first = cards[0]
    organization, revised = first.first("ORG"), first.first("REV")
    if name := _name(first):
        yield FieldValue(names.TITLE, name, "vcard:FN")
    if organization is not None and (company := _structured(organization)):
        yield FieldValue(names.COMPANY, company, "vcard:ORG")
    if revised is not None and (instant := iso_instant(revised.text)):
        yield FieldValue(names.MODIFIED, instant, "vcard:REV")
    for field, property_name in ((names.EMAIL_ADDRESSES, "EMAIL"), (names.PHONES, "TEL")):
        values = (_number(line) for card in cards for line in card.all(property_name))
        if distinct := tuple(dict.fromkeys(filter(None, values))):
            yield FieldValue(field, distinct, f"vcard:{property_name}")


def _card_lines(card: Component) -> Iterator[str]:
    yield f"Contact: {_name(card)}".rstrip()
    for name, word in _LABELS.items():
        for line in card.all(name):
            sorts = ", ".join(sort.lower() for sort in line.parameters.get("TYPE", ()))
            yield f"{word}{f' ({sorts})' if sorts else ''}: {_display(line)}"
    for line in card.lines:
        if line.name not in _LABELS and line.name not in _SILENT:
            yield f"{line.name}: {_display(line)}"


def _display(line: Line) -> str:
    if _inline(line):
        return "a file, see attachments"
    return _structured(line) if line.name in {"N", "ORG", "ADR"} else _number(line)


def _children(files: list[Line], hint: Hint) -> Iterator[Child | Fault]:
    for at, line in enumerate(files, start=1):
        sort = next(iter(line.parameters.get("TYPE", ())), "").lower()
        media = sort if "/" in sort else f"image/{sort}" if sort and line.name != "KEY" else ""
        step, load = f"attach:{at}", within_budget(partial(inline_bytes, line), hint)
        relation = Relation.INLINE if line.name != "KEY" else Relation.ATTACHMENT
        yield Child(step, "", relation, load, media)
