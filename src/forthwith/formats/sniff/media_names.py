"""What media types are called by: the extensions each goes by, and which kinds of file they are.

Names never decide a type. They are compared with it, to report a file that says it is one thing and
is another, and to give a produced native an extension that opens. The table is media_types.toml.
"""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any

from forthwith.domain.evidence import Fault, FaultReason


@dataclass(frozen=True, slots=True)
class MediaType:
    """One row of the table; a type that has no row is blank."""

    #: "mail", "words", "image" …; "" where names are compared with nothing.
    kind: str = ""
    #: Those of a delivered native, the usual one first.
    extensions: tuple[str, ...] = ()
    #: Others that its files go by.
    named: tuple[str, ...] = ()
    #: Which further extensions a native keeps: "any", "alike" (of no other kind of file), or "".
    keeps: str = ""
    #: "pdf", "picture", "html", "text" or "office"; "" for types without page images.
    imaged: str = ""
    #: The extension LibreOffice is given; "" where it has no part in it.
    opened_as: str = ""


#: Kinds that look alike: armoured data is text. Mail is text too, under any name; but text under
#: the name of a mail is a mail whose headers were not understood, or none.
_ALIKE = {
    frozenset(pair)
    for pair in (
        ("mail", "text"),
        ("crypt", "text"),
        ("crypt", "mail"),
        ("text", "image"),
        ("text", "data"),
        ("program", "data"),
        ("words", "drawing"),
        ("slides", "drawing"),
    )
}
#: Extensions every program uses for anything.
_ANYTHING = frozenset(
    {"dat", "bin", "tmp", "bak", "old", "db", "key", "me", "asc", "lib", "a", "o", "ai"}
)
#: Kinds whose files are known by their first bytes, so that bytes that show none are no such file.
_SIGNED = frozenset({"words", "sheets", "slides", "pdf", "image", "archive"})
_SAFE = re.compile(r"[a-z0-9]{1,10}")


@functools.cache
def table() -> Mapping[str, MediaType]:
    """Return the whole table by type; families such as "image/*" are among its rows."""
    text = files(__package__).joinpath("media_types.toml").read_text(encoding="utf-8")
    return {
        name: _row(kind, cells)
        for kind, rows in tomllib.loads(text).items()
        for name, cells in rows.items()
    }


def _row(kind: str, cells: Mapping[str, Any]) -> MediaType:
    values: dict[str, Any] = {
        key: tuple(cell) if isinstance(cell, list) else cell for key, cell in cells.items()
    }
    row = MediaType("" if kind == "uncompared" else kind, **values)
    if row.imaged == "office" and not row.opened_as:
        return replace(row, opened_as=row.extensions[0])
    return row


def row_of(media_type: str) -> MediaType:
    """Return what is known of a type: its own row, that of its family, or a blank one."""
    family = f"{media_type.partition('/')[0]}/*"
    return table().get(media_type) or table().get(family) or MediaType()


@functools.cache
def _kinds_by_extension() -> Mapping[str, frozenset[str]]:
    kinds: dict[str, frozenset[str]] = {}
    for row in table().values():
        for extension in (*row.extensions, *row.named) if row.kind else ():
            kinds[extension] = kinds.get(extension, frozenset()) | {row.kind}
    return kinds


def extension_of(name: str) -> str:
    """Return the extension of `name` in lower case without its dot; "" when it has none."""
    base, dot, extension = name.rpartition(".")
    return extension.lower() if dot and base and _SAFE.fullmatch(extension.lower()) else ""


def mislabelled(media_type: str, name: str) -> Fault | None:
    """Return the Fault of a file whose extension is that of a clearly different kind of file."""
    extension = extension_of(name)
    kinds = _kinds_by_extension().get(extension, frozenset())
    if not kinds or extension in _ANYTHING or _agrees(media_type, extension, kinds):
        return None
    detail = f"is named .{extension} but its content is {media_type}"
    return Fault(FaultReason.MISLABELLED, detail)


def _agrees(media_type: str, extension: str, kinds: frozenset[str]) -> bool:
    row = row_of(media_type)
    if not row.kind or extension in row.extensions or extension in row.named:
        return True
    if media_type == "application/octet-stream":
        return not kinds & _SIGNED
    if row.kind == "text" and kinds == {"mail"}:
        return False
    return any(row.kind == kind or frozenset((row.kind, kind)) in _ALIKE for kind in kinds)


def extension_for(media_type: str, name: str) -> str:
    """Return the extension, dot included, for a native produced from `name`; "" when none is known.

    The original one, where it is among the type's or the type keeps it; else the type's usual one.
    """
    extension = extension_of(name)
    row = row_of(media_type)
    keeps = row.keeps or ("" if row.extensions else "alike")
    if extension and (
        extension in row.extensions
        or keeps == "any"
        or (keeps == "alike" and not mislabelled(media_type, name))
    ):
        return f".{extension}"
    return f".{row.extensions[0]}" if row.extensions else ""
