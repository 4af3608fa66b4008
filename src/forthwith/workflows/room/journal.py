"""The journal as a room shows it: who did what, when, to which documents.

An entry that names documents is shown with those of them that are shown to whoever asks; where none
of them is, there is no such entry. What else an entry says (counts, digests, names of files) is for
whoever is shown every document: it may speak of any.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer
from forthwith.record import chronology as events
from forthwith.record import journal_pages
from forthwith.record.journal import Entry
from forthwith.record.journal_pages import Asked
from forthwith.workflows import verification
from forthwith.workflows.room.citations import Citations, day_asked
from forthwith.workflows.room.room import RefusedError, Room

#: Rights of which one lets somebody read what others did.
READS = (Right.MANAGE, Right.PRODUCE, Right.USERS)
#: Entries on a page, and rows looked through for them.
PAGE, _LOOKED = 100, 20_000
#: Documents named in one line.
_NAMED = 8
_TOKEN = re.compile(r'"([^"\\\s]{2,40}\d)"')
#: Numbers of entries leave the process sealed: they would count what is not shown.
_SECRET = secrets.token_bytes(32)
#: Keys of an entry that stand elsewhere in a line, or that only `verify` reads.
_UNSAID = frozenset({"known_by", "sha256", "digest"})
#: What an entry says was done; any other says its own action.
WORDS = {
    "init": "made the matter",
    "settings": "changed the settings",
    "collect": "collected evidence",
    "process": "processed the evidence",
    "receive": "received a volume",
    "seal": "sealed a volume",
    "overlay": "sealed an overlay",
    "code": "coded",
    "entered": "signed in",
    "passkey added": "added a passkey",
    "passkey removed": "removed a passkey",
    "passkey refused": "a passkey was refused: its count of uses went back",
    "granted": "gave a role or a wall",
    "revoked": "took a role or a wall back",
    "form": "changed a form",
    "quarantine": "quarantined",
    "quarantine ended": "ended a quarantine",
    "chronology": "wrote the chronology",
    "exhibit": "made or took back an exhibit",
    "ranking": "named a ranking",
    "stop": "went on with a stop",
    "redact": "redacted",
    "privilege decision": "decided on proposals of privilege",
    "ledger privilege claim": "claimed privilege",
    "ledger finding": "noted a deficiency",
    "ledger paper": "published a paper",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One entry as it is shown."""

    #: In the zone of the matter: "2026-02-09 14:05:12".
    at: str
    who: str
    known_by: str
    action: str
    #: What was done, in words.
    did: str
    #: Documents named, as many as are shown in a line, and how many there are more.
    documents: tuple[str, ...]
    more: int
    #: What else the entry says, and its number and digest; empty where that is not shown.
    details: Mapping[str, str] = field(default_factory=dict)
    seq: int = 0
    digest: str = ""

    def as_json(self) -> dict[str, object]:
        """Return it as plain data, keys as documented in docs/commands.md."""
        return {
            "at": self.at,
            "who": self.who,
            "known_by": self.known_by,
            "action": self.action,
            "did": self.did,
            "documents": list(self.documents),
            "more": self.more,
            "details": dict(self.details),
            "entry": self.seq,
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class JournalPage:
    """Some lines, the latest first."""

    lines: tuple[Line, ...]
    #: Where the next older page begins; "" where there is none.
    older: str


@dataclass(frozen=True, slots=True)
class Filter:
    """Which entries are asked for; what is empty limits nothing."""

    who: str = ""
    action: str = ""
    #: ISO days in the zone of the matter, both included.
    since: str = ""
    until: str = ""
    document: str = ""


def page(room: Room, seer: Seer, asked: Filter, older: str = "", most: int = PAGE) -> JournalPage:
    """Return a page of what is shown. Raises RefusedError, DayAskedError."""
    may_read(seer)
    zone = room.case.settings.time_zone
    wanted = Asked(
        asked.who.strip(),
        asked.action.strip(),
        _instant(asked.since, zone, 0),
        _instant(asked.until, zone, 1),
        asked.document.strip(),
    )
    lines: list[Line] = []
    with room.matter.engine.connect() as connection:
        shown = _Shown(room, seer, connection)
        if wanted.document and not shown.citations.shown(wanted.document):
            return JournalPage((), "")
        rows = journal_pages.latest(connection, wanted, _opened(older))
        looked, last = 0, 0
        while chunk := list(islice(rows, most)):
            looked += len(chunk)
            coded = journal_pages.coded(
                connection, [entry.seq for entry in chunk if entry.action == journal_pages.CODE]
            )
            for entry in chunk:
                line = shown.line(entry, coded.get(entry.seq, ()), zone)
                if line is not None:
                    if len(lines) == most:
                        return JournalPage(tuple(lines), _sealed(last))
                    lines.append(line)
                last = entry.seq
            if looked >= _LOOKED:
                return JournalPage(tuple(lines), _sealed(last))
    return JournalPage(tuple(lines), "")


class _Shown:
    """What of the entries one person is shown."""

    def __init__(self, room: Room, seer: Seer, connection: sa.Connection) -> None:
        self.citations = Citations(room, seer, connection, Right.LIST)
        self._connection = connection
        self._whole = self.citations.whole
        self._events: dict[str, set[str]] = {}

    def line(self, entry: Entry, coded: Iterable[str], zone: str) -> Line | None:
        """Return an entry as it is shown; None where it is not."""
        named = list(dict.fromkeys((*coded, *self._named(entry))))
        shown = [control for control in named if self.citations.shown(control)]
        if named and not shown:
            return None
        known_by = entry.known_by
        when = datetime.fromisoformat(entry.at).astimezone(ZoneInfo(zone))
        action = entry.action.removeprefix("ledger ")
        whole = self._whole
        return Line(
            when.strftime("%Y-%m-%d %H:%M:%S"),
            entry.who,
            known_by,
            entry.action,
            WORDS.get(entry.action, action),
            tuple(shown[:_NAMED]),
            max(len(shown) - _NAMED, 0),
            _details(entry) if whole else {},
            entry.seq if whole else 0,
            entry.digest if whole else "",
        )

    def _named(self, entry: Entry) -> Iterable[str]:
        """Return the documents an entry names, itself or by the event it is about."""
        named = (
            control for control in _TOKEN.findall(entry.body) if control in self.citations.place
        )
        if entry.action != events.ACTION:
            return named
        id_ = str(entry.facts().get("event", ""))
        if id_ not in self._events:
            texts = {
                text for event in events.history(self._connection, id_) for text in event.cites
            }
            self._events[id_] = self.citations.documents(texts)
        return (*named, *sorted(self._events[id_]))


def _details(entry: Entry) -> dict[str, str]:
    """Return what an entry says, a word or a short phrase each; long digests are cut."""
    try:
        facts = entry.facts()
    except ValueError:
        return {"body": "cannot be read: the entry was changed"}
    said: dict[str, str] = {}
    pairs = facts.items() if isinstance(facts, dict) else ()
    for name, value in pairs:
        if name in _UNSAID or value in ("", None, [], {}):
            continue
        said[str(name)] = _short(value)
    return said


def _short(value: Any) -> str:
    if isinstance(value, dict):
        text = ", ".join(f"{name} {_short(inner)}" for name, inner in value.items())
    elif isinstance(value, list):
        text = ", ".join(_short(inner) for inner in value[:_NAMED])
        text += f" and {len(value) - _NAMED:,} more" if len(value) > _NAMED else ""
    else:
        text = f"{value:,}" if isinstance(value, int) and value is not True else str(value)
    text = re.sub(r"\b([0-9a-f]{12})[0-9a-f]{52}\b", r"\1…", text)
    return text if len(text) <= 160 else f"{text[:160]}…"


def may_read(seer: Seer) -> None:
    """Raise RefusedError where somebody may not read what others did."""
    if not any(seer.may(right) for right in READS):
        raise RefusedError(
            "Your role in this matter does not read the journal. Leads, production, monitors and "
            "administrators do; ask whoever administers the room."
        )


def _instant(text: str, zone: str, after: int) -> str:
    """Return the first instant of a day, or of the day after it, as entries write instants."""
    if (asked := day_asked(text)) is None or asked.year in (1, 9999):
        return ""
    begins = datetime.combine(asked + timedelta(days=after), datetime.min.time())
    return begins.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).isoformat(timespec="seconds")


def _sealed(seq: int) -> str:
    nonce = secrets.token_hex(6)
    return f"{nonce}{seq ^ _pad(nonce):016x}"


def _opened(text: str) -> int:
    """Return the number of an entry; 0, the newest, for what this process did not seal."""
    if not re.fullmatch(r"[0-9a-f]{28}", text):
        return 0
    seq = int(text[12:], 16) ^ _pad(text[:12])
    return seq if seq < 2**53 else 0


def _pad(nonce: str) -> int:
    return int(hmac.new(_SECRET, nonce.encode(), hashlib.sha256).hexdigest()[:16], 16)


class VerifyRun:
    """A look at everything, as `forthwith verify` takes it, in the background: one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._lines: tuple[str, ...] = ()
        self.broken: bool | None = None
        self.began = self.ended = ""

    @property
    def running(self) -> bool:
        """Whether it is looking."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, room: Room, seer: Seer) -> None:
        """Begin, unless it is at it already. Raises RefusedError."""
        may_read(seer)
        with self._lock:
            if self.running:
                return
            self.began, self.ended, self.broken, self._lines = _now(), "", None, ()
            self._thread = threading.Thread(target=self._look, args=(room,), daemon=True)
            self._thread.start()

    def _look(self, room: Room) -> None:
        try:
            verified = verification.verify(room.case.folder)
        except (ForthwithError, OSError) as refused:
            self._lines, self.broken = (str(refused),), True
        else:
            self._lines = tuple(verification.lines(verified))
            self.broken = bool(verified.broken)
        self.ended = _now()

    def lines(self, room: Room, seer: Seer) -> tuple[str, ...]:
        """Return what was found, as the command prints it; less to whom a document is not shown.

        A sentence may name a document or a file of one.
        """
        may_read(seer)
        if not self.ended:
            return ()
        if bool(room.mask(seer, Right.LIST).all()) and seer.may(Right.LIST):
            return self._lines
        if self.broken:
            return (
                "Something is not as it was. Who leads the review is shown what; tell them now.",
            )
        return ("Everything is as it was: intact.",)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
