"""Pages cited: whether two citations speak of the same page, a run of pages included.

    HC00000012    HC00000010-HC00000020    HC00000010-20

A Bates prefix may hold hyphens itself, so a run is read only where both its ends are numbers.
"""

from __future__ import annotations

from collections.abc import Iterable

from forthwith.domain.bates import Bates, NotABatesNumberError

_Run = tuple[Bates, Bates]


def meet(one: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether some citation of the one is, or runs over a page of, one of the other."""
    mine, theirs = {each.casefold() for each in one}, {each.casefold() for each in other}
    if mine & theirs:
        return True
    runs = [run for each in mine if (run := _run(each))]
    return any(_share(run, found) for each in theirs if (found := _run(each)) for run in runs)


def _share(one: _Run, other: _Run) -> bool:
    (first, last), (begin, end) = one, other
    if (first.prefix, first.width) != (begin.prefix, begin.width):
        return False
    return first.number <= end.number and begin.number <= last.number


def _run(cite: str) -> _Run | None:
    """Return the first and the last page of a citation; None where it is no number."""
    parts = cite.replace("–", "-").split("-")
    for at in range(1, len(parts)):
        first, tail = _page("-".join(parts[:at])), "-".join(parts[at:])
        if first is not None:
            short = tail.isascii() and tail.isdigit() and len(tail) < first.width
            last = _page(f"{str(first)[: -len(tail)]}{tail}" if short else tail)
            if last is not None and first.pages_to(last) is not None:
                return first, last
    page = _page(cite)
    return (page, page) if page else None


def _page(text: str) -> Bates | None:
    try:
        return Bates.parse(text)
    except NotABatesNumberError:
        return None
