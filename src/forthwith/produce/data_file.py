"""Rows of the data load file: a document, its numbers and its files, as the standard wants them.

The standard's data say which columns there are, for which class of document, and what fills each.
A column's `fill` is turned into a function: "field:" takes a field as it is, "rule:" computes one,
"same:" repeats another column. Instants ("date:", "time:", "datetime:") are rendered by `Rows`,
because columns share one. A withheld document shows its numbers, its custodian and its log entry,
nothing else. Cells are made safe for the file by `loadfiles.dat`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from forthwith.domain import fields
from forthwith.domain.bates import Bates
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Kind
from forthwith.produce import instants
from forthwith.produce.errors import UnknownRuleError
from forthwith.produce.numbering import Numbers
from forthwith.produce.order import ProductionOrder
from forthwith.produce.uncovered import Uncovered
from forthwith.standards import roles
from forthwith.standards.loader import Column, Standard

#: Who opens such a file sees a message, whatever the item was in its store.
_MESSAGES = frozenset({"EML", "EMLX", "MSG"})


@dataclass(frozen=True, slots=True)
class File:
    """One delivered file."""

    #: Inside the volume, "/" separated.
    path: str
    size: int
    sha256: str
    #: Only for natives.
    md5: str = ""
    #: Only for natives, and only under a standard that has a column for it.
    sha1: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one row tells of."""

    document: Document
    numbers: Numbers
    text: File
    native: File | None = None
    #: Of the native; "" without one.
    media_type: str = ""
    #: Entry of the privilege log; "" when produced.
    withheld: str = ""
    #: Header block of the delivered message, where it was written for the production.
    header: str = ""
    #: Reasons for which something of it is redacted.
    redacted: tuple[str, ...] = ()

    @property
    def is_email(self) -> bool:
        """True for mail, and for other items of a mailbox that are delivered as messages."""
        if self.native is not None and self.document.kind is not Kind.CHAT:
            return self.native.path.rpartition(".")[2] in _MESSAGES
        return self.document.kind is Kind.EMAIL


@dataclass(frozen=True, slots=True)
class Setting:
    """What all rows of a volume share."""

    standard: Standard
    order: ProductionOrder
    #: One name for the zone of the whole volume.
    zone_name: str


Filler = Callable[[Entry, Setting], str]


def filler(column: Column) -> Filler:
    """Return what fills `column`. Raises UnknownRuleError."""
    how, _, name = meant(column).partition(":")
    if how == "blank" or (how in {"date", "time", "datetime"} and name in fields.INSTANTS):
        return _nothing
    if how == "field" and name:
        return lambda entry, setting: _field(entry, name, setting)
    if how == "rule" and name in RULES:
        return RULES[name]
    raise UnknownRuleError(column.name, column.fill)


def meant(column: Column) -> str:
    """Return what fills a column, that of the other one where it repeats another."""
    if column.fill.startswith("same:"):
        return roles.BY_NAME[column.fill.removeprefix("same:")].fill
    return column.fill


def backslashed(path: str) -> str:
    """Return a path inside the volume as load files write it."""
    return path.replace("/", "\\")


def _nothing(_entry: Entry, _setting: Setting) -> str:
    return ""


def _field(entry: Entry, name: str, setting: Setting) -> str:
    field = entry.document.fields.get(name)
    if field is not None and not isinstance(field.value, str):
        return _joined(field.value, setting)
    value = entry.document.text_of(name)
    if not value and name == fields.FROM:
        return entry.document.text_of(fields.SENDER)
    return entry.header if not value and name == fields.HEADER else value


def _of_family(entry: Entry, number: Bates) -> str:
    return str(number) if entry.numbers.in_family else ""


def _family_range(entry: Entry, setting: Setting) -> str:
    first, last = entry.numbers.family_first, entry.numbers.family_last
    return f"{first}{setting.standard.formats.range_mark}{last}" if entry.numbers.in_family else ""


def _file_name(entry: Entry, _setting: Setting) -> str:
    document = entry.document
    if document.name or entry.is_email:
        return document.name
    # Items of a store have no file name: the last part of where they lay is what they had.
    return document.path.rsplit("/", 1)[-1]


def _of_native(take: Callable[[File, Setting], str]) -> Filler:
    """Return a filler that is blank for a document without a native."""
    return lambda entry, setting: "" if entry.native is None else take(entry.native, setting)


def _size(native: File, setting: Setting) -> str:
    rules = setting.standard.load_file
    size = -(-native.size // setting.standard.formats.size_unit)
    # Without quotes a comma between thousands would part the cell where commas part cells.
    return f"{size}" if rules.field == "," and not rules.quote else f"{size:,}"


def _joined(values: Sequence[str], setting: Setting) -> str:
    return setting.standard.load_file.join.join(values)


def _record_type(entry: Entry, _setting: Setting) -> str:
    if entry.numbers.parent is not None:
        return "Attachment"
    return "E-mail" if entry.is_email else "File"


def _internal_path(entry: Entry, _setting: Setting) -> str:
    # The labels of Gmail are its folders.
    document = entry.document
    return (
        document.text_of(fields.INTERNAL_PATH) or document.text_of(fields.LABELS) or document.path
    )


def _all_custodians(entry: Entry, setting: Setting) -> str:
    return _joined(entry.document.all_custodians or (entry.document.custodian,), setting)


def _all_paths(entry: Entry, setting: Setting) -> str:
    return _joined(entry.document.all_paths or (entry.document.path,), setting)


RULES: Mapping[str, Filler] = {
    "first_bates": lambda entry, _: str(entry.numbers.first),
    "last_bates": lambda entry, _: str(entry.numbers.last),
    "family_range": _family_range,
    "family_first": lambda entry, _: _of_family(entry, entry.numbers.family_first),
    "family_last": lambda entry, _: _of_family(entry, entry.numbers.family_last),
    "parent_bates": lambda entry, _: str(entry.numbers.parent or ""),
    "child_bates": lambda entry, setting: _joined(
        [str(child) for child in entry.numbers.children], setting
    ),
    "attachment_count": lambda entry, _: str(len(entry.numbers.children) or ""),
    "custodian": lambda entry, _: entry.document.custodian,
    "file_name": _file_name,
    "time_zone": lambda _, setting: setting.zone_name,
    "native_path": _of_native(lambda native, _: backslashed(native.path)),
    "media_type": lambda entry, _: entry.media_type,
    "extension": _of_native(lambda native, _: native.path.rpartition(".")[2]),
    "size_kb": _of_native(_size),
    "page_count": lambda entry, _: str(entry.numbers.pages),
    "path": lambda entry, _: entry.document.path,
    "internal_path": _internal_path,
    "md5": _of_native(lambda native, _: native.md5),
    "sha1": _of_native(lambda native, _: native.sha1),
    "sha256": _of_native(lambda native, _: native.sha256),
    "text_path": lambda entry, _: backslashed(entry.text.path),
    "all_custodians": _all_custodians,
    "all_paths": _all_paths,
    "volume": lambda _, setting: setting.order.volume,
    "producing_party": lambda _, setting: setting.order.producing_party,
    "record_type": _record_type,
    "message_id_hash": lambda entry, _: entry.document.message_id_hash,
    "withheld": lambda entry, _: entry.withheld,
    "confidentiality": lambda _, setting: setting.order.confidentiality,
    "redacted": lambda entry, setting: _joined(entry.redacted, setting),
    # Nothing is labelled by request yet: the column stands for a stable header.
    "requests": _nothing,
}


#: Blanks before a break are taken from where they begin: from within, a long run without a break
#: would be looked through once for each of them.
_BREAKS = re.compile("(?:(?<![ \t])[ \t]+)?(?:\r\n|[\n\r\x0b\x0c\x85\u2028\u2029])[ \t]*")
_LINE_END = re.compile("\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
#: What a withheld document may show.
_OPEN = frozenset(
    {
        "rule:first_bates", "rule:last_bates", "rule:family_range", "rule:family_first",
        "rule:family_last", "rule:parent_bates", "rule:child_bates", "rule:custodian",
        "rule:page_count", "rule:text_path", "rule:volume", "rule:withheld",
        "rule:confidentiality", "rule:all_custodians", "rule:attachment_count",
        "rule:producing_party", "blank",
    }
)  # fmt: skip


#: What is ours and not the document's: numbers, places in the volume, whose it is.
_OURS = frozenset(
    {
        *_OPEN, "rule:redacted", "rule:native_path", "rule:media_type", "rule:extension",
        "rule:size_kb", "rule:md5", "rule:sha1", "rule:sha256", "rule:time_zone",
        "rule:record_type",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Note:
    """Why a cell is not what the source holds."""

    column: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row, and what was said of it."""

    cells: tuple[str, ...]
    notes: tuple[Note, ...]
    #: True when an instant in it was taken to be in the matter's zone.
    assumed_zone: bool


class Rows:
    """Renders entries by a standard. Raises UnknownRuleError for a column it cannot fill."""

    def __init__(self, standard: Standard, order: ProductionOrder) -> None:
        self._standard = standard
        self._order = order
        self.setting = Setting(standard, order, instants.zone_name(order.zone, order.day.year))
        self._columns = [(column, filler(column)) for column in standard.all_columns]

    @property
    def header(self) -> tuple[str, ...]:
        """Column names in order."""
        return self._standard.header

    def row(self, entry: Entry) -> Row:
        """Return the row of one document."""
        cells: list[str] = []
        notes: list[Note] = []
        assumed = False
        for column, fill in self._columns:
            if not self._applies(column, entry):
                cells.append("")
                continue
            how, _, name = meant(column).partition(":")
            if how in {"date", "time", "datetime"}:
                moment = self._instant(name, entry.document)
                assumed = assumed or moment.assumed_zone
                if moment.unusable and how != "time":
                    notes.append(Note(column.name, f"{column.name} left blank: {moment.unusable}"))
                shown = {"date": moment.date, "time": moment.time}
                cells.append(shown.get(how, f"{moment.date} {moment.time}".strip()))
            else:
                cells.append(self._flat(column, fill(entry, self.setting)))
        return Row(tuple(cells), tuple(notes), assumed)

    def covered(self, cells: Sequence[str], uncovered: Uncovered) -> tuple[str, ...]:
        """Return cells without those that say what is redacted: the sign of the redaction instead.

        A day or a time is left blank, for no sign is one.
        """
        shown = []
        for (column, _), cell in zip(self._columns, cells, strict=True):
            how = meant(column)
            if cell and how not in _OURS and uncovered.reason(cell):
                dated = how.partition(":")[0] in {"date", "time", "datetime"}
                cell = "" if dated else uncovered.of(cell)
            shown.append(cell)
        return tuple(shown)

    def _applies(self, column: Column, entry: Entry) -> bool:
        if entry.withheld and meant(column) not in _OPEN:
            return False
        named = {"email" if entry.is_email else "edoc"}
        if entry.document.kind is Kind.CHAT:
            # A day of chat has people, a date and a channel as mail has, and a name and a place as
            # a file has; standards name neither for it, so it gets both.
            named = {"email", "edoc"}
        if entry.numbers.parent is not None:
            named.add("child")
        return bool(named.intersection(column.classes))

    def _instant(self, name: str, document: Document) -> instants.Rendered:
        order = self._order
        return instants.render(
            document.text_of(name), order.zone, order.zone_when_unsaid, self._standard.formats
        )

    def _flat(self, column: Column, value: str) -> str:
        """Return `value` on one line; only header blocks keep a mark where their lines broke."""
        if meant(column) == f"field:{fields.HEADER}":
            newline = self._standard.load_file.newline
            return _LINE_END.sub(lambda _: newline, value.strip())
        return _BREAKS.sub(" ", value).strip()
