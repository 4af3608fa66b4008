"""The privilege log: one table of what is withheld, and its renderings (production.md 4.5).

Each document has a row of its own, attachments too; rows of one family carry the family's number.
Nothing of a document's text is in it, and its subject and file name only where that was asked for.
Files are written by `log_files`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import Kind
from forthwith.review.privilege.claims import Attorney, Claim, CutOff, Treatment
from forthwith.review.privilege.people import AUTHORS, Mailbox, Roster, day_of, named, people

NOT_SHOWN = "[not shown]"
_TAKEN_BACK = "The claim under this number was withdrawn."
_KINDS = {Kind.EMAIL: "E-mail", Kind.CHAT: "Chat", Kind.CONTAINER: "Archive"}


class Style(StrEnum):
    """The three formats in use, and metadata with a description to each row."""

    DOCUMENT = "document"
    METADATA = "metadata"
    METADATA_PLUS = "metadata-plus"
    CATEGORICAL = "categorical"


@dataclass(frozen=True, slots=True)
class Row:
    """One document of the log."""

    log: str
    #: Log number of the first of its family ever claimed: rows of a family share it.
    family: str
    #: Its numbers in a sealed volume, "" where it is in none.
    bates: str
    kind: str
    day: date | None
    #: "2022-03-14 09:30 EST": with the zone of the production.
    moment: str
    author: str
    to: str
    cc: str
    bcc: str
    title: str
    custodian: str
    attachments: int
    claim: Claim

    @property
    def basis(self) -> str:
        """The grounds in short: "AC; WP"."""
        return "; ".join(basis.value for basis in self.claim.basis)

    @property
    def date(self) -> str:
        """The day, or that there is none."""
        return "no date" if self.day is None else self.day.isoformat()


@dataclass(frozen=True, slots=True)
class LogName:
    """One name in the list at the end of the log."""

    shown: str
    attorney: bool
    affiliation: str


@dataclass(frozen=True, slots=True)
class PrivilegeLog:
    """The log as one table; every rendering comes from it."""

    rows: tuple[Row, ...]
    names: tuple[LogName, ...]
    #: Claims left out under the agreed cut-off, and the agreement.
    excluded: tuple[Claim, ...] = ()
    agreed: CutOff | None = None
    #: Claims taken back: their numbers stay listed, and nothing else of the document is.
    withdrawn: tuple[Row, ...] = ()

    def table(self, style: Style) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return header and rows of a rendering."""
        if style is Style.CATEGORICAL:
            return _CATEGORICAL, list(_categories((*self.rows, *self.withdrawn)))
        columns = _COLUMNS[style]
        listed = sorted((*self.rows, *self.withdrawn), key=lambda row: row.log)
        return columns, [tuple(_CELLS[name](row) for name in columns) for row in listed]

    def named(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """Return header and rows of the list of names."""
        header = ("Name", "Attorney", "Affiliation")
        return header, [(e.shown, "yes" if e.attorney else "", e.affiliation) for e in self.names]


_CELLS: dict[str, Callable[[Row], str]] = {
    "Log No.": lambda row: row.log,
    "Family": lambda row: row.family,
    "Bates": lambda row: row.bates,
    "Type": lambda row: row.kind,
    "Date": lambda row: row.date if row.claim.stands else "",
    "Date and Time": lambda row: (row.moment or "no date") if row.claim.stands else "",
    "Author": lambda row: row.author,
    "To": lambda row: row.to,
    "CC": lambda row: row.cc,
    "BCC": lambda row: row.bcc,
    "Subject / File Name": lambda row: row.title,
    "Basis": lambda row: row.basis,
    "Description": lambda row: row.claim.description,
    "Treatment": lambda row: row.claim.treatment.value.capitalize(),
    "Custodian": lambda row: row.custodian,
    "Attachments": lambda row: str(row.attachments) if row.claim.stands else "",
}
_PLUS = (
    "Log No.", "Bates", "Family", "Type", "Date and Time", "Author", "To", "CC", "BCC",
    "Subject / File Name", "Attachments", "Custodian", "Basis", "Treatment", "Description",
)  # fmt: skip
_COLUMNS = {
    Style.DOCUMENT: (
        "Log No.", "Bates", "Family", "Type", "Date", "Author", "To", "CC", "BCC",
        "Subject / File Name", "Basis", "Description", "Treatment", "Custodian",
    ),
    Style.METADATA: _PLUS[:-1],
    Style.METADATA_PLUS: _PLUS,
}  # fmt: skip
_CATEGORICAL = (
    "Category", "Description", "Date Range", "Authors", "Recipients", "Documents", "Basis",
    "Treatment", "Claimed By", "Log Nos.",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the log of a matter's claims."""

    documents: Mapping[ControlNumber, Document]
    roster: Roster
    zone: ZoneInfo
    #: Control number -> first and last number in a sealed volume.
    bates: Mapping[ControlNumber, tuple[str, str]]
    agreed: CutOff | None = None
    subjects: bool = False

    def log(self, claims: Mapping[ControlNumber, Claim]) -> PrivilegeLog:
        """Return the log of the claims that stand, in the order of their numbers.

        A number once given stays listed when its claim is taken back: a reader who misses one in
        the run would have to ask what became of it.
        """
        known = [claim for claim in claims.values() if claim.control in self.documents]
        standing = [claim for claim in known if claim.stands]
        left_out = tuple(claim for claim in standing if self._excluded(claim))
        unlogged = {claim.control for claim in left_out}
        shown = [claim for claim in standing if claim.control not in unlogged]
        families = self._families(claims)
        inside = Counter(document.parent for document in self.documents.values())
        rows = tuple(self._row(claim, families, inside[claim.control]) for claim in shown)
        back = tuple(self._withdrawn(claim, families) for claim in known if not claim.stands)
        return PrivilegeLog(rows, tuple(self._names(shown)), left_out, self.agreed, back)

    def _families(self, claims: Mapping[ControlNumber, Claim]) -> dict[ControlNumber, str]:
        """Return the first log number of each family; claims taken back keep it where it was."""
        first: dict[ControlNumber, str] = {}
        for claim in claims.values():
            if claim.control in self.documents:
                first.setdefault(self.documents[claim.control].family, claim.log)
        return first

    def _excluded(self, claim: Claim) -> bool:
        """Say whether a claim need not be logged: from the day agreed on, with that counsel.

        An attachment goes with the mail that carried it.
        """
        document = self.documents[claim.control]
        top = self.documents.get(document.family, document)
        day = day_of(top, self.zone)
        if self.agreed is None or day is None or day < self.agreed.day:
            return False
        firms = {firm.casefold() for firm in self.agreed.firms}
        litigation = [
            attorney
            for attorney in self.roster.attorneys
            if attorney.firm and (not firms or attorney.firm.casefold() in firms)
        ]
        counsel = replace(self.roster, attorneys=litigation)
        return any(counsel.counsel(who, day, ()) for who in people(top))

    def _row(self, claim: Claim, families: Mapping[ControlNumber, str], inside: int) -> Row:
        document = self.documents[claim.control]
        first, last = self.bates.get(claim.control, ("", ""))
        title = document.text_of(fields.SUBJECT) or document.name
        kind = _KINDS.get(document.kind, "Document")
        return Row(
            log=claim.log,
            family=families[document.family],
            bates=first if first == last else f"{first} - {last}",
            kind=kind if document.parent is None else f"Attachment ({kind})",
            day=day_of(document, self.zone),
            moment=_moment(document, self.zone),
            author=self._shown(document, AUTHORS),
            to=self._shown(document, (fields.TO, fields.ATTENDEES, fields.PARTICIPANTS)),
            cc=self._shown(document, (fields.CC,)),
            bcc=self._shown(document, (fields.BCC,)),
            title=title if self.subjects else NOT_SHOWN if title else "",
            custodian=document.custodian,
            attachments=inside,
            claim=claim,
        )

    def _withdrawn(self, claim: Claim, families: Mapping[ControlNumber, str]) -> Row:
        document = self.documents[claim.control]
        first, last = self.bates.get(claim.control, ("", ""))
        return Row(
            log=claim.log,
            family=families[document.family],
            bates=first if first == last else f"{first} - {last}",
            kind="",
            day=None,
            moment="",
            author="",
            to="",
            cc="",
            bcc="",
            title="",
            custodian="",
            attachments=0,
            claim=replace(claim, basis=(), description=_TAKEN_BACK, by=""),
        )

    def _shown(self, document: Document, names: Sequence[str]) -> str:
        """Return the people of some fields, attorneys with an asterisk."""
        day = day_of(document, self.zone)
        return "; ".join(self._starred(mailbox, day) for mailbox in named(document, names))

    def _starred(self, who: Mailbox, day: date | None) -> str:
        star = "*" if self.roster.attorney(who, day) else ""
        if not who.address:
            return f"{who.name}{star}"
        return (
            f"{who.name}{star} <{who.address}>"
            if who.name != who.address
            else (f"{who.address}{star}")
        )

    def _names(self, claims: Iterable[Claim]) -> Iterator[LogName]:
        names: dict[str, LogName] = {}
        for claim in claims:
            document = self.documents[claim.control]
            day = day_of(document, self.zone)
            for who in people(document):
                attorney = self.roster.attorney(who, day)
                key = who.address or who.name
                if key not in names or attorney:
                    names[key] = self._name(who, day, attorney)
        yield from sorted(names.values(), key=lambda name: name.shown.casefold())

    def _name(self, who: Mailbox, day: date | None, attorney: Attorney | None) -> LogName:
        counsel = attorney or next(
            (
                a
                for a in self.roster.attorneys
                if who.domain and a.on(day) and who.domain in a.domains
            ),
            None,
        )
        where = who.domain if counsel is None else counsel.firm or counsel.party or who.domain
        return LogName(self._starred(who, day), attorney is not None, where)


def _moment(document: Document, zone: ZoneInfo) -> str:
    for name in (fields.SENT, fields.RECEIVED, fields.MODIFIED, fields.CREATED):
        try:
            moment = datetime.fromisoformat(document.text_of(name))
        except ValueError:
            continue
        if moment.tzinfo is None:
            return f"{moment:%Y-%m-%d %H:%M}"
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M %Z}"
    return ""


def _categories(rows: Sequence[Row]) -> Iterator[tuple[str, ...]]:
    """Yield a row for each set of rows claimed in the same words on the same ground."""
    grouped: dict[tuple[str, str, Treatment], list[Row]] = {}
    for row in rows:
        words = " ".join(row.claim.description.split())
        grouped.setdefault((words, row.basis, row.claim.treatment), []).append(row)
    for (description, basis, treatment), group in grouped.items():
        days = sorted(row.day for row in group if row.day)
        stands = treatment is not Treatment.WITHDRAWN
        span = f"{days[0]} to {days[-1]}" if days else "no date" if stands else ""
        undated = sum(row.day is None for row in group)
        yield (
            f"CAT-{group[0].log.rpartition('-')[2]}",
            description,
            span + (f" ({undated} without date)" if undated and days else ""),
            _union(row.author for row in group),
            _union(part for row in group for part in (row.to, row.cc, row.bcc)),
            str(len(group)),
            basis,
            treatment.value.capitalize(),
            _union(row.claim.by for row in group),
            ", ".join(row.log for row in group),
        )


def _union(cells: Iterable[str]) -> str:
    parts = dict.fromkeys(part for cell in cells for part in cell.split("; ") if part)
    return "; ".join(parts)
