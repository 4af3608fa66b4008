"""A standard's rules in words, as people read them: `standards show` prints them, letters quote.

Every sentence is made from the rules that are followed, so it cannot say anything else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from forthwith.standards.loader import ENCODINGS, Standard, TextRules

#: What digests are called.
DIGESTS = {"md5": "MD5", "sha1": "SHA-1", "sha256": "SHA-256"}
_SEPARATORS = {";": "a semicolon", ",": "a comma", "|": "a vertical bar"}
#: An instant to show forms by; it lies in no zone.
_EXAMPLE = datetime(2001, 5, 14, 19, 5)  # noqa: DTZ001


@dataclass(frozen=True, slots=True)
class Passage:
    """What a standard says of one thing."""

    title: str
    #: Where in its text.
    source: str
    sentences: tuple[str, ...]


def sign(character: str) -> str:
    """Return "ASCII 020" for a sign, with the sign itself where it can be seen."""
    code = ord(character)
    name = f"ASCII {code:03d}" if code < 256 else f"U+{code:04X}"
    seen = character.isprintable() and character != " "
    return f"{name} ({character})" if seen else name


def separator(standard: Standard) -> str:
    """Return what stands between several values of a cell."""
    character = standard.load_file.multi_value
    return _SEPARATORS.get(character, sign(character))


def encoded(encoding: str, *, marked: bool | None = None) -> str:
    """Say an encoding in words, with its byte order mark, where `marked` or else by its name."""
    if not encoding.startswith("utf"):
        return ENCODINGS[encoding]
    mark = encoding in {"utf-8-sig", "utf-16"} if marked is None else marked
    return f"{ENCODINGS[encoding]} {'with' if mark else 'without'} a byte order mark"


def examples(standard: Standard, zone: str) -> str:
    """Return a date and a time as the standard writes them."""
    forms = standard.formats
    return f"{forms.date.write(_EXAMPLE)} and {forms.time.write(_EXAMPLE, zone)}"


def sizes(standard: Standard) -> str:
    """Return the unit sizes are given in."""
    unit = standard.formats.size_unit
    kind = "kilobytes" if unit in {1000, 1024} else "units"
    return "bytes" if unit == 1 else f"{kind} of {unit:,} bytes, rounded up"


def passages(standard: Standard) -> Iterator[Passage]:
    """Yield every rule in words, in the order of the file."""
    yield _load_file(standard)
    yield _formats(standard)
    rules = standard.names
    yield Passage(
        "Files and folders",
        rules.source,
        (
            f"Names without their extension match {rules.pattern}.",
            f"At most {rules.files_per_folder:,} files lie in one folder.",
        ),
    )
    yield _images(standard)
    yield Passage("Text", standard.text.source, tuple(_text(standard.text)))
    digest = standard.natives.digest
    known = f", in {standard.called(digest)}" if standard.has(digest) else ", in no column"
    yield Passage(
        "Natives",
        standard.natives.source,
        (
            f"A native is named by {standard.called(standard.natives.named_by)}.",
            f"It is known by its {DIGESTS[digest]}{known}.",
        ),
    )


def _load_file(standard: Standard) -> Passage:
    rules = standard.load_file
    quote = (
        f"each value is enclosed in {sign(rules.quote)}" if rules.quote else "no value is quoted"
    )
    names = ", else ".join(encoded(name, marked=rules.bom_if_unicode) for name in rules.encodings)
    header = "The first row has the column names." if rules.header else "There is no header row."
    counts = f"{rules.data_files} data load file and {rules.pointer_files} image pointer file"
    newline, several = sign(rules.newline), separator(standard)
    return Passage(
        "Load files",
        rules.source,
        (
            f"A volume has {counts}.",
            f"Fields are separated by {sign(rules.field)}; {quote}.",
            f"A line break inside a value is written {newline}.",
            f"Several values are separated by {several}.",
            f"The data load file is in {names}: the first that holds every character.",
            header,
        ),
    )


def _formats(standard: Standard) -> Passage:
    rules = standard.formats
    shown = examples(standard, "GMT")
    none = ", ".join(rules.date.written(parts) for parts in sorted(rules.sentinels))
    return Passage(
        "Dates, times and numbers",
        rules.source,
        (
            f"Dates are written {rules.date}, times {rules.time}, as in {shown}.",
            f"No document has one of these dates: {none}." if none else "Any date may be one.",
            f"No message was sent before {rules.date.write(rules.earliest)}.",
            f"Sizes are in {sizes(standard)}.",
            f'Between the ends of a range stands "{rules.range_mark}".',
        ),
    )


def _images(standard: Standard) -> Passage:
    rules = standard.images
    kinds = "and are named " + " or ".join(f".{ending}" for ending in rules.black_white)
    colour = "Pages in colour are black and white too."
    if rules.colour:
        names = " or ".join(f".{ending}" for ending in rules.colour)
        colour = f"Pages in colour are JPEG, named {names}."
    place = "Numbers are not written on the pages."
    if rules.endorse != "none":
        place = f"Each page bears its number {rules.endorse}."
    form = f"TIFF compression {rules.compression} (CCITT Group IV), {rules.bits} bit a pixel"
    pages = "one page to a file" if rules.pages_per_file == 1 else f"{rules.pages_per_file} pages"
    return Passage(
        "Page images",
        rules.source,
        (
            f"Black-and-white pages are {form}, at {rules.dpi} dpi, {pages}, {kinds}.",
            colour,
            place,
            f'Where a native stands without images, its page says "{rules.placeholder}".',
        ),
    )


def _text(rules: TextRules) -> Iterator[str]:
    yield f"Text comes as one file a {rules.level}."
    names = ", else ".join(encoded(encoding) for encoding in rules.encodings)
    throughout = (
        "one encoding throughout" if rules.one_encoding_per_production else "each in its own"
    )
    yield f"It is in {names}: {throughout}."
