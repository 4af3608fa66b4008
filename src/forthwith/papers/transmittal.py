"""The form of a transmittal letter: one letter, whose sections speak of files or of requests.

A volume's own letter is sealed inside it and tells how its files are made (`produce.transmittal`);
the letter served beside it tells which requests its pages answer (`respond.papers.transmittal`).
Subject, numbered sections, counts and custodians are the same in both, and are made here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from forthwith.papers.blocks import Block, Heading, Lines, Table


def subject(matter: str, ordinal: str, volume: str, bates_range: str) -> Lines:
    """Return the lines that say what the letter is about.

    `ordinal` is a word ("first"), `bates_range` goes from first to last number.
    """
    production = f"{ordinal.capitalize()} production, volume {volume}"
    return Lines((f"Re: {matter}", production, f"Bates range {bates_range}"), bold=True)


def numbered(sections: Iterable[tuple[str, Sequence[Block]]]) -> list[Block]:
    """Return sections under headings counted from 1."""
    blocks: list[Block] = []
    for number, (title, body) in enumerate(sections, 1):
        blocks += [Heading(f"{number}. {title}"), *body]
    return blocks


def counts(rows: Iterable[tuple[str, int]]) -> Table:
    """Return what a volume holds, one row a kind of thing."""
    return Table(("Count of", "Number"), tuple((name, f"{number:,}") for name, number in rows))


def custodians(documents: Iterable[tuple[str, str, str]]) -> Table:
    """Return each custodian with their first and last number and how many documents they have.

    `documents` are custodian, first and last number, in the order of the volume.
    """
    spans: dict[str, list[tuple[str, str]]] = {}
    for custodian, first, last in documents:
        spans.setdefault(custodian, []).append((first, last))
    rows = tuple(
        (custodian or "(none named)", span[0][0], span[-1][1], f"{len(span):,}")
        for custodian, span in spans.items()
    )
    return Table(("Custodian", "First", "Last", "Documents"), rows)
