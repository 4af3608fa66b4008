"""The list of a room: how soon it opens, answers and jumps, and what it holds in memory.

A matter is made as `process` leaves it, in families of three with short texts; nothing is read of
evidence. Its store and index are then made as they are for any matter. Each figure stands beside
its bar. A row is told as the room tells it, and a window is measured as it goes over the line.
Run: python -m benchmarks.room_list [DOCUMENTS [FOLDER]]   (10,000 and 1,000,000 are the cases; a
folder that holds the matter already is used again.)
"""

from __future__ import annotations

import gzip
import hashlib
import json
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.invented_texts import texts
from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue, Kind, Relation, TextMethod
from forthwith.domain.nodes import Disposition, Node
from forthwith.domain.users import Grant, Role
from forthwith.record import journal
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.parts import Parts, digest, every
from forthwith.record.room_store import Numbers
from forthwith.workflows.room import document, listing
from forthwith.workflows.room.room import Room

DOCUMENTS, WORDS, FAMILY, PART = 10_000, 30, 3, 20_000
CUSTODIANS = [f"Custodian {number:02d}" for number in range(40)]
BY = ("lead", "a measurement")
OPENED = 500


def made(folder: Path, count: int) -> None:
    """Write a matter of `count` documents as `process` leaves it."""
    matter = Matter.create(folder, name="Large")
    derived = matter.derived
    derived.mkdir(exist_ok=True)
    parts = Parts(matter, "made")
    parts.ready()
    units: dict[str, list[Node]] = {}
    for place, text in enumerate(texts(count, WORDS)):
        node = _node(place, text)
        units[f"unit{place}"] = [node]
        if len(units) == PART:
            parts.put(units)
            units = {}
    if units:
        parts.put(units)
    table = DocumentTable(matter)
    table.write((_row(place) for place in range(count)), [], [], [])
    with matter.writing() as connection:
        body = {"readings": digest(every(connection)), "settled": table.written}
        journal.append(connection, "process", body)
    table.publish()


def _day(place: int) -> str:
    top = place // FAMILY
    return f"20{10 + top % 12:02d}-{1 + top % 11:02d}-{1 + top % 27:02d}T09:00:00+00:00"


def _node(place: int, text: str) -> Node:
    top = place % FAMILY == 0
    words = text.split()
    known = [FieldValue(fields.SUBJECT, " ".join(words[:6]), "header:Subject")] if top else []
    if top:
        sender = f"{words[0] if words else 'nobody'}@northgate.example"
        known.append(FieldValue(fields.FROM, sender, "header:From"))
        known.append(FieldValue(fields.SENT, _day(place), "header:Date"))
    sha256 = hashlib.sha256(f"{place}".encode()).hexdigest()
    return Node(
        "", None, "", None, Disposition.DOCUMENT, Kind.EMAIL if top else Kind.EDOC,
        f"{place}.eml" if top else f"{place}.txt", "", "message/rfc822", len(text), "", "", sha256,
        text, 0, TextMethod.EXTRACTED, tuple(known), (), None, 0, 0, "", "",
    )  # fmt: skip


def _row(place: int) -> dict[str, Any]:
    top, control = place % FAMILY == 0, f"FW{place + 1:08d}"
    family = f"FW{place // FAMILY * FAMILY + 1:08d}"
    return {
        "control_number": control, "parent": None if top else family, "family": family,
        "relation": None if top else Relation.ATTACHMENT.value, "order": place % FAMILY,
        "custodian": CUSTODIANS[place // FAMILY % len(CUSTODIANS)],
        "kind": (Kind.EMAIL if top else Kind.EDOC).value,
        "name": f"{place}.eml" if top else f"{place}.txt", "path": f"in/{place}",
        "media_type": "message/rfc822" if top else "text/plain", "md5": "", "sha1": "",
        "sha256": hashlib.sha256(f"{place}".encode()).hexdigest(), "size": 100, "faults": "[]",
        "text_method": "extracted", "blob": "", "locator": "", "source": "S0001",
        "item": f"S0001/{place:07d}", "family_hash": "", "message_id_hash": "",
        "duplicate_group": "", "thread": f"FW{place // 30 * 30 + 1:08d}" if top else "",
        "thread_basis": "", "unit": f"unit{place}", "extra": "{}", "sort_date": _day(place),
        "inline_images": 0, "body": 0, "lost": False,
    }  # fmt: skip


def _seconds(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _resident() -> float:
    """Return what the process holds now, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


def measured(folder: Path) -> Iterator[tuple[str, str, str]]:
    """Yield what was measured, and its bar."""
    room = Room.open(folder)
    made_in = _seconds(room.standing)
    yield "store and index made, and opened", f"{made_in:.1f} s", ""
    room.close()
    room = Room.open(folder)
    yield "opened again", f"{_seconds(room.standing):.1f} s", ""
    if room.users.by_login("lead") is None:
        user = room.users.add("lead", "Lead", "human", BY)
        room.users.grant(Grant(user.id, Role.LEAD), BY)
    seer = room.seer("lead", "password")
    chance = random.Random(5)

    def window(query: str = "", sort: str = "", at: int = 0) -> listing.Window:
        return listing.window(room, seer, query, sort, at, 100)

    yield "memory after opening", f"{_resident():,.0f} MB", ""
    yield "first page of the list", f"{_seconds(window):.3f} s", "1.5"
    total = window().total
    jumps = [_seconds(lambda: window(at=chance.randrange(total))) for _ in range(200)]
    yield "jump anywhere, median", f"{statistics.median(jumps) * 1000:.1f} ms", "150"
    yield "jump anywhere, worst of 200", f"{max(jumps) * 1000:.1f} ms", "150"
    last = window(at=total - 1)
    yield "last row", f"{last.rows[-1][1]} at {last.first:,}", f"{total - 1:,}"
    for sort in ("day", "-subject", "from"):
        yield f"sorted by {sort}, first", f"{_seconds(partial(window, sort=sort)):.3f} s", "1.5"
    yield from _searches(window, chance, room)
    whole = json.dumps({"rows": window(at=total // 2).rows}, ensure_ascii=False).encode()
    yield "window of 100 rows, gzipped", f"{len(gzip.compress(whole, 6)) / 1000:.1f} kB", "15"
    facets = [_seconds(lambda: listing.facets(room, seer)) for _ in range(3)]
    yield "counts by value", f"{max(facets) * 1000:.0f} ms", ""
    opened = []
    for place in chance.sample(range(total), min(OPENED, total)):
        control = room.standing().columns.controls[place]
        opened.append(_seconds(partial(document.document, room, seer, control)))
    yield "document, median", f"{statistics.median(opened) * 1000:.1f} ms", ""
    yield f"document, worst of {OPENED}", f"{max(opened) * 1000:.1f} ms", ""
    yield "memory after all this", f"{_resident():,.0f} MB", "1,500"
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    yield "highest memory, store and index made too", f"{peak:,.0f} MB", ""
    room.close()


def _searches(
    window: Callable[..., listing.Window], chance: random.Random, room: Room
) -> Iterator[tuple[str, str, str]]:
    zone = room.standing().searcher.index.zone("text")
    terms = zone.vocabulary.terms
    offsets: Numbers = zone._offsets  # noqa: SLF001 - how often each token stands
    often = sorted(range(len(terms)), key=lambda rank: offsets[rank] - offsets[rank + 1])
    a, b, c = (terms[rank] for rank in often[:3])
    rare = terms[chance.choice(often[2000:4000] or often)]
    forms = {
        "frequent AND NOT frequent": (f"{a} AND NOT {b}", "0.6"),
        "frequent OR frequent": (f"{b} OR {c}", "0.15"),
        "rare word": (rare, "0.15"),
        "phrase": (f'"{a} {b}"', "0.15"),
        "frequent w/5 rare": (f"{a} w/5 {rare}", "0.15"),
        "beginning of a word": (f"{rare[:3]}*", "0.15"),
        "days": ("date:2014..2016", "0.15"),
        "custodian and kind": ('custodian:"custodian 07" AND type:email', "0.15"),
        "coded:no": ("coded:no", "0.15"),
    }
    for name, (query, bar) in forms.items():
        yield f"search, {name}", f"{_seconds(partial(window, query)):.3f} s", bar


def main() -> None:
    """Measure, and print each figure beside its bar."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else DOCUMENTS
    with tempfile.TemporaryDirectory() as elsewhere:
        folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(elsewhere) / "large"
        if not (folder / "matter.toml").exists():
            print(f"{count:,} documents made in {_seconds(lambda: made(folder, count)):.0f} s")
        print(f"{'':44} {'measured':>22} {'at most':>10}")
        for name, value, bar in measured(folder):
            print(f"{name:44} {value:>22} {bar:>10}", flush=True)


if __name__ == "__main__":
    main()
