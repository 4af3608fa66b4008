"""What the readers of an import share: faults, names of what nobody read, and pages cut off."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from forthwith.domain.fact_tables import RowFault
from forthwith.exports.aws_iam.documents import DocumentError, parsed, read
from forthwith.exports.aws_iam.evaluation import Statement, brief
from forthwith.plain.json_document import NotJsonError

AGAIN = "Export it again"
#: How AWS says that a list goes on: the API's marks, and those of `aws --max-items`.
PAGING = frozenset(["IsTruncated", "Truncated", "Marker", "NextMarker", "NextToken"])
_NO_PART = frozenset(["ResponseMetadata"])
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})T")


@dataclass(slots=True)
class Log:
    """What was read so far, faults and pages."""

    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    faults: list[RowFault] = field(default_factory=list)
    #: For each list that came in pages: how many, and the files that say that more follows.
    _pages: dict[Hashable, int] = field(default_factory=lambda: defaultdict(int))
    _cut: dict[Hashable, list[str]] = field(default_factory=lambda: defaultdict(list))

    def fault(self, file: str, what: str, do: str = AGAIN) -> None:
        """Keep one fault."""
        self.faults.append(RowFault(file, 0, what, do))

    def strange(self, where: str, given: Mapping[str, Any], known: Iterable[str]) -> None:
        """Name the keys of an object that no reader takes."""
        self.unread += [
            f"{where}{brief(key)}" for key in sorted(given.keys() - set(known) - _NO_PART)
        ]

    def page(self, of: Hashable, file: str, value: Mapping[str, Any]) -> None:
        """Count one page of the list `of`, and note whether it says that more follows."""
        self._pages[of] += 1
        if any(value.get(mark) not in (None, False, "") for mark in PAGING):
            self._cut[of].append(file)

    def pages(self, of: Hashable) -> int:
        """Return how many pages of a list there were."""
        return self._pages.get(of, 0)

    def refuse_cut_off(self) -> None:
        """The last page of a run says that it is the last; a list cut off proves nothing."""
        for of, files in self._cut.items():
            if len(files) == self._pages[of]:
                self.fault(
                    files[-1],
                    "The export is cut off: it says itself that more follows",
                    "Export without --max-items and --no-paginate, or give all its pages together",
                )

    def objects(self, file: str, value: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
        """Return a list of objects, or a fault and nothing."""
        given = value.get(key)
        if isinstance(given, list) and all(isinstance(entry, dict) for entry in given):
            return given
        self.fault(file, f"{key} is not a list of objects")
        return []

    def text(self, file: str, given: Mapping[str, Any], key: str, where: str) -> str:
        """Return a text that must be there, or a fault and ""."""
        value = given.get(key)
        if isinstance(value, str) and value:
            return value
        self.fault(file, f"{where} has no {key} that is a text")
        return ""

    def statements(
        self, file: str, document: Any, source: str, kind: str = "identity"
    ) -> list[Statement]:
        """Read a document that may be an object, a text of JSON, or that text in URL encoding."""
        try:
            statements, strange = read(parsed(document), source, kind)
        except (NotJsonError, DocumentError) as wrong:
            self.fault(file, f"The document of {source} {_phrase(wrong)}")
            return []
        self.unread += strange
        return statements


def _phrase(wrong: Exception) -> str:
    words = str(wrong)
    return words if words.startswith(("is ", "has ", "holds ", "nests ")) else f"is wrong: {words}"


def day(value: Any) -> str:
    """Return the day of an AWS moment, or "".

    It is "2023-06-17T09:00:00+00:00", or seconds since 1970 as version 1 of the CLI writes it.
    """
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e11:
        return datetime.fromtimestamp(value, UTC).date().isoformat()
    shape = _DAY.match(value) if isinstance(value, str) else None
    return shape[1] if shape else ""
