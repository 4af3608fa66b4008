"""Exhibits: a document under the name it is cited by in a paper or at a hearing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from forthwith.domain.errors import ForthwithError

_LONGEST_NAME = 40
_NUMBERED = re.compile(r"(?P<stem>.*?)(?P<number>[0-9]{1,9})", re.DOTALL)
_RANGE = re.compile(r"(\d{1,7})(?:\s*[-\u2013]\s*(\d{1,7}))?")


class ExhibitNameError(ForthwithError):
    """A name that no exhibit can have, or that another has."""


class NotPagesError(ForthwithError):
    """Text that should name pages of a document does not."""

    def __init__(self, text: str, count: int) -> None:
        super().__init__(
            f"{text[:60]!r} names no pages of this document, which has {count:,}. Write 3, 2-5 or "
            "1, 4-6; leave it empty for all."
        )


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit."""

    #: "Ex. 12": as stamped and cited.
    name: str
    control: str
    #: What the list of the binder calls it.
    title: str
    #: Pages of the document that it has, from 1; () for all of them.
    pages: tuple[int, ...]
    #: Pages of the document that are meant.
    pinpoints: tuple[int, ...]
    #: First and last Bates number of the document; "" where it has none.
    first: str
    last: str
    #: Login, and ISO instant (UTC).
    who: str
    at: str
    #: When it was taken back; "" while it stands. Its name is not given again.
    withdrawn: str = ""

    def body(self) -> dict[str, Any]:
        """Return what is kept beside name and control number."""
        return {
            "title": self.title,
            "pages": list(self.pages),
            "pinpoints": list(self.pinpoints),
            "first": self.first,
            "last": self.last,
            "who": self.who,
            "at": self.at,
            "withdrawn": self.withdrawn,
        }

    @classmethod
    def from_body(cls, name: str, control: str, body: Mapping[str, Any]) -> Exhibit:
        """Return the exhibit that `body` is of."""
        return cls(
            name,
            control,
            body["title"],
            tuple(body["pages"]),
            tuple(body["pinpoints"]),
            body["first"],
            body["last"],
            body["who"],
            body["at"],
            body["withdrawn"],
        )


def name_key(name: str) -> str:
    """Return what two names that nobody tells apart have in common: "Ex. 12" is "EX 012"."""
    signs = re.sub(r"[\W_]+", "", name).casefold()
    return re.sub(r"(?<![0-9])0+(?=[0-9])", "", signs)


def checked_name(name: str, taken: Iterable[str]) -> str:
    """Return a name as it will be stamped. Raises ExhibitNameError with the next free name."""
    taken = list(taken)
    name = " ".join(name.split())
    if not name_key(name) or len(name) > _LONGEST_NAME or not name.isprintable():
        raise ExhibitNameError(
            f"An exhibit cannot be called {name[:60]!r}: a name is up to {_LONGEST_NAME} letters "
            f"and digits, such as {next_name(taken)}."
        )
    if name_key(name) in {name_key(other) for other in taken}:
        raise ExhibitNameError(
            f"The name {name} is taken, or was, and names are not given twice. The next free name "
            f"is {next_name(taken, name)}."
        )
    return name


def next_name(taken: Iterable[str], like: str = "") -> str:
    """Return the next free name of a series: "Ex. 13" after "Ex. 12"; that of `like` where given.

    Without `like`, the series of the name given last.
    """
    shapes = [shape for shape in map(_NUMBERED.fullmatch, taken) if shape]
    given = _NUMBERED.fullmatch(like)
    stem = given["stem"] if given else f"{like} " if like else ""
    if not like and shapes:
        stem = shapes[-1]["stem"]
    series = [shape for shape in shapes if name_key(shape["stem"]) == name_key(stem)]
    if not series:
        return f"{stem or 'Ex. '}1"
    last = series[-1]
    width = len(last["number"]) if last["number"].startswith("0") else 0
    return f"{last['stem']}{max(int(shape['number']) for shape in series) + 1:0{width}d}"


def pages_read(text: str, count: int) -> tuple[int, ...]:
    """Read "1, 4-6" as pages of a document of `count`, in order, each once; () of an empty text.

    Raises NotPagesError.
    """
    pages: set[int] = set()
    for part in filter(None, (part.strip() for part in re.split(r"[,;]", text))):
        span = _RANGE.fullmatch(part)
        if span is None:
            raise NotPagesError(text, count)
        first, last = int(span[1]), int(span[2] or span[1])
        if not 1 <= first <= last <= count:
            raise NotPagesError(text, count)
        pages.update(range(first, last + 1))
    return tuple(sorted(pages))
