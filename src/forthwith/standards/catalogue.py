"""Every code of a finding: how grave it is, on which rule it rests, and what would cure it.

The kinds are data in `findings/*.toml`, one file for each thing that is looked at. Whoever looks
knows a code and what was seen; the rest of a finding is said here, once, with what a standard calls
its columns and with its rules. `docs/checks.md` says the same for people, written by
`catalogue_docs`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib.resources import files

from forthwith.domain.finding import Finding, Severity
from forthwith.plain.messages import without_places
from forthwith.standards import loader, roles
from forthwith.standards.loader import Standard

#: Files of the catalogue.
_FILES = (
    "volumes", "redactions", "responses", "privilege_logs", "claims", "statements", "books",
    "book_reports",
)  # fmt: skip
#: What the first two letters of a code are about, in the order of the documentation. Codes of
#: statements are words and have no letters in common.
AREAS = {
    "FM": "Families",
    "NT": "Natives",
    "MD": "Fields",
    "BT": "Bates numbers",
    "IM": "Page images",
    "TX": "Text",
    "RD": "Redactions",
    "LF": "Load files",
    "EN": "Encodings",
    "VO": "The volume",
    "AR": "Archives",
    "PA": "The manifest and the letter",
    "SG": "Seals and time stamps",
    "RQ": "Requests and what answers them",
    "PL": "What is withheld, and the log served of it",
    "PC": "Our own claims of privilege",
    "BK": "The books: what is held against what is owed",
    "BR": "Monthly reports of the books",
    "": "Statements",
}


@dataclass(frozen=True, slots=True)
class FindingKind:
    """What a code stands for."""

    code: str
    #: What it is about, as the documentation has it: "Families".
    area: str
    title: str
    severity: Severity
    #: Clause id in the standard, or a citation of its own when it holds a space.
    clause: str
    #: What is seen, how it usually comes about, and what can be done about it. A cure is the same
    #: under every standard.
    meaning: str
    cause: str
    cure: str
    #: What the rule says, in a sentence for a letter; "" where the meaning says it.
    says: str = ""
    #: Whether counsel may accept it of a volume of our own, as the truth of the evidence: "always",
    #: "with a fault" (where the exceptions log has a fault of its family), or "" for never.
    accept: str = ""

    def cited(self, standard: Standard) -> str:
        """Return the citation of the rule under `standard`."""
        return self.clause if " " in self.clause else standard.cite(self.clause)


def _kinds() -> dict[str, FindingKind]:
    folder = files("forthwith.standards").joinpath("findings")
    kinds: dict[str, FindingKind] = {}
    for name in _FILES:
        table = tomllib.loads(folder.joinpath(f"{name}.toml").read_text(encoding="utf-8"))
        for code, keys in table.items():
            area = AREAS.get(code[:2], AREAS[""])
            severity = Severity(keys.pop("severity"))
            kinds[code] = FindingKind(code=code, area=area, severity=severity, **keys)
    return kinds


_TEMPLATES: Mapping[str, FindingKind] = _kinds()


def _terms(standard: Standard) -> dict[str, str]:
    """Return what the words in braces stand for under `standard`."""
    rules, formats, images = standard.load_file, standard.formats, standard.images
    units = {1: "bytes", 1000: "kilobytes", 1024: "kilobytes"}
    return {role: standard.called(role) for role in roles.BY_NAME} | {
        "digest": standard.called(standard.natives.digest),
        "date": str(formats.date),
        "time": str(formats.time),
        "size_unit": units.get(formats.size_unit, f"units of {formats.size_unit:,} bytes"),
        "field": loader.named(rules.field),
        "quote": loader.named(rules.quote),
        "newline": loader.named(rules.newline),
        "dpi": str(images.dpi),
        "endorse": images.endorse,
    }


def kinds(standard: Standard) -> Mapping[str, FindingKind]:
    """Return every kind of finding by its code, in the words of `standard`."""
    terms = _terms(standard)
    return {
        code: replace(
            kind,
            title=kind.title.format_map(terms),
            meaning=kind.meaning.format_map(terms),
            cause=kind.cause.format_map(terms),
        )
        for code, kind in _TEMPLATES.items()
    }


#: Every kind of finding by its code, in the words of the default standard.
CATALOGUE: Mapping[str, FindingKind] = kinds(loader.load())


def finding(
    code: str,
    message: str,
    standard: Standard | None = None,
    *,
    bates: str = "",
    file: str = "",
    row: int | None = None,
    volume: str = "",
    request: str = "",
    about: tuple[str, ...] = (),
    control: str = "",
    log: str = "",
) -> Finding:
    """Return a finding of the kind `code`: what was seen, with what the catalogue says of it.

    `standard` is what a volume is held to; codes whose rule is a citation of its own need none.
    """
    kind = _TEMPLATES[code]
    return Finding(
        code,
        kind.severity,
        # A finding is known by its message too, so nothing in it may differ from run to run.
        without_places(message),
        kind.clause if standard is None else kind.cited(standard),
        kind.cure,
        bates=bates,
        file=file,
        row=row,
        volume=volume,
        request=request,
        about=about,
        control=control,
        log=log,
    )
