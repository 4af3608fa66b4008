"""Rankings a team reads by, and stops: what was drawn to show how much was found.

Which document comes when is learnt anew each time (`review.ranking`) and kept nowhere; what a
sample promises is reckoned by `review.stopping`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

from forthwith.domain.errors import ForthwithError

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,59}", re.ASCII)


class RankingNameError(ForthwithError):
    """A ranking cannot have this name."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f"{name!r} cannot name a ranking: take 1 to 60 letters, digits, dots, hyphens or "
            "underlines, a letter or a digit first, such as keys-2023."
        )


class Rule(StrEnum):
    """By what a review may stop."""

    #: A random sample of what is unread, drawn after the team decided to stop.
    CERTIFICATE = "certificate"
    #: Relevant documents drawn at random before anything is proposed, kept out of training.
    QBCB = "qbcb"


@dataclass(frozen=True, slots=True)
class Ranking:
    """What is looked for, among which documents."""

    name: str
    #: 1, 2, …: a changed ranking is a new version.
    version: int
    #: A mark of the side's form, and the value of it that is looked for.
    mark: str
    value: str
    #: "ours" or "theirs".
    side: str
    #: What finds the documents; "" for all of the side.
    query: str
    #: By which whatever is drawn can be drawn again.
    seed: str
    #: "svm" or "bayes".
    model: str
    #: A text typed by counsel, taken for a relevant document; "" for none.
    like: str = ""
    #: Login, and ISO instant (UTC); "" before it is kept.
    who: str = ""
    at: str = ""

    def __post_init__(self) -> None:
        """Refuse a name that no address could hold. Raises RankingNameError."""
        if not _NAME.fullmatch(self.name):
            raise RankingNameError(self.name)

    def body(self) -> dict[str, Any]:
        """Return what is kept of it besides name, version and who wrote it."""
        return {name: value for name, value in asdict(self).items() if name not in _ROW}


@dataclass(frozen=True, slots=True)
class Stop:
    """One try at a stop: what was drawn, and, once it was counted, what that showed."""

    #: "T0001"; "" before it is kept.
    id: str
    #: 1 when drawn; one more with each sample added, check drawn, and when it is counted.
    version: int
    ranking: str
    rule: Rule
    target: float
    confidence: float
    #: Which try of this review it is, from 1.
    attempt: int
    #: Digest of the control numbers of all documents ranked, and how many they were.
    documents: int
    of: str
    #: Digest of the control numbers that were unread (of QBCB: of all), and how many.
    unread: int
    frame: str
    #: Control numbers found relevant before the draw.
    found: tuple[str, ...]
    seed: str
    #: Control numbers in the order drawn.
    drawn: tuple[str, ...]
    #: Batches in which they are coded, and samples of quality control that check these codings.
    batches: tuple[str, ...] = ()
    checks: tuple[str, ...] = ()
    #: Of QBCB: relevant documents the sample must have.
    wanted: int = 0
    counted: bool = False
    #: Counted: what was found before and still stands, relevant of the drawn, and the bound on
    #: relevant documents among the unread, the sample's included (of QBCB: j).
    before: int = 0
    relevant: int = 0
    bound: int = 0
    certified: bool = False
    #: Control numbers of the drawn that are relevant.
    hits: tuple[str, ...] = ()
    #: Logins of who coded the sample, and who checked it.
    coders: tuple[str, ...] = ()
    checkers: tuple[str, ...] = ()
    #: Codings of the sample that were checked, and those decided otherwise.
    checked: int = 0
    overturned: int = 0
    who: str = ""
    at: str = ""

    def body(self) -> dict[str, Any]:
        """Return what is kept of it besides number, version, ranking and who wrote it."""
        kept = {name: value for name, value in asdict(self).items() if name not in _ROW}
        return {
            name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()
        }

    @classmethod
    def of_body(cls, row: Mapping[str, Any], body: Mapping[str, Any]) -> Self:
        """Return it from a row and its body."""
        read: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in body.items()
        }
        read["rule"] = Rule(body["rule"])
        return cls(
            id=row["id"], version=row["version"], ranking=row["ranking"], who=row["who"],
            at=row["at"], **read,
        )  # fmt: skip


#: Kept in columns of their own.
_ROW = frozenset({"id", "name", "version", "ranking", "who", "at"})
