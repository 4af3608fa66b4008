"""The answering section of the overview: each request, what the other side lacks, the papers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from forthwith.domain.bates import Bates
from forthwith.example.page import table
from forthwith.respond.deficiency.findings import Item
from forthwith.respond.registers.requests import Register, Standing

_ASKED = 90


def section(
    register: Register, points: Mapping[str, Item], counts: Mapping[str, int],
    papers: Iterable[tuple[str, Path]],
) -> str:  # fmt: skip
    """Return the section; `papers` are titles and relative addresses."""
    told = ", ".join(f"{count:,} {name}" for name, count in counts.items())
    links = " · ".join(
        f'<a href="{escape(path.as_posix())}">{escape(title)}</a>' for title, path in papers
    )
    return (
        "<h2>What was asked, and what was answered</h2>"
        + table(("Request", "Asked", "State", "Served in", "Pages cited"),
                [_standing(each) for each in register.standings])
        + "<h3>What the other side found lacking</h3><p>From the delivered folder and its own "
        f"requests alone it counts {escape(told)}: the same as we do. Its letter names:</p>"
        + table(("Point", "About", "What was found", "State", "Northgate answers"),
                [_point(key, each) for key, each in points.items()])
        + f"<p>Papers: {links}</p>"
    )  # fmt: skip


def _standing(each: Standing) -> tuple[str, ...]:
    words = " ".join(each.request.text.split())
    short = words if len(words) <= _ASKED else words[:_ASKED].rsplit(" ", 1)[0] + " …"
    response = each.response
    pages = sum(
        Bates.parse(one.first).pages_to(Bates.parse(one.last)) or 0
        for one in (response.ranges if response else ())
    )
    served = response.served if response else ""
    return (each.request.key, short, str(each.state), served, f"{pages:,}" if pages else "")


def _point(key: str, each: Item) -> tuple[str, ...]:
    answer = f"{each.says}: {each.because}" if each.says else ""
    return (f"{key} {each.code}", each.where, each.message, str(each.state), answer)
