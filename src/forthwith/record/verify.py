"""Verify: is the matter what it was? Journal, settings, evidence, volumes, facts, papers.

Each thing that is not as the journal says, is there and should not be, or is gone, is one sentence
naming it; one function for each subject. What an interrupted command left, and the next one takes
away, is no such thing and is told apart. Of what can be made again (`derived`) it says what was
changed or added. Every file is looked at itself: no link is followed, no pipe is opened.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forthwith.domain.items import Shape
from forthwith.plain import regular_files
from forthwith.plain.counting import count
from forthwith.plain.folders import Entry, Kind
from forthwith.record import (
    batches,
    book_reports,
    chronology,
    codings,
    committed,
    control_numbers,
    derived,
    exhibits,
    forms,
    interrupted,
    journal,
    known_lists,
    looks,
    lying_there,
    privilege_decisions,
    productions,
    quarantine,
    rankings,
    received,
    redactions,
    settings_noted,
    sources,
    strangers,
    tables,
    users,
    volume_files,
)
from forthwith.record import facts as fact_sets
from forthwith.record.lying_there import shown
from forthwith.record.matter import Matter

#: Where the rules lie that volumes were made by.
_RULES = "standards"
#: A bundle's list of files is read up to this length, bytes.
_LONGEST_LIST = 1 << 30
#: Drafts of the privilege log, written over each time: `forthwith privilege-log`.
_DRAFT = re.compile(r"privilege-log-[a-z]+\.(docx|xlsx|csv)")
#: The folder of encrypted deliveries, as `deliver` names it.
_DELIVERIES = "deliveries"

#: Tables of the room whose rows the journal commits to: what a row is, and its rows by digest.
_ROWS: dict[str, tuple[str, Callable[[sa.Connection], Iterator[tuple[str, str]]]]] = {
    "users": ("user", users.rows),
    "grants": ("grant", users.grant_rows),
    "batches": ("batch", batches.rows),
    "samples": ("sample", batches.sample_rows),
    "forms": ("form", forms.rows),
    "codings": ("coding", codings.rows),
}


@dataclass(frozen=True, slots=True)
class Verification:
    """What was looked at, and what is not as it was."""

    entries: int
    blobs: int
    volumes: int
    #: Digest of the last journal entry: note it elsewhere, and a cut-off end is found as well.
    head: str
    broken: tuple[str, ...]
    #: What interrupted commands left, and what could not be looked at because it lies elsewhere.
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Look:
    """What every subject is held against."""

    matter: Matter
    connection: sa.Connection
    entries: tuple[journal.Entry, ...]

    def bodies(self, action: str) -> list[dict[str, Any]]:
        """Return what the entries of one kind say, as far as they say anything."""
        bodies = []
        for entry in self.entries:
            if entry.action == action:
                with contextlib.suppress(ValueError):
                    bodies.append(entry.facts())
        return [body for body in bodies if isinstance(body, dict)]


def verify(matter: Matter) -> Verification:
    """Look at everything the journal commits to. Raises DatabaseError."""
    if not tables.is_there(matter.engine):
        return Verification(0, 0, 0, journal.GENESIS, tuple(_without_journal(matter, "is gone")))
    with matter.engine.connect() as connection:
        lacking = dict(tables.lacking(connection))
        if what := lacking.get(tables.journal.name):
            lines = _without_journal(matter, f"has no whole journal: {what}")
            return Verification(0, 0, 0, journal.GENESIS, tuple(lines))
        look = _Look(matter, connection, tuple(journal.entries(connection)))
        if not look.entries:
            lines = _without_journal(matter, "has an empty journal")
            return Verification(0, 0, 0, journal.GENESIS, tuple(lines))
        blobs, listed = ({}, True) if "items" in lacking else _blobs(look)
        broken = [
            *journal.broken(connection),
            *(f"matter.db: {what}; what it held is not looked at" for what in lacking.values()),
            *_told("settings", partial(settings_noted.broken, matter.toml, look.entries)),
        ]
        notes: list[str] = []
        for needs, name, subject in (
            (set(), "init", partial(_folders, look)),
            ({"sources", "items"}, "collect", partial(_sources, look)),
            ({"control_numbers"}, "process", partial(_numbers, look)),
            ({"parts", "indexes"}, "process", partial(derived.broken, matter, connection)),
            ({"items"}, "collect", partial(_evidence, look, blobs, notes, listed=listed)),
            ({"productions", "bates"}, "seal", partial(_register, look)),
            (set(), "seal", partial(_volumes, look)),
            (set(), "seal", partial(_rules, look, notes)),
            (set(), "facts", partial(fact_sets.broken, matter, connection)),
            (set(), "books", partial(fact_sets.broken, matter, connection, fact_sets.BOOKS)),
            (set(), "books report", partial(book_reports.broken, matter, connection)),
            (set(), "known files", partial(known_lists.broken, matter, connection)),
            (set(), "paper", partial(_papers, look, notes)),
            (set(), "deliver", partial(_deliveries, look, notes)),
            ({"events"}, chronology.ACTION, partial(chronology.broken, connection)),
            ({"exhibits"}, exhibits.ACTION, partial(exhibits.broken, connection)),
            ({"rankings", "stops"}, rankings.STOP, partial(rankings.broken, connection)),
            ({"redactions"}, redactions.ACTION, partial(redactions.broken, connection)),
            ({"looks"}, looks.ACTION, partial(looks.broken, connection)),
            (
                {"privilege_decisions"},
                privilege_decisions.ACTION,
                partial(privilege_decisions.broken, connection),
            ),
            (set(), "code", partial(_room, look)),
            ({"received"}, "receive", partial(received.broken, connection, look.entries)),
            ({"quarantine"}, "quarantine", partial(quarantine.broken, connection, look.entries)),
        ):
            if not lacking.keys() & needs:
                broken += _told(name, subject)
        notes += fact_sets.left_over(matter)
        volumes = len({body.get("volume") for body in look.bodies("seal")})
    head = look.entries[-1].digest
    return Verification(
        len(look.entries), len(blobs), volumes, head, tuple(dict.fromkeys(broken)), tuple(notes)
    )


def _room(look: _Look) -> Iterator[str]:
    """Compare rows of the room with what the journal commits to."""
    there = sa.inspect(look.connection)
    committed_to = committed.named(look.entries, _ROWS)
    for name, (what, rows) in _ROWS.items():
        # An older matter has no such table yet; where one is gone, that is said already.
        if there.has_table(name):
            yield from committed.broken(what, committed_to[name], rows(look.connection))
    if there.has_table(tables.codings.name) and there.has_table(tables.coding_now.name):
        yield from codings.now_broken(look.connection)


def _told(kind: str, subject: Callable[[], Iterator[str]]) -> Iterator[str]:
    """Yield a subject's sentences; an entry that does not say what it should ends it with one."""
    try:
        yield from subject()
    except (KeyError, TypeError, ValueError, AttributeError):
        yield (
            f"journal: an entry of the kind {kind!r} does not say what such an entry says; what it "
            "commits to was not looked at to the end"
        )


def _without_journal(matter: Matter, what: str) -> Iterator[str]:
    """Name what lies here when nothing can be held against a journal."""
    yield (
        f"matter.db: the database {what}. It was lost, emptied or exchanged: put it back from its "
        "copy. Without it nothing here can be shown to be what it was"
    )
    for name in strangers.names(matter.volumes, ()):
        yield _stranger(matter.volumes, name, ())
    blobs = sum(1 for _ in matter.evidence.root.glob("??/" + "?" * 64))
    if blobs:
        yield f"evidence/: {count(blobs, 'blob')} that no journal tells of"
    for name in ("facts", "books", interrupted.PAPERS, _DELIVERIES, known_lists.FOLDER, _RULES):
        if there := strangers.names(matter.folder / name, ()):
            yield f"{name}/: {', '.join(map(shown, there))}: no journal tells of it"


def _folders(look: _Look) -> Iterator[str]:
    """Name each folder of the matter that is none: what a link leads to may be anything."""
    for name in ("volumes", "facts", "books", known_lists.FOLDER):
        place = look.matter.folder / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            yield from (
                lying_there.foreign(f"{name}/", entry) for entry in lying_there.walked(place)
            )


def _sources(look: _Look) -> Iterator[str]:
    """Compare sources and items with the entries that committed to them."""
    in_journal = {body["id"]: body for body in look.bodies("collect") if "id" in body}
    in_tables = {source.id: source for source in sources.sources(look.connection)}
    destroyed: dict[str, str] = {}
    for body in look.bodies(quarantine.END):
        destroyed |= body.get("sources", {})
    for name in sorted(in_journal.keys() - in_tables.keys()):
        yield f"source {name}: collected according to the journal, but not in the tables"
    for name in sorted(in_tables.keys() - in_journal.keys()):
        yield f"source {name}: in the tables, but no journal entry names it"
    for name in sorted(in_tables.keys() & in_journal.keys()):
        items = list(sources.items(look.connection, name))
        facts = in_journal[name]
        # What was destroyed after a claw-back left its source otherwise than it was collected.
        digest = destroyed.get(name, facts["digest"])
        if any(facts[key] != value for key, value in asdict(in_tables[name]).items()):
            yield f"source {name}: custodian, origin or time is not what was collected"
        if len(items) != facts["items"] or sources.digest(items) != digest:
            yield (
                f"source {name}: its {len(items)} items are not the {facts['items']} that were "
                "collected (one was added, removed or changed)"
            )


def _numbers(look: _Look) -> Iterator[str]:
    runs = look.bodies("process")
    if runs and runs[-1]["control_numbers"] != control_numbers.digest(look.connection):
        yield "control numbers: the table is not the one the last `process` left"


def _blobs(look: _Look) -> tuple[dict[str, str], bool]:
    """Return every blob there should be, with the place that needs it.

    And False where the list of a bundle cannot be read: which blobs are its files is not known.
    """
    needed: dict[str, str] = {}
    listed = True
    for item in sources.items(look.connection):
        if not item.blob:
            continue
        needed.setdefault(item.blob, item.path)
        if item.shape is Shape.BUNDLE:
            members = _members(look.matter.evidence.path(item.blob))
            listed = listed and members is not None
            for blob, path in members or ():
                needed.setdefault(blob, f"{item.path}/{path}")
    return needed, listed


def needed_blobs(matter: Matter, connection: sa.Connection) -> frozenset[str]:
    """Return every blob that something collected or received needs."""
    return frozenset(_blobs(_Look(matter, connection, ()))[0])


def _members(place: Path) -> list[tuple[str, str]] | None:
    """Return blob and path of a bundle's files; None where its list cannot be read."""
    try:
        data = regular_files.read_regular(place, _LONGEST_LIST)
        if hashlib.sha256(data).hexdigest() != place.name:
            return None
        rows = json.loads(data)["members"]
        return [(str(row["blob"]), str(row["path"])) for row in rows if row["blob"]]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _evidence(
    look: _Look, blobs: Mapping[str, str], notes: list[str], *, listed: bool
) -> Iterator[str]:
    """Walk the store once: each blob needed, and whatever else lies there.

    Without the list of a bundle (`listed` is False) nobody can say of a blob that nothing needs it.
    """
    lines: dict[tuple[str, str], str] = {}
    there: set[str] = set()
    for entry in lying_there.walked(look.matter.evidence.root):
        name, path = entry.name, entry.path
        if name in blobs and path == f"{name[:2]}/{name}":
            there.add(name)
            if wrong := lying_there.wrong_entry(entry, name):
                lines[(name, "")] = f"evidence {name} ({blobs[name]}): the blob {wrong}"
        elif entry.kind is Kind.FILE and name.startswith(".new-"):
            what = "left by an interrupted collection; the next one removes it"
            notes.append(f"evidence/{shown(path)}: {what}")
        elif what := _no_blob(entry, listed=listed):
            lines[(name, path)] = what
    for blob in blobs.keys() - there:
        lines[(blob, "")] = f"evidence {blob} ({blobs[blob]}): the blob is missing"
    yield from (lines[key] for key in sorted(lines))


def _no_blob(entry: Entry, *, listed: bool) -> str:
    """Return the sentence for what lies in the store and is no blob that is needed; "" for none."""
    path = shown(f"evidence/{entry.path}")
    if entry.kind is Kind.FOLDER:
        ours = not entry.path or re.fullmatch(r"[0-9a-f]{2}", entry.path)
        return (
            "" if ours else f"{path}: a folder that is none of the store; it was put here by hand"
        )
    if entry.kind is not Kind.FILE:
        return lying_there.foreign("evidence/", entry)
    blob = re.fullmatch(r"([0-9a-f]{2})/\1[0-9a-f]{62}", entry.path)
    if not blob or lying_there.wrong_entry(entry, entry.name):
        return f"{path}: no blob of this matter; it was put here by hand"
    if not listed:
        return ""
    return (
        f"{path}: a blob that nothing collected needs. An interrupted collection leaves such "
        "(collect the same place again); or matter.db is older than the evidence; or it was put "
        "here by hand"
    )


def _register(look: _Look) -> Iterator[str]:
    """Compare the tables of volumes and Bates numbers with what was sealed."""
    in_journal = {body["volume"]: body for body in look.bodies("seal") if "volume" in body}
    in_tables = {
        production.volume: production for production in productions.sealed(look.connection)
    }
    for name in sorted(in_journal.keys() ^ in_tables.keys()):
        yield f"volume {name}: journal and table of productions do not agree that it was sealed"
    ranges = productions.ranges_digests(look.connection)
    for name in sorted(in_journal.keys() & in_tables.keys()):
        facts = in_journal[name]
        if any(facts[key] != value for key, value in asdict(in_tables[name]).items()):
            yield f"volume {name}: the table of productions is not what was sealed"
        if ranges.get(name) != facts.get("ranges"):
            yield f"volume {name}: its Bates numbers are not those that were sealed"


def _volumes(look: _Look) -> Iterator[str]:
    """Compare the folders of volumes and overlays with their manifests, and name any other."""
    sealed = {body["volume"]: body["manifest"] for body in look.bodies("seal")}
    sealed |= {body["name"]: body["manifest"] for body in look.bodies("overlay")}
    beside = productions.beside(look.connection)
    volumes = look.matter.volumes
    for name, manifest in sorted(sealed.items()):
        yield from volume_files.broken(volumes / name, manifest, beside.get(name, {}))
    for name in strangers.names(volumes, sealed):
        yield _stranger(volumes, name, sealed)


def _stranger(volumes: Path, name: str, sealed: Collection[str]) -> str:
    whose = strangers.whose_volume(volumes / name)
    like = [known for known in sealed if known.casefold() == name.casefold()]
    if whose:
        what = f"{whose}; matter.db may be older than the volume, or it was copied here"
    elif like:
        what = f"its name is that of the sealed {like[0]} in other letters"
    else:
        what = "it was put here by hand"
    return f"volumes/{shown(name)}: no volume the journal tells of: {what}"


def _rules(look: _Look, notes: list[str]) -> Iterator[str]:
    """Compare the rules that volumes were made by, and name any other."""
    home, known = look.matter.folder, set[str]()
    for body in look.bodies("seal"):
        if "rules_file" not in body:
            continue
        name, path = body["volume"], body["rules_file"]
        known.add(path)
        if wrong := lying_there.wrong_file(home / path, body["rules"]):
            yield f"volume {name}: its rules {path} {wrong}"
    for entry in lying_there.walked(home / _RULES):
        path = f"{_RULES}/{entry.path}"
        if path in known or entry.kind is Kind.FOLDER:
            continue
        if entry.kind is Kind.FILE:
            notes.append(
                f"{shown(path)}: rules by which no volume was sealed; none is read by them"
            )
        else:
            yield lying_there.foreign(f"{_RULES}/", entry)


def _papers(look: _Look, notes: list[str]) -> Iterator[str]:
    """Compare papers with their digests, and name what else lies among them."""
    own = look.matter.folder / interrupted.PAPERS
    known: set[str] = set()
    for act in look.bodies("ledger paper"):
        body = act["body"]
        # Entries of old matters do not say where the paper was written.
        folder = interrupted.papers_folder(look.matter.folder, body) or own
        where = f"paper {act['key']}: {interrupted.PAPERS if folder == own else folder}"
        if folder == own:
            known |= body["sha256"].keys()
        for name, digest in sorted(body["sha256"].items()):
            wrong = lying_there.wrong_file(folder / name, digest)
            if wrong != "is missing":
                yield from [f"{where}/{name} {wrong}"] if wrong else []
            elif lying_there.wrong_file(interrupted.new_paper(folder / name), digest) is None:
                notes.append(f"{where}/{name} has not its name yet; the next command gives it")
            elif folder != own:
                notes.append(f"{where}/{name} is not there any more; it was not looked at")
            elif "folder" in body:
                yield f"{where}/{name} is missing"
    for entry in lying_there.walked(own):
        if entry.path not in known:
            yield from _no_paper(entry, notes)


def _deliveries(look: _Look, notes: list[str]) -> Iterator[str]:
    """Compare deliveries with their digests, and name what else lies among them.

    They are copies, which may be sent off and deleted: one that is gone is not looked for, nor one
    written to another folder.
    """
    known = {_DELIVERIES}
    for act in look.bodies("ledger deliver"):
        if not (place := act["body"]["in"]):
            continue
        known.add(place)
        for name, digest in sorted(act["body"]["sha256"].items()):
            known.add(f"{place}/{name}")
            wrong = lying_there.wrong_file(look.matter.folder / place / name, digest)
            if wrong not in (None, "is missing"):
                yield f"delivery {act['key']}: {place}/{name} {wrong}"
    for entry in lying_there.walked(look.matter.folder / _DELIVERIES):
        if f"{_DELIVERIES}/{entry.path}".removesuffix("/") not in known:
            yield from _no_delivery(entry, known, notes)


def _no_delivery(entry: Entry, known: Collection[str], notes: list[str]) -> Iterator[str]:
    """Yield the sentence for what lies among the deliveries and is none that was made."""
    path = f"{_DELIVERIES}/{entry.path}".removesuffix("/")
    if entry.kind not in (Kind.FILE, Kind.FOLDER):
        yield lying_there.foreign(f"{_DELIVERIES}/", entry)
    elif entry.path.startswith("."):
        if "/" not in entry.path:
            left = "left by an interrupted command; the next `deliver` clears it"
            notes.append(f"{shown(path)}: {left}")
    elif path.rpartition("/")[0] in known:
        yield f"{shown(path)}: no delivery the journal tells of; it was put here by hand"


def _no_paper(entry: Entry, notes: list[str]) -> Iterator[str]:
    """Yield the sentence for what lies among the papers and is none that was published."""
    name = entry.path
    if entry.kind not in (Kind.FILE, Kind.FOLDER):
        yield lying_there.foreign("papers/", entry)
    elif entry.kind is Kind.FILE and name.startswith(".") and name.endswith(".new"):
        notes.append(f"papers/{shown(name)}: left by an interrupted command; the next removes it")
    elif name and not (entry.kind is Kind.FILE and _DRAFT.fullmatch(name)):
        yield (
            f"papers/{shown(name)}: no paper the journal tells of; it was put here by hand, or "
            "matter.db is older than it. Keep other files elsewhere"
        )
