"""One table of media types, in step with the readers and with how pages are drawn."""

from __future__ import annotations

import importlib
import tomllib
from typing import Any

import pytest

from forthwith.formats import readers
from forthwith.formats.sniff import media_names
from forthwith.formats.sniff.media_names import MediaType, row_of, table

#: Types that are told and named, and whose content nothing here reads.
NOT_READ = {
    "application/octet-stream", "application/ogg", "application/onenote",
    "application/pgp-encrypted",
    "application/postscript", "application/vnd.ms-access",
    "application/vnd.microsoft.portable-executable", "application/vnd.sqlite3",
    "application/vnd.wordperfect", "application/x-executable", "application/x-shockwave-flash",
    "inode/x-empty",
}  # fmt: skip
#: Readers whose types are drawn in one way, and a type of theirs that has a slip-sheet.
DRAWN = {"pages.pdf": "pdf", "pages.html": "html", "pages.plain": "text"}
OTHERWISE = {"application/pgp-keys": ""}


def types_of(name: str) -> frozenset[str]:
    found: frozenset[str] = importlib.import_module(f"forthwith.formats.{name}").MEDIA_TYPES
    return found


@pytest.mark.parametrize("name", readers._MODULES)
def test_every_type_that_is_read_has_a_row(name: str) -> None:
    """Otherwise its natives are delivered as BIN and its pages are a slip-sheet, unnoticed."""
    types = types_of(name)

    assert [found for found in types if row_of(found) == MediaType() and found not in table()] == []


def test_every_row_is_read_or_known_not_to_be() -> None:
    """A type that is told from bytes and reaches no reader is a fault: none by oversight."""
    unread = importlib.import_module("forthwith.formats.pages.unread")
    told = {name for name in table() if readers.module_for(name) is unread}

    assert {name for name in told if table()[name].kind != "sound"} == NOT_READ


@pytest.mark.parametrize("name", DRAWN)
def test_pages_are_drawn_as_the_reader_reads(name: str) -> None:
    """What is read as text has its text on pages; what is read as PDF, the pages of the PDF."""
    ways = {each: row_of(each).imaged for each in types_of(name)}

    assert {each: way for each, way in ways.items() if way != DRAWN[name]} == {
        each: way for each, way in OTHERWISE.items() if each in ways
    }


def test_only_pictures_are_drawn_as_pictures_and_office_files_by_libreoffice() -> None:
    office = types_of("office.ooxml") | types_of("office.odf") | types_of("office.legacy")
    office |= types_of("rtf.reader") | types_of("office.xml_2003")
    for name, row in table().items():
        assert row.imaged in {"", "pdf", "picture", "html", "text", "office"}, name
        assert row.imaged != "picture" or name.startswith("image/"), name
        assert bool(row.opened_as) == (row.imaged == "office"), name
        assert row.imaged != "office" or name in office, name


def test_the_table_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is asked for every item of a collection."""
    calls, read = [], tomllib.loads

    def loads(text: str) -> dict[str, Any]:
        calls.append(text)
        return read(text)

    monkeypatch.setattr(media_names.tomllib, "loads", loads)
    table.cache_clear()
    for _ in range(3):
        row_of("application/pdf")

    assert len(calls) == 1


@pytest.mark.parametrize(
    ("found", "name", "extension"),
    [
        ("text/xml", "settings.plist", ".plist"), ("text/xml", "old.doc", ".doc"),
        ("application/rtf", "a.doc", ".doc"), ("text/html", "a.shtml", ".html"),
        ("video/mp4", "", ".mp4"), ("image/heic", "IMG_1", ".heic"),
        ("video/mp4", "a.exe", ".mp4"), ("text/x-python", "a.py", ".py"),
    ],
)  # fmt: skip
def test_the_usual_extension_comes_first(found: str, name: str, extension: str) -> None:
    """One list for what a file is called and for what its native is called."""
    assert media_names.extension_for(found, name) == extension
