"""The books as given: rows of the tables, statements and chains, each with its place.

Amounts are whole numbers of an asset's smallest unit, instants seconds since 1970 in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from forthwith.domain.amounts import amount_text
from forthwith.domain.bank import BankStatement
from forthwith.domain.book_tables import DEFAULT_STANDING
from forthwith.domain.chain import ChainRead
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.instants import Instant


class WitnessRow(NamedTuple):
    """A row of evidence: a file of the books, and the row in it ("line 12", "Ntry 3", "log 5")."""

    file: str
    row: str

    def __str__(self) -> str:
        return f"{self.file}:{self.row}"


@dataclass(frozen=True, slots=True)
class Span:
    """The instants from `start` (None: always) up to and without `end` (None: still)."""

    start: Instant | None = None
    end: Instant | None = None

    def holds(self, when: Instant) -> bool:
        """Return whether an instant lies in it."""
        return (self.start is None or self.start <= when) and (self.end is None or when < self.end)


ALWAYS = Span()


@dataclass(frozen=True, slots=True)
class Asset:
    """A currency, a coin, or one token contract on one chain."""

    id: str
    decimals: int
    #: "" for a currency.
    chain: str = ""
    #: Lower case; "" for a chain's own coin and for currencies.
    contract: str = ""

    def text(self, amount: int) -> str:
        """Return an amount of it as text."""
        return amount_text(amount, self.decimals)


@dataclass(frozen=True, slots=True)
class PlaceAddress:
    """One address or account of a place; a wallet has several rows of one `place`."""

    place: str
    kind: str
    chain: str
    #: Bitcoin as written, Ethereum in lower case, a bank account without spaces.
    address: str
    holder: str
    #: customer, house, affiliate, vendor
    klass: str
    span: Span
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class CustomerAccount:
    """One account of the sub-ledger; class outsider, affiliated_lp or house."""

    account: str
    klass: str
    entity: str
    span: Span
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class DepositAddress:
    """An address given to one customer to pay in to."""

    account: str
    chain: str
    address: str
    span: Span
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One row of the customers' ledger; positive: the customer is owed more."""

    row: str
    booked: Instant
    effective: Instant
    account: str
    asset: str
    amount: int
    kind: str
    reference: str
    memo: str
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class PlaceEntry:
    """One row of the ledger of places: from where to where, and for whom it lay there."""

    entry: str
    booked: Instant
    effective: Instant
    source: str
    target: str
    asset: str
    amount: int
    source_group: str
    target_group: str
    kind: str
    reference: str
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class Opening:
    """What lay in a place for a group at the beginning."""

    place: str
    asset: str
    group: str
    amount: int
    at: Instant
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class EntityName:
    """What an entity is called for a time; `entity` is the id it stands for (`alias_of` or own)."""

    entity: str
    name: str
    span: Span
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class Affiliation:
    """An entity is an affiliate of another for a time."""

    entity: str
    of: str
    span: Span
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class BankParty:
    """Whose a bank account of somebody else is."""

    account: str
    entity: str
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class TracedSum:
    """A part of one move, or of an opening (reference "opening"), to be followed."""

    claim: str
    asset: str
    #: Where it came in.
    place: str
    reference: str
    #: None: the whole move.
    amount: int | None
    claimant: str
    #: Places, or "class:customer": reaching one is being restored.
    stop: tuple[str, ...]
    #: Places that are followed; empty: all with complete witnesses.
    follow: tuple[str, ...]
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class Cap:
    """What may be paid to a payee in a month in the ordinary course."""

    payee: str
    #: "2026-01"; "" is every month.
    month: str
    asset: str
    amount: int
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class Duty:
    """An order's duty bound to a question that the books can compute."""

    duty: str
    question: str
    parameters: Mapping[str, str]
    span: Span
    cites: str
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class SignedProof:
    """A signature over a message, as given; whether it verifies is in `verified`.

    The workflow fills `verified` and `why` through the readers of exports.
    """

    address: str
    chain: str
    scheme: str
    message: str
    signature: str
    #: When the row says it was made; its age runs from its block's time, not from here.
    at: Instant | None
    #: Of the block named, where the row or the message names one.
    height: int | None
    block: str
    witness: WitnessRow
    #: None: not checked, `why` says why.
    verified: bool | None = None
    why: str = ""
    #: Whose signatures they are: the address itself, or owners of a Safe, in lower case.
    signers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CompletenessRow:
    """A list is whole: `of` is "accounts" (all customer accounts) or "places"."""

    of: str
    span: Span
    witness: WitnessRow
    standing: str = DEFAULT_STANDING


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence the exchange gave, with its claim as typed."""

    id: str
    speaker: str
    made_on: str
    about: str
    text: str
    claim: str
    witness: WitnessRow


@dataclass(frozen=True, slots=True)
class Books:
    """Everything given, parsed once. Tuples stand in the order of their files and rows."""

    assets: Mapping[str, Asset] = field(default_factory=dict)
    places: tuple[PlaceAddress, ...] = ()
    accounts: tuple[CustomerAccount, ...] = ()
    deposit_addresses: tuple[DepositAddress, ...] = ()
    ledger: tuple[LedgerRow, ...] = ()
    place_ledger: tuple[PlaceEntry, ...] = ()
    openings: tuple[Opening, ...] = ()
    names: tuple[EntityName, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()
    bank_parties: tuple[BankParty, ...] = ()
    claims: tuple[TracedSum, ...] = ()
    caps: tuple[Cap, ...] = ()
    duties: tuple[Duty, ...] = ()
    proofs: tuple[SignedProof, ...] = ()
    completeness: tuple[CompletenessRow, ...] = ()
    sentences: tuple[Sentence, ...] = ()
    statements: tuple[BankStatement, ...] = ()
    chains: tuple[ChainRead, ...] = ()
    #: SHA-256 of each file by its name.
    files: Mapping[str, str] = field(default_factory=dict)
    #: What is wrong with rows of tables, or a file that gave nothing: nothing is answered then.
    faults: tuple[RowFault, ...] = ()
    #: What is wrong in evidence that was read all the same: it is told beside every answer, and
    #: what rests on it is not shown.
    doubts: tuple[RowFault, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameters:
    """Where law leaves a choice: what was chosen, printed beside every figure."""

    #: "receipt" or "ledger": when a matched row is owed.
    basis: str = "receipt"
    #: "wallet" or "address": the unit of mixing.
    mixing: str = "wallet"
    #: "last", "first" or "share": when a network fee leaves.
    fee: str = "last"
    #: Amount by asset, in smallest units; 0 where none is named.
    floors: Mapping[str, int] = field(default_factory=dict)
    zone: str = "UTC"
    #: Days a proof of control is good for, from its block's time.
    proof_age: int = 35
    #: Window in days and share in per cent of an inflow that goes back: dressing.
    dressing_days: int = 5
    dressing_share: int = 90
    #: Rows booked later are dropped; None: as known now.
    as_known: Instant | None = None
    #: The worst standing of a row that counts.
    standing: str = "sworn"
    #: What an opening without a characterisation is to a trace.
    opening: str = "other"
    follow_trades: bool = False
    #: States a day that a trace's search over same-day orders may visit.
    states: int = 50_000

    def floor(self, asset: str) -> int:
        """Return the floor of an asset, in smallest units."""
        return self.floors.get(asset, 0)
