"""The custody facts of the example matter, each citing pages of the volume the demo sealed.

`custody/facts/*.csv` and `custody/inspection/*.csv` cite what the story wrote: `mail:KEY` is a mail
of `story/*.toml` and `file:NAME#2` page 2 of a file. Here each becomes the Bates number the page
got in the matter; one whose document was not produced stops the demo.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Self

from forthwith.domain import fields
from forthwith.domain.bates import Bates
from forthwith.domain.errors import ForthwithError
from forthwith.example.evidence import YEARS, story
from forthwith.example.files import all_files
from forthwith.example.letters import message_id
from forthwith.record import productions
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter

#: The two sets: what is loaded first, and what is found only later.
FACTS, INSPECTION = "facts", "inspection"
_CITE = re.compile(r"(?P<kind>mail|file):(?P<name>[^;,#\s\")]+)(?:#(?P<page>\d+))?")


class NotProducedError(ForthwithError):
    """A fact of the example cites a page that is not in the sealed volume."""

    def __init__(self, cite: str) -> None:
        super().__init__(
            f"The example's facts cite {cite}, and no sealed volume of this matter holds it. "
            "Produce the documents of the demo first: forthwith produce VOL001"
        )


class Pages:
    """Bates numbers of what the story wrote."""

    def __init__(self, ranges: Mapping[str, tuple[Bates, Bates]]) -> None:
        """Take each cite's first and last page: "mail:night", "file:shares.xlsx"."""
        self._ranges = ranges

    @classmethod
    def of(cls, matter: Matter) -> Self:
        """Look the story up in what the matter has produced; a copy's first number counts."""
        with matter.engine.connect() as connection:
            produced = productions.numbers(connection)
        known = _identities()
        ranges: dict[str, tuple[Bates, Bates]] = {}
        for document in DocumentTable(matter).ask():
            mail = known.get(document.text_of(fields.MESSAGE_ID).strip("<>"))
            cite = mail or known.get(f"{document.name}\0{document.sha256}")
            if cite and document.control_number in produced:
                _, first, last = produced[document.control_number]
                ranges.setdefault(cite, (Bates.parse(first), Bates.parse(last)))
        return cls(ranges)

    def cited(self, text: str) -> str:
        """Return `text` with each cite as the Bates number of its page. Raises NotProducedError."""
        return _CITE.sub(self._number, text)

    def _number(self, cite: re.Match[str]) -> str:
        first, last = self._ranges.get(f"{cite['kind']}:{cite['name']}", (None, None))
        page = int(cite["page"] or 1)
        if first is None or last is None or page > (first.pages_to(last) or 0):
            raise NotProducedError(cite[0])
        return str(first.plus(page - 1))


def write_facts(folder: Path, matter: Matter, part: str = FACTS) -> list[Path]:
    """Write one of the two sets into `folder`, which is made. Raises NotProducedError."""
    pages = Pages.of(matter)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in sorted(tables(part).items()):
        path = folder / name
        path.write_text(pages.cited(text), encoding="utf-8")
        written.append(path)
    return written


def tables(part: str) -> dict[str, str]:
    """Return the tables of a set as written, by file name; cites are the story's."""
    folder = resources.files("forthwith.example").joinpath("custody", part)
    return {file.name: file.read_text("utf-8") for file in folder.iterdir()}


def _identities() -> dict[str, str]:
    """Return what a produced document shows of itself -> how the tables cite it."""
    mails = [mail for year in YEARS for mail in story(str(year))["mail"]]
    known = {message_id(mail).strip("<>"): f"mail:{mail['key']}" for mail in mails}
    for name, data in all_files(story("files")).items():
        known[f"{name}\0{hashlib.sha256(data).hexdigest()}"] = f"file:{name}"
    return known
