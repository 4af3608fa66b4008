"""Bank statements as their files tell them: entries and balances in text, each with its place."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from forthwith.domain.fact_tables import RowFault


class Telling(StrEnum):
    """What a statement is to its account."""

    #: Booked entries between two balances: CAMT.053, MT940, OFX, BAI2, a bank's CSV.
    STATEMENT = "statement"
    #: Booked entries of a day still open: CAMT.052, MT942. Told again by the statement.
    INTERIM = "interim"
    #: A notice of entries told elsewhere: CAMT.054. Never a second move.
    NOTICE = "notice"


@dataclass(frozen=True, slots=True)
class BankEntry:
    """One booked entry. Amounts are texts `-?digits[.digits]`, signed: what moved the balance."""

    booked: date
    amount: str
    #: Where it stands in its file: "Ntry 3", "line 12".
    row: str
    #: What both sides call it; "" where the file has none. The first is the one to match by.
    references: tuple[str, ...] = ()
    value: date | None = None
    #: Name and account number of the other side, as written.
    party: str = ""
    party_account: str = ""
    text: str = ""
    #: Whether the bank calls it a reversal; the sign already has it.
    reversal: bool = False
    #: Why `booked` is not sure ("no booking date; the value date stands in its place"), or "".
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class BankBalance:
    """A booked balance, at the end of its day (an opening one: before its day)."""

    amount: str
    day: date
    row: str


@dataclass(frozen=True, slots=True)
class BankStatement:
    """One statement of one account."""

    file: str
    #: "camt.053", "mt940", "ofx", "bai2", "csv"
    form: str
    #: As the file writes it, without spaces: an IBAN or a number.
    account: str
    currency: str
    entries: tuple[BankEntry, ...]
    opening: BankBalance | None = None
    closing: BankBalance | None = None
    #: First and last day the statement says it covers.
    start: date | None = None
    end: date | None = None
    #: Number in the account's own sequence (ElctrncSeqNb, :28C:), and page where it has pages.
    number: int | None = None
    page: int | None = None
    telling: Telling = Telling.STATEMENT
    #: Its id in the file: "STMT00001", MsgId/Id.
    id: str = ""
    #: What the file itself says its entries are: control totals as (what, claimed, counted).
    controls: tuple[tuple[str, str, str], ...] = ()
    #: False: the file says that more pages follow this one.
    last_page: bool | None = None
    #: Why rows of it may be missing: a row that could not be read, a file cut off. Sentences.
    unread: tuple[str, ...] = ()
    #: The bank as the file names it: a BIC, a routing number, a name.
    institution: str = ""


@dataclass(frozen=True, slots=True)
class BankRead:
    """What one file of statements became."""

    statements: tuple[BankStatement, ...] = ()
    faults: tuple[RowFault, ...] = ()
    #: Sentences: entries that are pending and so no moves, parts nobody read.
    notes: tuple[str, ...] = field(default=())
