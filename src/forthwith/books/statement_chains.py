"""Chains of statements: what follows what, and whether each statement's arithmetic closes.

A chain is the statements of one account that follow each other in one telling: daily CAMT files,
monthly ones beside them, an OFX download. Opening + entries = closing; next opening = this closing;
next number = this number + 1; no days left out between stated periods; all pages; control totals.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import accumulate, pairwise

from forthwith.books.books import WitnessRow
from forthwith.books.tellings import Row
from forthwith.domain.amounts import AmountError, amount_text, units
from forthwith.domain.bank import BankBalance, BankStatement
from forthwith.domain.fact_tables import RowFault

#: Of two tellings that are as good as each other, the earlier form is counted.
FORMS = ("camt.053", "mt940", "bai2", "csv", "ofx")
_LINE = re.compile(r"\bline (\d+)\b")
_SATURDAY = 5
#: No bank books in others; a day in one is a garbled date.
YEARS = range(1900, 2200)
#: What a bank that numbers its statements by their day writes, as strftime does.
_DAY_NUMBERS = ("%j", "%y%j", "%Y%j", "%y%m%d", "%Y%m%d")
_AGAIN = "Ask the bank for the file again"


@dataclass(slots=True)
class Says:
    """One account in one currency while it is read: how it writes amounts, what was found."""

    account: str
    currency: str
    decimals: int
    faults: list[RowFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self, amount: int) -> str:
        """Return an amount with its currency."""
        return f"{amount_text(amount, self.decimals)} {self.currency}".rstrip()

    def fault(self, file: str, row: str, what: str, do: str) -> None:
        """Keep a fault of a row; `row` as a witness writes it."""
        line = _LINE.search(row)
        self.faults.append(RowFault(file, int(line[1]) if line else 0, what, do))


@dataclass(slots=True, eq=False)
class Told:
    """One statement with its numbers, or the pages of one; what is wrong with it, if anything."""

    statement: BankStatement
    #: In the order of the file.
    rows: list[Row]
    opening: int | None
    closing: int | None
    start: date
    end: date
    #: Why its days are not shown; "" while its arithmetic closes.
    problem: str = ""
    #: Why it does not follow the statement before it in its chain; "" where it does.
    broken: str = ""
    #: Balances before its first and after its last row, as far as known.
    before: int | None = None
    after: int | None = None
    #: Whether `before` is only what the closing balance leaves.
    derived: bool = False
    _days: list[date] = field(default_factory=list)
    _sums: list[int] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Return the sum of its rows."""
        return sum(row.amount for row in self.rows)

    def sum_before(self, day: date) -> int:
        """Return the sum of its rows booked before a day."""
        if len(self._sums) != len(self.rows) + 1:
            ordered = sorted(self.rows, key=lambda row: row.booked)
            self._days = [row.booked for row in ordered]
            self._sums = [0, *accumulate(row.amount for row in ordered)]
        return self._sums[bisect_left(self._days, day)]

    def balance_before(self, day: date) -> int | None:
        """Return its balance before a day, from its own opening and rows."""
        return None if self.before is None else self.before + self.sum_before(day)

    @property
    def name(self) -> str:
        """Return how a person would look for it: "statement 12 (2026-02-01 to 2026-02-28)"."""
        number = f"statement {self.statement.number}" if self.statement.number is not None else ""
        if number and self.statement.page not in (None, 0, 1):
            number += f" page {self.statement.page}"
        days = f"{self.start} to {self.end}" if self.start != self.end else f"{self.start}"
        return f"{number} ({days})" if number else f"the statement of {days}"

    @property
    def content(self) -> tuple[object, ...]:
        """Return what it says, without where it stands: alike in two copies of one file."""
        statement = self.statement
        rows = tuple((row.booked, row.amount, row.entry.references) for row in self.rows)
        return (
            statement.form, statement.number, statement.page, self.start, self.end, self.opening,
            self.closing, rows,
        )  # fmt: skip

    @property
    def key(self) -> tuple[object, ...]:
        """Return what orders statements, whatever order the files came in."""
        statement = self.statement
        return (
            self.start,
            self.end,
            -1 if statement.number is None else statement.number,
            statement.page or 0,
            statement.form,
            statement.id,
            statement.file,
            self.rows[0].entry.row if self.rows else "",
        )


class _Reading:
    """The texts of one statement made numbers; collects what of it cannot be read."""

    def __init__(self, statement: BankStatement, says: Says) -> None:
        self.statement = statement
        self.says = says
        self.unread = list(statement.unread)

    def amount(self, text: str, day: date, row: str) -> int | None:
        """Return an amount in smallest units; None, with a fault, where it or its day is none."""
        try:
            if day.year not in YEARS:
                raise AmountError(f"its day {day} is in no year a bank books in")
            return units(text, self.says.decimals)
        except AmountError as wrong:
            self.unread.append(f"{row} cannot be read")
            self.says.fault(
                self.statement.file,
                row,
                f"{row}: {wrong}",
                f"Check the decimals of {self.says.currency} in assets, and the row with the bank",
            )
            return None

    def rows(self) -> list[Row]:
        """Return the entries that can be read."""
        found = []
        for entry in self.statement.entries:
            moved = self.amount(entry.amount, entry.booked, entry.row)
            if moved is not None:
                witness = WitnessRow(self.statement.file, entry.row)
                found.append(Row(entry.booked, moved, entry, witness))
        return found

    def balance(self, given: BankBalance | None) -> int | None:
        """Return a balance in smallest units."""
        return None if given is None else self.amount(given.amount, given.day, given.row)

    def days(self, rows: Sequence[Row]) -> tuple[date, date] | None:
        """Return first and last day, as stated or else as balances and entries have them."""
        statement = self.statement
        booked = [row.booked for row in rows]
        stated = [statement.start, statement.end]
        stated += [given.day for given in (statement.opening, statement.closing) if given]
        days = [day for day in (*stated, *booked) if day and day.year in YEARS]
        if not days:
            return None
        opened = [statement.opening.day] if statement.opening else booked or days
        closed = [statement.closing.day] if statement.closing else booked or days
        start, end = statement.start or min(opened), statement.end or max(closed)
        if not statement.start and statement.opening and start < end and start not in booked:
            # The day of an opening balance may be that of the closing one before: banks differ.
            start = date.fromordinal(start.toordinal() + 1)
        if end < start or start.year not in YEARS or end.year not in YEARS:
            self.unread.append(f"its days {start} to {end} are none")
            start, end = min(days), max(days)
        return start, end


def told(statement: BankStatement, says: Says) -> Told | None:
    """Return a statement with its numbers; None, with a fault, where it names no day at all."""
    reading = _Reading(statement, says)
    rows = reading.rows()
    opening, closing = reading.balance(statement.opening), reading.balance(statement.closing)
    days = reading.days(rows)
    if days is None:
        says.fault(
            statement.file,
            "",
            f"a statement of account {says.account} has no entry, no balance and no day",
            _AGAIN,
        )
        return None
    for what, claimed, counted in statement.controls:
        if claimed != counted:
            reading.unread.append(f"the file says {what} is {claimed}, and its rows give {counted}")
    found = Told(statement, rows, opening, closing, *days)
    if reading.unread:
        found.problem = f"{found.name} is not whole: {'; '.join(dict.fromkeys(reading.unread))}"
    return found


def chains(given: Sequence[Told]) -> list[list[Told]]:
    """Return the chains of statements, the best telling first, the order of files aside.

    A statement goes on in a chain if it begins after the last one ended; of several the one that
    opens with its closing balance. What overlaps is another chain.
    """
    waiting = sorted(given, key=lambda item: item.key)
    found: list[list[Told]] = []
    while waiting:
        chain, rest = [waiting[0]], waiting[1:]
        waiting = []
        place = 0
        while place < len(rest):
            # Statements of one first day: the one that continues, else the first that may follow.
            upto = place
            while upto < len(rest) and rest[upto].start == rest[place].start:
                upto += 1
            group = rest[place:upto]
            while group:
                may = [item for item in group if _may_follow(chain[-1], item)]
                if not may:
                    break
                best = next((item for item in may if _continues(chain[-1], item)), may[0])
                group.remove(best)
                chain.append(best)
            waiting.extend(group)
            place = upto
        found.append(chain)
    return sorted(found, key=_rank)


def check(chain: Sequence[Told], says: Says) -> None:
    """Say of each statement of a chain whether it follows the one before, and whether it closes.

    Fills `broken`, `problem`, `before`, `after` and `derived`.
    """
    numbers = _Numbers(chain, says)
    #: Statements since the last balance that none of them states.
    unproved: list[Told] = []
    last: Told | None = None
    for item in chain:
        if last is not None:
            item.broken = _broken(last, item, numbers, says)
        inherited = None if last is None or item.broken else last.after
        if unproved and (item.broken or item.opening is not None):
            if item.broken:
                _unclosed(unproved)
            unproved = []
        item.before = item.opening if item.opening is not None else inherited
        last = item
        if item.before is None and item.closing is None:
            _spoil(item, "states no balance, so nothing shows that its entries are all")
        elif item.before is None:
            _derive(item)
        elif item.closing is None or (not _closes(item) and _states_another_day(item)):
            item.after = item.before + item.total
            unproved.append(item)
        else:
            if item.after != item.closing and not _closes(item):
                _does_not_close(item, unproved, says)
            unproved = []
    _unclosed(unproved)


def _does_not_close(item: Told, unproved: Sequence[Told], says: Says) -> None:
    """Spoil a statement whose arithmetic fails, and those before it that hang on its balance."""
    before, closing = item.before or 0, item.closing or 0
    _spoil(
        item,
        f"opens at {says.text(before)}, its entries add up to {says.text(item.total)}, and it "
        f"closes at {says.text(closing)}: {says.text(closing - before - item.total)} is not "
        "explained",
    )
    for other in unproved:
        _spoil(other, f"and {item.name} do not close together")
    item.after = closing


def turn_reversals(
    all_chains: Sequence[Sequence[Told]], others: Sequence[Told], says: Says
) -> None:
    """Turn the sign of reversals where that, and only that, makes a bank's statements close.

    ISO 20022 has the sign in CdtDbtInd; some banks give it the sign of the entry reversed. A
    statement that cannot tell (no balance, or reversals that cancel out) goes with the others of
    its form, if all of those agree.
    """
    votes: defaultdict[str, set[bool]] = defaultdict(set)
    undecided: list[Told] = []
    for chain in all_chains:
        before: int | None = None
        for item in chain:
            opening = item.opening if item.opening is not None else before
            before = item.closing
            reversals = [row.amount for row in item.rows if row.entry.reversal]
            if not reversals:
                continue
            if opening is None or item.closing is None or not sum(reversals):
                undecided.append(item)
                continue
            plain = opening + item.total == item.closing
            turned = opening + item.total - 2 * sum(reversals) == item.closing
            if plain or turned:
                votes[_family(item)].add(turned)
            if turned:
                _turn(item, says, "it closes only so")
    for item in (*undecided, *others):
        if votes[_family(item)] == {True} and any(row.entry.reversal for row in item.rows):
            _turn(item, says, "as in the bank's other statements")


def _turn(item: Told, says: Says, why: str) -> None:
    count = 0
    for place, row in enumerate(item.rows):
        if row.entry.reversal:
            item.rows[place] = Row(row.booked, -row.amount, row.entry, row.witness)
            count += 1
    says.notes.append(
        f"{item.statement.file}: the bank writes a reversal with the sign of what it reverses; "
        f"in {item.name} {count} {'has its sign' if count == 1 else 'have their signs'} turned, "
        f"{why}"
    )


def _family(item: Told) -> str:
    return item.statement.form.partition(".")[0]


def joined_pages(given: Sequence[Told]) -> list[Told]:
    """Return statements, those told in pages without balances of their own joined into one.

    Pages whose balances follow each other (MT940's 60M and 62M) stay as they are. A page that is
    missing spoils the statement.
    """
    layers: Counter[tuple[object, ...]] = Counter()
    groups: defaultdict[tuple[object, ...], list[Told]] = defaultdict(list)
    rest: list[Told] = []
    for item in sorted(given, key=lambda item: item.key):
        statement = item.statement
        if statement.page is None:
            rest.append(item)
            continue
        # Copies of one file are told apart, so that each page is joined once.
        layers[item.content] += 1
        name = statement.number if statement.number is not None else statement.id
        groups[statement.form, name, layers[item.content]].append(item)
    for group in groups.values():
        run: list[Told] = []
        for item in group:
            if run and (item.statement.page or 0) <= (run[-1].statement.page or 0):
                rest.extend(_joined(run))
                run = []
            run.append(item)
        rest.extend(_joined(run))
    return sorted(rest, key=lambda item: item.key)


def _joined(pages: list[Told]) -> list[Told]:
    openings = {page.opening for page in pages} - {None}
    closings = {page.closing for page in pages} - {None}
    numbers = [page.statement.page or 0 for page in pages]
    whole = all(page.opening is not None and page.closing is not None for page in pages)
    if len(pages) > 1 and whole and all(a.closing == b.opening for a, b in pairwise(pages)):
        return pages
    if len(openings) > 1 or len(closings) > 1:
        return pages
    first, last = pages[0], pages[-1]
    missing = sorted(set(range(1, numbers[-1] + 1)) - set(numbers))
    if len(pages) == 1 and whole and not missing:
        if last.statement.last_page is False:
            _spoil(last, f"says that more pages follow page {numbers[-1]}")
        return pages
    opened = next((page for page in pages if page.opening is not None), first)
    closed = next((page for page in reversed(pages) if page.closing is not None), last)
    statement = replace(
        first.statement,
        opening=opened.statement.opening,
        closing=closed.statement.closing,
        page=None,
        last_page=last.statement.last_page,
    )
    item = Told(
        statement,
        [row for page in pages for row in page.rows],
        opened.opening,
        closed.closing,
        min(page.start for page in pages),
        max(page.end for page in pages),
        next((page.problem for page in pages if page.problem), ""),
    )
    if missing and missing != [0]:
        _spoil(item, f"lacks page {', '.join(map(str, missing))}")
    elif last.statement.last_page is False:
        _spoil(item, f"says that more pages follow page {numbers[-1]}")
    return [item]


def _spoil(item: Told, why: str) -> None:
    item.problem = item.problem or f"{item.name} {why}"


def _unclosed(run: Sequence[Told]) -> None:
    for item in run:
        _spoil(item, "states no closing balance, so nothing shows that its entries are all")


def _rank(chain: Sequence[Told]) -> tuple[object, ...]:
    """Return the order of chains: both balances before one, form, then what they say."""
    form = chain[0].statement.form
    both = sum(item.opening is not None and item.closing is not None for item in chain)
    return (
        both == 0,
        FORMS.index(form) if form in FORMS else len(FORMS),
        -sum((item.end - item.start).days + 1 for item in chain),
        chain[0].key,
    )


def _may_follow(last: Told, item: Told) -> bool:
    if item.statement.form != last.statement.form:
        return False
    if item.start > last.end:
        return True
    if item.start < last.end or item.content == last.content:
        return False
    number, before = item.statement.number, last.statement.number
    same = number is not None and number == before
    if same and (item.statement.page or 1) == (last.statement.page or 1):
        return False
    # On one day: the next of the day, or a statement whose opening day is the day before its own.
    later = number is not None and before is not None and number > before
    return _continues(last, item) or item.statement.start is None or later


def _continues(last: Told, item: Told) -> bool:
    return item.opening is not None and item.opening == last.closing


def _closes(item: Told) -> bool:
    """Return whether a statement's arithmetic closes, and set `after`.

    A balance may be stated at a day before the statement's last: then it is of the rows until it.
    """
    before, closing = item.before or 0, item.statement.closing
    item.after = before + item.total
    if item.after == item.closing or closing is None:
        return True
    until = sum(row.amount for row in item.rows if row.booked <= closing.day)
    return closing.day < item.end and before + until == item.closing


def _states_another_day(item: Told) -> bool:
    """Return whether the balance is of a day after the statement's own last (OFX's DTASOF)."""
    closing, end = item.statement.closing, item.statement.end
    return bool(closing and end and closing.day > end)


def _derive(item: Told) -> None:
    """Work out the balance before a statement that states only its closing one."""
    closing = item.statement.closing
    if closing is None or item.closing is None:
        return
    if _states_another_day(item):
        _spoil(item, f"states its balance at {closing.day}, after its last day, and no other")
        return
    until = sum(row.amount for row in item.rows if row.booked <= closing.day)
    item.before = item.closing - (until if closing.day < item.end else item.total)
    item.after = item.before + item.total
    item.derived = True


class _Numbers:
    """What the numbers and pages of a chain count, if they count its statements."""

    def __init__(self, chain: Sequence[Told], says: Says) -> None:
        found = [item for item in chain if item.statement.number is not None]
        numbers = [item.statement.number or 0 for item in found]
        pages = {item.statement.page for item in chain}
        self.pages = len(pages) > 1
        self.count = bool(found)
        if len(found) < 2:
            return
        if len(set(numbers)) == 1 and not self.pages:
            self.count = False
            says.notes.append(
                f"{found[0].statement.file}: every statement has the number {numbers[0]}, so "
                "numbers say nothing about a missing one; balances and days do"
            )
        elif not all(later in (before, before + 1) for before, later in pairwise(numbers)):
            self.count = not any(
                all(str(number) == item.end.strftime(form).lstrip("0")
                    for number, item in zip(numbers, found, strict=True))
                for form in _DAY_NUMBERS
            )  # fmt: skip
            if not self.count:
                says.notes.append(
                    f"{found[0].statement.file}: statements are numbered by their day, so "
                    "numbers say nothing about a missing one; balances and days do"
                )

    def follows(self, last: Told, item: Told) -> bool:
        """Return whether a statement is the next of the other by number, or its next page."""
        number, before = item.statement.number, last.statement.number
        if not self.count or number is None or before is None:
            return False
        page, page_before = item.statement.page or 1, last.statement.page or 1
        if number == before:
            return page == page_before + 1
        return number == before + 1 and (page == 1 or not self.pages)

    def missing(self, last: Told, item: Told, *, agrees: bool) -> str:
        """Return what the numbers say is missing before a statement; "" where they do not."""
        number, before = item.statement.number, last.statement.number
        if not self.count or number is None or before is None or self.follows(last, item):
            return ""
        if number == before:
            if agrees and (item.statement.page or 1) == (last.statement.page or 1):
                return ""
            return f"page {item.statement.page or 1} follows page {last.statement.page or 1}"
        if number in (0, 1) and item.end.year > last.start.year and agrees:
            return ""
        if number == before + 1:
            return f"{item.name} begins with page {item.statement.page}"
        if number > before + 2:
            gone = f"statements {before + 1} to {number - 1} are missing"
        else:
            gone = f"statement {before + 1} is missing"
        return f"{gone}: {item.name} follows {last.name}"


def _broken(last: Told, item: Told, numbers: _Numbers, says: Says) -> str:
    """Return why a statement does not follow the one before it: "" where it does."""
    why = []
    stated = last.closing is not None and not _states_another_day(last)
    closing = last.closing if stated and last.problem else last.after
    agrees = item.opening is not None and item.opening == closing
    if item.opening is not None and closing is not None and not agrees:
        why.append(
            f"{item.name} opens at {says.text(item.opening)}, and {last.name} closed at "
            f"{says.text(closing)}"
        )
    if missing := numbers.missing(last, item, agrees=agrees):
        why.append(missing)
    if last.statement.last_page is False and item.statement.number != last.statement.number:
        why.append(f"{last.name} says that more pages follow")
    if not numbers.follows(last, item) and not _adjoin(last, item):
        why.append(f"no statement covers the days between {last.end} and {item.start}")
    return "; ".join(why)


def _adjoin(last: Told, item: Told) -> bool:
    """Return whether stated periods leave no day out but Saturdays and Sundays.

    Where a statement states no period, days between two balances that agree hold no entry.
    """
    if last.statement.end is None or item.statement.start is None:
        return True
    first = last.end.toordinal() + 1
    days = range(first, item.start.toordinal())
    return len(days) <= 2 and all(date.fromordinal(day).weekday() >= _SATURDAY for day in days)
