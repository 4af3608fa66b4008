"""Every key of every standard is read: changed, it changes what is written or found, or is refused.

Each standard shipped is walked as the tables it is. A key is given other values; what takes one
without a word and does the same as before reads nothing there. What only describes must be printed.
"""

from __future__ import annotations

import copy
import functools
import io
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from PIL import Image

from forthwith.check import run as check
from forthwith.cli.main import main
from forthwith.domain import fields
from forthwith.domain.documents import Document
from forthwith.domain.errors import ForthwithError
from forthwith.loadfiles import dat, opt
from forthwith.produce import imaging
from forthwith.produce import stage as volume
from forthwith.standards import loader
from forthwith.standards.catalogue import CATALOGUE
from forthwith.standards.loader import Standard
from tests.builders import standard as made
from tests.builders.documents import (
    FAKE_IMAGER,
    FakeAccess,
    child,
    control,
    document,
    email,
    family,
    order,
)

#: Keys that say nothing to a program; they are printed.
DESCRIPTIVE = {"title", "issuer", "revision", "source", "note", "says", "confirmed", "aliases"}
#: What these say is printed, and burnt into the boxes of redactions (`test_burn`).
REASONS = "redaction"
#: Other values a key can take; a key not here is given one that is made of its own.
OTHERS: dict[str, tuple[Any, ...]] = {
    "date": ("dd/mm/yyyy", "yyyymmdd", "d-mmm-yyyy"),
    "time": ("hh:mm", "h:mm am/pm (TZ)", "hh:mm:ss TZ"),
    "endorse": ("upper left", "lower center", "none"),
    "dpi": (200, 301),
    "digest": ("sha1", "sha256"),
    "level": ("page",),
    "named_by": ("last_bates", "file_name"),
    "fill": ("field:keywords", "blank", "same:custodian"),
    "required": ("always", "held", "email"),
    "field": (35,),
    "quote": (35, 126, ""),
    "newline": (35, 32),
    "multi_value": ("#",),
    "encodings": ("utf-16-be", "iso8859-1"),
    "black_white": ("jpg",),
    "colour": ("tif",),
    "classes": ("email", "paper"),
    "sentinels": ("06/15/1999",),
}
#: Sizes that differ by a unit of one byte more.
NATIVE = b"x" * 2050
#: A table by its name and by which of that name it is; ("", 0) is the file itself.
Place = tuple[str, int]


def tables() -> list[tuple[str, Place]]:
    """Return every table of every standard shipped."""
    found = []
    for name in loader.available():
        found.append((name, ("", 0)))
        for key, value in made.rules(name).items():
            if isinstance(value, dict):
                found.append((name, (key, 0)))
            elif isinstance(value, list):
                found.extend((name, (key, at)) for at in range(len(value)))
    return found


def table_of(rules: made.Rules, place: Place) -> dict[str, Any]:
    name, at = place
    if not name:
        return rules
    return rules[name][at] if isinstance(rules[name], list) else rules[name]


def others(key: str, value: Any) -> Iterator[Any]:
    """Yield other values of a key, of the same kind."""
    if isinstance(value, list):
        for at, each in enumerate(value):
            yield value[:at] + value[at + 1 :]
            for other in OTHERS.get(key, (f"{each} X",)):
                if other not in value:
                    yield [*value[:at], other, *value[at + 1 :]]
    elif key in OTHERS:
        yield from (other for other in OTHERS[key] if other != value)
    elif isinstance(value, bool):
        yield not value
    elif isinstance(value, int):
        yield from (value + 1, value - 1)
    elif isinstance(value, date):
        yield value.replace(year=value.year + 1)
    else:
        yield f"{value}X"


@pytest.fixture(autouse=True)
def one_form_of_the_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave the letter out in its second form: it says the same, and takes most of the time."""
    for module in vars(volume).values():
        if hasattr(module, "as_docx"):
            monkeypatch.setattr(module, "as_docx", lambda paper: b"")


def documents(rules: Standard) -> list[Document]:
    """Return mail with attachments, files, one withheld, and dates that stand for none."""
    mail = family(1, fields={fields.CC: ("A <a@x.example>", "B <b@x.example>")})
    dated = {fields.CREATED: "2021-01-05T10:00:00Z", fields.MODIFIED: "2021-02-05T23:30:00Z"}
    loose = [document(11, name="book.xlsx", fields={**dated, fields.KEYWORDS: ("a", "b")})]
    nested = email(21)
    undated = email(31, fields={fields.SENT: "soon"})
    letters = [nested, child(nested, 22, 1, name="fw.eml"), undated]
    odd = []
    for at, (year, month, day) in enumerate(sorted(rules.formats.sentinels)):
        if year:
            instants = (fields.CREATED, fields.MODIFIED)
            held = dict.fromkeys(instants, f"{year:04d}-{month:02d}-{day:02d}")
            odd.append(document(40 + at, fields=held))
    return [*mail, *loose, *letters, *odd]


class Access(FakeAccess):
    """Natives of a size, texts of other letters."""

    def native(self, document: Document) -> bytes:
        return NATIVE + document.control_number.encode()


def written(rules: Standard, base: Standard, place: Path) -> dict[str, bytes]:
    """Return every file of a volume written by `rules`, save the manifest, which has their digest.

    The documents are those of the standard as it was.
    """
    asked = order(withheld={control(31): "PRIV-1"}, confidentiality="SECRET")
    access = Access(texts={control(1): "Zürich\n"})
    staged = volume.stage(place, asked, documents(base), access, rules, 1, imager=FAKE_IMAGER)
    found = {
        path.relative_to(staged.root).as_posix(): path.read_bytes()
        for path in staged.root.rglob("*")
        if path.is_file() and not path.name.endswith(("MANIFEST.JSON", ".DOCX"))
    }
    shutil.rmtree(staged.root)
    return found


def imaged(rules: Standard) -> list[tuple[bytes, str]]:
    """Return a page in black and white and one in colour as they are written."""
    imager = imaging.imager(rules.images)
    pages = (Image.new("1", (600, 800), 1), Image.new("RGB", (600, 800), "red"))
    return [imager.encode(imager.endorse(page, "AB00000001", "SECRET")) for page in pages]


@functools.cache
def messy(name: str, encoding: str) -> Path:
    """Return a volume of a standard spoilt in many ways, its load file in `encoding`."""
    import tempfile

    place = Path(tempfile.mkdtemp(prefix="messy"))
    base = made.standard(made.rules(name))
    staged = volume.stage(place, order(), documents(base), Access(), base, 1, imager=FAKE_IMAGER)
    data = staged.root / "DATA/VOL001.DAT"
    read = dat.read(data.read_bytes(), base.load_file)
    rows = read.rows
    dates = {column.name for column in base.all_columns if column.type == "date"}
    days = ["00/00/0000", *map(base.formats.date.written, sorted(base.formats.sentinels)),
            base.formats.date.write(base.formats.earliest), "soon"]  # fmt: skip
    first = read.header.index(base.called("first_bates"))
    for at, row in enumerate(rows):
        for place_of, column in enumerate(read.header):
            if column in dates:
                row[place_of] = days[at % len(days)]
        row[first] = row[first] or "none"
    rows[0][read.header.index(base.called("custodian"))] = "Zoë – Ltd."
    rows[2] = [cell if at <= first + 1 else "" for at, cell in enumerate(rows[2])]
    rules = dat.PlainRules(
        base.load_file.field, base.load_file.quote, base.load_file.newline, (encoding,)
    )
    data.write_bytes(b"".join(dat.write(read.header, rows, rules)))
    for at, path in enumerate(sorted((staged.root / "TEXT").rglob("*.TXT"))):
        path.write_bytes("Zürich – 5 €\r\n".encode(("utf-8-sig", "utf-16", "cp1252")[at % 3]))
    pages = opt.read((staged.root / "DATA/VOL001.OPT").read_bytes()).rows()
    for page, ending, form in zip(pages, ("TIFF", "JPG", "JPEG"), ("TIFF", "JPEG", "JPEG")):
        held = io.BytesIO()
        Image.new("L", (9, 9), 255).save(held, form)
        (staged.root / f"IMAGES/0001/{page.page}.{ending}").write_bytes(held.getvalue())
    lines = [
        opt.OptRow(row.page, row.volume, f"IMAGES\\0001\\{row.page}.{ending}", first=True)
        for row, ending in zip(pages, ("TIFF", "JPG", "JPEG"))
    ]
    (staged.root / "DATA/VOL001.OPT").write_bytes(opt.write([*lines, *pages[3:]]))
    return staged.root


def findings(name: str, rules: Standard) -> list[Any]:
    """Return what the check finds in the messy volumes under `rules`."""
    found: list[Any] = []
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        report = check(messy(name, encoding), rules)
        found.append((report.standard, report.counts, report.findings, report.not_checked))
    return found


def cited(rules: Standard) -> dict[str, str]:
    """Return the rule each check rests on."""
    return {code: kind.cited(rules) for code, kind in CATALOGUE.items()}


def shown(tables: made.Rules, place: Path) -> str:
    """Return what `standards show` prints, less the digest of the file."""
    (place / "protocol.toml").write_text(made.toml(tables), encoding="utf-8")
    done = CliRunner().invoke(main, ["-C", str(place), "standards", "show", "./protocol.toml"])
    assert done.exit_code == 0, done.output
    return "\n".join(line for line in done.output.splitlines() if "SHA-256 of" not in line)


@functools.cache
def before(name: str) -> dict[str, Any]:
    """Return what a standard does as it is."""
    import tempfile

    base = made.standard(made.rules(name))
    place = Path(tempfile.mkdtemp(prefix="before"))
    return {
        "shown": shown(made.rules(name), place), "written": written(base, base, place),
        "imaged": imaged(base), "findings": findings(name, base), "cited": cited(base),
    }  # fmt: skip


def does_something_else(name: str, tables: made.Rules, key: str, place: Path) -> bool:
    """Return True when these tables are refused, or do anything else than the standard as it is."""
    was = before(name)
    if key in DESCRIPTIVE:
        return shown(tables, place) != was["shown"]
    base = made.standard(made.rules(name))
    try:
        rules = made.standard(tables)
        if written(rules, base, place) != was["written"]:
            return True
    except ForthwithError:
        return True
    if cited(rules) != was["cited"] or imaged(rules) != was["imaged"]:
        return True
    return findings(name, rules) != was["findings"]


@pytest.mark.parametrize(("name", "place"), tables(), ids=str)
def test_every_key_is_read(name: str, place: Place, tmp_path: Path) -> None:
    """A key nobody reads is a promise nobody keeps."""
    rules = made.rules(name)
    for key, value in table_of(rules, place).items():
        if isinstance(value, dict) or (isinstance(value, list) and not place[0]):
            continue
        if key == "id" and value not in {kind.clause for kind in CATALOGUE.values()}:
            continue  # no check rests on this clause: it is there to be read
        for other in others(key, value):
            changed = copy.deepcopy(rules)
            table_of(changed, place)[key] = other
            if place[0] == REASONS:
                try:
                    assert shown(changed, tmp_path) != before(name)["shown"], (key, other)
                except AssertionError:
                    with pytest.raises(ForthwithError):
                        made.standard(changed)
                continue
            assert does_something_else(name, changed, key, tmp_path), (key, other)


@pytest.mark.parametrize(("name", "place"), tables(), ids=str)
def test_no_key_but_a_note_may_be_left_out(name: str, place: Place) -> None:
    """A rule nobody gave would be one somebody made up."""
    for key in table_of(made.rules(name), place):
        rules = made.rules(name)
        del table_of(rules, place)[key]
        if key == "note":
            made.standard(rules)
        elif place[0] or key not in {"extra", "clause", REASONS}:
            with pytest.raises(ForthwithError):
                made.standard(rules)


@pytest.mark.parametrize(("name", "place"), tables(), ids=str)
def test_a_key_nobody_knows_is_refused(name: str, place: Place) -> None:
    rules = made.rules(name)
    table_of(rules, place)["mood"] = "good"
    with pytest.raises(ForthwithError, match="mood"):
        made.standard(rules)
