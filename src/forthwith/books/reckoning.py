"""The reckoning: books and parameters in; moves, matches, stakes and dues out.

The values are `reckoned`'s. The same books give the same reckoning in any order of files and rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from forthwith.books.attribution import attribute
from forthwith.books.balances import balances
from forthwith.books.bank_moves import bank_moves
from forthwith.books.books import (
    Books,
    LedgerRow,
    Parameters,
    PlaceAddress,
    PlaceEntry,
    Span,
    WitnessRow,
)
from forthwith.books.chain_moves import moves as chain_moves
from forthwith.books.chain_moves import unlisted
from forthwith.books.chains import Chain, chain_of
from forthwith.books.matching import entry_matches, ledger_matches, regroups, unmatched_moves
from forthwith.books.places import PlaceIndex, normal_address
from forthwith.books.reckoned import (
    JOINED,
    Attribution,
    Gap,
    HeldChange,
    Match,
    OwedChange,
    Reckoning,
    StakeChange,
)
from forthwith.books.register import OWN, Register
from forthwith.books.statements import accounts_of
from forthwith.books.tables import accepted
from forthwith.domain.chain import ChainRead
from forthwith.domain.instants import DAY, Instant

__all__ = [
    "JOINED",
    "Attribution",
    "Gap",
    "HeldChange",
    "Match",
    "OwedChange",
    "Reckoning",
    "StakeChange",
    "reckon",
]


def reckon(books: Books, parameters: Parameters | None = None) -> Reckoning:
    """Return what the books come to under parameters (their defaults without any).

    Rows booked after `as_known`, and rows below the accepted standing, are left out; moves are
    evidence, and none is. Nothing is raised: what cannot be known is a gap or a note.
    """
    parameters = parameters or Parameters()
    books, dropped = as_known(books, parameters)
    books = replace(books, places=since_openings(books))
    reads = merged(books.chains)
    chains = {read.chain: chain_of(read) for read in reads}
    index = PlaceIndex(books.places)
    decimals = {asset.id: asset.decimals for asset in books.assets.values() if not asset.chain}
    accounts = accounts_of(books.statements, decimals)
    bank = bank_moves(accounts, books.places, books.assets, parameters)
    moves = [
        *bank.moves,
        *(move for read in reads for move in chain_moves(read, books.assets, index, parameters)),
    ]
    moves.sort(key=lambda move: (move.left, move.order, move.id))

    register = Register(books)
    register.take(moves)
    regroupings = [entry for entry in books.place_ledger if regroups(entry)]
    of_ledger = ledger_matches(books.ledger, moves, register)
    of_entries = entry_matches(books.place_ledger, moves, register)
    matches = (*of_ledger, *of_entries)
    matches = (*matches, *unmatched_moves(moves, matches, register))

    suspects = suspected(reads, matches, index, chains)
    shown = balances(
        books.places, books.openings, books.assets, reads, chains, bank.places, parameters, suspects
    )
    rows: dict[str, list[LedgerRow]] = defaultdict(list)
    for match in of_ledger:
        if match.joined and match.move is not None and match.ledger is not None:
            rows[match.move.id].append(match.ledger)
    entries: dict[str, list[PlaceEntry]] = defaultdict(list)
    for match in of_entries:
        if match.joined and match.move is not None and match.entry is not None:
            entries[match.move.id].append(match.entry)
    attributed = attribute(
        moves,
        entries,
        rows,
        regroupings,
        books.openings,
        shown.changes,
        register,
        parameters,
    )
    notes = {
        *bank.notes,
        *shown.notes,
        *(note for read in reads for note in unlisted(read, books.assets)),
        *(note for account in accounts for note in account.notes),
    }
    return Reckoning(
        books=books,
        parameters=parameters,
        moves=tuple(moves),
        matches=matches,
        attributions=attributed.attributions,
        changes=attributed.changes,
        owed_changes=owed_changes(books.ledger, of_ledger, parameters.basis),
        held_changes=shown.changes,
        chains=chains,
        gaps=shown.gaps,
        suspects=suspects,
        dropped=dropped,
        notes=tuple(sorted(notes)),
        accounts=accounts,
    )


def as_known(books: Books, parameters: Parameters) -> tuple[Books, tuple[WitnessRow, ...]]:
    """Return the books without rows booked after `as_known` or below the accepted standing.

    The second are listed. An account nobody may deny stays: it could only hide what is owed.
    """
    worst, known = parameters.standing, parameters.as_known
    dropped: list[WitnessRow] = []

    def counts(row: object) -> bool:
        if accepted(row.standing, worst):  # type: ignore[attr-defined]
            return True
        dropped.append(row.witness)  # type: ignore[attr-defined]
        return False

    found = replace(
        books,
        places=tuple(filter(counts, books.places)),
        openings=tuple(filter(counts, books.openings)),
        ledger=tuple(
            row for row in books.ledger if (known is None or row.booked <= known) and counts(row)
        ),
        place_ledger=tuple(
            row
            for row in books.place_ledger
            if (known is None or row.booked <= known) and counts(row)
        ),
    )
    return found, tuple(dropped)


def since_openings(books: Books) -> tuple[PlaceAddress, ...]:
    """Return the places, registered from their opening on where that is the day before.

    An opening says that a place is there: "from 2026-01-01" and an opening at the second before
    are one beginning.
    """
    opened: dict[str, Instant] = {}
    for row in books.openings:
        opened[row.place] = min(row.at, opened.get(row.place, row.at))
    of_address: dict[tuple[str, str], list[PlaceAddress]] = defaultdict(list)
    for place in books.places:
        of_address[place.chain, place.address].append(place)
    found = []
    for place in books.places:
        at, start = opened.get(place.place), place.span.start
        if (
            at is not None
            and start is not None
            and at < start <= at + DAY
            and not any(row.span.holds(at) for row in of_address[place.chain, place.address])
        ):
            place = replace(place, span=Span(at, place.span.end))
        found.append(place)
    return tuple(found)


def merged(reads: Iterable[ChainRead]) -> tuple[ChainRead, ...]:
    """Return one read for each chain: files told apart, or twice, are one history."""
    by_chain: dict[str, list[ChainRead]] = defaultdict(list)
    for read in reads:
        by_chain[read.chain].append(read)
    found = []
    for _, tellings in sorted(by_chain.items()):
        first = tellings[0]
        if len(tellings) > 1:
            blocks = {
                (block.height, block.hash): block for read in tellings for block in read.blocks
            }
            transactions = {
                (row.height, row.position, row.id): row
                for read in tellings
                for row in read.transactions
            }
            first = replace(
                first,
                blocks=tuple(block for _, block in sorted(blocks.items())),
                transactions=tuple(row for _, row in sorted(transactions.items())),
                faults=tuple(fault for read in tellings for fault in read.faults),
                safe_changes=tuple(
                    sorted(
                        {change for read in tellings for change in read.safe_changes},
                        key=lambda change: (change.height, change.order),
                    )
                ),
            )
        found.append(first)
    return tuple(found)


def owed_changes(
    ledger: Sequence[LedgerRow], matches: Iterable[Match], basis: str
) -> tuple[OwedChange, ...]:
    """Return each row of the customers' ledger at the instant it counts from.

    On `receipt` a joined deposit counts from its arrival, a joined withdrawal until it left; other
    rows, and all on `ledger`, from `effective`.
    """
    at = {id(row): row.effective for row in ledger}
    if basis == "receipt":
        for match in matches:
            row, move = match.ledger, match.move
            if row is None or move is None or not match.joined:
                continue
            if row.kind == "deposit":
                at[id(row)] = move.arrived
            elif row.kind == "withdrawal":
                at[id(row)] = move.left
    found = [OwedChange(at[id(row)], row.account, row.asset, row.amount, row) for row in ledger]
    found.sort(
        key=lambda change: (
            change.at, change.asset, change.account, change.row.booked, change.row.row,
            change.delta,
        )
    )  # fmt: skip
    return tuple(found)


def suspected(
    reads: Sequence[ChainRead],
    matches: Iterable[Match],
    index: PlaceIndex,
    chains: Mapping[str, Chain],
) -> dict[tuple[str, str], str]:
    """Return addresses outside the register that behave as ours, and why (books.md section 12).

    An address that a customer's credited deposit went to, or that spends together with one of ours
    in one transaction of Bitcoin. Whether it is ours is for a person to say.
    """
    found: dict[tuple[str, str], str] = {}
    by_reference = {row.id: read.chain for read in reads for row in read.transactions}
    for match in matches:
        move, row = match.move, match.ledger
        if move is None or row is None or match.kind != "reference" or row.kind != "deposit":
            continue
        chain = by_reference.get(move.reference, "")
        address = normal_address(move.target_address)
        if move.kind == "chain" and address and not index.rows_of(chain, address):
            why = f"row {row.row} credits {row.account} with what came in there"
            found.setdefault((chain, address), why)
    for read in reads:
        if read.kind != "bitcoin":
            continue
        registered = index.addresses(read.chain)
        for transaction in read.transactions:
            payers = {leg.address for leg in transaction.legs if leg.amount < 0}
            when = chains[read.chain].instant_of(transaction.height)
            if when is None or len(payers) < 2 or payers <= registered:
                continue
            ours = sorted(
                address
                for address in payers & registered
                if (place := index.place_of(read.chain, address, when)) is not None
                and place.klass in OWN
            )
            for address in sorted(payers - registered):
                if ours and address and not address.startswith("script"):
                    why = f"it spends together with {ours[0]} in {transaction.id}"
                    found.setdefault((read.chain, address), why)
    return found
