"""What a description must not do: give the document away, or say the same of everything."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from forthwith.domain.documents import ControlNumber
from forthwith.review.privilege.near_duplicates import words

#: So many words of the document on end are a quotation, marked as one or not; fewer may be the
#: name of a subject.
LONGEST_RUN = 8
#: Marked as a quotation, fewer will do.
LEAST_QUOTATION = 3
#: One description for so many families describes none of them.
MANY = 5
_QUOTATION = re.compile('["\u201c\u201e\u00ab]([^"\u201c\u201d\u201e\u00ab\u00bb]+)["\u201d\u00bb]')


def given_away(description: str, body: str) -> str:
    """Return the document's own words that a description holds, "" when it holds none."""
    theirs = words(body)
    for quotation in _QUOTATION.findall(description):
        if len(own := words(quotation)) >= LEAST_QUOTATION and _holds(theirs, own):
            return " ".join(own)
    runs = set(_runs(theirs, LONGEST_RUN))
    return next((" ".join(each) for each in _runs(words(description), LONGEST_RUN) if each in runs),
                "")  # fmt: skip


def _holds(text: list[str], run: list[str]) -> bool:
    return tuple(run) in set(_runs(text, len(run)))


def _runs(text: list[str], length: int) -> Iterator[tuple[str, ...]]:
    return zip(*(text[start:] for start in range(length)))


def repeated(
    described: Iterable[tuple[ControlNumber, str]], family: Mapping[ControlNumber, ControlNumber]
) -> list[list[ControlNumber]]:
    """Return groups of documents of `MANY` families or more under one description."""
    alike: dict[tuple[str, ...], list[ControlNumber]] = {}
    for control, description in described:
        if key := tuple(words(description)):
            alike.setdefault(key, []).append(control)
    return [each for each in alike.values() if len({family[one] for one in each}) >= MANY]
