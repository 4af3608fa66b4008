"""Standards as data to be changed, and a matter to be produced by them.

A standard shipped is taken as its tables, changed, and written as TOML again, as somebody would who
begins with a copy. The matter has mail with attachments, signs of delimiters inside values, and
letters that not every encoding holds.
"""

from __future__ import annotations

import copy
import json
import shutil
import tomllib
from collections.abc import Callable, Mapping
from datetime import date
from email.header import Header
from importlib.resources import files
from pathlib import Path
from typing import Any

from forthwith.check import Report
from forthwith.check import run as check
from forthwith.loadfiles import dat
from forthwith.process import run as processing
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.standards.loader import Standard
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.produce import ProducedVolume, ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from tests.builders import evidence

Rules = dict[str, Any]
DAY = date(2024, 1, 2)
MAIL = evidence.mail(
    "Transfer of \"wallets\", 'keys' | a ~ b;",
    ("memo.txt", b"The wallets were moved on Tuesday.\n"),
    ("ledger.csv", b"day,amount\n2023-03-14,100\n"),
    to='"Lee, Wei" <lee@northgate.example>, Roe <roe@o.example>',
)


def rules(name: str = loader.DEFAULT) -> Rules:
    """Return a shipped standard as its tables, under a name of its own."""
    text = files("forthwith.standards").joinpath(f"{name}.toml").read_text(encoding="utf-8")
    return {**tomllib.loads(text), "name": "protocol/2024-01"}


def changed(base: Rules, **tables: Mapping[str, Any]) -> Rules:
    """Return rules with some keys of some tables changed."""
    made = copy.deepcopy(base)
    for name, keys in tables.items():
        made[name] = {**made[name], **keys}
    return made


def renamed(base: Rules, **names: str) -> Rules:
    """Return rules with columns called otherwise, by their role."""
    made = copy.deepcopy(base)
    fills = {loader.roles.BY_NAME[role].fill: name for role, name in names.items()}
    for column in (*made["field"], *made["extra"]):
        column["name"] = fills.get(column["fill"], column["name"])
    return made


def without(base: Rules, *names: str) -> Rules:
    """Return rules without the columns of some roles."""
    made = copy.deepcopy(base)
    fills = {loader.roles.BY_NAME[role].fill for role in names}
    for kind in ("field", "extra"):
        made[kind] = [column for column in made[kind] if column["fill"] not in fills]
    return made


def toml(tables: Rules) -> str:
    """Return tables as TOML."""
    plain = {key: value for key, value in tables.items() if not isinstance(value, (dict, list))}
    blocks = [_keys(plain)]
    for name, value in tables.items():
        if isinstance(value, dict):
            blocks.append(f"[{name}]\n{_keys(value)}")
        elif isinstance(value, list):
            blocks += [f"[[{name}]]\n{_keys(each)}" for each in value]
    return "\n".join(blocks)


def _keys(table: Mapping[str, Any]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value, ensure_ascii=False)


def standard(tables: Rules) -> Standard:
    """Return the standard these tables are. Raises StandardFileError."""
    return loader.read(toml(tables).encode(), "protocol.toml")


def matter(folder: Path) -> Matter:
    """Return a matter, processed and not yet produced."""
    subject = Header("漢字 Zürich", "utf-8").encode().encode()
    other = evidence.mail("Letter", ("漢字.txt", "漢字の手紙\n".encode()))
    other = other.replace(b"Subject: Letter", b"Subject: " + subject)
    place = evidence.write(
        folder / "evidence", a_eml=MAIL, b_eml=other, plan_txt=b"A plan, for the spring.\n"
    )
    (place / "note ~ pipe|comma, 'apos'.txt").write_bytes(b"Another.\n")
    made = evidence.matter(folder / "matter", place)
    processing.process(made)
    return made


def produced(processed: Matter, place: Path, tables: Rules | str, **wish: Any) -> ProducedVolume:
    """Produce VOL001 of a copy of the matter by a file of these tables."""
    folder = Path(shutil.copytree(processed.folder, place / "matter"))
    text = tables if isinstance(tables, str) else toml(tables)
    (folder / "protocol.toml").write_text(text, encoding="utf-8")
    options = {"standard": "./protocol.toml", "day": DAY, "workers": 1, **wish}
    with CaseFile.open(folder).alone() as case:
        return produce(case, ProductionOptions("VOL001", **options), SILENT)


def spoilt(sealed: Path, place: Path) -> Path:
    """Return a copy of a volume that may be changed."""
    copy_of = Path(shutil.copytree(sealed, place / sealed.name))
    for path in (copy_of, *copy_of.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return copy_of


def found(volume: Path, tables: Rules) -> Report:
    """Return what the check of a volume finds under these tables."""
    return check(volume, standard(tables))


# ---- One way to spoil a volume for each kind of fault, by roles alone ---------------------------


def rewritten(root: Path, tables: Rules, spoil: Callable[[list[dict[str, str]]], object]) -> None:
    """Change the rows of a volume, as dictionaries by role, and write its load file again."""
    held = standard(tables)
    place = root / "DATA" / f"{root.name}.DAT"
    read = dat.read(place.read_bytes(), held.load_file, {name.lower() for name in held.header})
    roles = [column.role or column.name for column in held.all_columns]
    rows = [dict(zip(roles, row, strict=True)) for row in read.rows]
    spoil(rows)
    left = [at for at, role in enumerate(roles) if role in rows[0]]
    header = [held.header[at] for at in left]
    cells = [[row[roles[at]] for at in left] for row in rows]
    place.write_bytes(b"".join(dat.write(header, cells, held.load_file)))


def _mail(rows: list[dict[str, str]]) -> dict[str, str]:
    return next(row for row in rows if row["native_path"].endswith(".EML"))


def _child(rows: list[dict[str, str]]) -> dict[str, str]:
    """Return the row of the first mail's first attachment."""
    return rows[rows.index(_mail(rows)) + 1]


def _orphaned(rows: list[dict[str, str]]) -> None:
    """Tie an attachment to a document that is not there, by every key there is."""
    row = _child(rows)
    number = f"{row['first_bates'][:-3]}999"
    for role in ("parent", "family_first"):
        if role in row:
            row[role] = number
    if "family_range" in row:
        row["family_range"] = row["family_range"].replace(
            row["family_range"][: len(number)], number
        )


def _dropped(role: str) -> Callable[[list[dict[str, str]]], None]:
    def spoil(rows: list[dict[str, str]]) -> None:
        for row in rows:
            del row[role]

    return spoil


#: What is done to the rows -> codes of which one must be found.
#: In place of a code: the load file was refused.
REFUSED = "refused"
SPOILERS: dict[str, tuple[Callable[[list[dict[str, str]]], object], frozenset[str]]] = {
    "family broken": (_orphaned, frozenset({"FM01", "FM02", "FM03"})),
    "attachment lost": (lambda rows: rows.remove(_child(rows)), frozenset({"FM01", "FM04"})),
    # Where a header says that it is not there no row is of a document, and the file is refused.
    "first number lost": (_dropped("first_bates"), frozenset({"LF02", REFUSED})),
    "date garbled": (lambda rows: _mail(rows).update(_sent(rows, "soon")),
                     frozenset({"MD05"})),
    "sender changed": (lambda rows: _mail(rows).update({"from": "Ana Roe <roe@o.example>"}),
                       frozenset({"MD09"})),
    "number twice": (lambda rows: rows[1].update(first_bates=rows[0]["first_bates"]),
                     frozenset({"BT02"})),
    "range backwards": (lambda rows: rows[1].update(last_bates=rows[0]["first_bates"]),
                        frozenset({"BT06"})),
    "text named otherwise": (lambda rows: rows[0].update(text_path=rows[1]["text_path"]),
                             frozenset({"TX03"})),
}  # fmt: skip


def _sent(rows: list[dict[str, str]], value: str) -> dict[str, str]:
    """Return the change that puts a value in place of the day a message was sent."""
    role = next(role for role in ("date_sent", "datetime_sent") if role in rows[0])
    return {role: value}
