"""`python -m benchmarks`: run every measurement and print one table.

`--only NAME` (again for more) runs some; `--write` puts the table into docs/benchmarks.md between
its two marks and leaves the prose around it alone; lines of modules that were not run stay as they
were measured before.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.table import LINES, Line, markdown, module_of, row_of, surroundings

_ROOT = Path(__file__).resolve().parent.parent
_PAGE = _ROOT / "docs/benchmarks.md"
_BEGIN, _END = "<!-- measured -->", "<!-- end of measured -->"


def lines_of(name: str, corpora: Path) -> Iterator[Line]:
    """Run one module; a peer that is missing, or a failure, is said in its line."""
    print(f"{name} ...", file=sys.stderr, flush=True)
    try:
        module = importlib.import_module(f"benchmarks.{name}")
        rows = module.run(corpora)
    except ModuleNotFoundError as missing:
        yield Line(name, "", f"not run: {missing.name} is not installed", None, "", None)
        return
    except Exception as failure:  # noqa: BLE001 - one failed measurement does not cost the others
        traceback.print_exc()
        yield Line(name, "", f"failed: {type(failure).__name__}", None, "", False)
        return
    if not rows:
        yield Line(name, "", "not run: its samples are not there", None, "", None)
    yield from map(LINES[name], rows)


def write(rows: Sequence[str]) -> None:
    """Put what was measured into the page, between the marks, in the order of the modules."""
    page = _PAGE.read_text()
    before, _, rest = page.partition(_BEGIN)
    held, _, after = rest.partition(_END)
    fresh = {module_of(row) for row in rows}
    kept = [row for row in held.splitlines() if module_of(row) in LINES.keys() - fresh]
    merged = sorted([*kept, *rows], key=lambda row: list(LINES).index(module_of(row)))
    _PAGE.write_text(f"{before}{_BEGIN}\n{markdown(merged)}\n\n{surroundings()}\n{_END}{after}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a limit is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(LINES), metavar="NAME")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--corpora", type=Path, default=_ROOT.parent / "shared/corpora")
    given = parser.parse_args(arguments)
    names = given.only or list(LINES)
    found = {name: list(lines_of(name, given.corpora)) for name in names}
    rows = [row_of(name, line) for name, lines in found.items() for line in lines]
    print(f"{markdown(rows)}\n\n{surroundings()}")
    if given.write:
        write(rows)
    return int(any(line.met is False for lines in found.values() for line in lines))


if __name__ == "__main__":
    sys.exit(main())
