"""AWS IAM policy documents become statements; what is none says why.

Source: IAM User Guide, "Grammar of the IAM JSON policy language".
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from forthwith.exports.aws_iam.evaluation import LONGEST, Principals, Statement, brief
from forthwith.plain.json_document import load

_KNOWN = frozenset(["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource"]).union(
    ["Condition", "Principal", "NotPrincipal"]
)
_OUT_OF_PLACE = {
    "identity": frozenset({"Principal", "NotPrincipal"}),
    "trust": frozenset({"Resource", "NotResource"}),
}
_EVERYTHING: tuple[str, ...] = ("*",)
#: Policy documents are at most 10,240 signs, key policies 32 kB; white space is not counted.
_LARGEST = 200_000


class DocumentError(ValueError):
    """A policy document is not one; the message says why."""


def read(document: Any, source: str, kind: str = "identity") -> tuple[list[Statement], list[str]]:
    """Read a parsed document into statements and names of the parts nobody knows.

    `kind` is "identity" (no Principal), "trust" (no Resource), "key" or "organization" (both).
    Raises DocumentError.
    """
    if not isinstance(document, dict):
        raise DocumentError("is not an object")
    if len(json.dumps(document)) > _LARGEST:
        raise DocumentError(f"is longer than {_LARGEST:,} signs; AWS keeps no such policy")
    given = document.get("Statement")
    given = [given] if isinstance(given, dict) else given
    if not isinstance(given, list) or not all(isinstance(entry, dict) for entry in given):
        raise DocumentError("has no Statement that is an object or a list of them")
    unread = [
        f"{source}: {name[:60]}"
        for name in sorted(document.keys() - {"Version", "Id", "Statement"})
    ]
    variables = document.get("Version") == "2012-10-17"
    statements = []
    for number, entry in enumerate(given, 1):
        statement, strange = _statement(entry, source, number, kind, variables=variables)
        statements.append(statement)
        unread += strange
    return statements, unread


def parsed(document: Any) -> Any:
    """Return the object that a document is, or that its text of JSON (perhaps %7B…) holds.

    Raises NotJsonError.
    """
    if not isinstance(document, str):
        return document
    return load(document if document.lstrip().startswith("{") else unquote(document))


def _statement(
    given: Mapping[str, Any], source: str, number: int, kind: str, *, variables: bool
) -> tuple[Statement, list[str]]:
    sid = given.get("Sid")
    name = f"{source} {brief(sid)!r}" if isinstance(sid, str) and sid else source
    if given.get("Effect") not in ("Allow", "Deny"):
        raise DocumentError(f"statement {number} has an Effect that is neither Allow nor Deny")
    not_actions, actions = _either(given, "Action", number)
    not_resources, targets = (
        (False, _EVERYTHING) if kind == "trust" else _either(given, "Resource", number)
    )
    strange = sorted(given.keys() - _KNOWN | given.keys() & _OUT_OF_PLACE.get(kind, frozenset()))
    condition = _condition(given.get("Condition"))
    if strange:
        # AWS knows no such part: what the statement says is then not certain in either direction.
        condition = "; ".join(filter(None, (condition, f"{brief(strange[0])!r} changes nothing")))
    statement = Statement(
        given["Effect"] == "Allow",
        tuple(action.lower() for action in actions),
        targets,
        name,
        not_actions,
        not_resources,
        condition,
        _principals(given, number),
        variables,
    )
    return statement, [f"{name}: {part[:60]}" for part in strange]


def _either(given: Mapping[str, Any], part: str, number: int) -> tuple[bool, tuple[str, ...]]:
    """Return whether the Not form is used, and the patterns."""
    both = part in given and f"Not{part}" in given
    key = part if part in given else f"Not{part}"
    if both or key not in given:
        raise DocumentError(f"statement {number} must have one of {part} and Not{part}")
    values = texts(given[key])
    if not values or any(len(value) > LONGEST for value in values):
        raise DocumentError(f"statement {number} has a {key} that is no text and no list of texts")
    return key.startswith("Not"), values


def texts(value: Any) -> tuple[str, ...] | None:
    """Return a text or a list of texts as a tuple; None for anything else."""
    value = [value] if isinstance(value, str) else value
    if isinstance(value, list) and all(isinstance(text, str) for text in value):
        return tuple(value)
    return None


def _principals(given: Mapping[str, Any], number: int) -> Principals | None:
    key = "Principal" if "Principal" in given else "NotPrincipal"
    if key not in given:
        return None
    value = given[key]
    if isinstance(value, str):
        value = {"AWS": value}
    if not isinstance(value, dict):
        raise DocumentError(f"statement {number} has a {key} that names nobody")
    named = []
    for kind, names in value.items():
        values = texts(names)
        if values is None or any(len(value) > LONGEST for value in values):
            raise DocumentError(f"statement {number} has a {key} that is no text")
        named += [(kind, value) for value in values]
    return Principals(tuple(named), key == "NotPrincipal")


def _condition(value: Any) -> str:
    """Quote a Condition block: "StringEquals sts:ExternalId = x-17"."""
    if value is None or value == {}:
        return ""
    if not isinstance(value, dict):
        return brief(json.dumps(value))
    parts = []
    for operator, keys in value.items():
        if not isinstance(keys, dict) or not keys:
            parts.append(f"{operator} {json.dumps(keys)}")
            continue
        for key, wanted in keys.items():
            values = wanted if isinstance(wanted, list) else [wanted]
            shown = " or ".join(v if isinstance(v, str) else json.dumps(v) for v in values)
            parts.append(f"{operator} {key} = {shown}")
    return brief("; ".join(parts)) or "an empty condition holds"
