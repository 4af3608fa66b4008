"""Is the matter what it was: what its journal commits to, its signed seals, heads noted elsewhere.

`record.verify` holds files and tables against the journal. An insider can write a new journal that
agrees with changed files; what they cannot write anew is a signature without its key, nor a head
that somebody else has noted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forthwith.domain.act_bodies import BodyError
from forthwith.domain.errors import ForthwithError
from forthwith.plain import regular_files
from forthwith.plain.counting import count
from forthwith.record import interrupted, journal
from forthwith.record.journal import Entry
from forthwith.record.matter import Matter
from forthwith.record.verify import Verification
from forthwith.seals import anchors, envelope, register, stamp, statement
from forthwith.seals.anchors import Anchor
from forthwith.seals.envelope import LARGEST, Malformed
from forthwith.seals.register import RegisteredKey
from forthwith.seals.statement import Statement
from forthwith.workflows import matter_status
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.publish import PAPER
from forthwith.workflows.sealing import seal_path, stamp_path

#: Longer files are not read for heads, bytes.
_LARGEST = 2**28


class NoAnchorError(ForthwithError):
    """What was given as a head noted elsewhere holds none."""

    def __init__(self, text: str, why: str) -> None:
        super().__init__(
            f"--anchor {text}: {why}. Give the 64 hex digits of a journal head, or a file in which "
            "some are noted: a letter, a log of Git, a seal."
        )


@dataclass(frozen=True, slots=True)
class Held:
    """A head noted elsewhere that is in the journal."""

    anchor: Anchor
    #: The entry it is of, or that names it, and when that was written.
    seq: int
    at: str
    #: Entries written since.
    since: int


@dataclass(frozen=True, slots=True)
class Verified:
    """What was looked at, and what is not as it was."""

    record: Verification
    #: Seals whose signature holds, and time stamps that hold.
    seals: int
    stamps: int
    #: Names of who acted: how many entries by how the name is known; "" where they do not say.
    known_by: Mapping[str, int]
    anchors: tuple[Held, ...]
    broken: tuple[str, ...]
    #: What is no fault and should be known.
    notes: tuple[str, ...] = ()


def noted(given: Sequence[str], home: Path) -> list[Anchor]:
    """Read heads as typed or out of files. Raises NoAnchorError."""
    found: list[Anchor] = []
    for text in given:
        if (typed := anchors.typed(text)) is not None:
            found.append(typed)
            continue
        path = home / text
        try:
            if not path.is_file():
                raise NoAnchorError(text, "it is neither 64 hex digits nor a file")
            if path.stat().st_size > _LARGEST:
                raise NoAnchorError(text, f"it is longer than {_LARGEST:,} bytes")
            inside = anchors.in_file(path.read_bytes(), text)
        except OSError as refused:
            raise NoAnchorError(text, f"it cannot be read ({refused.strerror})") from refused
        if not inside:
            raise NoAnchorError(text, "no head of a journal is in it")
        found += inside
    return found


def verify(home: Path, given: Sequence[Anchor] = ()) -> Verified:
    """Look at everything, once what an interrupted command left is at its place.

    Raises NoMatterError, SettingsGoneError, SettingError, DatabaseError.
    """
    recorded = matter_status.verified(home)
    if not recorded.entries:
        # Without a journal nothing can be held against it; that it is gone is told.
        _, lost = _anchored((), given)
        return Verified(recorded, 0, 0, {}, (), (*recorded.broken, *lost), recorded.notes)
    case = CaseFile(Matter.seen(home))
    with case.matter.engine.connect() as connection:
        entries = list(journal.entries(connection))
    seals = _Seals(case, entries)
    broken = list(recorded.broken)
    try:
        broken += seals.broken()
    except (BodyError, KeyError, TypeError, ValueError, AttributeError):
        # An entry was changed, which is told; what it says of seals is not to be read.
        broken.append("journal: what it says of seals and keys cannot be read to the end")
    held, lost = _anchored(entries, given)
    return Verified(
        recorded,
        seals.sound,
        seals.stamps,
        Counter(entry.known_by for entry in entries),
        tuple(held),
        tuple(dict.fromkeys((*broken, *lost))),
        (*recorded.notes, *seals.notes),
    )


def lines(verified: Verified) -> list[str]:
    """Return what is said of a look at everything, a line each; the last one is the sum of it."""
    record = verified.record
    said = [*verified.broken, *verified.notes]
    for held in verified.anchors:
        since = count(held.since, "entry", "entries")
        at = f"entry {held.seq:,} of {held.at}" if held.seq else "the beginning"
        said.append(f"{held.anchor.place}: it is {at}; {since} since.")
    what = (
        f"{count(record.entries, 'journal entry', 'journal entries')}, "
        f"{count(record.blobs, 'blob')} of evidence, "
        f"{count(record.volumes, 'sealed volume')}"
    )
    if verified.seals:
        what += f", {count(verified.seals, 'signature')}"
    if verified.stamps:
        what += f", {count(verified.stamps, 'time stamp')}"
    if verified.broken:
        return [*said, f"{what}: {count(len(verified.broken), 'thing')} not as it was."]
    return [*said, f"{what}: intact. Journal head {record.head}"]


def _anchored(entries: Sequence[Entry], given: Sequence[Anchor]) -> tuple[list[Held], list[str]]:
    """Hold heads against the chain: those that are in it, and a sentence for each that is not.

    A digest that an entry names (of a seal, of a manifest, of a paper) holds that entry as well as
    its own does.
    """
    by_digest = {entry.digest: entry for entry in entries}
    held, lost = [], []
    for anchor in given:
        entry = by_digest.get(anchor.digest)
        if entry is None:
            entry = next((each for each in entries if anchor.digest in each.body), None)
        if entry is not None:
            held.append(Held(anchor, entry.seq, entry.at, len(entries) - entry.seq))
            continue
        if anchor.digest == journal.GENESIS and not anchor.seq:
            held.append(Held(anchor, 0, "", len(entries)))
            continue
        of = f" (of entry {anchor.seq:,})" if anchor.seq else ""
        lost.append(
            f"journal: the head noted in {anchor.place}{of} is not in this journal: entries were "
            f"cut off or rewritten ({anchor.digest})"
        )
    return held, lost


class _Seals:
    """Every seal the matter's own key should have made, held against that key."""

    def __init__(self, case: CaseFile, entries: Sequence[Entry]) -> None:
        self._case, self._entries = case, entries
        self._keys: Mapping[str, RegisteredKey] = {}
        self._digests = {entry.seq: entry.digest for entry in entries}
        self.sound, self.stamps = 0, 0
        self.notes: list[str] = []

    def broken(self) -> Iterator[str]:
        """Yield one sentence for each seal or stamp that does not hold, or is not there."""
        self._keys = register.keys(self._case.acts)
        for entry in self._entries:
            if entry.action in {"seal", "overlay"}:
                facts = entry.facts()
                name = facts["volume"] if entry.action == "seal" else facts["name"]
                yield from self._volume(entry, name, facts)
            elif entry.action == f"ledger {PAPER}":
                facts = entry.facts()
                yield from self._paper(entry, facts["key"], facts["body"])

    def _key(self, entry: Entry) -> RegisteredKey | None:
        """Return the key that was in use when an entry was written."""
        return next((key for key in self._keys.values() if key.held_at(entry.seq)), None)

    def _volume(self, entry: Entry, name: str, facts: Mapping[str, Any]) -> Iterator[str]:
        place = self._case.matter.volumes / name / seal_path(name)
        what = f"volume {name}"
        subjects = {f"DATA/{name}_MANIFEST.JSON": facts["manifest"]}
        sealed = seal_path(name) in facts.get("beside", {})
        data = yield from self._seal(entry, what, place if sealed else None, subjects)
        digest = self._case.beside.get(name, {}).get(stamp_path(name))
        if data is None or digest is None:
            return
        try:
            place = self._case.matter.volumes / name / stamp_path(name)
            answer = regular_files.read_regular(place, LARGEST)
        except OSError:
            return  # that it is not there is told with the files of the volume
        read = stamp.read(answer, data)
        if isinstance(read, Malformed):
            yield f"{what}: its time stamp does not hold: {read.why}"
        else:
            self.stamps += 1
            self.notes += [f"{what}: {why}" for why in read.weak]

    def _paper(self, entry: Entry, key: str, facts: Mapping[str, Any]) -> Iterator[str]:
        digests = dict(facts["sha256"])
        seals = [name for name in digests if name.endswith(".seal.json")]
        folder = interrupted.papers_folder(self._case.folder, dict(facts))
        place = (folder or self._case.folder / interrupted.PAPERS) / seals[0] if seals else None
        subjects = {name: digest for name, digest in digests.items() if name not in seals}
        yield from self._seal(entry, f"paper {key}", place, subjects)

    def _seal(
        self, entry: Entry, what: str, place: Path | None, subjects: Mapping[str, str]
    ) -> Generator[str, None, bytes | None]:
        """Yield what is wrong with one seal; returns its bytes where they are to be had."""
        key = self._key(entry)
        if place is None:
            if key is not None:
                yield (
                    f"{what}: it is not signed, although the key {key.fingerprint} sealed this "
                    f"matter since entry {key.since:,}"
                )
            return None
        try:
            data = regular_files.read_regular(place, LARGEST)
        except OSError:
            return None  # told with the files of the volume
        if key is None or key.key is None:
            yield f"{what}: it is signed, and no key was in use when it was sealed"
            return data
        opened = envelope.opened(data)
        if isinstance(opened, Malformed):
            yield f"{what}: its seal cannot be read: {opened.why}"
            return data
        said = statement.read(opened.payload)
        if not opened.signed_by(key.key) or isinstance(said, Malformed):
            yield f"{what}: its signature is not that of the key {key.fingerprint}"
            return data
        wrong = list(self._says(what, said, subjects))
        yield from wrong
        self.sound += not wrong
        return data

    def _says(self, what: str, said: Statement, subjects: Mapping[str, str]) -> Iterator[str]:
        """Yield what a sound seal says otherwise than the journal."""
        if dict(said.subjects) != dict(subjects):
            yield f"{what}: its seal signs other files than the journal has"
        head = said.head
        if head is None:
            yield f"{what}: its seal does not say where the journal stood"
        elif head.seq and self._digests.get(head.seq) != head.digest:
            yield (
                f"{what}: its seal says that entry {head.seq:,} of the journal had the digest "
                f"{head.digest}; it is not in this journal: entries were cut off or rewritten"
            )
