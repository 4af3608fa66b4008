"""The load files as such: number, form, columns and encoding (LF, EN, VO01, VO02, VO06)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import Volume
from forthwith.loadfiles.dat_tokens import Dialect
from forthwith.loadfiles.oddities import Oddity, OddityKind
from forthwith.loadfiles.opt import OptFile
from forthwith.plain import charset
from forthwith.plain.counting import count
from forthwith.plain.garbled import looks_garbled
from forthwith.standards.loader import named

#: Signs that Windows-1252 has and ISO 8859-1 has not.
_ONLY_WINDOWS = re.compile("[€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]")
_BY_ODDITY = {
    OddityKind.UNQUOTED: "LF05",
    OddityKind.RAW_NEWLINE: "LF06",
    OddityKind.NO_HEADER: "LF07",
    OddityKind.MIXED_ENCODING: "EN02",
    OddityKind.UNDECODABLE: "EN03",
    OddityKind.TRAILING_DELIMITER: "LF13",
    OddityKind.REPEATED_HEADER: "LF14",
}
#: Other forms of an image pointer file that are read as well.
_POINTER_FORMS = {
    OddityKind.QUOTED, OddityKind.OTHER_DELIMITER, OddityKind.TRAILING_DELIMITER, OddityKind.HEADER,
}  # fmt: skip
#: Rows whose numbers stand in one sentence.
_NAMED = 5


def form(seen: CheckContext) -> Findings:
    """Report what is wrong with the load files as files."""
    volume = seen.volume
    if len(volume.data_files) > volume.standard.load_file.data_files:
        names = ", ".join(volume.data_files)
        yield seen.report("VO01", f"{len(volume.data_files)} DAT files: {names}")
    if len(volume.pointer_files) != volume.standard.load_file.pointer_files:
        names = ", ".join(volume.pointer_files) or "none"
        yield seen.report("VO02", f"one image pointer file is asked for; found: {names}")
    if not len(volume) and not volume.data.quarantined:
        yield seen.report("VO06", "the load file has no rows", file=volume.data_files[0])
    yield from _irregular(seen)
    for dialect in volume.dialects:
        yield seen.report(dialect.code, dialect.message, file=dialect.file)
    yield from _rows(seen)
    yield from _columns(volume, seen)
    yield from _encoding(volume, seen)
    yield from _pointer(volume, seen)


def _irregular(seen: CheckContext) -> Findings:
    """Report what lies in the volume and is no file of it: nothing of it was opened."""
    volume = seen.volume
    numbers = {number.strip().casefold() for number in volume.roles.get("first_bates", ())}
    for path, what in sorted(volume.folder.irregular.items()):
        stem = path.rpartition("/")[2].rpartition(".")[0]
        bates = stem if stem.casefold() in numbers else ""
        yield seen.report("VO10", f"{path!r} is {what}; it was not opened", bates=bates, file=path)


def _rows(seen: CheckContext) -> Findings:
    volume = seen.volume
    path = volume.data_files[0]
    for bad in volume.data.quarantined:
        number = bad.start.split(" | ")[0][:40]
        message = (
            f"row {bad.row}, at byte {bad.offset:,}, has {bad.width} cells where the header has "
            f"{len(volume.data.header)}; it was set aside"
        )
        page = volume.numberer.one(number)
        if page is not None:
            seen.accounted.add(page)
        bates = number if page is not None else ""
        yield seen.report("LF01", message, bates=bates, file=path)
    rules, dialect = volume.standard.load_file, volume.data.dialect
    if dialect != Dialect(rules.field, rules.quote):
        wanted = f"{named(rules.field)} and {named(rules.quote)}"
        message = f"delimiters are {dialect.field!r} and {dialect.quote!r}, not {wanted}"
        yield seen.report("LF08", message, file=path)
    headless = any(odd.kind is OddityKind.NO_HEADER for odd in volume.data.oddities)
    if not rules.header and not headless:
        yield seen.report("LF12", "the first line has the names of the columns", file=path)
    for kind, odds in _by_kind(volume.data.oddities).items():
        if kind is OddityKind.NO_HEADER and not rules.header:
            continue
        if (code := _BY_ODDITY.get(kind)) is not None:
            bates = _bates(volume, odds[0])
            yield seen.report(code, _in_rows(odds, "row"), bates=bates, file=path)


def _by_kind(oddities: Sequence[Oddity]) -> dict[OddityKind, list[Oddity]]:
    kinds: dict[OddityKind, list[Oddity]] = {}
    for odd in oddities:
        kinds.setdefault(odd.kind, []).append(odd)
    return kinds


def _in_rows(odds: Sequence[Oddity], what: str) -> str:
    """Return what one kind of oddity is, and in how many rows or lines, the first of them named."""
    first, numbers = odds[0], [odd.row for odd in odds if odd.row is not None]
    if len(odds) == 1:
        return first.detail
    if not numbers:
        return f"{first.detail}, and {len(odds) - 1:,} more such places"
    named = ", ".join(f"{number:,}" for number in numbers[:_NAMED])
    more = "" if len(numbers) <= _NAMED else " and others"
    return f"{first.detail}; so do {len(odds):,} {what}s in all: {named}{more}"


def _bates(volume: Volume, odd: Oddity) -> str:
    """Return the number of the row an oddity names, where that row is sound."""
    if odd.row is None or odd.row not in volume.data.numbers or not volume.has("first_bates"):
        return ""
    return volume.cell("first_bates", volume.data.numbers.index(odd.row))


def _columns(volume: Volume, seen: CheckContext) -> Findings:
    path, standard = volume.data_files[0], volume.standard
    for column in standard.columns:
        if column.name not in volume.columns:
            yield seen.report("LF02", f"there is no column {column.name}", file=path)
    for name, times in Counter(name.upper() for name in volume.data.header).items():
        if times > 1:
            yield seen.report("LF04", f"column {name} stands {times} times", file=path)
    for name, meant in zip(volume.data.header, volume.known, strict=True):
        if not meant and name not in volume.passed_over:
            yield seen.report("LF03", f"column {name!r} is not in the standard", file=path)
        elif meant and name != meant:
            yield seen.report("LF09", f"column {name!r} should be called {meant}", file=path)
    places = {column.name: column.order for column in standard.all_columns}
    order = [places[name] for name in volume.known if name]
    if order != sorted(order):
        place = next(i for i in range(1, len(order)) if order[i] < order[i - 1])
        name = [name for name in volume.known if name][place]
        yield seen.report("LF10", f"column {name} stands out of the standard's order", file=path)


def _encoding(volume: Volume, seen: CheckContext) -> Findings:
    data, path, rules = volume.data, volume.data_files[0], volume.standard.load_file
    unicode = data.encoding.startswith("utf-16") or (data.encoding == "utf-8" and not data.ascii)
    if unicode and not data.bom and rules.bom_if_unicode:
        yield seen.report("EN01", f"{data.encoding} without its byte order mark", file=path)
    if data.bom and not rules.bom_if_unicode:
        yield seen.report(
            "EN06", f"{data.encoding} with a byte order mark, which is not asked for", file=path
        )
    encoding = "ascii" if data.ascii else data.encoding
    if encoding == "cp1252" and not any(
        _ONLY_WINDOWS.search(cell) for column in data.columns for cell in column
    ):
        encoding = "iso8859-1"
    if not charset.may_be(encoding, rules.encodings):
        names = ", ".join(rules.encodings)
        yield seen.report(
            "EN06", f"it is in {data.encoding}; the standard names {names}", file=path
        )


def garbled(seen: CheckContext, says: Callable[[int, str, str], bool | None]) -> Findings:
    """Report characters lost on the way into the load file.

    `says(row, role, cell)`: True when the native or its parent holds just that, so that nothing was
    lost on the way; False when they hold it otherwise; None when neither can tell, which is a note:
    files are named so on real shares.
    """
    for role in ("custodian", "from", "to", "subject", "file_name", "author"):
        name, cells = seen.volume.called(role), seen.volume.column(role)
        if "".join(cells).isascii():
            continue
        undecided = []
        for row, cell in enumerate(cells):
            if not looks_garbled(cell):
                continue
            match says(row, role, cell):
                case False:
                    yield seen.report("EN03", f"{name} is garbled: {cell[:80]!r}", row=row)
                case None:
                    undecided.append((row, cell))
        if undecided:
            row, cell = undecided[0]
            number = seen.volume.cell("first_bates", row)
            what = f"{name} of {count(len(undecided), 'document')} looks garbled"
            seen.notes.append(
                f"{what} ({number}: {cell[:80]!r}); no native tells whether the source has it so"
            )


def _pointer(volume: Volume, seen: CheckContext) -> Findings:
    if volume.pointer is None:
        return
    path = volume.pointer_files[0]
    for bad in volume.pointer.quarantined:
        yield seen.report("LF11", f"line {bad.row} cannot be read: {bad.start!r}", file=path)
    for kind, odds in _by_kind(volume.pointer.oddities).items():
        if kind in {OddityKind.EXTRA_COLUMN, OddityKind.SHORT_ROW}:
            first = replace(odds[0], detail=f"line {odds[0].row} has {odds[0].detail}")
            message = _in_rows([first, *odds[1:]], "line")
            yield seen.report("LF11", message, file=path)
        elif kind in _POINTER_FORMS:
            yield seen.report("LF15", _in_rows(odds, "line"), file=path)
    if isinstance(volume.pointer, OptFile):
        plain = "".join(volume.pages.ids).isascii() and "".join(volume.pages.paths).isascii()
        if volume.pointer.encoding.startswith("utf-16") or not plain:
            yield seen.report("EN05", "the image pointer file is not plain ASCII", file=path)
