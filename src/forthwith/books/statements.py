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

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import accumulate

from forthwith.books.account_numbers import doubtful_pairs, fullest
from forthwith.books.bank_accounts import AccountEntry, BankAccount, DayBalance, Difference, Gap
from forthwith.books.books import WitnessRow
from forthwith.books.statement_chains import (
    Says,
    Told,
    chains,
    check,
    joined_pages,
    told,
    turn_reversals,
)
from forthwith.books.tellings import NEAR, Pairs, Row, pair
from forthwith.domain.bank import BankStatement, Telling
from forthwith.domain.fact_tables import RowFault


@dataclass(frozen=True, slots=True, eq=False)
class _Piece:
    """What is counted of one statement: its rows booked from `first` to `last`."""

    chain: int
    told: Told
    first: date
    last: date
    rows: tuple[Row, ...]


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
    pieces, found = _walk(tellings, says)
    ledger = sorted((row for piece in pieces for row in piece.rows), key=lambda row: row.booked)
    found.extend(_misdated(pieces, says))
    opening = _opening(pieces)
    second = _SecondTellings(says, pieces, ledger, opening)
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
        says.fault(
            file,
            "",
            gap.why,
            f"Ask the bank for the statements of {_days(gap.start, gap.end)}; the balances of "
            f"account {account} are not shown {since}",
        )
    _fault_uncounted(tellings, pieces, says)
    names, files = _names_and_files(account, statements)
    counted = (piece.told.statement.file for piece in pieces)
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
        tuple(dict.fromkeys((*counted, *files))),
        bool(pieces and pieces[0].told.statement.start),
    )


def _days(first: date, last: date) -> str:
    return f"{first}" if first == last else f"{first} to {last}"


def _walk(
    tellings: Sequence[Sequence[Told]], says: Says
) -> tuple[list[_Piece], list[tuple[Gap, str]]]:
    """Return the pieces that are counted, in order, and the gaps between and within them.

    A better telling is taken up where its balance agrees with the one reached; what does not close
    is counted only where no other telling closes over its days.
    """
    pieces: list[_Piece] = []
    gaps: list[tuple[Gap, str]] = []
    starts = [[item.start for item in chain] for chain in tellings]
    place: tuple[int, int] | None = None
    balance: int | None = None
    day: date | None = None

    def gap(first: date, last: date, why: str, file: str) -> None:
        gaps.append((Gap(says.account, says.currency, first, last, why), file))

    def take(chain: int, number: int, first: date, last: date) -> None:
        nonlocal place, balance, day
        item = tellings[chain][number]
        rows = item.rows
        if first > item.start or last < item.end:
            rows = [
                row
                for row in rows
                if (first <= row.booked or first == item.start)
                and (row.booked <= last or last == item.end)
            ]
        pieces.append(_Piece(chain, item, first, last, tuple(rows)))
        if last == item.end:
            balance, place = item.after, (chain, number)
        else:
            balance, place = None, None
        if item.problem:
            balance = item.closing
            gap(first, last, item.problem, item.statement.file)
        day = _next(last)

    while True:
        following = (place[0], place[1] + 1) if place else None
        if following and following[1] >= len(tellings[following[0]]):
            following = None
        options: list[tuple[int, int, int]] = []
        if following:
            item = tellings[following[0]][following[1]]
            if not item.broken and not item.problem:
                options.append((following[0], 0, following[1]))
        if day and balance is not None:
            for chain, days in enumerate(starts):
                number = bisect_right(days, day) - 1
                if number < 0 or (place and chain == place[0]):
                    continue
                item = tellings[chain][number]
                if day <= item.end and not item.problem and item.balance_before(day) == balance:
                    options.append((chain, 1, number))
        if options:
            chain, other, number = min(options)
            item = tellings[chain][number]
            take(chain, number, day if other and day else item.start, item.end)
            continue
        chosen = _next_start(tellings, place, day)
        if chosen is None:
            return pieces, gaps
        chain, number, last = chosen
        item = tellings[chain][number]
        if day is None:
            take(chain, number, item.start, last)
            continue
        own = (chain, number) == following
        if own and item.broken:
            before = date.fromordinal(item.start.toordinal() - 1)
            first = day if day <= before else item.start
            gap(first, max(first, before), item.broken, item.statement.file)
        elif item.start > day:
            before = date.fromordinal(item.start.toordinal() - 1)
            why = f"no statement covers {_days(day, before)}"
            gap(day, before, why, item.statement.file)
        elif not item.problem and not own:
            at = item.balance_before(day)
            reached = "unknown" if balance is None else says.text(balance)
            other_side = "unknown" if at is None else says.text(at)
            why = (
                f"before {day} the balance is {reached} after {pieces[-1].told.name} in "
                f"{pieces[-1].told.statement.file}, and {other_side} in {item.statement.file}"
            )
            gap(day, item.end, why, item.statement.file)
        take(chain, number, item.start if own else max(day, item.start), last)


def _next(day: date) -> date:
    return date.fromordinal(min(day.toordinal() + 1, date.max.toordinal()))


def _next_start(
    tellings: Sequence[Sequence[Told]], place: tuple[int, int] | None, day: date | None
) -> tuple[int, int, date] | None:
    """Return the statement to go on with where none continues, and the last day to take of it.

    The one that begins first; where it does not close and one that does begins before it ends, it
    is taken to the day before that one, or not at all.
    """
    waiting = []
    for chain, items in enumerate(tellings):
        for number, item in enumerate(items):
            follows = place is not None and chain == place[0] and number > place[1]
            if day is None or follows or (item.end >= day and (place is None or chain != place[0])):
                begin = item.start if day is None or follows else max(item.start, day)
                waiting.append((begin, bool(item.problem), chain, number))
    if not waiting:
        return None
    begin, problem, chain, number = min(waiting)
    item = tellings[chain][number]
    if problem:
        sound = min((entry for entry in waiting if not entry[1]), default=None)
        if sound and sound[0] <= item.end:
            if sound[0] <= begin:
                return sound[2], sound[3], tellings[sound[2]][sound[3]].end
            return chain, number, date.fromordinal(sound[0].toordinal() - 1)
    return chain, number, item.end


def _opening(pieces: Sequence[_Piece]) -> DayBalance | None:
    """Return the balance before the first piece: as stated, or what its closing one leaves."""
    if not pieces or pieces[0].told.before is None:
        return None
    statement = pieces[0].told.statement
    given = statement.opening or statement.closing
    row = given.row if given else ""
    return DayBalance(pieces[0].first, pieces[0].told.before, WitnessRow(statement.file, row))


def _closings(pieces: Sequence[_Piece]) -> Iterable[DayBalance]:
    """Yield the closing balances that are stated and were reached."""
    for piece in pieces:
        closing, item = piece.told.statement.closing, piece.told
        if closing and item.closing is not None and not item.problem and piece.last == item.end:
            witness = WitnessRow(item.statement.file, closing.row)
            yield DayBalance(closing.day, item.closing, witness)


def _misdated(pieces: Sequence[_Piece], says: Says) -> Iterable[tuple[Gap, str]]:
    """Yield the days that are in doubt by rows whose booking day is not of their statement."""
    for piece in pieces:
        item = piece.told
        for row in piece.rows:
            file = item.statement.file
            what = f"{row.witness.row} of {says.text(row.amount)} in {item.name}"
            if row.booked < item.start:
                first, last = row.booked, date.fromordinal(item.start.toordinal() - 1)
                why = f"{what} is booked on {row.booked}, before the first day of its statement"
            elif row.booked > item.end:
                first, last = item.end, date.fromordinal(row.booked.toordinal() - 1)
                why = f"{what} is booked on {row.booked}, after the last day of its statement"
            elif row.entry.doubt and item.start < item.end:
                first, last = item.start, date.fromordinal(item.end.toordinal() - 1)
                why = f"the booking day of {what} is not sure: {row.entry.doubt}"
            else:
                continue
            yield Gap(says.account, says.currency, first, last, why, later=False), file


def _fault_uncounted(
    tellings: Sequence[Sequence[Told]], pieces: Sequence[_Piece], says: Says
) -> None:
    """Keep a fault of each statement that does not close though another telling does."""
    counted = {piece.told for piece in pieces}
    for chain in tellings:
        for item in chain:
            why = item.problem or item.broken
            if why and item not in counted:
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


class _SecondTellings:
    """What every other telling says of the rows that are counted; collects while it is used."""

    def __init__(
        self,
        says: Says,
        pieces: Sequence[_Piece],
        ledger: Sequence[Row],
        opening: DayBalance | None,
    ) -> None:
        self.says = says
        self.pieces = pieces
        self.ledger = ledger
        self.opening = opening
        self.days = [row.booked for row in ledger]
        self.sums = [0, *accumulate(row.amount for row in ledger)]
        self.of_chain: defaultdict[int, set[Row]] = defaultdict(set)
        for piece in pieces:
            self.of_chain[piece.chain].update(piece.rows)
        #: Rows of other tellings by the counted row that they tell.
        self.same: dict[Row, list[Row]] = defaultdict(list)
        self.differences: list[Difference] = []
        self.doubts: list[tuple[Gap, str]] = []

    def between(self, first: date, last: date) -> Sequence[Row]:
        """Return the counted rows of some days and of those near them."""
        low = date.fromordinal(max(first.toordinal() - NEAR.days, 1))
        high = date.fromordinal(min(last.toordinal() + NEAR.days, date.max.toordinal()))
        return self.ledger[bisect_left(self.days, low) : bisect_right(self.days, high)]

    def running(self, day: date) -> int | None:
        """Return the counted balance at the end of a day."""
        if self.opening is None:
            return None
        return self.opening.amount + self.sums[bisect_right(self.days, day)]

    def reconcile_chain(self, number: int, chain: Sequence[Told]) -> None:
        """Pair the rows of a chain that are not counted with those that are, of its days."""
        counted = self.of_chain[number]
        second = [row for item in chain for row in item.rows if row not in counted]
        own = {id(piece.told) for piece in self.pieces if piece.chain == number}
        telling = [item for item in chain if id(item) not in own or second]
        if not telling:
            return
        first = [
            row for row in self.between(telling[0].start, telling[-1].end) if row not in counted
        ]
        pairs = pair(first, second)
        covered = [(item.start, item.end) for item in telling]
        pairs.only_first = [row for row in pairs.only_first if _within(row.booked, covered)]
        self._keep(pairs, chain[0].statement.file, {row.witness for row in first})
        for item in telling:
            self._compare_balances(item, pairs)

    def reconcile_other(self, item: Told) -> None:
        """Pair the rows of an interim report or a notice; it need not tell every row."""
        pairs = pair(self.between(item.start, item.end), item.rows)
        pairs.only_first = []
        covered = [(piece.first, piece.last) for piece in self.pieces]
        later = [row for row in pairs.only_second if not _within(row.booked, covered)]
        pairs.only_second = [row for row in pairs.only_second if _within(row.booked, covered)]
        if later:
            total = sum(row.amount for row in later)
            self.says.notes.append(
                f"{item.statement.file}: {len(later)} entries that add up to "
                f"{self.says.text(total)} are told by this {item.statement.telling} alone, of days "
                "that no statement covers; they are no moves"
            )
        self._keep(pairs, item.statement.file, set())

    def _keep(self, pairs: Pairs, file: str, _: set[WitnessRow]) -> None:
        text = self.says.text
        for one, two in pairs.same:
            for row in one:
                self.same[row].extend(two)
        for first, second in (*pairs.amounts, *pairs.days):
            self.same[first].append(second)
        for first, second in pairs.amounts:
            self._differ(
                "amount", first, second, second.amount - first.amount,
                f"{first.witness} says {text(first.amount)} and {second.witness} "
                f"{text(second.amount)} for one reference",
            )  # fmt: skip
        for first, second in pairs.days:
            self._differ(
                "day", first, second, first.amount,
                f"{first.witness} books {text(first.amount)} on {first.booked}, and "
                f"{second.witness} on {second.booked}",
            )  # fmt: skip
        for row in pairs.only_first:
            self._differ(
                "only_first", row, None, -row.amount,
                f"{row.witness} books {text(row.amount)} on {row.booked}, and {file} does not",
            )  # fmt: skip
        for row in pairs.only_second:
            self._differ(
                "only_second", None, row, row.amount,
                f"{row.witness} books {text(row.amount)} on {row.booked}, and the telling that is "
                "counted does not",
            )  # fmt: skip

    def _differ(
        self, kind: str, first: Row | None, second: Row | None, amount: int, says: str
    ) -> None:
        row = first or second
        assert row is not None
        self.differences.append(
            Difference(
                kind,
                row.booked,
                amount,
                (first.witness,) if first else (),
                (second.witness,) if second else (),
                says,
            )
        )

    def _compare_balances(self, item: Told, pairs: Pairs) -> None:
        """Put in doubt the days on which another telling that closes has another balance.

        A telling whose own arithmetic fails against the counted balances is refuted by them: its
        rows are differences, and the balance stands.
        """
        start = self.running(date.fromordinal(max(item.start.toordinal() - 1, 1)))
        before = start if item.derived or item.before is None else item.before
        if start is None or before is None or item.problem:
            return
        if item.closing is not None and before + item.total != item.closing and item.derived:
            return
        # A row that the other telling books on its value date counts on the counted day.
        moved = {row: one[0].booked for one, two in pairs.same if len(one) == 1 for row in two}
        theirs: defaultdict[date, int] = defaultdict(int)
        for row in item.rows:
            theirs[moved.get(row, row.booked)] += row.amount
        ours: defaultdict[date, int] = defaultdict(int)
        low, high = bisect_left(self.days, item.start), bisect_right(self.days, item.end)
        for row in self.ledger[low:high]:
            ours[row.booked] += row.amount
        difference = before - start
        if difference:
            file = item.statement.file
            says = (
                f"before {item.start} the balance is {self.says.text(before)} in {file}, and "
                f"{self.says.text(start)} in the telling that is counted"
            )
            self.differences.append(Difference("balance", item.start, difference, (), (), says))
        if item.closing is None and not difference:
            net = sum(theirs.values()) - sum(ours.values())
            if net:
                return
        since: date | None = item.start if difference else None
        for day in sorted({*theirs, *ours}):
            if not item.start <= day <= item.end:
                continue
            difference += theirs.get(day, 0) - ours.get(day, 0)
            if difference and since is None:
                since = day
            elif not difference and since is not None:
                self._doubt(item, since, date.fromordinal(day.toordinal() - 1))
                since = None
        if since is not None:
            self._doubt(item, since, item.end)

    def _doubt(self, item: Told, first: date, last: date) -> None:
        if last < first:
            return
        why = (
            f"two tellings of account {self.says.account} that both close have different balances "
            f"on {_days(first, last)}: {item.statement.file} and the one that is counted"
        )
        gap = Gap(self.says.account, self.says.currency, first, last, why, later=False)
        self.doubts.append((gap, item.statement.file))


def _within(day: date, covered: Sequence[tuple[date, date]]) -> bool:
    """Return whether a day lies in one of some spans, which are in order."""
    place = bisect_right(covered, day, key=lambda span: span[0])
    return any(day <= last for _, last in covered[max(place - 2, 0) : place])
