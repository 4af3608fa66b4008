"""Every check by its code: how grave, on which clause it rests, and what would cure it.

The checks are data in `checks.toml`, worded with what a standard calls its columns and with its
rules; the functions that look are the modules named after what they look at. `docs/checks.md` says
the same for people, written by `explained`.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files

from forthwith.domain.finding import Finding, Severity
from forthwith.standards import loader, roles
from forthwith.standards.loader import Standard

#: What the first two letters of a code are about, in the order of the documentation.
AREAS = {
    "FM": "Families",
    "NT": "Natives",
    "MD": "Fields",
    "BT": "Bates numbers",
    "IM": "Page images",
    "TX": "Text",
    "LF": "Load files",
    "EN": "Encodings",
    "VO": "The volume",
}


@dataclass(frozen=True, slots=True)
class Check:
    """One check."""

    code: str
    title: str
    severity: Severity
    #: Clause id in the standard, or a citation of its own when it holds a space.
    clause: str
    #: What is seen, how it usually comes about, and what the producing side can do. A cure is the
    #: same under every standard.
    meaning: str
    cause: str
    cure: str


def _checks() -> dict[str, Check]:
    text = files("forthwith.check").joinpath("checks.toml").read_text(encoding="utf-8")
    return {
        code: Check(code=code, **{**data, "severity": Severity(data["severity"])})
        for code, data in tomllib.loads(text).items()
    }


_TEMPLATES = _checks()


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


def checks(standard: Standard) -> dict[str, Check]:
    """Return every check by its code, worded with the names and rules of `standard`."""
    terms = _terms(standard)
    return {
        code: replace(
            check,
            title=check.title.format_map(terms),
            meaning=check.meaning.format_map(terms),
            cause=check.cause.format_map(terms),
        )
        for code, check in _TEMPLATES.items()
    }


#: Every check, worded for the default standard.
CHECKS = checks(loader.load())


def cited(check: Check, standard: Standard) -> str:
    """Return the citation of a check's clause under `standard`."""
    return check.clause if " " in check.clause else standard.cite(check.clause)


def finding(
    standard: Standard,
    code: str,
    message: str,
    *,
    bates: str = "",
    file: str = "",
    row: int | None = None,
) -> Finding:
    """Make a finding of check `code` under `standard`."""
    check = _TEMPLATES[code]
    clause = cited(check, standard)
    return Finding(code, check.severity, bates, file, row, message, clause, check.cure)
