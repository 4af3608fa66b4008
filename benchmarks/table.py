"""The one table: a line for each measurement, whatever shape its module gives, and what it ran on.

Each module's `run` says what it measured in its own words; here each is put beside its limit.
"""

from __future__ import annotations

import importlib.metadata
import os
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_PACKAGES = (
    "forthwith", "duckdb", "graphillion", "libpff-python", "numpy", "office-oxide", "oxidd",
    "pikepdf", "pillow", "pyarrow", "pypdfium2", "resiliparse", "sqlalchemy", "tantivy",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, as shown."""

    what: str
    ours: str
    peer: str
    ratio: float | None
    limit: str
    met: bool | None

    def cells(self) -> tuple[str, ...]:
        """Return the six cells."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        met = {True: "yes", False: "**no**", None: ""}[self.met]
        return (self.what, self.ours, self.peer, ratio, self.limit, met)


def plain(row: dict[str, Any]) -> Line:
    """Return the line of a row that has the table's own names."""
    return Line(row["what"], row["ours"], row["peer"], row["ratio"], row["limit"], row["met"])


def splitter(row: dict[str, Any]) -> Line:
    """Return the line of a row of `mime_splitter`."""
    return Line(
        f"mail splitter, {row['corpus']}, {row['mails']:,} mails",
        f"{row['ours_seconds']:.2f} s",
        f"email, {row['peer']}: {row['peer_seconds']:.2f} s",
        row["ratio"],
        f">= {row['wanted']}x",
        row["ratio"] >= row["wanted"],
    )


def store(row: dict[str, Any]) -> Line:
    """Return the line of a row of `pst_reader`, whose limit is libpff itself."""
    said, held = f"libpff: {row['libpff']:.3f} s", f", {row.get('messages', 0):,} messages"
    what = row["what"] + (held if "messages" in row else "")
    return Line(what, f"{row['ours']:.3f} s", said, row["ratio"], "", None)


def check(row: dict[str, Any]) -> Line:
    """Return the line of a row of `check_volume`."""
    ours = f"{row['rate']:,.0f} {row['unit']}"
    if row["ratio"] is None:
        return Line(row["benchmark"], ours, row["peer"], None, "", None)
    limit = f">= {row['wanted']:g}x"
    met = row["ratio"] >= row["wanted"]
    return Line(row["benchmark"], ours, row["peer"], row["ratio"], limit, met)


def image(row: dict[str, Any]) -> Line:
    """Return the line of a row of `imaging`."""
    peer = row.get("peer", "")
    if "peer_pages_per_cpu_second" in row:
        peer += f": {row['peer_pages_per_cpu_second']} pages/s of CPU"
    ours = f"{row['pages_per_cpu_second']} pages/s of CPU"
    return Line(f"{row['what']}, {row['pages']:,} pages", ours, peer, row.get("ratio"), "", None)


LINES: dict[str, Callable[[dict[str, Any]], Line]] = {
    "processing": plain,
    "mime_splitter": splitter,
    "pst_reader": store,
    "large_mailbox": plain,
    "check_volume": check,
    "check_content": plain,
    "check_sweep": plain,
    "imaging": image,
    "sandbox": plain,
    "custody_reach": plain,
    "fault_trees": plain,
    "search": plain,
    "room_saves": plain,
    "room_receive": plain,
    "room_ranking": plain,
    "room_screen": plain,
    "seals": plain,
    "sum_tree": plain,
    "amount_store": plain,
    "bank_statements": plain,
    "books_tracing": plain,
    "books_mutation": plain,
}


def row_of(module: str, line: Line) -> str:
    """Return a line as a row that says, unseen, which module it comes from."""
    first, *others = (cell.replace("|", "/") for cell in line.cells())
    return f"| {' | '.join((f'{first} <!-- {module} -->', *others))} |"


def module_of(row: str) -> str:
    """Return the module a row comes from, or ""."""
    found = re.search(r"<!-- (\w+) -->", row)
    return found[1] if found else ""


def markdown(rows: Sequence[str]) -> str:
    """Return the table."""
    head = ("What", "Ours", "Peer or measure", "Ratio", "Limit", "Met")
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *rows])


def surroundings() -> str:
    """Say what it ran on: the machine and the version of everything measured."""
    return f"Measured on {_machine()}. {', '.join(_versions())}."


def _machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    cores, model = len(os.sched_getaffinity(0)), names[0] if names else platform.machine()
    load = os.getloadavg()[1]
    return f"{cores} cores ({model}), {memory:.0f} GB of memory, load {load:.1f} at the end"


def _versions() -> Iterator[str]:
    yield f"Python {platform.python_version()}"
    for name in _PACKAGES:
        try:
            yield f"{name} {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{name} not installed"
    if program := shutil.which("gs"):
        said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
        yield f"ghostscript {said.stdout.strip()}"
    else:
        yield "ghostscript not installed"
