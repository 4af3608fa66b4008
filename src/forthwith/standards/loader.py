"""Production standards as data: read one by name or from a file, frozen and checked.

Each standard is a dated TOML file beside this module, or a file of a matter's own; a new revision
is a new file. Columns are asked for by their role (`roles`), never by a name. What the rules mean
for a row is `produce` (filling it) and `check` (judging it), each on its own.
"""

from __future__ import annotations

import codecs
import datetime
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.domain.redactions import Reason
from forthwith.standards import roles
from forthwith.standards.moments import DateForm, Parts, TimeForm
from forthwith.standards.roles import Role
from forthwith.standards.tables import StandardFileError, Table, parsed

DEFAULT = "sec/2021-08"
#: The folder beside the standards that holds what findings mean, and no standard.
_NO_STANDARD = "findings"
#: Folder of a matter with the rules its sealed volumes were made by.
PINNED = "standards"

#: What clauses of a standard are about, by the id that checks cite.
TOPICS = {
    "G3": "order by custodian", "G4": "families", "G5": "load files", "G6": "text files",
    "G7": "custodians", "G9": "names of files and folders", "G12": "how archives are packed",
    "DUP": "duplicates", "CONF": "confidential treatment", "NAT": "native files",
    "I.1": "page images", "I.2": "the image pointer file",
    "I.3": "the data load file", "I.4": "document text", "I.5": "natives", "A": "fields",
}  # fmt: skip
#: Encodings load files and texts can be written in, by the names Python gives them.
ENCODINGS = {
    "utf-8-sig": "UTF-8", "utf-8": "UTF-8", "utf-16": "UTF-16", "utf-16-le": "UTF-16 (LE)",
    "utf-16-be": "UTF-16 (BE)", "cp1252": "Windows-1252", "iso8859-1": "ISO 8859-1",
    "ascii": "ASCII",
}  # fmt: skip
ENDORSED = (
    "lower left", "lower center", "lower right", "upper left", "upper center", "upper right",
    "none",
)  # fmt: skip
#: Which documents a column is asked of, beside their class, in words.
REQUIRED = {
    "always": "", "email": "", "edoc": "", "family": "in families", "parent": "with attachments",
    "child": "that are attachments", "native": "with a native", "imaged": "without a native",
    "held": "having it", "deduplicated": "with suppressed copies", "withheld": "withheld",
    "redacted": "redacted", "designated": "designated", "labelled": "labelled by request",
}  # fmt: skip
CLASSES = {"email": "e-mail", "edoc": "files", "paper": "paper", "child": "attachments"}
DIGESTS = ("md5", "sha1", "sha256")
#: Reasons for redacting under a standard that names none.
REASONS = (
    Reason("PII", "Personal data", "PII", "1", "#8a4fbf"),
    Reason("Account", "Account numbers", "ACCOUNT NO.", "2", "#2f6fb5"),
    Reason("AC", "Attorney-client privilege", "ATTORNEY-CLIENT", "3", "#b3442e", privilege=True),
    Reason("WP", "Work product", "WORK PRODUCT", "4", "#b0671a", privilege=True),
)


class UnknownStandardError(ForthwithError):
    """No such standard is kept here."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"There is no standard {name!r}. Known standards: {', '.join(known)}. A file of your "
            "own is named with its folder, as in ./protocol.toml."
        )


class NoStandardFileError(ForthwithError):
    """The file a standard should be read from is not there."""

    def __init__(self, path: Path, why: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"The standard's file {path} cannot be read ({why}). Mend its name, or name a known "
            f"standard: {', '.join(known)}."
        )


class LacksRoleError(ForthwithError):
    """A standard has no column for something that must be known."""

    def __init__(self, standard: str, wanted: tuple[str, ...], why: str) -> None:
        fills = " or ".join(f'"{roles.BY_NAME[name].fill}"' for name in wanted)
        names = " or ".join(wanted)
        super().__init__(
            f"The standard {standard} has no column of the role {names}, and {why}: nothing can be "
            f"produced or checked without it. Add a [[field]] with fill = {fills} to the "
            "standard's file."
        )


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule of the standard's text, by the id the checks cite."""

    id: str
    title: str
    #: The rule in our own words.
    says: str
    #: False while the wording has not been compared with the published text.
    confirmed: bool


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the data load file."""

    #: Its place in the file, from 1.
    order: int
    name: str
    #: What fills it: the fill of a role; "same:<role>" repeats another column; "blank" is none.
    fill: str
    #: A key of REQUIRED.
    required: str
    #: Document classes it is filled for, keys of CLASSES; blank by design in all others.
    classes: tuple[str, ...]
    #: Names other vendors give the same column, upper case.
    aliases: tuple[str, ...]
    source: str
    note: str = ""
    #: True for columns agreed in the cover letter, beyond the standard's own list.
    extra: bool = False

    @property
    def role(self) -> str:
        """Name of its role; "" for one that repeats another or stands blank."""
        return roles.BY_FILL[self.fill].name if self.fill in roles.BY_FILL else ""

    @property
    def type(self) -> str:
        """The kind of its values, as `Role.type`."""
        return "text" if self._meant is None else self._meant.type

    @property
    def says(self) -> str:
        """What it holds, in words."""
        if self._meant is None:
            return "left blank"
        return self._meant.says if self.role else f"the same as {self._meant.name}"

    @property
    def _meant(self) -> Role | None:
        role = roles.BY_FILL.get(self.fill)
        return role or roles.BY_NAME.get(self.fill.removeprefix("same:"))

    @property
    def when(self) -> str:
        """Of which documents it is asked, in words: "e-mail and files with a native"."""
        kinds, asked = " and ".join(CLASSES[name] for name in self.classes), REQUIRED[self.required]
        if self.required in {"email", "edoc"} and set(self.classes) - {self.required, "child"}:
            asked = f"that are {CLASSES[self.required]}"
        if set(self.classes) >= {"email", "edoc", "paper"}:
            kinds = "documents" if asked else "every document"
        return f"{kinds} {asked}".rstrip()


@dataclass(frozen=True, slots=True)
class LoadFileRules:
    """How the data load file is written; a `formats.dat.Rules`."""

    field: str
    #: "" where cells are not quoted.
    quote: str
    newline: str
    multi_value: str
    encodings: tuple[str, ...]
    bom_if_unicode: bool
    header: bool
    data_files: int
    pointer_files: int
    source: str

    @property
    def join(self) -> str:
        """What stands between several values of a cell."""
        # A list set off by a sign of the sentence is written as one.
        return f"{self.multi_value} " if self.multi_value in {";", ","} else self.multi_value

    def several(self, cell: str) -> list[str]:
        """Part a cell of several values."""
        return [part for piece in cell.split(self.multi_value) if (part := piece.strip())]


@dataclass(frozen=True, slots=True)
class FormatRules:
    """How dates, times, sizes and ranges are written."""

    date: DateForm
    time: TimeForm
    #: Dates software writes when it knows none: (year, month, day), not all of the calendar.
    sentinels: frozenset[Parts]
    earliest: datetime.date
    #: Bytes in a kilobyte of a size; 1 where sizes are in bytes.
    size_unit: int
    #: Between the ends of a range; the usual one where no column holds a range.
    range_mark: str
    source: str


@dataclass(frozen=True, slots=True)
class NameRules:
    """What files and folders may be called, and how many lie together."""

    #: Regular expression a name without its extension matches in full.
    pattern: str
    files_per_folder: int
    source: str


@dataclass(frozen=True, slots=True)
class ImageRules:
    """How pages are delivered."""

    #: Extensions, lower case; the first is written.
    black_white: tuple[str, ...]
    #: Empty where every page is black and white.
    colour: tuple[str, ...]
    dpi: int
    #: TIFF tag 259.
    compression: int
    #: TIFF tag 258.
    bits: int
    pages_per_file: int
    #: One of ENDORSED.
    endorse: str
    placeholder: str
    source: str


@dataclass(frozen=True, slots=True)
class TextRules:
    """How document text is delivered."""

    level: str
    encodings: tuple[str, ...]
    one_encoding_per_production: bool
    source: str


@dataclass(frozen=True, slots=True)
class NativeRules:
    """How natives are delivered."""

    #: Role whose value names a native: "first_bates".
    named_by: str
    #: Role of the digest a native is known by: "md5".
    digest: str
    source: str


@dataclass(frozen=True, slots=True)
class Standard:
    """One dated standard of one receiver."""

    #: As asked for: "sec/2021-08".
    name: str
    #: As cited: "SEC Data Delivery Standards 8/2021".
    title: str
    issuer: str
    revision: datetime.date
    source: str
    #: The standard's own columns, in its order.
    columns: tuple[Column, ...]
    #: Columns agreed in the cover letter, after the others.
    extras: tuple[Column, ...]
    load_file: LoadFileRules
    formats: FormatRules
    names: NameRules
    images: ImageRules
    text: TextRules
    natives: NativeRules
    clauses: tuple[Clause, ...]
    #: Why something may be redacted, in the order people choose from; REASONS where it says none.
    redaction_reasons: tuple[Reason, ...] = REASONS
    #: The file these rules were read from, byte for byte.
    toml: bytes = field(repr=False, default=b"")
    _by_role: Mapping[str, Column] = field(repr=False, default_factory=dict)

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Every column in order, the agreed extra ones last."""
        return (*self.columns, *self.extras)

    @property
    def header(self) -> tuple[str, ...]:
        """Column names in order, the agreed extra ones last."""
        return tuple(column.name for column in self.all_columns)

    @property
    def digest(self) -> str:
        """SHA-256 of the file the rules were read from."""
        return hashlib.sha256(self.toml).hexdigest()

    def has(self, *wanted: str) -> bool:
        """Return True when there is a column for each of these roles."""
        return all(role in self._by_role for role in wanted)

    def column(self, role: str) -> Column:
        """Return the column of a role; of a day or a time, one that holds both if need be.

        Raises LacksRoleError.
        """
        if role not in self._by_role:
            raise LacksRoleError(self.name, (role,), f"{roles.BY_NAME[role].says} is asked for")
        return self._by_role[role]

    def called(self, role: str) -> str:
        """Return what the standard calls a role's column; the role's words where it has none."""
        return self._by_role[role].name if role in self._by_role else f"({role.replace('_', ' ')})"

    def clause(self, clause_id: str) -> Clause | None:
        """Return a clause by its id; None where the standard has none of it."""
        return next((clause for clause in self.clauses if clause.id == clause_id), None)

    def cite(self, clause_id: str) -> str:
        """Return the citation of a clause: "SEC Data Delivery Standards 8/2021, General 4".

        Where the standard has no such clause, it says that. Raises KeyError for no topic at all.
        """
        if (clause := self.clause(clause_id)) is not None:
            return f"{self.title}, {clause.title}"
        return f"{self.title} (it has no clause on {TOPICS[clause_id]})"


@cache
def available() -> tuple[str, ...]:
    """Return the names of all standards kept here, sorted."""
    return tuple(
        sorted(
            f"{folder.name}/{entry.name.removesuffix('.toml')}"
            for folder in files("forthwith.standards").iterdir()
            if folder.is_dir() and folder.name != _NO_STANDARD
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        )
    )


def pinned(matter: Path) -> tuple[str, ...]:
    """Return the names of the rules that sealed volumes of a matter were written by, sorted."""
    folder = matter / PINNED
    names = (path.relative_to(folder).with_suffix("") for path in folder.rglob("*.toml"))
    return tuple(sorted(name.as_posix() for name in names))


def is_file(name: str) -> bool:
    """Return True when a standard is named by its file, not by its name: "./protocol.toml"."""
    return name.endswith(".toml") or name.startswith((".", "/", "~"))


def load(name: str = DEFAULT, beside: Path | None = None) -> Standard:
    """Read a standard by name, or from a file; a file's name starts at the folder `beside`.

    A name not kept here is looked for among the rules that sealed volumes of the matter `beside`
    were made by. Raises UnknownStandardError, NoStandardFileError, StandardFileError,
    LacksRoleError, all ForthwithErrors.
    """
    folder = beside or Path()
    if is_file(name):
        return _own(folder / Path(name).expanduser())
    if name in available():
        return _kept(name)
    kept = folder / PINNED / f"{name}.toml"
    if beside is not None and _NAME.fullmatch(name) and kept.is_file():
        return read(kept.read_bytes(), str(kept))
    raise UnknownStandardError(name, available())


@cache
def _kept(name: str) -> Standard:
    data = files("forthwith.standards").joinpath(f"{name}.toml").read_bytes()
    return read(data, f"{name}.toml")


def _own(path: Path) -> Standard:
    """Read a file that is not kept here."""
    try:
        data = path.read_bytes()
    except OSError as wrong:
        raise NoStandardFileError(path, wrong.strerror or str(wrong), available()) from wrong
    standard = read(data, str(path))
    # The name is all that reports and the journal say of the rules: it must mean these.
    if standard.name in available() and _kept(standard.name).toml != data:
        what = f"name is {standard.name!r}, which is a standard shipped with forthwith"
        raise StandardFileError(
            str(path),
            parsed(str(path), data).lines.get(("", 0, "name")),
            what,
            'give yours a name of its own, as in "protocol/2024-03"',
        )
    return standard


_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)?")
_SENTINEL_FORMS = tuple(map(DateForm.parse, ("mm/dd/yyyy", "yyyy-mm-dd", "yyyymmdd")))


def read(data: bytes, file: str) -> Standard:
    """Read a standard's TOML. Raises StandardFileError with line and cure, LacksRoleError."""
    whole = parsed(file, data)
    name = whole.text("name")
    if _NAME.fullmatch(name) is None:
        whole.refuse("name", f"name is {name!r}", 'it takes a name as in "receiver/2024-03"')
    load_file = _load_file(whole.table("load_file"))
    columns, extras = _columns(whole)
    by_role = _by_role((*columns, *extras))
    standard = Standard(
        name=name,
        title=whole.text("title"),
        issuer=whole.text("issuer"),
        revision=whole.day("revision"),
        source=whole.text("source"),
        columns=columns,
        extras=extras,
        load_file=load_file,
        formats=_formats(whole.table("formats"), ranged="family_range" in by_role),
        names=_names(whole.table("names")),
        images=_images(whole.table("images")),
        text=_text(whole.table("text")),
        natives=_natives(whole.table("natives"), (*columns, *extras)),
        clauses=_clauses(whole),
        redaction_reasons=_reasons(whole) or REASONS,
        toml=data,
        _by_role=by_role,
    )
    whole.done()
    _fits(whole, standard)
    for wanted, why in roles.INDISPENSABLE:
        if not any(standard.has(role) for role in wanted):
            raise LacksRoleError(name, wanted, why)
    for role in ("first_bates", "last_bates"):
        if standard.column(role).extra:
            table = whole.tables("extra")[standard.column(role).order - len(columns) - 1]
            table.refuse(
                "name",
                f"{standard.called(role)} stands under [[extra]]",
                "put it under [[field]]: what is agreed may be left out, and without it "
                "no document could be told from another",
            )
    return standard


def _fits(whole: Table, standard: Standard) -> None:
    """Refuse delimiters and encodings that the standard's own names and forms do not fit."""
    rules, forms, table = standard.load_file, standard.formats, whole.table("load_file")
    if not rules.quote:
        day = datetime.datetime(2001, 5, 14, 19, 5, tzinfo=datetime.UTC)
        inside = {
            "dates": forms.date.write(day),
            "times": forms.time.write(day, "UTC"),
            "ranges": forms.range_mark,
            "paths": "\\",
            **{f"the name {name}": name for name in standard.header},
        }
        for what, text in inside.items():
            if rules.field in text:
                table.refuse(
                    "field",
                    f"[load_file] field is {named(rules.field)}, which stands inside {what}",
                    "give a quote, or take another sign between fields",
                )
    for encoding in rules.encodings:
        try:
            "".join(standard.header).encode(encoding)
        except UnicodeEncodeError:
            continue
        return
    table.refuse(
        "encodings",
        f"[load_file] encodings {', '.join(rules.encodings)} have not all letters of the columns' "
        "names",
        "add utf-8-sig, or write the names in other letters",
    )


def _by_role(columns: tuple[Column, ...]) -> dict[str, Column]:
    by_role = {column.role: column for column in columns if column.role}
    for role, column in list(by_role.items()):
        if role.startswith("datetime_"):
            instant = role.removeprefix("datetime_")
            by_role.setdefault(f"date_{instant}", column)
            by_role.setdefault(f"time_{instant}", column)
    return by_role


def _sign(table: Table, key: str, *, none: bool = False) -> str:
    """Take one character, given as itself or as its code point."""
    # Delimiters stand as code points, so that an editor cannot re-encode them.
    takes = 'one character in quotes or its code point, as in 44 for ","'
    value = table.data.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        code = table.value(key, int, takes)
        if not 0 < code < 0x110000 or 0xD800 <= code < 0xE000:
            table.refuse(key, f"[{table.name}] {key} is {code}", f"it takes {takes}")
        return chr(code)
    text = table.value(key, str, takes)
    if len(text) != 1 and not (none and not text):
        table.refuse(key, f"[{table.name}] {key} is {text!r}", f"it takes {takes}")
    return text


def _load_file(table: Table) -> LoadFileRules:
    rules = LoadFileRules(
        field=_sign(table, "field"),
        quote=_sign(table, "quote", none=True),
        newline=_sign(table, "newline"),
        multi_value=_sign(table, "multi_value"),
        encodings=_encodings(table),
        bom_if_unicode=table.truth("bom_if_unicode"),
        header=table.truth("header"),
        data_files=_only(table, "data_files", 1, "one data load file goes with a volume"),
        pointer_files=_only(table, "pointer_files", 1, "one image pointer file goes with a volume"),
        source=table.text("source"),
    )
    signs = {
        "field": rules.field,
        "quote": rules.quote,
        "newline": rules.newline,
        "multi_value": rules.multi_value,
    }
    for key, sign in signs.items():
        # A space may stand where a line broke, and a tab part fields.
        fit = {"newline": " ", "field": "\t"}.get(key, "")
        inside = (sign.isalnum() and sign != "þ") or sign in " \t\r\n\0\x1a\\"
        if sign and sign != fit and inside:
            table.refuse(
                key,
                f"[load_file] {key} is {named(sign)}, which stands inside values",
                "take a sign that hardly any value holds",
            )
        for other, same in signs.items():
            # Several values may be parted by the field's sign where quotes keep them together.
            harmless = {key, other} == {"field", "multi_value"} and rules.quote
            if key < other and sign == same and not harmless:
                table.refuse(
                    key,
                    f"[load_file] {key} and {other} are both {named(sign)}",
                    "give each a sign of its own, or nobody can tell them apart",
                )
        for encoding in rules.encodings:
            try:
                sign.encode(encoding)
            except UnicodeEncodeError:
                table.refuse(
                    key,
                    f"[load_file] {key} is {named(sign)}, which {encoding} has not",
                    f"take another sign, or leave {encoding} out of encodings",
                )
    table.done()
    return rules


def _only(table: Table, key: str, value: int, why: str) -> int:
    """Take a number that can have one value only."""
    number = table.value(key, int, str(value))
    if number != value:
        table.refuse(key, f"[{table.name}] {key} is {number}", f"it takes {value} only, for {why}")
    return value


def _encodings(table: Table) -> tuple[str, ...]:
    names = []
    for name in table.texts("encodings"):
        try:
            codec = codecs.lookup(name).name
        except LookupError:
            codec = name
        cure = f"known are {', '.join(ENCODINGS)}"
        names.append(table.one_of("encodings", ENCODINGS, codec, cure))
    if len(set(names)) < len(names):
        table.refuse("encodings", f"[{table.name}] encodings name one twice", "name each once")
    return tuple(names)


def _formats(table: Table, *, ranged: bool) -> FormatRules:
    """Take the forms of values; `ranged` where a column holds a range."""
    form = table.read("date", DateForm.parse, "write it so, or agree on such a form")
    time = table.read("time", TimeForm.parse, "write it so, or agree on such a form")
    sentinels = []
    for text in table.texts("sentinels", empty=True):
        forms = (form, *_SENTINEL_FORMS)
        parts = next((day for known in forms if (day := _sentinel(known, text)) is not None), None)
        if parts is None:
            table.refuse(
                "sentinels",
                f"[formats] sentinels has {text!r}, which is no date",
                f"write it as {form} or as mm/dd/yyyy",
            )
        sentinels.append(parts)
    rules = FormatRules(
        date=form,
        time=time,
        sentinels=frozenset(sentinels),
        earliest=table.day("earliest"),
        size_unit=table.number_of("size_unit", "how many bytes a unit of size has, as in 1024"),
        range_mark=table.text("range_mark", None if ranged else " - "),
        source=table.text("source"),
    )
    table.done()
    return rules


def _sentinel(form: DateForm, text: str) -> Parts | None:
    """Return a date no document has, as this form reads it; all zeros are one."""
    parts = form.parts(text)
    return parts if parts == (0, 0, 0) or form.read(text) is not None else None


def _names(table: Table) -> NameRules:
    pattern = table.text("pattern")
    try:
        re.compile(pattern)
    except re.error as wrong:
        table.refuse(
            "pattern",
            f"[names] pattern is no regular expression ({wrong})",
            'mend it, as in "[A-Za-z0-9_]+"',
        )
    rules = NameRules(pattern, table.number_of("files_per_folder"), table.text("source"))
    table.done()
    return rules


def _images(table: Table) -> ImageRules:
    def kinds(key: str, known: tuple[str, str], *, empty: bool) -> tuple[str, ...]:
        names = [name.lower().lstrip(".") for name in table.texts(key, empty=empty)]
        cure = f"pages can be written as {' or '.join(known)}"
        return tuple(table.one_of(key, known, name, cure) for name in names)

    dpi = table.number_of("dpi", "pixels to the inch, 72 to 600")
    if not 72 <= dpi <= 600:
        table.refuse("dpi", f"[images] dpi is {dpi}", "pages are written at 72 to 600 dpi")
    endorse = " ".join(table.text("endorse").lower().replace("centre", "center").split())
    placeholder = table.text("placeholder")
    rules = ImageRules(
        black_white=kinds("black_white", ("tif", "tiff"), empty=False),
        colour=kinds("colour", ("jpg", "jpeg"), empty=True),
        dpi=dpi,
        compression=_only(
            table, "compression", 4, "black-and-white pages are written as CCITT Group IV"
        ),
        bits=_only(table, "bits", 1, "a Group IV page has one bit a pixel"),
        pages_per_file=_only(table, "pages_per_file", 1, "each page is written as its own file"),
        endorse=table.one_of("endorse", ENDORSED, endorse),
        placeholder=placeholder,
        source=table.text("source"),
    )
    table.done()
    return rules


def _text(table: Table) -> TextRules:
    cure = 'it takes "document" only, for text is written as one file a document'
    encodings = _encodings(table)
    for name in ("utf-16-le", "utf-16-be"):
        if name in encodings:
            table.refuse(
                "encodings",
                f"[text] encodings names {name}, which has no byte order mark",
                'write "utf-16": without its mark such a text cannot be told from any other',
            )
    rules = TextRules(
        level=table.one_of("level", ("document",), table.text("level"), cure),
        encodings=encodings,
        one_encoding_per_production=table.truth("one_encoding_per_production"),
        source=table.text("source"),
    )
    table.done()
    return rules


def _natives(table: Table, columns: tuple[Column, ...]) -> NativeRules:
    named_by = table.text("named_by")
    first = {column.name for column in columns if column.role == "first_bates"}
    if named_by not in {"first_bates", *first}:
        table.refuse(
            "named_by",
            f"[natives] named_by is {named_by!r}",
            "natives are named by the document's first number alone: write "
            '"first_bates", or the name of its column',
        )
    digest = table.text("digest").lower().replace("-", "")
    rules = NativeRules(
        "first_bates", table.one_of("digest", DIGESTS, digest), table.text("source")
    )
    table.done()
    return rules


def _clauses(whole: Table) -> tuple[Clause, ...]:
    clauses: dict[str, Clause] = {}
    for table in whole.tables("clause", empty=True):
        clause = Clause(
            table.text("id"), table.text("title"), table.text("says"), table.truth("confirmed")
        )
        if clause.id in clauses:
            table.refuse("id", f"the clause {clause.id} stands twice", "give each an id of its own")
        clauses[clause.id] = clause
        table.done()
    return tuple(clauses.values())


_COLOUR = re.compile(r"#[0-9a-f]{6}")
#: Longer ones fit into hardly any box.
_LONGEST_LABEL = 40


def _reasons(whole: Table) -> tuple[Reason, ...]:
    """Return why something may be redacted; each name and each key stands once."""
    reasons: dict[str, Reason] = {}
    keys: dict[str, str] = {}
    for table in whole.tables("redaction", empty=True):
        name = table.text("name")
        key = table.value("key", str, 'one of "1" to "9", or "" for none')
        colour = table.text("colour").lower()
        reason = Reason(
            name,
            table.text("words"),
            table.text("label"),
            key,
            colour,
            privilege=table.truth("privilege"),
        )
        if name in reasons:
            table.refuse("name", f"the reason {name} stands twice", "give each a name of its own")
        if name != name.strip() or not name.isprintable() or any(sign in name for sign in ";,]"):
            table.refuse(
                "name", f"a reason's name is {name!r}", 'it takes a word or two, as in "PII"'
            )
        if not reason.label.isprintable() or len(reason.label) > _LONGEST_LABEL:
            cure = f"it is burnt into boxes: write it in at most {_LONGEST_LABEL} signs"
            table.refuse("label", f"the label of {name} is {reason.label!r}", cure)
        if key and not (len(key) == 1 and key in "123456789"):
            table.refuse("key", f"the key of {name} is {key!r}", "it takes one of 1 to 9")
        if key and keys.setdefault(key, name) != name:
            table.refuse(
                "key", f"the key {key} chooses {keys[key]} already", "give each a key of its own"
            )
        if _COLOUR.fullmatch(colour) is None:
            table.refuse(
                "colour", f"the colour of {name} is {colour!r}", 'write it as in "#8a4fbf"'
            )
        reasons[name] = reason
        table.done()
    return tuple(reasons.values())


def _columns(whole: Table) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
    """Return the columns and the agreed extra ones; each name and each role stands once."""
    tables = [*whole.tables("field"), *whole.tables("extra", empty=True)]
    names: dict[str, str] = {}
    aliases: dict[str, str] = {}
    taken: dict[str, str] = {}
    columns: list[Column] = []
    last = 0
    for place, table in enumerate(tables, 1):
        column = _column(table, place)
        if column.name.upper() in names:
            table.refuse(
                "name",
                f"a column {column.name} stands already",
                "give each column a name of its own",
            )
        if column.role in taken and column.role:
            table.refuse(
                "fill",
                f"{column.name} has the role {column.role}, as {taken[column.role]} has",
                f'one column has a role: write fill = "same:{column.role}" where both '
                "are to hold it",
            )
        for alias in column.aliases:
            if aliases.setdefault(alias, column.name) != column.name:
                table.refuse(
                    "aliases",
                    f"{alias} is an alias of {aliases[alias]} too",
                    "leave it with one of the two",
                )
        # The blocks give the order; a file may say it once more, but not otherwise.
        order = table.value("order", int, "a number", default=place)
        if order <= last and table.takes("order"):
            table.refuse(
                "order",
                f"{column.name} has order {order} and stands after {last}",
                "columns are written in the order in which they stand: move the block, "
                "or leave order out",
            )
        last = order
        table.done()
        names[column.name.upper()] = column.name
        taken[column.role] = column.name
        columns.append(column)
    for table, column in zip(tables, columns, strict=True):
        meant = column.fill.removeprefix("same:")
        if column.fill.startswith("same:") and meant not in taken:
            table.refuse(
                "fill",
                f"{column.name} is to be the same as {meant}, which no column is",
                "name the role of another column",
            )
    own = sum(table.name == "field" for table in tables)
    return tuple(columns[:own]), tuple(columns[own:])


def _column(table: Table, place: int) -> Column:
    name = table.text("name")
    if name != name.strip() or not name.isprintable():
        table.refuse(
            "name",
            f"the name {name!r} has a space at its end or an unseen sign",
            "write it as the header has it",
        )
    fill = _fill(table)
    column = Column(
        order=place,
        name=name,
        fill=fill,
        required=table.text("required"),
        classes=tuple(table.one_of("classes", CLASSES, name) for name in table.texts("classes")),
        aliases=tuple(alias.upper() for alias in table.texts("aliases", empty=True)),
        source=table.text("source"),
        note=table.text("note", ""),
        extra=table.name == "extra",
    )
    role = roles.BY_FILL.get(fill)
    if column.role in {"first_bates", "last_bates"} and column.required != "always":
        table.refuse(
            "required",
            f"{name} is {column.required!r}, but every document has its numbers",
            'write required = "always"',
        )
    everywhere = {"first_bates", "last_bates", "native_path", "text_path"}
    if column.role in everywhere and not {"email", "edoc"} <= set(column.classes):
        table.refuse(
            "classes",
            f"{name} is left out for some documents, which could not be found without it",
            'name "email" and "edoc" both',
        )
    conditions = {role.condition for role in roles.BY_FILL.values()} - {""}
    known = [condition for condition in REQUIRED if condition not in conditions]
    known += [role.condition] if role and role.condition else []
    table.one_of("required", known, column.required, f"of {name} it can say {', '.join(known)}")
    if table.text("type", column.type) != column.type:
        table.refuse(
            "type",
            f"type is {table.data['type']!r}, but {fill} gives {column.type!r}",
            f'write type = "{column.type}" or leave the line out',
        )
    return column


def _fill(table: Table) -> str:
    """Take what fills a column, said by `fill` or by `role`."""
    if table.takes("role"):
        role = table.text("role")
        fill = roles.BY_NAME[role].fill if role in roles.BY_NAME else ""
        if not fill or table.text("fill", fill) != fill:
            what = (
                f"role is {role!r}, which is none"
                if not fill
                else (f"fill is {table.data['fill']!r}, but the role {role} is {fill!r}")
            )
            table.refuse("role", what, _roles_meant(role))
        return fill
    fill = table.text("fill")
    known = fill in roles.BY_FILL or fill == "blank"
    if not known and not (fill.startswith("same:") and fill[5:] in roles.BY_NAME):
        table.refuse("fill", f"fill is {fill!r}, which fills nothing", _roles_meant(fill))
    return fill


def _roles_meant(word: str) -> str:
    """Say which fills there are, those alike first."""
    asked = set(re.findall(r"[a-z0-9]+", word.lower())) - {"rule", "field", "date", "time"}
    alike = [fill for fill in roles.BY_FILL if asked & set(re.findall(r"[a-z0-9]+", fill))]
    shown = ", ".join(f'"{fill}"' for fill in alike[:6]) or "see Roles in docs/standards.md"
    return f"take one that is known: {shown}"


def named(sign: str) -> str:
    """Return a sign as people read it: "0x14", "tab", '","'."""
    if not sign:
        return "nothing"
    if sign == "\t":
        return "tab"
    return sign if sign.isprintable() and sign != " " else f"0x{ord(sign):02X}"
