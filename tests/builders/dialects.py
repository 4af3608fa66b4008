"""A sound volume written down in the ways of other exporters: one mutation for each dialect.

Only the load files change (and, where a dialect names files otherwise, the files' names): nothing
is lost, so whoever understands the dialect counts the same documents and finds nothing else.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from forthwith.loadfiles import dat, lfp, opt
from tests.builders import volume
from tests.builders.volume import VolumeBuilder

DAT, OPT = "DATA/VOL001.DAT", "DATA/VOL001.OPT"
FIELD, QUOTE = "\x14", "þ"

Table = list[list[str]]


def sound(families: int = 22, pages: int = 2) -> VolumeBuilder:
    """Return a volume of three documents a family less one: 65 by default."""
    builder = VolumeBuilder()
    start = datetime(2023, 1, 2, 9, 0, tzinfo=UTC)
    for place in range(families):
        names = (f"memo {place}.txt", f"ledger {place}.csv")[: 1 if place == 0 else 2]
        attached = [(name, f"Words of {name}.\n".encode()) for name in names]
        sent = start + timedelta(days=place)
        top = volume.mail(f"Matter {place}", *attached, sent=sent, pages=1 + place % pages)
        if place % 3 == 0:
            top.children[0].pages = pages
        builder.add(top)
    return builder


def table(root: Path) -> Table:
    """Return the rows of the data load file, its header first."""
    read = dat.read((root / DAT).read_bytes())
    return [list(read.header), *read.rows]


def put(
    root: Path, rows: Table, *, encoding: str = "utf-8-sig", signs: str = FIELD + QUOTE
) -> None:
    """Write the data load file anew."""
    field, quote = signs[0], signs[1:]
    lines = [f"{quote}{f'{quote}{field}{quote}'.join(row)}{quote}\r\n" for row in rows]
    (root / DAT).write_bytes("".join(lines).encode(encoding))


def text(change: Callable[[str], str]) -> Callable[[Path], None]:
    """Change the text of the data load file."""

    def changed(root: Path) -> None:
        path = root / DAT
        path.write_bytes(change(path.read_bytes().decode("utf-8-sig")).encode("utf-8-sig"))

    return changed


def text_bytes(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Change the bytes of the data load file."""

    def changed(root: Path) -> None:
        (root / DAT).write_bytes(change((root / DAT).read_bytes()))

    return changed


def renamed(old: str, new: str) -> Callable[[Path], None]:
    """Give a file or folder another name."""

    def changed(root: Path) -> None:
        (root / old).rename(root / new)

    return changed


def pointer(change: Callable[[list[list[str]]], str]) -> Callable[[Path], None]:
    """Write the image pointer file anew from its cells."""

    def changed(root: Path) -> None:
        lines = (root / OPT).read_text().splitlines()
        (root / OPT).write_text(change([line.split(",") for line in lines]), newline="")

    return changed


def without(*names: str) -> Callable[[Path], None]:
    """Leave columns out."""

    def changed(root: Path) -> None:
        rows = table(root)
        kept = [place for place, name in enumerate(rows[0]) if name not in names]
        put(root, [[row[place] for place in kept] for row in rows])

    return changed


def called(**names: str) -> Callable[[Path], None]:
    """Give columns other names."""

    def changed(root: Path) -> None:
        header, *rows = table(root)
        put(root, [[names.get(name, name) for name in header], *rows])

    return changed


def cells(name: str, change: Callable[[str], str]) -> Callable[[Path], None]:
    """Change the cells of one column."""

    def changed(root: Path) -> None:
        header, *rows = table(root)
        place = header.index(name)
        for row in rows:
            row[place] = change(row[place])
        put(root, [header, *rows])

    return changed


def added(name: str, cell: Callable[[dict[str, str]], str], at: int) -> Callable[[Path], None]:
    """Put a column in at a place, filled from the row."""

    def changed(root: Path) -> None:
        header, *rows = table(root)
        filled = [cell(dict(zip(header, row, strict=True))) for row in rows]
        put(
            root,
            [
                [*row[:at], value, *row[at:]]
                for row, value in zip([header, *rows], [name, *filled], strict=True)
            ],
        )

    return changed


def both(*changes: Callable[[Path], None]) -> Callable[[Path], None]:
    """Make several changes."""

    def changed(root: Path) -> None:
        for change in changes:
            change(root)

    return changed


def _csv(field: str, name: str = "") -> Callable[[Path], None]:
    def changed(root: Path) -> None:
        out = io.StringIO(newline="")
        csv.writer(out, delimiter=field).writerows(table(root))
        (root / DAT).write_bytes(out.getvalue().encode("utf-8-sig"))
        if name:
            (root / DAT).rename(root / "DATA" / name)

    return changed


def _keys(change: Callable[[str, int], str]) -> Callable[[Path], None]:
    """Give each page of the pointer file, and its image, a key made of its document and place."""

    def changed(root: Path) -> None:
        document, place, lines = "", 0, []
        for row in opt.read((root / OPT).read_bytes()).rows():
            document, place = (row.page, 1) if row.first else (document, place + 1)
            key = change(document, place)
            path = row.path.replace(row.page, key)
            old = root / row.path.replace("\\", "/")
            old.rename(old.with_name(f"{key}.TIF"))
            count = "" if row.pages is None else row.pages
            lines.append(f"{key},{row.volume},{path},{'Y' if row.first else ''},,,{count}\r\n")
        (root / OPT).write_text("".join(lines), newline="")

    return changed


def _as_lfp(root: Path) -> None:
    rows = opt.read((root / OPT).read_bytes()).rows()
    pages = [
        lfp.LfpPage(row.page, "D" if row.first else "", 0, "VOL001", "IMAGES\\0001",
                    row.path.rpartition("\\")[2])
        for row in rows
    ]  # fmt: skip
    (root / OPT).unlink()
    (root / "DATA/VOL001.LFP").write_bytes(lfp.write(pages))


def _again(content: str) -> str:
    header, *lines = content.split("\r\n")
    return "\r\n".join([header, *lines[:30], header, *lines[30:]])


def _broken_lines(content: str) -> str:
    return content.replace("®", "\n")


def _quoted(lines: list[list[str]]) -> str:
    return "".join(",".join(f'"{cell}"' for cell in line) + "\r\n" for line in lines)


def _alone(root: Path) -> None:
    """Leave families to the range alone, in other words."""
    without("PARENT_BATES", "CHILD_BATES", "BEGATTACH", "ENDATTACH")(root)


def _with_time(root: Path) -> None:
    header, *rows = table(root)
    day, time = header.index("DATE_SENT"), header.index("TIME_SENT/TIME_ZONE")
    for row in rows:
        row[day] = f"{row[day]} {row[time]}".strip()
        del row[time]
    del header[time]
    put(root, [header, *rows])


def _folders(root: Path) -> None:
    """Natives, texts and images lie under other folders than anybody is used to, in other case."""
    for old, new in (("NATIVES", "EDocs"), ("TEXT", "Ocr_Files"), ("IMAGES", "Img")):
        (root / old).rename(root / new)
        text(
            lambda content, old=old, new=new: content.replace(
                f"{old}\\0001", f"{new.upper()}\\0001"
            )
        )(  # type: ignore[misc]
            root
        )
        pointer(
            lambda lines, old=old, new=new: "".join(  # type: ignore[misc]
                ",".join(line).replace(old, new) + "\r\n" for line in lines
            )
        )(root)


@dataclass(frozen=True)
class Mutation:
    """One dialect, and what is said of it: codes, each once."""

    name: str
    write: Callable[[Path], None]
    codes: tuple[str, ...] = ()


def _lines(end: str, change: Callable[[str], str] = str) -> Callable[[list[list[str]]], str]:
    return lambda lines: "".join(change(",".join(line)) + end for line in lines)


_RENAMED = {
    name: called(FIRSTBATES=name)
    for name in (
        "UPI", "DOCID", "Begin Bates", "ProdBeg", "BegDoc", "BegBates", "Bates Beg", "PRODBEG",
        "Control Number", "Production::Begin Bates", "BEGDOC#", "Bates_Begin", "Doc ID",
    )
}  # fmt: skip

MUTATIONS = [
    Mutation("as it was", lambda _: None),
    Mutation("no parent or children", without("PARENT_BATES", "CHILD_BATES"), ("LF02", "LF02")),
    Mutation("range alone", _alone, ("LF02",) * 4),
    Mutation("families by a label", both(
        without("PARENT_BATES", "CHILD_BATES", "ENDATTACH", "ATTACHRANGE"),
        cells("BEGATTACH", lambda cell: f"FAM-{int(cell[-8:])}" if cell else ""),
        called(BEGATTACH="Group Identifier"),
    ), ("FM05", "LF02", "LF02", "LF02", "LF02", "LF09")),
    Mutation("blank parent column", cells("PARENT_BATES", lambda _: ""), ("FM07",)),
    Mutation("no last number", without("LASTBATES"), ("LF02",)),
    Mutation("no last number, no count", without("LASTBATES", "PGCOUNT"), ("LF02", "LF02")),
    Mutation("trailing delimiter in rows", text(
        lambda content: "\r\n".join(
            line + FIELD if place else line
            for place, line in enumerate(content.split("\r\n")) if line
        ) + "\r\n"
    ), ("LF13",)),
    Mutation("trailing delimiter throughout", text(
        lambda content: content.replace("þ\r\n", f"þ{FIELD}\r\n")
    ), ("LF13",)),
    Mutation("trailing empty quoted cell", text(
        lambda content: content.replace("þ\r\n", "þ\x14þþ\r\n")
    ), ("LF13",)),
    *(Mutation(f"key called {name}", change, ("LF09",)) for name, change in _RENAMED.items()),
    Mutation("names of a review platform", called(
        FIRSTBATES="Begin Bates", LASTBATES="End Bates", BEGATTACH="Begin Family",
        ENDATTACH="End Family", LINK="Native Link", OCRPATH="Text Path",
    ), ("LF09",) * 6),
    Mutation("commas between children", cells(
        "CHILD_BATES", lambda cell: cell.replace(";", ",")), ("LF17",)),
    Mutation("bars between children", cells(
        "CHILD_BATES", lambda cell: cell.replace("; ", "|")), ("LF17",)),
    Mutation("header again", text(_again), ("LF14",)),
    Mutation("line breaks in cells", text(_broken_lines), ("LF06",)),
    Mutation("comma and quotes", _csv(","), ("LF08",)),
    Mutation("bars", lambda root: put(root, table(root), signs="|"), ("LF08",)),
    Mutation("tabs", _csv("\t"), ("LF08",)),
    Mutation("bars and carets", lambda root: put(root, table(root), signs="|^"), ("LF08",)),
    Mutation("carets and tildes", lambda root: put(root, table(root), signs="^~"), ("LF08",)),
    Mutation("thorns and commas", lambda root: put(root, table(root), signs=",þ"), ("LF08",)),
    Mutation("thornless", lambda root: put(root, table(root), signs=FIELD), ("LF05",)),
    Mutation("pilcrows", lambda root: put(root, table(root), signs="¶þ"), ("LF08",)),
    Mutation("a CSV", _csv(",", "VOL001.CSV"), ("LF08", "LF19")),
    Mutation("a text file", _csv("\t", "VOL001_loadfile.txt"), ("LF08", "LF19")),
    Mutation("UTF-16", lambda root: put(root, table(root), encoding="utf-16")),
    Mutation("no mark", lambda root: put(root, table(root), encoding="utf-8"), ("EN01",)),
    Mutation("Windows-1252", lambda root: put(root, table(root), encoding="cp1252")),
    Mutation("absolute paths", both(
        text(lambda content: content.replace("NATIVES\\0", "D:\\Export 7\\VOL001\\NATIVES\\0")),
        pointer(_lines("\r\n", lambda line: line.replace("IMAGES", "\\\\srv\\d$\\VOL001\\IMAGES"))),
    )),
    Mutation("paths from here, in other case", both(
        text(lambda content: content.replace("NATIVES\\0001", ".\\vol001\\natives\\0001")
             .replace("TEXT\\0001", "./text/0001")),
        pointer(_lines("\r\n", lambda line: line.replace("IMAGES\\", "\\images\\"))),
    )),
    Mutation("other folders", _folders),
    Mutation("two columns of texts", added(
        "TEXTPATH", lambda row: f"X:\\elsewhere\\{row['FIRSTBATES']}_x.txt", 0), ("LF18",)),
    Mutation("two columns of natives", added(
        "NATIVELINK", lambda row: f"X:\\elsewhere\\{row['FIRSTBATES']}_x.msg", 0), ("LF18",)),
    Mutation("columns of files under other names", called(LINK="WHERE", OCRPATH="WORDS"),
             ("LF09", "LF09", "LF18", "LF18")),
    Mutation("quoted pointer file", pointer(_quoted), ("LF15",)),
    Mutation("pointer file with a header", pointer(
        lambda lines: "Image,Volume,Path,Break,Folder,Box,Pages\r\n" + _lines("\r\n")(lines)
    ), ("LF15",)),
    Mutation("pointer file with a comma more", pointer(_lines(",\r\n")), ("LF15",)),
    Mutation("pointer file with tabs", pointer(
        _lines("\r\n", lambda line: line.replace(",", "\t"))), ("LF15",)),
    Mutation("pointer file of four columns", pointer(
        lambda lines: "".join(",".join(line[:4]) + "\n" for line in lines)), ("LF11",)),
    Mutation("pages within their document", _keys(
        lambda number, page: f"{number}_{page:04}"), ("LF16",)),
    Mutation("pages after a mark but the first", _keys(
        lambda number, page: number if page == 1 else f"{number}_{page:03}"), ("LF16",)),
    Mutation("an LFP", _as_lfp),
    Mutation("encoded twice", text_bytes(
        lambda data: data.decode("utf-8-sig").encode().decode("latin-1").encode()
    ), ("EN01", "EN02")),
    Mutation("thorns lost", text_bytes(
        lambda data: data.decode("utf-8-sig").replace("þ", "?").encode()), ("EN01", "LF08")),
    Mutation("blank lines", text_bytes(lambda data: data.replace(b"\r\n", b"\r\n\r\n"))),
    Mutation("a carriage return alone", text_bytes(lambda data: data.replace(b"\r\n", b"\r"))),
    Mutation("a spreadsheet's first line", both(_csv(","), text_bytes(
        lambda data: b"sep=,\r\n" + data[3:])), ("EN01", "LF08")),
    Mutation("semicolons", _csv(";"), ("LF08",)),
    Mutation("header in small letters with blanks", lambda root: put(
        root, [[name.lower().replace("_", " ") for name in table(root)[0]], *table(root)[1:]]
    ), ("LF09",) * 46),
    Mutation("no header", lambda root: put(root, table(root)[1:]), ("LF07",)),
    Mutation("children as a range", cells(
        "CHILD_BATES", lambda cell: cell.replace("; ", " - ")), ("LF17",)),
    Mutation("pointer file with columns more", pointer(_lines(",x,y\r\n")), ("LF15",)),
    Mutation("pointer file called a log", renamed(OPT, "DATA/VOL001.LOG"), ("LF19",)),
    Mutation("load files elsewhere", renamed("DATA", "LOADFILES")),
    Mutation("day and time in one column", _with_time, ("LF20",)),
]  # fmt: skip


def documents(root: Path) -> int:
    """Return how many rows the data load file has."""
    return len(re.findall(r"\r\n", (root / DAT).read_text("utf-8-sig"))) - 1
