"""The form of a report's JSON, so that what reads it may rely on it, whoever wrote it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from forthwith.books.report.checking import ReportFinding
from forthwith.books.report.month import DRAWN, KEPT

#: A key of a mapping whose keys are names: places, assets, files.
_ANY = "*"
#: Text, or nothing.
_MAY = (str, type(None))
_LINES = [str]
_NAMED = {_ANY: str}

#: A type, or a tuple of them; [form] is a list of it; a mapping has these keys, and may have more.
FORM: Mapping[str, Any] = {
    "format": str, "headline": _LINES, "exchange": str, "month": str, "version": int,
    "certifier": str, "from": str, "cut": str,
    "heights": {_ANY: (dict, type(None))},
    "parameters": {
        "basis": str, "mixing": str, "fee": str, "floors": _NAMED, "zone": str, "proof_age": int,
        "dressing_days": int, "dressing_share": int, "as_known": _MAY, "standing": str,
    },
    "files": _NAMED,
    "assets": [{
        "asset": str,
        "owed": {"outsider": str, "affiliated_lp": str, "house": str, "negative": str},
        "owed_customers": str, "held": _NAMED, "held_customers": _MAY, "others": _NAMED,
        "unregistered": _NAMED, "unregistered_total": str, "unproved": _NAMED,
        "not_shown": dict, "difference": _MAY, "shortfall": _MAY, "dust": str,
        "least": {"difference": _MAY, "at": _MAY},
        "shortfalls": [{
            "asset": str, "from": str, "to": _MAY, "most": str, "most_at": str,
            "most_counting_unregistered": str, "days_touched": int, "days_at_end_of_day": int,
        }],
        "unexplained": str,
    }],
    "places": [{
        "place": str, "asset": str, "class": str, "opening": str, "in": _NAMED, "out": _NAMED,
        "network_fees": str, "closing": str, "balance": {"amount": _MAY, "of": str},
        "difference": _MAY, "proved": _LINES, "unproved": _LINES,
    }],
    "commingling": [{
        "place": str, "asset": str, "kind": str, "from": str, "to": _MAY, "groups": _LINES,
        "customers_from": str, "other_from": str, "customers_most": str, "other_most": str,
    }],
    "beside": [{"place": str, "asset": str}],
    "expenses": [{
        "entity": str, "asset": str, "as_written": _LINES, "amount": str, "count": int,
        "affiliate": str, "not_followed": str,
        "through": [{"affiliate": str, "places": _LINES, "methods": _NAMED}],
    }],
    "own_transfers": [{
        "at": str, "asset": str, "amount": str, "from_place": str, "to_place": str,
        "reference": str,
    }],
    "dressing": [{
        "asset": str, "cut": str, "entity": str, "in": _LINES, "out": _LINES, "amount": str,
        "back": str,
    }],
    "breaks": [{
        "kind": str, "asset": str, "amount": str, "since": str, "until": _MAY, "rows": _LINES,
        "age_days": int, "says": str, "cure": str,
    }],
    "could_move": [{"place": str, "path": str, "who": _LINES, "answer": str}],
    "liabilities": [{"asset": str, "root": str, "total": str, "leaves": int}],
    "known_at_signing": (dict, type(None)),
    "gaps": [{"place": str, "from": _MAY, "to": _MAY, "why": str}],
    "tellings": [{"account": str, "says": str}],
    "notes": _LINES,
    "salts": str,
    "commitments": {
        "roots": _NAMED, "stakes": {_ANY: _NAMED}, "blocks": dict,
        "statements": [{"account": str, "file": str, "sha256": str, "day": str, "closing": str}],
        "control_accounts": {_ANY: {"rows": int, "sum": str}},
        "rows": {_ANY: {"rows": int, "sha256": str}},
    },
    "witnesses": {_ANY: {"rows": int, "digest": str}},
}  # fmt: skip
_BLOCK = {"height": int, "hash": str, "time": str}
_SIGNED = {
    "at": str,
    "assets": [{"asset": str, "owed_customers": str, "held_customers": _MAY, "difference": _MAY}],
}
_AMENDS = {
    "version": int,
    "sha256": str,
    "rows": [{"file": str, "line": str, "what": str, "row": str}],
    "figures": [{"figure": str}],
}
_WORDS = {str: "a text", int: "a whole number", dict: "an object", type(None): "nothing"}


def misshapen(body: Mapping[str, Any]) -> Iterator[ReportFinding]:
    """Yield each part of a report that has not its form."""
    yield from _misfits(FORM, body, "")
    yield from _misfits(str, body.get("made_by", ""), "made_by")
    if body.get("salts") not in (KEPT, DRAWN):
        yield ReportFinding("BR12", "salts", f"it is neither {KEPT!r} nor {DRAWN!r}")
    heights = body.get("heights")
    if isinstance(heights, Mapping):
        for chain, block in heights.items():
            if isinstance(block, Mapping):
                yield from _misfits(_BLOCK, block, f"heights/{chain}")
    if isinstance(body.get("known_at_signing"), Mapping):
        yield from _misfits(_SIGNED, body["known_at_signing"], "known_at_signing")
    if body.get("amends") is not None:
        yield from _misfits(_AMENDS, body["amends"], "amends")


def _misfits(form: Any, value: Any, where: str) -> Iterator[ReportFinding]:
    kinds = list if isinstance(form, list) else Mapping if isinstance(form, Mapping) else form
    # A bool is an int to Python, and to no reader of a report.
    if not isinstance(value, kinds) or isinstance(value, bool):
        shown = str(value) if len(str(value)) <= 40 else f"{str(value)[:39]}…"
        yield ReportFinding("BR12", where, f"{shown!r} stands where {_words(form)} belongs")
    elif isinstance(form, list):
        for number, row in enumerate(value, 1):
            yield from _misfits(form[0], row, f"{where}/{number}")
    elif isinstance(form, Mapping):
        for key, inner in (dict.fromkeys(value, form[_ANY]) if _ANY in form else form).items():
            at = f"{where}/{key}".lstrip("/")
            if key in value:
                yield from _misfits(inner, value[key], at)
            else:
                yield ReportFinding("BR12", at, "it is missing")


def _words(form: Any) -> str:
    if isinstance(form, list):
        return "a list"
    if isinstance(form, Mapping):
        return "an object"
    return " or ".join(_WORDS[kind] for kind in (form if isinstance(form, tuple) else (form,)))
