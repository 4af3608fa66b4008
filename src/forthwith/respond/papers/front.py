"""What every court paper of a matter shares: caption, signature block, certificate of service.

All of it comes from matter.toml: `[matter]` name and number, `[[parties]]` with name, side and role
("Plaintiff"), and in `[letter]` court, judge, signer, signer_title, firm, address, served_on. Lines
within one value are separated by ";".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Self

from forthwith.papers.blocks import (
    Block,
    Caption,
    Heading,
    Lines,
    Paragraph,
    Party,
    Signature,
    Ticks,
    long_date,
)

_BLANK = "____________________"


@dataclass(frozen=True, slots=True)
class Front:
    """A matter as its papers name it."""

    court: tuple[str, ...]
    parties: tuple[Party, ...]
    number: tuple[str, ...]
    #: The party that answers; the one that asks.
    answering: str
    asking: str
    signer: str
    #: Office, firm, address of the signer.
    signer_lines: tuple[str, ...] = ()
    #: Whom papers are served on.
    served_on: tuple[str, ...] = ()

    @classmethod
    def of(
        cls, name: str, number: str, parties: Sequence[Mapping[str, str]], letter: Mapping[str, str]
    ) -> Self:
        """Read what the settings of a matter say."""
        answering = _side(parties, "producing") or letter.get("producing_party", "")
        counsel = (f"Counsel for {answering}",) if answering else ()
        details = [_lines(letter.get(key, "")) for key in ("signer_title", "firm", "address")]
        staff = letter.get("requesting_staff", "")
        return cls(
            court=tuple(line.upper() for line in _lines(letter.get("court", ""))),
            parties=_parties(name, parties),
            number=(*_numbered(number), *_lines(letter.get("judge", ""))),
            answering=answering or "the responding party",
            asking=_side(parties, "receiving") or staff,
            signer=letter.get("signer", "") or "[name of the signer]",
            signer_lines=(*(line for part in details for line in part), *counsel),
            served_on=_lines(letter.get("served_on", "")) or ((staff,) if staff else ()),
        )

    def caption(self, title: str) -> Caption:
        """Return the head of a paper."""
        return Caption(self.court, self.parties, self.number, title.upper())

    def signature(self, day: date) -> Signature:
        """Return the block where counsel signs (Fed. R. Civ. P. 26(g))."""
        return Signature(
            f"Dated: {long_date(day)}", "Respectfully submitted,", self.signer, self.signer_lines
        )

    def certificate(self) -> list[Block]:
        """Return the certificate of service; whoever serves fills in the day and the way."""
        return [
            Heading("CERTIFICATE OF SERVICE"),
            Paragraph(f"I certify that on {_BLANK} I served the foregoing in the way ticked on:"),
            Lines(self.served_on or ("[whom it is served on]",)),
            Ticks(((False, "electronic mail, by consent"), (False, "mail"), (False, "hand"))),
            Signature("", "", self.signer),
        ]


def possessive(name: str) -> str:
    """Return "Northgate Trading Ltd.'s", "Staff of the Commission's", "Holders'"."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def set_title(name: str) -> str:
    """Return the name of a set with its usual short words written out."""
    words = {"RFP": "Request for Production", "RFPs": "Requests for Production",
             "RFA": "Request for Admission", "RFAs": "Requests for Admission",
             "ROG": "Interrogatory", "ROGs": "Interrogatories"}  # fmt: skip
    return re.sub(r"\b(RFPs?|RFAs?|ROGs?)\b", lambda match: words[match[0]], name)


def _parties(name: str, parties: Sequence[Mapping[str, str]]) -> tuple[Party, ...]:
    """Return both sides by their roles; without roles, what the name of the matter says."""
    roles: dict[str, list[str]] = {}
    for party in parties:
        if party.get("role"):
            roles.setdefault(party["role"], []).append(party.get("name", ""))
    if roles:
        return tuple(
            Party(", ".join(names).upper(), role + ("s" if len(names) > 1 else ""))
            for role, names in roles.items()
        )
    first, against, second = name.partition(" v. ")
    if against:
        return (Party(first.upper(), "Plaintiff"), Party(second.upper(), "Defendant"))
    return (Party(f"In re {name}" if not name.casefold().startswith("in re") else name, ""),)


def _numbered(number: str) -> tuple[str, ...]:
    """Return a docket number with what it is; other numbers as the matter has them."""
    docket = re.fullmatch(r"\d+:\d{2}-cv-\d+\S*(?: \S+)?", number)
    return (f"Civil Action No. {number}" if docket else number,) if number else ()


def _side(parties: Sequence[Mapping[str, str]], side: str) -> str:
    named = (party.get("name", "") for party in parties if party.get("side") == side)
    return " and ".join(filter(None, named))


def _lines(value: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in value.split(";") if part.strip())
