"""Production standards as data: read one by name, frozen and checked.

Each standard is a dated TOML file beside this module; a new revision is a new file. What the rules
mean for a row is `produce` (filling it) and `check` (judging it), each on its own.
"""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from forthwith.domain.errors import ForthwithError

DEFAULT = "sec/2021-08"
#: The folder beside the standards that holds what findings mean, and no standard.
_NO_STANDARD = "findings"


class UnknownStandardError(ForthwithError):
    """No such standard is kept here."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"There is no standard {name!r}. Known standards: {', '.join(known)}.")


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

    order: int
    name: str
    #: "bates", "bates range", "bates list", "text", "text list", "date", "time", "zone", "path",
    #: "kilobytes", "integer", "md5" or "sha256".
    type: str
    #: What fills it: "field:<name of domain.fields>", "date:<instant>", "time:<instant>" or
    #: "rule:<computed by the producer>".
    fill: str
    #: "always", "family", "parent", "child", "email", "edoc", "native", "imaged", "deduplicated",
    #: "withheld", "redacted", "designated", "labelled", or "held": where the native holds it.
    required: str
    #: Document classes it is filled for; blank by design in all others.
    classes: tuple[str, ...]
    #: Names other vendors give the same column, upper case.
    aliases: tuple[str, ...]
    source: str
    note: str = ""
    #: True for columns agreed in the cover letter, beyond the standard's own list.
    extra: bool = False


@dataclass(frozen=True, slots=True)
class LoadFileRules:
    """How the data load file is written."""

    field: str
    quote: str
    newline: str
    multi_value: str
    encodings: tuple[str, ...]
    bom_if_unicode: bool
    header: bool
    data_files: int
    pointer_files: int
    source: str


@dataclass(frozen=True, slots=True)
class FormatRules:
    """How dates, times, sizes and ranges are written."""

    date: str
    time: str
    #: Dates software writes when it knows none, in the standard's format.
    sentinels: frozenset[str]
    earliest: datetime.date
    #: Bytes in a kilobyte of FILE_SIZE.
    size_unit: int
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

    #: Extensions, lower case.
    black_white: tuple[str, ...]
    colour: tuple[str, ...]
    dpi: int
    #: TIFF tag 259.
    compression: int
    #: TIFF tag 258.
    bits: int
    pages_per_file: int
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

    named_by: str
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

    @property
    def header(self) -> tuple[str, ...]:
        """Column names in order, the agreed extra ones last."""
        return tuple(column.name for column in (*self.columns, *self.extras))

    def column(self, name: str) -> Column:
        """Return the column called `name`. Raises KeyError."""
        for column in (*self.columns, *self.extras):
            if column.name == name:
                return column
        raise KeyError(name)

    def cite(self, clause_id: str) -> str:
        """Return the citation of a clause: "SEC Data Delivery Standards 8/2021, General 4"."""
        for clause in self.clauses:
            if clause.id == clause_id:
                return f"{self.title}, {clause.title}"
        raise KeyError(clause_id)


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


@cache
def load(name: str = DEFAULT) -> Standard:
    """Read the standard called `name`. Raises UnknownStandardError (a ForthwithError)."""
    if name not in available():
        raise UnknownStandardError(name, available())
    text = files("forthwith.standards").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return _standard(tomllib.loads(text))


def _standard(data: Mapping[str, Any]) -> Standard:
    return Standard(
        name=data["name"],
        title=data["title"],
        issuer=data["issuer"],
        revision=data["revision"],
        source=data["source"],
        columns=tuple(_column(each, extra=False) for each in data["field"]),
        extras=tuple(_column(each, extra=True) for each in data["extra"]),
        load_file=_load_file(data["load_file"]),
        formats=FormatRules(**_frozen(data["formats"], sets=("sentinels",))),
        names=NameRules(**data["names"]),
        images=ImageRules(**_frozen(data["images"])),
        text=TextRules(**_frozen(data["text"])),
        natives=NativeRules(**data["natives"]),
        clauses=tuple(Clause(**each) for each in data["clause"]),
    )


def _column(data: Mapping[str, Any], *, extra: bool) -> Column:
    return Column(**_frozen(data), extra=extra)


def _load_file(data: Mapping[str, Any]) -> LoadFileRules:
    # Delimiters stand as code points in the file, so that an editor cannot re-encode them.
    characters = {key: chr(data[key]) for key in ("field", "quote", "newline")}
    return LoadFileRules(**_frozen({**data, **characters}))


def _frozen(data: Mapping[str, Any], sets: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return `data` with each list as a tuple, or as a frozenset when named in `sets`."""
    return {
        key: (frozenset(value) if key in sets else tuple(value))
        if isinstance(value, list)
        else value
        for key, value in data.items()
    }
