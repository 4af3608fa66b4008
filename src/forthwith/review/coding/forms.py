"""Coding forms: read strictly from TOML or JSON, written back, and asked what a coding lacks.

A form is data a team writes. What it says twice, what it says of a mark it has not, and what could
never be answered is refused with a sentence, since a form nobody can satisfy stops a whole review.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from importlib import resources
from pathlib import PurePath
from typing import Any

from forthwith.domain.coding import Choice, Coding, Form, Mark, MarkKind, Value
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Side
from forthwith.plain import json_document
from forthwith.plain.json_document import NotJsonError

#: Keys the page of a document has for itself. `e` opens the note, so a text of the form names it.
PAGE_KEYS = frozenset("jkJKnpbxg/fcmu.?[] ") | {"Enter", "Escape", "Tab"}
#: Before the name of a privilege mark in the body of whoever may only propose it.
PROPOSED = "proposed:"
#: Of a privilege mark: what says that nothing is claimed.
NOTHING_CLAIMED = frozenset({"none", "no", "not-privileged"})

_FORM_KEYS = frozenset({"id", "version", "side", "blind", "marks"})
_MARK_KEYS = frozenset(
    {"name", "label", "kind", "choices", "required", "required_if", "suggest", "keys", "privilege"}
)
_CHOICE_KEYS = frozenset({"value", "label", "key"})
_ALWAYS = "always"


class FormError(ForthwithError):
    """A form says something that cannot be."""

    def __init__(self, where: str, why: str) -> None:
        #: The half of the sentence that says what is wrong.
        self.why = why
        super().__init__(
            f"The form {where} cannot be used: {why}. Mend the line and give the form again; the "
            "form as it was still stands."
        )


def read(data: bytes, name: str) -> Form:
    """Read a form from a file's bytes, TOML where its name ends so, else JSON. Raises FormError."""
    try:
        if PurePath(name).suffix.lower() == ".toml":
            value: Any = tomllib.loads(data.decode("utf-8-sig"))
        else:
            value = json_document.load(data)
    except UnicodeDecodeError as wrong:
        raise FormError(name, f"it is not UTF-8 text (byte {wrong.start})") from wrong
    except (tomllib.TOMLDecodeError, RecursionError) as wrong:
        raise FormError(name, f"it is not TOML: {wrong}") from wrong
    except NotJsonError as wrong:
        raise FormError(name, f"it {wrong}") from wrong
    return form_of(value, name)


def form_of(value: object, where: str = "") -> Form:
    """Return a form made of plain data. Raises FormError."""
    table = _table(value, where or "given", "the form", _FORM_KEYS)
    name = _text(table, "id", where, "the form")
    where = where or name
    if not name or not name.replace("-", "").replace("_", "").isalnum():
        raise FormError(where, f"its id is {name!r}, and is to be letters, digits and hyphens")
    version = table.get("version", 0)
    if not isinstance(version, int) or isinstance(version, bool) or version < 0:
        raise FormError(where, f"its version is {version!r}, and is to be a whole number")
    side = _text(table, "side", where, "the form")
    if side not in ("", *Side):
        raise FormError(where, f'its side is {side!r}, and is to be "ours", "theirs" or left out')
    blind = _flag(table, "blind", where, "the form")
    rows = table.get("marks", [])
    if not isinstance(rows, list | tuple) or not rows:
        raise FormError(where, "it has no marks; give at least one as [[marks]]")
    form = Form(name, version, tuple(_mark(row, where) for row in rows), blind, side)
    if why := next(_wrong(form), ""):
        raise FormError(where, why)
    return form


def _table(value: object, where: str, what: str, known: Collection[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise FormError(where, f"{what} is {value!r}, and is to be a table")
    if strange := sorted(str(key) for key in value if key not in known):
        raise FormError(
            where,
            f"{what} has {strange[0]!r}, which nothing reads; known: {', '.join(sorted(known))}",
        )
    return value


def _text(table: Mapping[str, Any], key: str, where: str, what: str) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise FormError(where, f"{key} of {what} is {value!r}, and is to be a text")
    return value.strip()


def _flag(table: Mapping[str, Any], key: str, where: str, what: str) -> bool:
    value = table.get(key, False)
    if not isinstance(value, bool):
        raise FormError(where, f"{key} of {what} is {value!r}, and is to be true or false")
    return value


def _mark(value: object, where: str) -> Mark:
    table = _table(value, where, "a mark", _MARK_KEYS)
    name = _text(table, "name", where, "a mark")
    what = f"the mark {name!r}"
    if not name or name != name.strip() or any(sign in name for sign in "=:, \t\n\0"):
        raise FormError(where, f"{what} needs a name without blanks, commas, colons and =")
    if name == _ALWAYS:
        raise FormError(where, f'a mark cannot be called "{_ALWAYS}", which required_if reads')
    kind = _text(table, "kind", where, what)
    if kind not in list(MarkKind):
        raise FormError(
            where, f"the kind of {what} is {kind!r}, and is to be one, many, text or flag"
        )
    return Mark(
        name,
        _text(table, "label", where, what) or name,
        MarkKind(kind),
        tuple(_choice(row, where, what) for row in _rows(table, "choices", where, what)),
        _required(table, where, what),
        _suggest(table.get("suggest", ""), where, what),
        _keys(table.get("keys", {}), where, what),
        _flag(table, "privilege", where, what),
    )


def _rows(table: Mapping[str, Any], key: str, where: str, what: str) -> Iterable[object]:
    rows = table.get(key, [])
    if not isinstance(rows, list | tuple):
        raise FormError(where, f"{key} of {what} is {rows!r}, and is to be a list")
    return rows


def _choice(value: object, where: str, what: str) -> Choice:
    if isinstance(value, str):
        value = {"value": value}
    table = _table(value, where, f"a choice of {what}", _CHOICE_KEYS)
    chosen = _text(table, "value", where, f"a choice of {what}")
    if not chosen or any(sign in chosen for sign in ",\n\0"):
        raise FormError(where, f"a choice of {what} is {chosen!r}, and is to be a word")
    key = _text(table, "key", where, f"the choice {chosen!r}")
    if key and (len(key) != 1 or key not in "123456789"):
        raise FormError(
            where, f"the key of the choice {chosen!r} of {what} is {key!r}, and is to be 1 to 9"
        )
    return Choice(chosen, _text(table, "label", where, f"the choice {chosen!r}") or chosen, key)


def _required(table: Mapping[str, Any], where: str, what: str) -> Mapping[str, Any]:
    condition = table.get("required_if", {})
    if not isinstance(condition, Mapping):
        raise FormError(
            where, f'required_if of {what} is {condition!r}, and is to be {{ mark = "value" }}'
        )
    if _flag(table, "required", where, what):
        if condition:
            raise FormError(where, f"{what} is required, and required_if besides; give one of them")
        return {_ALWAYS: True}
    if _ALWAYS in condition:
        if dict(condition) != {_ALWAYS: True}:
            raise FormError(where, f"required_if of {what} says always = true, and nothing besides")
        return {_ALWAYS: True}
    return {
        str(name): tuple(wanted) if isinstance(wanted, list | tuple) else wanted
        for name, wanted in condition.items()
    }


def _suggest(value: object, where: str, what: str) -> str:
    words = (
        value
        if isinstance(value, str)
        else " ".join(map(str, value))
        if isinstance(value, list | tuple)
        else repr(value)
    )
    if "family" in words and "copies" in words:
        raise FormError(
            where,
            f"{what} is suggested to the family and to the copies. Never both: from one family to "
            "its copies and on to theirs, a mark would spread to documents nobody thought of. "
            "Name one of them",
        )
    if words not in ("", "family", "copies"):
        raise FormError(
            where, f'suggest of {what} is {value!r}, and is to be "family", "copies" or left out'
        )
    return words


def _keys(value: object, where: str, what: str) -> Mapping[str, str]:
    if not isinstance(value, Mapping) or not all(
        isinstance(key, str) and isinstance(chosen, str) for key, chosen in value.items()
    ):
        raise FormError(where, f'keys of {what} are {value!r}, and are to be as {{ r = "yes" }}')
    for key in value:
        if len(key) != 1 or not key.isprintable() or key in PAGE_KEYS or key.isdigit():
            raise FormError(
                where,
                f"the key {key!r} of {what} cannot be taken: give one sign that the page has not "
                f"for itself ({' '.join(sorted(PAGE_KEYS - {' '}))}, the blank, and 1 to 9)",
            )
    return dict(value)


def _wrong(form: Form) -> Iterator[str]:
    """Yield what is wrong between the marks of a form, and between a mark and its choices."""
    taken: dict[str, str] = {}
    names: set[str] = set()
    for mark in form.marks:
        what = f"the mark {mark.name!r}"
        if mark.name.casefold() in names:
            yield f"two of its marks are called {mark.name!r}; a name is one mark's"
        names.add(mark.name.casefold())
        yield from _wrong_choices(mark, what)
        for key, chosen in mark.keys.items():
            if key in taken:
                yield f"the key {key!r} is given to {taken[key]!r} and to {mark.name!r}; give one"
            taken[key] = mark.name
            if chosen and chosen not in {choice.value for choice in mark.choices}:
                yield f"the key {key!r} of {what} sets {chosen!r}, which is none of its choices"
        if mark.kind is MarkKind.FLAG and mark.required_if:
            yield f"{what} is a flag and required; a flag that is not set is an answer already"
        for name, wanted in mark.required_if.items():
            if name != _ALWAYS:
                yield from _wrong_condition(form, what, name, wanted)
    if circle := _circle(form):
        yield (
            f"{' requires '.join(circle)} in a circle: none of them can be answered before the "
            "other; take required_if from one"
        )


def _wrong_choices(mark: Mark, what: str) -> Iterator[str]:
    chosen = mark.kind in (MarkKind.ONE, MarkKind.MANY)
    if chosen and not mark.choices:
        yield f"{what} has no choices; give at least one"
    if not chosen and mark.choices:
        yield f"{what} is a {mark.kind} and has choices, which it cannot offer"
    if not chosen and mark.privilege:
        yield f"{what} is a {mark.kind} and a privilege mark; give it choices"
    for told, given in (
        ("choices", [choice.value.casefold() for choice in mark.choices]),
        ("choices with the key", [choice.key for choice in mark.choices if choice.key]),
    ):
        if twice := next((value for value in given if given.count(value) > 1), ""):
            yield f"{what} has two {told} {twice!r}; give each its own"


def _wrong_condition(form: Form, what: str, name: str, wanted: object) -> Iterator[str]:
    other = form.mark(name)
    if other is None:
        yield f"required_if of {what} asks {name!r}, which is no mark of the form"
        return
    if other.kind is MarkKind.FLAG:
        if wanted is not True:
            yield f"required_if of {what} asks the flag {name!r} for {wanted!r}; a flag is true"
    elif wanted is not True:
        offered = {choice.value for choice in other.choices}
        values = wanted if isinstance(wanted, tuple) else (wanted,)
        for value in values:
            if value not in offered:
                yield (
                    f"required_if of {what} asks {name!r} for {value!r}, which is none of its "
                    "choices"
                )
        if not values:
            yield f"required_if of {what} asks {name!r} for nothing"


def _circle(form: Form) -> list[str]:
    """Return marks that require each other in a circle, the first again at the end; [] for none."""
    asks = {
        mark.name: [name for name in mark.required_if if name != _ALWAYS] for mark in form.marks
    }
    sound: set[str] = set()
    for start in asks:
        # A path and, for each mark on it, what of it is still to be followed.
        path, waiting = [start], [list(asks[start])]
        while path and start not in sound:
            if not waiting[-1]:
                waiting.pop()
                sound.add(path.pop())
                continue
            name = waiting[-1].pop()
            if name in path:
                return [*path[path.index(name) :], name]
            if name in asks and name not in sound:
                path.append(name)
                waiting.append(list(asks[name]))
    return []


def body(form: Form) -> dict[str, Any]:
    """Return a form as plain data, as `form_of` reads it."""
    return {
        "id": form.id,
        "version": form.version,
        "side": form.side,
        "blind": form.blind,
        "marks": [
            {
                "name": mark.name,
                "label": mark.label,
                "kind": mark.kind.value,
                "choices": [
                    {"value": choice.value, "label": choice.label, "key": choice.key}
                    for choice in mark.choices
                ],
                "required_if": {
                    name: list(wanted) if isinstance(wanted, tuple) else wanted
                    for name, wanted in mark.required_if.items()
                },
                "suggest": mark.suggest,
                "keys": dict(mark.keys),
                "privilege": mark.privilege,
            }
            for mark in form.marks
        ],
    }


def default(side: str) -> Form:
    """Return the form a room starts with, for documents of one side: "ours" or "theirs"."""
    name = f"{side}.toml"
    data = resources.files("forthwith.review.coding").joinpath(name).read_bytes()
    return read(data, name)


def missing(form: Form, answers: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the names of required marks without an answer, in order of the form.

    A proposed privilege mark is an answer: whoever may decide it is asked by the proposal.
    """
    given = {name.removeprefix(PROPOSED): value for name, value in answers.items()}
    return tuple(
        mark.name
        for mark in form.marks
        if mark.required_if and mark.name not in given and _asked(mark.required_if, given)
    )


def _asked(condition: Mapping[str, Any], given: Mapping[str, Value]) -> bool:
    return all(
        name == _ALWAYS or _met(given.get(name), wanted) for name, wanted in condition.items()
    )


def _met(value: Value | None, wanted: object) -> bool:
    if value is None or value is False:
        return False
    if wanted is True:
        return True
    accepted = wanted if isinstance(wanted, tuple) else (wanted,)
    return any(part in accepted for part in (value if isinstance(value, tuple) else (value,)))


def unknown(form: Form, answers: Mapping[str, Value]) -> tuple[str, ...]:
    """Return a sentence for each answer the form has no mark or no choice for."""
    return tuple(
        sentence for name, value in answers.items() for sentence in _unknown(form, name, value)
    )


def _unknown(form: Form, name: str, value: Value) -> Iterator[str]:
    mark = form.mark(name)
    if mark is None:
        known = ", ".join(mark.name for mark in form.marks)
        yield f"The form {form.id} has no mark {name!r}; its marks are {known}."
        return
    offered = [choice.value for choice in mark.choices]
    if mark.kind is MarkKind.FLAG:
        if value is not True:
            yield f"{mark.name} is a flag: it is set or not, and cannot be {_shown(value)}."
    elif mark.kind is MarkKind.TEXT:
        if not isinstance(value, str):
            yield f"{mark.name} is a text, and cannot be {_shown(value)}."
    elif mark.kind is MarkKind.ONE and not isinstance(value, str):
        yield f"{mark.name} takes one of {', '.join(offered)}, and not {_shown(value)}."
    else:
        values = value if isinstance(value, tuple) else (value,)
        if len(set(values)) < len(values):
            yield f"{mark.name} is given one choice twice: {_shown(value)}."
        for part in values:
            if part not in offered:
                yield f"{mark.name} has no choice {part!r}; its choices are {', '.join(offered)}."


def _shown(value: Value) -> str:
    return ", ".join(value) if isinstance(value, tuple) else repr(value)


def in_order(form: Form, answers: Mapping[str, Value]) -> dict[str, Value]:
    """Return answers in order of the form, the choices of a mark that takes several in its order.

    So the same decision is the same body, however it was typed.
    """
    ordered: dict[str, Value] = {}
    for mark in form.marks:
        for name in (mark.name, PROPOSED + mark.name):
            value = answers.get(name)
            if value is None or value is False:
                continue
            if mark.kind is MarkKind.MANY:
                parts = value if isinstance(value, tuple) else (value,)
                value = tuple(choice.value for choice in mark.choices if choice.value in parts)
            ordered[name] = value
    return ordered


def decided(
    form: Form, answers: Mapping[str, Value], standing: Mapping[str, Value], *, claims: bool
) -> dict[str, Value]:
    """Return the body to be kept of what somebody answered over what stands.

    Who may not claim (`claims` false) leaves every privilege mark as it stands, and proposes what
    they answered where it differs.
    """
    kept = dict(answers)
    if not claims:
        for mark in form.marks:
            if not mark.privilege:
                continue
            given, stands = kept.pop(mark.name, None), standing.get(mark.name)
            if stands is not None:
                kept[mark.name] = stands
            if given is not None and given != stands:
                kept[PROPOSED + mark.name] = given
    return in_order(form, kept)


def merged(standing: Mapping[str, Value], changes: Mapping[str, Value | None]) -> dict[str, Value]:
    """Return what stands with some marks changed; None takes a mark away.

    A mark that is changed is no longer proposed otherwise.
    """
    touched = {*changes, *(PROPOSED + name for name in changes)}
    kept = {name: value for name, value in standing.items() if name not in touched}
    return {**kept, **{name: value for name, value in changes.items() if value is not None}}


def proposals(answers: Mapping[str, Value]) -> dict[str, Value]:
    """Return the privilege marks a body proposes, by name of the mark."""
    return {
        name.removeprefix(PROPOSED): value
        for name, value in answers.items()
        if name.startswith(PROPOSED)
    }


def plain(answers: Mapping[str, Value]) -> dict[str, Value]:
    """Return a body as its coder answered it: what they proposed stands for the mark itself."""
    own = {name: value for name, value in answers.items() if not name.startswith(PROPOSED)}
    return {**own, **proposals(answers)}


def privileged(form: Form, answers: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the privilege marks by which a body says that something is claimed."""
    return tuple(
        mark.name
        for mark in form.marks
        if mark.privilege and _claimed(answers.get(mark.name, "none"))
    )


def _claimed(value: Value) -> bool:
    values = value if isinstance(value, tuple) else (value,)
    return any(part not in NOTHING_CLAIMED for part in values)


def notes(form: Form, answers: Mapping[str, Value]) -> tuple[str, ...]:
    """Return the texts of a body."""
    return tuple(
        str(answers[mark.name])
        for mark in form.marks
        if mark.kind is MarkKind.TEXT and answers.get(mark.name)
    )


def coded(coding: Coding | None) -> bool:
    """Say whether a document is coded: one whose first coding was undone is not."""
    return coding is not None and bool(coding.body)
