"""What other systems call the columns of a data load file: names by role, as data.

`synonyms.toml` is the table, one page, with where the names are met; `docs/columns.md` is the same
for people, written by this module (`python -m forthwith.loadfiles.synonyms`).
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_MARKS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Synonyms:
    """The table, read."""

    #: Names by role, the surest first, as people write them.
    names: Mapping[str, tuple[str, ...]]
    #: Where names are met, by the system.
    sources: Mapping[str, str]
    #: (role, place in its list) by the name without case and marks.
    meant: Mapping[str, tuple[str, int]]


def bare(name: str) -> str:
    """Return a column's name without case, spaces and marks, and without what owns it.

    "Production::Begin Bates" and "BEGIN_BATES" are both "beginbates".
    """
    return _MARKS.sub("", name.rpartition("::")[2]).casefold()


@cache
def table() -> Synonyms:
    """Read the table that is shipped."""
    text = files("forthwith.loadfiles").joinpath("synonyms.toml").read_text(encoding="utf-8")
    data = tomllib.loads(text)
    names = {role: tuple(known) for role, known in data["roles"].items()}
    meant = {
        bare(name): (role, place)
        for role, known in names.items()
        for place, name in reversed(list(enumerate(known)))
    }
    return Synonyms(names, data["sources"], meant)


_LEAD = (
    "A column of a data load file is known by what the standard calls it, then by these names, "
    "compared without case, spaces and marks. Where several stand in one file the first of the "
    "list is taken; of several columns of natives or of texts, the one whose paths lead to files. "
    "A name that is not here is given with `--column ROLE=NAME`."
)


def docs() -> str:
    """Return the table as a page of the documentation."""
    known = table()
    written = "Written from `loadfiles/synonyms.toml` by `python -m forthwith.loadfiles.synonyms`."
    lines = [
        "# What others call the columns",
        "",
        written,
        "",
        _LEAD,
        "",
        "| Role | Names, the surest first |",
        "|---|---|",
        *(f"| `{role}` | {', '.join(names)} |" for role, names in known.names.items()),
        "",
        "Where the names are met:",
        "",
        *(f"- {source}" for source in known.sources.values()),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(docs())
