"""Documents withheld and the log of them, sound as they stand; tests break one thing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from forthwith.check.privilege_log import comparison
from forthwith.check.privilege_log.comparison import LogComparison
from forthwith.check.privilege_log.elements import Stranger
from forthwith.domain.bates import ranges
from forthwith.domain.finding import Finding
from forthwith.domain.privilege_logs import LogEntry, ServedLog
from forthwith.loadfiles.volume_rows import Row

ALL = frozenset(
    ("number", "pages", "family", "kind", "dated", "author", "recipients", "basis", "description",
     "treatment")
)  # fmt: skip
REYES, ORTEGA = "Dana Reyes* <dreyes@halewick.example>", "Marisol Ortega <ortega@northgate.example>"


def entry(number: str, pages: str, /, **changes: Any) -> LogEntry:
    """Return a sound entry."""
    made = LogEntry(
        f"row {int(number[-1]) + 1}", number, tuple(ranges(pages)), family=number, kind="E-mail",
        dated="2023-03-14", day=date(2023, 3, 14), author=ORTEGA, recipients=(REYES,), basis="AC",
        description=f"Mail to counsel on the custody of key {number[-1]}.", treatment="Withheld",
    )  # fmt: skip
    return replace(made, **changes)


@dataclass
class Withheld:
    """A mail with its attachment, one more mail and a redacted file, logged; two are produced."""

    rows: dict[str, Row] = field(default_factory=dict)
    entries: dict[str, LogEntry] = field(default_factory=dict)
    columns: frozenset[str] = ALL
    #: What the checks of the volume find.
    checked: list[Finding] = field(default_factory=list)

    def row(self, first: str, /, **changes: Any) -> Withheld:
        """Change a row, or add one."""
        held = self.rows.get(first) or Row("VOL001", first, custodian="Ortega, Marisol")
        self.rows[first] = replace(held, **changes)
        return self

    def entry(self, number: str, /, **changes: Any) -> Withheld:
        """Change an entry."""
        self.entries[number] = replace(self.entries[number], **changes)
        return self

    def every(self, **changes: Any) -> Withheld:
        """Change every entry alike."""
        for number in self.entries:
            self.entry(number, **changes)
        return self

    def lose(self, *names: str) -> Withheld:
        """Leave out rows and entries."""
        for name in names:
            (self.rows if name in self.rows else self.entries).pop(name)
        return self

    @property
    def log(self) -> ServedLog:
        return ServedLog("log.csv", self.columns, tuple(self.entries.values()))

    def compared(self, stranger: Stranger | None = None, *, served: bool = True) -> LogComparison:
        """Hold the log, if any was served, against the volume."""
        logs = [self.log] if served else []
        return comparison.compared(logs, [*self.rows.values()], self.checked, stranger)

    def points(self, stranger: Stranger | None = None, *, served: bool = True) -> list[Finding]:
        """Return all findings, those of the checks first."""
        made = self.compared(stranger, served=served)
        return [*made.checked, *made.added]

    def codes(self, stranger: Stranger | None = None, *, served: bool = True) -> list[str]:
        """Return their codes."""
        return [each.code for each in self.points(stranger, served=served)]


def sound() -> Withheld:
    """Return what has no point."""
    made = Withheld()
    made.row("N0001", last="N0002", withheld=True, log="P-1", children=("N0003",))
    made.row("N0003", parent="N0001", withheld=True, log="P-2")
    made.row("N0004", native=True, day=date(2023, 3, 14), children=("N0005",))
    made.row("N0005", parent="N0004", withheld=True, log="P-3")
    made.row("N0006", native=True, day=date(2023, 3, 14))
    made.row("N0007", redacted="Y")
    for each in (
        entry("P-1", "N0001 - N0002"),
        entry("P-2", "N0003", family="P-1", kind="Attachment (Document)", recipients=()),
        entry("P-3", "N0005", kind="Attachment", author="", recipients=(), dated="", day=None),
        entry("P-4", "N0007", kind="Document", recipients=(), treatment="Redacted"),
    ):
        made.entries[each.number] = each
    return made


Change = Callable[[Withheld], object]
