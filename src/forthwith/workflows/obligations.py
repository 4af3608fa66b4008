"""What orders require: taken from their text, attested, and held against a file later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from forthwith.domain.obligations import Obligation, Order
from forthwith.plain import typed_tables
from forthwith.plain.typed_tables import TableRefusedError
from forthwith.respond.registers import obligation_rows, obligations, orders, quotation
from forthwith.respond.registers.obligation_rows import Against
from forthwith.respond.registers.obligations import DutyStatus
from forthwith.respond.registers.orders import OrderText
from forthwith.standards.civil_rules import FederalCourt
from forthwith.workflows.case_file import CaseFile


@dataclass(frozen=True, slots=True)
class OrderOptions:
    """What an order is called, and from when its deadlines count."""

    name: str
    entered: date
    #: Name of the order it amends.
    amends: str = ""
    #: Where the court sits: "DC".
    court: str = "DC"


@dataclass(frozen=True, slots=True)
class ImportedOrder:
    """An order as pinned, with what was quoted from it."""

    order: Order
    text: OrderText
    obligations: Sequence[Obligation]


@dataclass(frozen=True, slots=True)
class AttestedDuty:
    """An obligation before and after something was said of it."""

    before: DutyStatus
    after: DutyStatus


@dataclass(frozen=True, slots=True)
class ComparedOrder:
    """A file held against the order that was pinned."""

    order: Order
    obligations: Sequence[Obligation]
    #: Sentences; none where the file is the order.
    differences: Sequence[str]
    #: How many quotes stand in the file's text.
    quotes: int


def import_order(case: CaseFile, file: Path, rows: Path, options: OrderOptions) -> ImportedOrder:
    """Take obligations from a CSV, each quoted from the order; every row is taken or none.

    Raises UnreadablePaperError, OrderNameError, OrderExistsError, AmendsLaterError,
    UnknownOrderError, TableRefusedError.
    """
    text = orders.read(file.name, file.read_bytes())
    asked = Order(options.name, text.source, text.sha256, options.entered, options.amends)
    order = obligations.admitted(case.duties, asked)
    against = Against(order, text.text, case.duties, case.citable, FederalCourt(options.court))
    table, faults = typed_tables.read(rows.name, rows.read_bytes(), obligation_rows.COLUMNS)
    duties, more = obligation_rows.read(table, against)
    if faults or more:
        raise TableRefusedError(rows.name, (*faults, *more))
    case.write(obligations.imported(order, duties))
    return ImportedOrder(order, text, duties)


def attest(
    case: CaseFile,
    key: str,
    *,
    evidence: Sequence[str] | None = None,
    attestor: str | None = None,
    note: str | None = None,
) -> AttestedDuty:
    """Say how an obligation was met; what is None stays as it was.

    `evidence` are pages or volumes, and take the place of what was there; () takes all back.
    Raises UnknownObligationError, NotCitableError.
    """
    before = case.duties.find(key)
    cites = None
    if evidence is not None:
        cites = [cite for pages in evidence for cite in case.citable.cited(pages)]
    act = obligations.attested(before, evidence=cites, attestor=attestor, note=note)
    case.write([act])
    return AttestedDuty(before, case.duties.find(act.key))


def compare(case: CaseFile, file: Path, name: str) -> ComparedOrder:
    """Hold a file against the order that was pinned: its digest, its text, and every quote.

    Raises UnknownOrderError, UnreadablePaperError.
    """
    order, text = case.duties.order(name), orders.read(file.name, file.read_bytes())
    duties = [duty.obligation for duty in case.duties.of(order.name)]
    quotes = sum(quotation.match(duty.quote, text.text).found for duty in duties)
    return ComparedOrder(order, duties, orders.differences(order, duties, text), quotes)
