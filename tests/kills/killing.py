"""Kill a command where it calls the system, and take down everything it leaves.

With `strace` on the machine the kill comes on entering the chosen system call (strace(1), "Syscall
injection"); without it, at a chosen share of the time the command takes.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forthwith.record.documents import DocumentTable, NotProcessedError
from forthwith.record.matter import Matter
from forthwith.record.verify import verify

#: What can change a disk; a machine that has no call of a name is not asked for it.
CALLS = (
    "write", "pwrite64", "writev", "rename", "renameat", "renameat2", "link", "linkat", "unlink",
    "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmod", "fchmodat", "ftruncate", "fsync",
    "fdatasync", "sendfile", "copy_file_range", "fallocate",
)  # fmt: skip
_CALLS = ",".join(f"?{name}" for name in CALLS)
STRACE = shutil.which("strace")
_STILL = Path(__file__).with_name("still.py")
#: Seconds: far above what any command here takes.
_LONGEST = 180
#: The command refuses while a worker of the killed one still holds the matter.
_BUSY = "Another forthwith command is at work"


@dataclass(frozen=True)
class Ran:
    """How a command ended, and what it said."""

    status: int
    said: str


def run(home: Path, words: Sequence[str], before: Sequence[str] = ()) -> Ran:
    """Run a command on the matter in `home`, under the words of another program if given."""
    typed = [*before, sys.executable, str(_STILL), "-C", str(home), *words]
    done = subprocess.run(
        typed,
        cwd=home.parent,
        env=_surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=_LONGEST,
        check=False,
    )
    return Ran(done.returncode, done.stdout)


def run_again(home: Path, words: Sequence[str]) -> Ran:
    """Run a command as soon as what was killed has gone."""
    end = time.monotonic() + 20
    while True:
        done = run(home, words)
        if _BUSY not in done.said or time.monotonic() > end:
            return done
        time.sleep(0.1)


def _surroundings() -> dict[str, str]:
    source = Path(__file__).parents[2] / "src"
    return {**os.environ, "PYTHONPATH": str(source), "PYTHONDONTWRITEBYTECODE": "1"}


def calls_of(home: Path, words: Sequence[str]) -> list[tuple[str, int]]:
    """Return each system call the command's own process makes that can change a disk.

    (name, n) is the n-th call of that name. The command runs to its end.
    """
    log = home.parent / f"{home.name}.strace"
    traced = run(home, words, (str(STRACE), "-o", str(log), "-e", f"trace={_CALLS}"))
    assert traced.status in (0, 1), traced.said
    seen: Counter[str] = Counter()
    calls = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        if named := re.match(r"(\w+)\(", line):
            seen[named[1]] += 1
            calls.append((named[1], seen[named[1]]))
    return calls


def kill_at(home: Path, words: Sequence[str], call: tuple[str, int]) -> Ran:
    """Run a command and kill its own process on entering a system call."""
    name, turn = call
    inject = f"inject={name}:signal=SIGKILL:when={turn}"
    return run(home, words, (str(STRACE), "-o", os.devnull, "-e", f"trace={name}", "-e", inject))


def kill_after(home: Path, words: Sequence[str], seconds: float) -> None:
    """Run a command and kill its own process after a time."""
    typed = [sys.executable, str(_STILL), "-C", str(home), *words]
    with subprocess.Popen(
        typed,
        cwd=home.parent,
        env=_surroundings(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()


def left(home: Path) -> dict[str, object]:
    """Return everything of a matter that a user or a court can see, as values to compare."""
    matter = Matter.open(home)
    with matter.engine.connect() as connection:
        tables = {
            name: [tuple(row) for row in connection.execute(sa.text(f'SELECT * FROM "{name}"'))]
            for name in sorted(sa.inspect(connection).get_table_names())
        }
    table = DocumentTable(matter)
    try:
        documents = [*map(repr, table.ask()), *map(repr, table.texts())]
    except NotProcessedError:
        documents = []
    broken = list(verify(matter).broken)
    matter.engine.dispose()
    return {
        "acts": acts(tables.pop("journal")),
        "tables": {name: sorted(map(repr, rows)) for name, rows in tables.items()},
        "documents": documents,
        "files": files(home),
        "broken": broken,
    }


def acts(journal: Sequence[tuple[Any, ...]]) -> list[tuple[str, str]]:
    """Return action and body of every entry, once each.

    A command that goes on where a killed one stopped says truly that it read less, and may say
    again what that one had said before its end.
    """
    told = []
    for _, _, _, action, text, *_ in sorted(journal):
        body = json.loads(text)
        if action == "process":
            del body["read"]
        told.append((action, json.dumps(body)))
    return list(dict.fromkeys(told))


def files(home: Path) -> dict[str, str]:
    """Return path -> SHA-256 of every file that is truth or was sealed, partial ones too."""
    found = {}
    for path in sorted(home.rglob("*")):
        inside = path.relative_to(home)
        if inside.parts[0] in ("derived", "staging") or not path.is_file():
            continue
        if inside.name.startswith((".lock", "matter.db")):
            continue
        found[inside.as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def differences(ours: Mapping[str, object], theirs: Mapping[str, object]) -> str:
    """Return what differs between two states, in words short enough to be read."""
    return "\n".join(
        f"{name}:\n - {_shown(ours[name], theirs[name])}"
        for name in ours
        if ours[name] != theirs[name]
    )


def _shown(ours: object, theirs: object) -> str:
    if isinstance(ours, dict) and isinstance(theirs, dict):
        keys = [key for key in ours.keys() | theirs.keys() if ours.get(key) != theirs.get(key)]
        told = {key: (ours.get(key), theirs.get(key)) for key in sorted(keys)}
        return json.dumps(told, indent=1, default=str)[:4000]
    return f"{ours!s:.2000}\n + {theirs!s:.2000}"


def picked(calls: Sequence[tuple[str, int]], count: int, seed: str) -> list[tuple[str, int]]:
    """Return `count` of the calls, the same for the same seed."""
    return random.Random(seed).sample(list(calls), min(count, len(calls)))


def copy(matter: Path, place: Path) -> Path:
    """Return a copy of a matter, times and modes kept."""
    shutil.copytree(matter, place, symlinks=True)
    return place


def entries(home: Path) -> int:
    """Return how many entries the journal has; 0 where there is no journal."""
    database = home / "matter.db"
    if not database.exists():
        return 0
    engine = sa.create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table("journal"):
            return 0
        count = connection.execute(sa.text("SELECT count(*) FROM journal")).scalar()
    engine.dispose()
    return int(count or 0)
