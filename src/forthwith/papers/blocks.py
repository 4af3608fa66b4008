"""A paper as blocks: a letter, or a paper for a court; equal papers give equal bytes in each form.

What a block looks like is each form's own business: `paper_text`, `paper_docx`, `paper_pdf`.
Numbers of paragraphs belong to the paper: `Numbered` counts on from the first to the last.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

#: What stands where nobody has signed.
UNSIGNED = "UNSIGNED"
#: A rule to sign on.
RULE = "_" * 30
#: Boxes of a list to tick.
TICKED, OPEN = "\u2612", "\u2610"
#: Longer words of a table are broken: an address may be as long as it likes.
_LONGEST_WORD = 18
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Centred:
    """A line of the letterhead or a legend."""

    text: str


@dataclass(frozen=True, slots=True)
class Lines:
    """Lines kept as they are: an address, a subject, a signature."""

    lines: tuple[str, ...]
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """A part of the paper. Court papers: 1 is centred, 2 underlined, 3 bold; letters have one."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; double spaced in court papers."""

    text: str


@dataclass(frozen=True, slots=True)
class Numbered:
    """Running text under the next number of the paper."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Words of the other side as served: bold, their line breaks kept."""

    text: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A block quotation: indented, single spaced."""

    text: str


@dataclass(frozen=True, slots=True)
class Ticks:
    """A list to tick: (ticked, text)."""

    items: tuple[tuple[bool, str], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under a header; cells of a row are as many as the header's."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: Columns set to the right on paper; None: every cell that is a number.
    right: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Party:
    """One side in a caption: its names and what they are, "Plaintiff"."""

    names: str
    role: str


@dataclass(frozen=True, slots=True)
class Caption:
    """The head of a court paper: court, box of parties and number, title."""

    court: tuple[str, ...]
    #: The first against the rest; one without a role for "In re".
    parties: tuple[Party, ...]
    #: "Civil Action No. 1:23-cv-04411", the judge: what stands right of the rule.
    number: tuple[str, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Where a person signs. Nothing here signs for anybody."""

    #: "Dated: July 31, 2023", "Executed on ____, at London, England."
    dated: str
    #: "Respectfully submitted,"; "" for none.
    opening: str
    name: str
    #: Office, firm, address, whom the signer speaks for.
    lines: tuple[str, ...] = ()
    #: How it was signed, as recorded: "signed by hand on July 31, 2023"; "" prints UNSIGNED.
    signed: str = ""

    @property
    def state(self) -> str:
        """Return what stands above the rule."""
        return self.signed or UNSIGNED


Block = (
    Centred
    | Lines
    | Heading
    | Paragraph
    | Numbered
    | Verbatim
    | Quote
    | Ticks
    | Table
    | Caption
    | Signature
)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper: its blocks, and what its properties say."""

    title: str
    blocks: tuple[Block, ...]
    day: date
    author: str = ""
    #: Court papers are set in 12 points, double spaced, with "Page x of y" at the foot.
    court: bool = False
    #: Wide tables: the sheet turned, half-inch margins, tables in 7 points.
    landscape: bool = False


def caption_box(caption: Caption, width: int = 38) -> tuple[list[str], list[str]]:
    """Return the lines left and right of the rule, equally many, the left at most `width` wide."""
    left: list[str] = []
    for place, party in enumerate(caption.parties):
        last = place == len(caption.parties) - 1
        if place:
            left += ["", f"{'v.':>10}", ""]
        left += textwrap.wrap(party.names + ("," if party.role else ""), width)
        left += ["", f"{'':10}{party.role}{'.' if last else ','}"] if party.role else []
    right = [""] * max((len(left) - len(caption.number)) // 2, 0) + list(caption.number)
    height = max(len(left), len(right)) + 1
    return (
        left + [""] * (height - len(left)),
        right + [""] * (height - len(right)),
    )


def is_number(cell: str) -> bool:
    """Tell whether a cell is a number, which a column sets to the right."""
    return cell.replace(",", "").isdecimal()


def column_widths(
    header: tuple[str, ...], rows: Sequence[tuple[str, ...]], room: float, size: int, pad: int
) -> list[float]:
    """Return the width of each column of a table in points, `room` in all.

    Each has its longest word; what is left is shared by the longest cells. `size` and `pad` are
    those of the type and of the space beside it.
    """
    columns = list(zip(header, *rows, strict=True))
    words = [
        max(len(word) for cell in column for word in (cell.split() or [""])) for column in columns
    ]
    # Capitals are wider than the half of the size that a letter takes on average.
    least = [min(letters, _LONGEST_WORD) * size * 0.6 + 2 * pad + 2 for letters in words]
    if (left := room - sum(least)) <= 0:
        return [room * width / sum(least) for width in least]
    longest = [min(max(map(len, column)), 60) + 3 for column in columns]
    return [width + left * long / sum(longest) for width, long in zip(least, longest, strict=True)]


def long_date(day: date) -> str:
    """Return "November 23, 2026"."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def day_or_words(text: str) -> str:
    """Return "2026-04-01" as a long date, and any other words as they are."""
    try:
        return long_date(date.fromisoformat(text))
    except ValueError:
        return text
