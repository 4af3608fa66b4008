"""`python -m benchmarks`: run every measurement and print one table.

`--only NAME` (again for more) runs some; `--write` puts the table into docs/benchmarks.md between
its two marks and leaves the prose around it alone. A run of some lines cannot be written: the
table in the documentation always comes from one run of everything.
"""

from __future__ import annotations

import argparse
import importlib
import sys
import traceback
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.table import LINES, Line, markdown, surroundings

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


def write(said: str) -> None:
    """Put what was measured into the page, between the marks."""
    page = _PAGE.read_text()
    before, _, rest = page.partition(_BEGIN)
    after = rest.partition(_END)[2]
    _PAGE.write_text(f"{before}{_BEGIN}\n{said}\n{_END}{after}")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run, print, write; 1 when a limit is not met."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=list(LINES), metavar="NAME")
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    parser.add_argument("--corpora", type=Path, default=_ROOT.parent / "shared/corpora")
    given = parser.parse_args(arguments)
    if given.only and given.write:
        parser.error("--write needs all lines from one run; leave --only away")
    lines = [line for name in given.only or LINES for line in lines_of(name, given.corpora)]
    said = f"{markdown(lines)}\n\n{surroundings()}"
    print(said)
    if given.write:
        write(said)
    return int(any(line.met is False for line in lines))


if __name__ == "__main__":
    sys.exit(main())
