"""A privilege log as served, whoever wrote it: entries as text with their places.

Nothing here knows the documents behind an entry; our own log, with its claims, is
`review.privilege.log`. Files of logs are read by `formats.served.privilege_log`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from forthwith.domain.bates import Bates

#: Treatments that give a claim up, and words that keep a part of it.
_LET_GO = re.compile(r"produced|withdrawn|released|downgraded", re.IGNORECASE)
_STILL = re.compile(r"withh[eo]ld|redact|part", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One row of a log."""

    #: "row 7".
    place: str
    #: Its number in the log as written: "PRIV-0001", "17"; "" where the log has none.
    number: str = ""
    #: First and last of each run of pages it names.
    pages: tuple[tuple[Bates, Bates], ...] = ()
    #: Numbers of the log that a row about a category stands for.
    stands_for: tuple[str, ...] = ()
    #: What rows of one family share.
    family: str = ""
    kind: str = ""
    #: Its date as written, and the day where it could be read.
    dated: str = ""
    day: date | None = None
    author: str = ""
    #: To, CC and BCC, one person each.
    recipients: tuple[str, ...] = ()
    basis: str = ""
    description: str = ""
    #: "Withheld", "Redacted".
    treatment: str = ""
    #: Subject or file name, where the log shows it.
    title: str = ""
    #: How many attachments it says it has; None where it does not say.
    attachments: int | None = None

    @property
    def name(self) -> str:
        """Return what it is looked up by: its number, else its first page, else its row."""
        if self.number:
            return self.number
        return str(self.pages[0][0]) if self.pages else self.place

    @property
    def called(self) -> str:
        """Return what a letter calls it."""
        if self.number:
            return f"entry {self.number}"
        return f"the entry for {self.name}" if self.pages else f"the entry in {self.place}"

    @property
    def claims(self) -> bool:
        """False where its treatment says that the claim is given up."""
        return not _LET_GO.search(self.treatment) or bool(_STILL.search(self.treatment))

    @property
    def numbers(self) -> tuple[str, ...]:
        """Return every number of the log by which a slip-sheet may name it."""
        return (self.number, *self.stands_for) if self.number else self.stands_for

    @property
    def attached(self) -> bool:
        """Whether it says that it is an attachment."""
        return "attach" in self.kind.casefold()


@dataclass(frozen=True, slots=True)
class ServedLog:
    """One log."""

    #: The file, as letters name it.
    name: str
    #: What its columns say, by the names of `LogEntry`'s fields.
    columns: frozenset[str]
    entries: tuple[LogEntry, ...]
    #: What of the file was not read, in phrases.
    notes: tuple[str, ...] = ()
