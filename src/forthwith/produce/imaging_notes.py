"""Addresses a page cannot follow: of links and of remote images, shown short in the text or listed.

A short address stands behind its link; a long one becomes a number, and the numbers are listed at
the end, so that nothing is left out and the text stays readable.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from forthwith.produce.imaging.blocks import Block, Paragraph, Rule
from forthwith.produce.imaging.lines import Span
from forthwith.produce.imaging_look import Look

#: Longer addresses are listed at the end, characters.
_SHORT = 60
_SMALL = Look(points=7.5)


@dataclass(slots=True)
class Notes:
    """Addresses met so far, each with its number."""

    numbers: dict[str, int] = field(default_factory=dict)
    #: Images declared no larger than a dot, by address: counted, listed, not boxed one by one.
    dots: dict[str, int] = field(default_factory=dict)

    def refer(self, address: str) -> str:
        """Return the address, or the number under which it is listed."""
        if len(address) <= _SHORT and address not in self.numbers:
            return address
        number = self.numbers.setdefault(address, len(self.numbers) + 1)
        return f"address {number} below"

    def link(self, address: str, shown: str) -> Span | None:
        """Return what stands behind a link; None when the link already shows where it goes."""
        bare = address.removeprefix("mailto:").rstrip("/")
        if not bare or bare.startswith("#") or bare in shown:
            return None
        if bare.removeprefix("https://").removeprefix("http://") in shown:
            return None
        if len(address) <= _SHORT:
            return _SMALL.span(f" <{address}>")
        number = self.numbers.setdefault(address, len(self.numbers) + 1)
        return _SMALL.span(f" [{number}]")

    def blocks(self) -> tuple[Block, ...]:
        """Return the list that ends the document; empty when nothing was met."""
        rows = [(_SMALL.span(f"[{number}] {address}"),) for address, number in self.numbers.items()]
        for address, count in self.dots.items():
            times = f" ({count} times)" if count > 1 else ""
            rows.append((_SMALL.span(f"Image of a dot's size, not fetched{times}: {address}"),))
        if not rows:
            return ()
        title = (Look(points=7.5, bold=True).span("Addresses"),)
        return (Rule(), Paragraph((title, *rows), gap=6))
