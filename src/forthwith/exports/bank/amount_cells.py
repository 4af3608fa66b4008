"""Amounts as banks and exchanges write them, to exact text: grouping, commas, signs, units.

Whether "1,234" is a thousand or a little more than one is decided by all amounts of a file or by
whoever wrote its mapping, never by one cell. Nothing becomes a float.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

#: Longer texts are no amounts; it bounds what a hostile cell can cost.
_LONGEST = 120
_PLAIN = re.compile(r"([+-]?)0*([0-9]+)(?:\.([0-9]+))?", re.ASCII)
_GROUPED = {
    ".": re.compile(r"(-?)([0-9]{1,3}(?:,[0-9]{3})+)(?:\.([0-9]+))?", re.ASCII),
    ",": re.compile(r"(-?)([0-9]{1,3}(?:\.[0-9]{3})*)(?:,([0-9]+))?", re.ASCII),
}
_SPACES = str.maketrans(dict.fromkeys("\u00a0\u2007\u2009\u202f\u2060\t", " "))
_MINUS = str.maketrans("\u2212\u2012\u2013\uff0d", "----")
_SHAPE = re.compile(
    r"(?P<open>\()?(?P<sign>[+-])?\s*(?P<before>[A-Z]{3}|[$\u20ac\u00a3\u00a5]|kr\.?|z\u0142|Fr\.?)?"
    r"\s*(?P<inner>[+-])?\s*(?P<number>[0-9.,'\u2019 ]*[0-9][.,]?)"
    r"(?P<unit>\s*[A-Za-z]{2,10}|\s+(?!E[0-9]+)[A-Za-z][A-Za-z0-9]{1,14}|\s*[$\u20ac\u00a3\u00a5]|kr\.?|z\u0142|Fr\.?)?"
    r"\s*(?P<after>[+-])?(?P<close>\))?"
)
_SIGNS = {
    "$": "",
    "\u20ac": "EUR",
    "\u00a3": "GBP",
    "\u00a5": "",
    "z\u0142": "PLN",
    "kr": "",
    "kr.": "",
    "Fr": "",
    "Fr.": "",
}


class AmountCellError(ValueError):
    """A cell is no amount, or one that could be two; the sentence has no full stop."""


def exact(cell: str, decimal: str = "") -> str:
    """Return `-?digits[.digits]` of a cell; `decimal` is "." or ",", "" where nothing shows it.

    Raises AmountCellError.
    """
    amount, unit = with_unit(cell, decimal)
    if unit and not re.fullmatch(r"[A-Z]{3}", unit):
        raise AmountCellError(f"{cell[:40]!r} is not an amount of money")
    return amount


def with_unit(cell: str, decimal: str = "") -> tuple[str, str]:
    """Return the exact text of a cell and the currency or coin that stands in it, "" for none.

    "12.00 DR" and "(12.00)" and "12.00-" are negative. Raises AmountCellError.
    """
    if len(cell) <= _LONGEST and (plain := _PLAIN.fullmatch(cell)) and _is_point(plain, decimal):
        return _text(plain[1].strip("+"), plain[2], plain[3] or ""), ""
    if decimal and len(cell) <= _LONGEST and (plain := _GROUPED[decimal].fullmatch(cell)):
        whole = plain[2].replace("," if decimal == "." else ".", "").lstrip("0") or "0"
        return _text(plain[1], whole, plain[3] or ""), ""
    shape = _shape(cell)
    unit = (shape["unit"] or shape["before"] or "").strip()
    mark = unit.upper() if unit.upper() in ("CR", "DR", "DB") else ""
    minus = [shape["sign"], shape["inner"], shape["after"]].count("-")
    minus += mark in ("DR", "DB")
    minus += shape["open"] is not None
    if minus > 1:
        raise AmountCellError(f"{cell[:40]!r} has more than one sign")
    whole, part = _parts(cell, shape["number"].strip(), decimal)
    return _text("-" if minus else "", whole, part), "" if mark else _SIGNS.get(unit, unit)


def decimal_sign(cells: Iterable[str]) -> str:
    """Return the sign that all amounts of a file show, "." or ","; "" where nothing shows it.

    Raises AmountCellError when two amounts show two signs.
    """
    shown: dict[str, str] = {}
    for cell in cells:
        if (sign := cell[-3:-2]) in shown and cell.count(sign) == 1:
            # Two places behind a sign that was seen before: most amounts.
            continue
        try:
            number = _shape(cell)["number"].strip()
        except AmountCellError:
            continue
        if (sign := _shown(number)) and sign not in shown:
            shown[sign] = cell.strip()
            if len(shown) > 1:
                both = " and ".join(repr(example[:30]) for example in shown.values())
                raise AmountCellError(f"the file writes amounts in two ways: {both}")
    return next(iter(shown), "")


def _is_point(plain: re.Match[str], decimal: str) -> bool:
    """Tell whether the point of a cell without any other sign is a decimal one for sure."""
    return plain[3] is None or decimal == "." or (len(plain[3]) != 3 and not decimal)


def _shape(cell: str) -> re.Match[str]:
    text = cell.translate(_SPACES).translate(_MINUS).strip() if len(cell) <= _LONGEST else ""
    match = _SHAPE.fullmatch(text)
    if match is None or (match["open"] is None) != (match["close"] is None):
        raise AmountCellError(f"{cell[:40]!r} is not an amount")
    return match


def _shown(number: str) -> str:
    """Return the decimal sign that a number shows by itself, "" where it could be either."""
    points, commas = number.count("."), number.count(",")
    if points and commas:
        sign = "." if number.rindex(".") > number.rindex(",") else ","
        return sign if number.count(sign) == 1 else ""
    if points + commas != 1:
        # More than one of a kind can only part thousands, if it is a number at all.
        grouping = "." if points else ","
        if points + commas and _grouped(number, grouping):
            return "," if points else "."
        return ""
    sign = "." if points else ","
    whole, _, part = number.partition(sign)
    could_group = len(part) == 3 and re.fullmatch(r"[1-9][0-9]{0,2}", whole) is not None
    return "" if could_group else sign


def _parts(cell: str, number: str, decimal: str) -> tuple[str, str]:
    shown = _shown(number)
    if decimal and shown and shown != decimal:
        kind = "comma" if decimal == "," else "point"
        raise AmountCellError(f"{cell[:40]!r} is not written with a decimal {kind}, as the file is")
    sign = decimal or shown
    if not sign and ("." in number or "," in number):
        raise AmountCellError(f"{cell[:40]!r} could be thousands or decimals")
    whole, _, part = number.partition(sign) if sign else (number, "", "")
    if part and not re.fullmatch(r"[0-9]+", part, re.ASCII):
        raise AmountCellError(f"{cell[:40]!r} is not an amount")
    grouping = {",": ".", ".": ","}.get(sign, "")
    for mark in (grouping, "'", "\u2019", " "):
        if mark and mark in whole:
            if not _grouped(whole, mark):
                raise AmountCellError(f"{cell[:40]!r} is not grouped in thousands")
            whole = whole.replace(mark, "")
            break
    if not re.fullmatch(r"[0-9]*", whole, re.ASCII) or not (whole or part):
        raise AmountCellError(f"{cell[:40]!r} is not an amount")
    return whole.lstrip("0") or "0", part


def _grouped(whole: str, mark: str) -> bool:
    """Tell whether a mark parts thousands, or lakhs and crores as in India."""
    first, *groups = whole.split(mark)
    if not re.fullmatch(r"[0-9]{1,3}", first) or not all(part.isdecimal() for part in groups):
        return False
    sizes = [len(part) for part in groups]
    indian = len(first) < 3 and sizes[-1] == 3 and set(sizes[:-1]) == {2}
    return set(sizes) == {3} or indian


def _text(sign: str, whole: str, part: str) -> str:
    zero = not (whole.strip("0") or part.strip("0"))
    return f"{'' if zero else sign}{whole}{'.' + part if part else ''}"


def total(amounts: Iterable[str]) -> str:
    """Return the exact sum of texts `-?digits[.digits]`, with as many places as the longest."""
    parts = [amount.partition(".") for amount in amounts]
    places = max((len(part) for _, _, part in parts), default=0)
    scaled = sum(int(f"{whole}{part.ljust(places, '0')}") for whole, _, part in parts)
    digits = str(abs(scaled)).rjust(places + 1, "0")
    text = f"{digits[: len(digits) - places]}.{digits[len(digits) - places :]}".rstrip(".")
    return f"-{text}" if scaled < 0 else text


def alike(claimed: str, amounts: Iterable[str]) -> tuple[str, str]:
    """Return a claimed total and that of the amounts, without sign, both with as many places."""
    counted = total(amounts).lstrip("-")
    places = max(len(text.partition(".")[2]) for text in (claimed, counted))
    whole, _, part = claimed.lstrip("-").partition(".")
    first = f"{whole}.{part.ljust(places, '0')}" if places else whole
    whole, _, part = counted.partition(".")
    return first, f"{whole}.{part.ljust(places, '0')}" if places else whole
