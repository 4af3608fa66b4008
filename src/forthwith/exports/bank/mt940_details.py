"""Field 86 of MT940: who was on the other side and why, in the forms banks write it.

German banks' subfields (?20, of the ZKA; other marks than ? with the same figures), key words
between slashes (/NAME/…/REMI/…, Dutch banks and SWIFT), key words with a plus (EREF+…), lines of
StarMoney (:NS:). Anything else is text as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_LENGTH = 65
#: A first line that some banks cut so that it has that length with its tag.
_WITH_TAG = _LENGTH - len(":86:")
_SUBFIELDS = re.compile(r"\s*(?:\d{3})?([^\w\s/])(?=\d\d)", re.ASCII)
_PLUS = re.compile(r"(EREF|KREF|MREF|CRED|DEBT|COAM|OAMT|SVWZ|ABWA|ABWE|IBAN|BIC|PURP)\+")
_SLASH = re.compile(
    r"/(TRTP|TRCD|IBAN|BIC|NAME|REMI|EREF|KREF|ORDP|BENM|CNTP|ACCT|MARF|CSID|PREF|RTRN|ISDT|PURP"
    r"|ULTD|ULTC|UDTR|UCRD|ADDR|SVCL|TRDT|CREF|RREF|OCMT|CHGS|EXCH|MREF|CDTRREF|CDTRREFTP|INV)/"
)
_ONLY_SIGNS = re.compile(r"[\W_]*$")
_NO_REFERENCE = frozenset((
    "NONREF", "NOTPROVIDED", "NOT PROVIDED", "NOREF", "EREF", "PREF", "KREF", "NOTPROV", "EREF+",
    "KREF+", "NONE", "N/A",
))  # fmt: skip
_REFERENCES = ("EREF", "KREF")
_SLASH_REFERENCES = ("EREF", "KREF", "CREF", "PREF")
#: Places of a German purpose subfield: a shorter one ends what stands in it.
_SUBFIELD = 27


class Details(NamedTuple):
    """What details say. References are those of the other side, the likeliest to match first."""

    references: tuple[str, ...] = ()
    party: str = ""
    account: str = ""
    text: str = ""


def known_reference(text: str) -> bool:
    """Return whether a reference is one: banks fill the place with words where there is none."""
    return len(text) > 1 and text.upper() not in _NO_REFERENCE and not _ONLY_SIGNS.match(text)


def details(lines: Sequence[str], *, own_form: bool = False) -> Details:
    """Return what the lines of one field 86 say."""
    if not lines:
        return Details()
    if own_form:
        return _own_form(lines)
    if (mark := _SUBFIELDS.match(lines[0])) is not None:
        return _subfields("".join(lines), mark[1])
    text = _joined(lines)
    if _SLASH.search(text) is not None:
        return _slashes(text)
    if _PLUS.search(text) is not None:
        return _plus(text)
    return Details(text=text)


def _joined(lines: Sequence[str]) -> str:
    """Return lines as one text: those as long as they may be go on in the middle of a word."""
    if len(lines) == 1:
        return _spaced(lines[0])
    text = ""
    full = True
    for number, line in enumerate(lines):
        text += line if full else f" {line.lstrip()}"
        full = len(line) >= _LENGTH or (number == 0 and len(line) == _WITH_TAG)
    return _spaced(text)


def _subfields(text: str, mark: str) -> Details:
    fields: dict[str, str] = {}
    code = ""
    for part in text.split(mark)[1:]:
        if (figures := part[:2]).isdecimal():
            code = figures
            fields[code] = fields[code] + part[2:] if code in fields else part[2:]
        elif code:
            # The mark itself stands in a text.
            fields[code] += mark + part
    purpose = ""
    for code in sorted(fields):
        if "20" <= code <= "29" or "60" <= code <= "63":
            value = fields[code]
            full = len(value) >= _SUBFIELD and code not in ("29", "63")
            purpose += value if full else f"{value}\n"
    name = _spaced(f"{fields.get('32', '')} {fields.get('33', '')}")
    account = fields.get("31", "").replace(" ", "")
    if "+" in purpose:
        return _plus(purpose, name, account, fields.get("00", ""))
    return Details((), name, account, _spaced(purpose) or _spaced(fields.get("00", "")))


def _plus(text: str, name: str = "", account: str = "", booking: str = "") -> Details:
    """Take the values of key words with a plus out of a purpose."""
    parts = _PLUS.split(text)
    values: dict[str, str] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=False):
        whole = value.partition("\n")[0] if key in _REFERENCES else value
        if key not in values:
            values[key] = _spaced(whole)
    references = [
        values[key] for key in _REFERENCES if key in values and known_reference(values[key])
    ]
    return Details(
        tuple(references),
        name or values.get("ABWA") or values.get("ABWE", ""),
        account or values.get("IBAN", ""),
        values.get("SVWZ") or _spaced(text) or _spaced(booking),
    )


def _spaced(text: str) -> str:
    return " ".join(text.split())


def _slashes(text: str) -> Details:
    parts = _SLASH.split(text)
    values: dict[str, str] = {}
    for key, value in zip(parts[1::2], parts[2::2], strict=False):
        bare = value.strip()
        if bare.strip("/ ") and key not in values:
            values[key] = bare if key == "REMI" else bare.strip("/")
    name = values.get("NAME", "")
    account = values.get("IBAN") or values.get("ACCT") or ""
    if "CNTP" in values:
        # ING: account, BIC and name of the other side in one.
        side = values["CNTP"].split("/")
        name = name or (side[2] if len(side) > 2 else "")
        account = account or side[0]
    references = [
        values[key] for key in _SLASH_REFERENCES if key in values and known_reference(values[key])
    ]
    said = values.get("REMI") or parts[0].strip()
    return Details(tuple(references), name.strip(), account.replace(" ", ""), said)


def _own_form(lines: Sequence[str]) -> Details:
    """Read StarMoney's lines: two figures and a text; 01 to 14 purpose, 15 and 16 the party."""
    values: dict[str, str] = {}
    code = ""
    for line in lines:
        if line[:2].isdecimal():
            code = line[:2]
            values[code] = values.get(code, "") + line[2:]
        elif code:
            values[code] += line
    purpose = [value.strip() for code, value in sorted(values.items()) if code <= "14"]
    name = values.get("15", "") + values.get("16", "")
    text = " ".join(filter(None, [*purpose, values.get("17", "").strip()]))
    return Details((), name.strip(), "".join(values.get("34", "").split()), text)
