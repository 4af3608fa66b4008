"""Statement arithmetic, before anything else: which balances of a bank account are shown.

Opening + entries = closing; next opening = this closing; next number = this number + 1; the file's
own control totals. A gap makes every later balance of the account *not shown*. The same account in
two formats is two witnesses of one account: reconciled row by row, never added. Interim reports
(CAMT.052, MT942) and notices (CAMT.054) tell a second time what statements tell.

The account's rows are taken from its chains of statements (`statement_chains`) day by day: from
the best telling while its arithmetic closes, and across a statement that is missing or does not
close from another telling whose balance agrees at that day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from forthwith.books.account_numbers import doubtful_pairs, fullest
from forthwith.books.bank_accounts import AccountEntry, BankAccount, DayBalance, Gap
from forthwith.books.books import WitnessRow
from forthwith.books.counted_days import Piece, counted, days_text
from forthwith.books.second_tellings import SecondTellings
from forthwith.books.statement_chains import (
    Says,
    Told,
    chains,
    check,
    joined_pages,
    told,
    turn_reversals,
)
from forthwith.books.tellings import Row
from forthwith.domain.bank import BankStatement, Telling
from forthwith.domain.fact_tables import RowFault


def accounts_of(
    statements: Iterable[BankStatement], decimals: Mapping[str, int]
) -> tuple[BankAccount, ...]:
    """Return the accounts that statements tell, in order of their numbers and currencies.

    `decimals` is of each currency by its id in `assets`. Nothing is raised: what does not add up
    is a gap, a fault or a difference of its account. Any order of statements gives the same.
    """
    given = list(statements)
    full = fullest(statement.account for statement in given)
    currencies: defaultdict[str, set[str]] = defaultdict(set)
    for statement in given:
        if statement.currency:
            currencies[full[statement.account]].add(statement.currency)
    groups: defaultdict[tuple[str, str], list[BankStatement]] = defaultdict(list)
    for statement in given:
        account = full[statement.account]
        known = currencies[account]
        # A statement that names no currency is of the account's only one, if there is only one.
        currency = statement.currency or (next(iter(known)) if len(known) == 1 else "")
        groups[account, currency].append(statement)
    perhaps = defaultdict(list)
    for short, long in doubtful_pairs(full.values()):
        perhaps[short].append(long)
        perhaps[long].append(short)
    found = []
    for account, currency in sorted(groups):
        read = (
            _account(account, currency, decimals[currency], groups[account, currency])
            if currency in decimals
            else _without_decimals(account, currency, groups[account, currency])
        )
        doubts = [_perhaps_one(read, other) for other in sorted(perhaps[account])]
        found.append(replace(read, faults=(*read.faults, *doubts)) if doubts else read)
    return tuple(found)


def _perhaps_one(account: BankAccount, other: str) -> RowFault:
    return RowFault(
        account.files[0],
        0,
        f"account {account.account} may be account {other}: one number ends as the other, and "
        "nothing says that they are one; they are read as two accounts",
        "If they are one, write the account's whole number, as an IBAN, in both files",
    )


def _without_decimals(
    account: str, currency: str, statements: Sequence[BankStatement]
) -> BankAccount:
    """Return an account whose amounts cannot be read: its currency is not in the books."""
    names, files = _names_and_files(account, statements)
    asset = f"the currency {currency!r} of account {account} is not in assets"
    if not currency:
        asset = f"no statement says which currency account {account} is in"
    count = sum(len(statement.entries) for statement in statements)
    fault = RowFault(
        files[0],
        0,
        f"{asset}, so {count} entries of {len(statements)} statements are not counted",
        f"Add a row {currency or 'of the currency'} with its decimals to assets"
        if currency
        else "Import the files again with the currency of the account",
    )
    return BankAccount(account, currency, 0, faults=(fault,), names=names, files=files)


def _names_and_files(
    account: str, statements: Sequence[BankStatement]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    names = (account, *sorted({statement.account for statement in statements}))
    return tuple(dict.fromkeys(names)), tuple(sorted({statement.file for statement in statements}))


def _account(
    account: str, currency: str, decimals: int, statements: Sequence[BankStatement]
) -> BankAccount:
    says = Says(account, currency, decimals)
    readable = [item for item in (told(statement, says) for statement in statements) if item]
    readable.sort(key=lambda item: item.key)
    whole = [item for item in readable if item.statement.telling is Telling.STATEMENT]
    others = [item for item in readable if item.statement.telling is not Telling.STATEMENT]
    tellings = chains(joined_pages(whole))
    turn_reversals(tellings, others, says)
    for chain in tellings:
        check(chain, says)
    pieces, found = counted(tellings, says)
    ledger = sorted((row for piece in pieces for row in piece.rows), key=lambda row: row.booked)
    found.extend(_misdated(pieces, says))
    opening = _opening(pieces)
    second = SecondTellings(says, pieces, ledger, opening)
    for number, chain in enumerate(tellings):
        second.reconcile_chain(number, chain)
    for item in others:
        second.reconcile_other(item)
    found.extend(second.doubts)
    if not pieces:
        why = f"only interim reports and notices tell account {account}, and they are no moves"
        found.extend(
            (Gap(account, currency, item.start, item.end, why), item.statement.file)
            for item in others
        )
    for gap, file in found:
        since = f"from {gap.start} on" if gap.later else "on these days"
        do = f"Ask the bank for the statements of {days_text(gap.start, gap.end)}"
        if gap.unopened:
            do = "Give its opening balance in openings, or a statement that states it"
        hidden = f"the balances of account {account} are not shown {since}"
        says.fault(file, "", gap.why, f"{do}; {hidden}")
    _fault_uncounted(tellings, pieces, says)
    names, files = _names_and_files(account, statements)
    used = (piece.told.statement.file for piece in pieces)
    return BankAccount(
        account,
        currency,
        decimals,
        tuple(_entry(row, second.same.get(row, []), place) for place, row in enumerate(ledger)),
        opening,
        tuple(_closings(pieces)),
        min((piece.first for piece in pieces), default=None),
        max((piece.last for piece in pieces), default=None),
        tuple(sorted({gap for gap, _ in found}, key=lambda gap: (gap.start, gap.end, gap.why))),
        tuple(second.differences),
        tuple(dict.fromkeys(says.faults)),
        tuple(dict.fromkeys(says.notes)),
        names,
        tuple(dict.fromkeys((*used, *files))),
        bool(pieces and pieces[0].told.statement.start),
    )


def _opening(pieces: Sequence[Piece]) -> DayBalance | None:
    """Return the balance before the first piece: as stated, or what its closing one leaves."""
    if not pieces or pieces[0].told.before is None:
        return None
    statement = pieces[0].told.statement
    given = statement.opening or statement.closing
    row = given.row if given else ""
    return DayBalance(pieces[0].first, pieces[0].told.before, WitnessRow(statement.file, row))


def _closings(pieces: Sequence[Piece]) -> Iterable[DayBalance]:
    """Yield the closing balances that are stated and were reached."""
    for piece in pieces:
        closing, item = piece.told.statement.closing, piece.told
        if closing and item.closing is not None and not item.problem and piece.last == item.end:
            witness = WitnessRow(item.statement.file, closing.row)
            yield DayBalance(closing.day, item.closing, witness)


def _misdated(pieces: Sequence[Piece], says: Says) -> Iterable[tuple[Gap, str]]:
    """Yield the days that are in doubt by rows whose booking day is not of their statement."""
    for piece in pieces:
        item = piece.told
        for row in piece.rows:
            file = item.statement.file
            what = f"{row.witness.row} of {says.text(row.amount)} in {item.name}"
            if row.booked < item.start:
                why = f"{what} is booked on {row.booked}, before the first day of its statement"
            elif row.booked > item.end:
                why = f"{what} is booked on {row.booked}, after the last day of its statement"
            elif row.entry.doubt and item.start < item.end:
                why = f"the booking day of {what} is not sure: {row.entry.doubt}"
            else:
                continue
            # Which day is right nobody knows: any of the statement's, or the one written.
            first = min(item.start, row.booked)
            last = date.fromordinal(max(item.end, row.booked).toordinal() - 1)
            yield Gap(says.account, says.currency, first, last, why, later=False), file


def _fault_uncounted(
    tellings: Sequence[Sequence[Told]], pieces: Sequence[Piece], says: Says
) -> None:
    """Keep a fault of each statement that does not close though another telling does."""
    used = {piece.told for piece in pieces}
    for chain in tellings:
        for item in chain:
            why = item.problem or item.broken
            if why and item not in used:
                says.fault(
                    item.statement.file,
                    "",
                    f"{why}; another telling of the account closes over these days and is counted",
                    "Ask the bank for this file again, or say why it differs",
                )


def _entry(row: Row, others: Sequence[Row], place: int) -> AccountEntry:
    """Return a counted row with all its tellings; what one leaves out another may say."""
    tellings = (row, *others)
    references = (text for item in tellings for text in item.written_references)
    entry = row.entry
    return AccountEntry(
        row.booked,
        row.amount,
        tuple(dict.fromkeys(references)),
        next((item.entry.value for item in tellings if item.entry.value), None),
        next((item.entry.party for item in tellings if item.entry.party), ""),
        next((item.entry.party_account for item in tellings if item.entry.party_account), ""),
        next((item.entry.text for item in tellings if item.entry.text), ""),
        entry.reversal,
        tuple(dict.fromkeys(item.witness for item in tellings)),
        place,
    )
