"""`code`: decide about documents, one or many; take it back; see who decided what; change forms."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.as_login import asks, opened
from forthwith.domain.coding import Coding, Form, MarkKind, Value
from forthwith.domain.users import Seer
from forthwith.plain.counting import count
from forthwith.review.coding import forms as form_rules
from forthwith.workflows.room import bulk, coding
from forthwith.workflows.room import forms as form_desk
from forthwith.workflows.room.bulk import Preview, Selection
from forthwith.workflows.room.room import Room

_YES, _NO = frozenset({"yes", "true", "on", "set"}), frozenset({"no", "false", "off"})


@click.command()
@click.argument("words", metavar="[CONTROL | MARK=VALUE]...", nargs=-1)
@click.option("--query", default="", help="Code what a query finds.")
@click.option("--family", is_flag=True, help="Code whole families of what is named or found.")
@click.option("--suggested", is_flag=True, help="Accept what is suggested.")
@click.option("--preview", is_flag=True, help="Say what would be done, and do nothing.")
@click.option("--token", default="", help="That of the preview: save exactly what it showed.")
@click.option("--because", default="", help="Why, where somebody else's coding is overturned.")
@click.option(
    "--pass", "pass_", type=click.Choice(["first", "second", "qc"]), help="Which reading."
)
@click.option("--undo", is_flag=True, help="Take your last save back.")
@click.option("--last", is_flag=True, help="The same marks as you saved last.")
@click.option("--history", is_flag=True, help="Print every coding of the documents named.")
@click.option("--forms", is_flag=True, help="Name the forms.")
@click.option(
    "--form", type=click.Choice(["show", "put"]), help="Print a form, or take the next from a file."
)
@asks
@click.pass_obj
def code(
    home: Path,
    /,
    words: tuple[str, ...],
    as_login: str,
    *,
    as_json: bool,
    undo: bool,
    history: bool,
    forms: bool,
    form: str | None,
    **given: Any,
) -> None:
    """Code documents: forthwith code FW00000012 responsive=yes privilege=none.

    Marks that are not named stay as they are; MARK= takes one away; several choices are separated
    by commas. What is coded by --query is shown first (--preview), and saved with its --token.
    """
    with opened(home, as_login) as (room, seer):
        if forms or form:
            _forms(room, seer, home, words, form or "", as_json=as_json)
        elif undo:
            undone = coding.undo(room, seer)
            _say(
                {"undone": [_plain(row) for row in undone.codings]},
                [coding.undone(undone)],
                as_json=as_json,
            )
        elif history:
            _history(room, seer, words, as_json=as_json)
        else:
            _code(room, seer, words, as_json=as_json, **given)


def _say(body: dict[str, Any], lines: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        console.raw(json.dumps(body, ensure_ascii=False))
        return
    for line in lines:
        console.say(line)


def _code(
    room: Room,
    seer: Seer,
    words: Sequence[str],
    *,
    as_json: bool,
    query: str,
    family: bool,
    suggested: bool,
    preview: bool,
    token: str,
    because: str,
    pass_: str | None,
    last: bool,
) -> None:
    controls = tuple(word for word in words if "=" not in word)
    changes: dict[str, Any] = dict(coding.last(room, seer)) if last else {}
    changes |= _changes(form_desk.every(room, seer), words)
    if not (controls or query or suggested):
        raise click.UsageError("Name documents, or find them with --query.")
    selection = Selection(query, controls, suggested, family)
    more = {"pass_": pass_ or "", "because": because}
    seen = bulk.preview(room, seer, selection, changes, **more)
    if preview or not (token or controls) or (query and not token):
        _say(_shown(seen), _preview_lines(seen), as_json=as_json)
        return
    saved = bulk.bulk(room, seer, selection, changes, token or seen.token, **more)
    following = f" Next: {saved.next}." if saved.next else ""
    _say(
        {"saved": [_plain(row) for row in saved.codings], "next": saved.next},
        [f"{count(len(saved.codings), 'document')} coded.{following}"],
        as_json=as_json,
    )


def _changes(forms: Sequence[Form], words: Sequence[str]) -> dict[str, Any]:
    """Read "issues=keys,moves" and "hot=yes" as the forms have these marks."""
    changes: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            continue
        mark = next((mark for form in forms if (mark := form.mark(name))), None)
        if mark is not None and mark.kind is MarkKind.MANY:
            changes[name] = [part.strip() for part in value.split(",") if part.strip()]
        elif mark is not None and mark.kind is MarkKind.FLAG and value.lower() in _YES | _NO:
            changes[name] = value.lower() in _YES
        else:
            changes[name] = value.strip() or None
    return changes


def _shown(seen: Preview) -> dict[str, Any]:
    return {
        "token": seen.token,
        "documents": seen.documents,
        "families": seen.families,
        "own": seen.own,
        "overturned": seen.overturned,
        "confirmed": seen.confirmed,
        "unchanged": seen.unchanged,
        "not_theirs": seen.not_theirs,
        "incomplete": seen.incomplete,
        "proposed": seen.proposed,
        "split_families": seen.split_families,
        "conflicts": list(seen.conflicts),
        "missing": dict(seen.missing),
        "refused": seen.refused,
    }


def _preview_lines(seen: Preview) -> list[str]:
    lines = bulk.sentences(seen)
    if seen.documents and not seen.refused:
        lines.append(f"To save exactly this: the same command with --token {seen.token}")
    return lines


def _history(room: Room, seer: Seer, words: Sequence[str], *, as_json: bool) -> None:
    if not words:
        raise click.UsageError("Name the documents whose history is wanted.")
    rows = [row for control in words for row in coding.history(room, seer, control)]
    lines = [
        f"{row.control}  {row.version}  {row.at[:16].replace('T', ' ')}  {row.who}  "
        f"{row.pass_}{f' in {row.batch}' if row.batch else ''}  {_marks(row)}"
        + (f"  because {row.because}" if row.because else "")
        for row in rows
    ]
    _say(
        {"codings": [_plain(row) for row in rows]},
        lines or ["Nobody has coded it, as far as you are shown."],
        as_json=as_json,
    )


def _marks(row: Coding) -> str:
    return ", ".join(_mark(name, value) for name, value in row.body.items()) or "nothing"


def _mark(name: str, value: Value) -> str:
    proposed = name.startswith(form_rules.PROPOSED)
    name = name.removeprefix(form_rules.PROPOSED) + (" proposed" if proposed else "")
    if value is True:
        return name
    return f"{name} {'+'.join(value) if isinstance(value, tuple) else value}"


def _plain(row: Coding) -> dict[str, Any]:
    return {
        "control": row.control,
        "version": row.version,
        "who": row.who,
        "at": row.at,
        "pass": row.pass_.value,
        "batch": row.batch,
        "form": row.form,
        "form_version": row.form_version,
        "marks": dict(row.body),
        "because": row.because,
    }


def _forms(
    room: Room, seer: Seer, home: Path, words: Sequence[str], form: str, *, as_json: bool
) -> None:
    if not form:
        forms = form_desk.every(room, seer)
        lines = [
            f"{row.id}  version {row.version}  {row.side or 'both sides'}  "
            f"{', '.join(mark.name for mark in row.marks)}"
            for row in forms
        ]
        _say({"forms": [form_rules.body(row) for row in forms]}, lines, as_json=as_json)
        return
    if len(words) != 1:
        raise click.UsageError("Name one form to show, or the file of one to put.")
    if form == "put":
        path = home / words[0]
        if not path.is_file():
            raise click.UsageError(f"There is no file {path}.")
        kept = form_desk.put_form(room, seer, path.read_bytes(), path.name)
        body = {"form": kept.id, "version": kept.version}
        _say(body, [f"The form {kept.id} stands in version {kept.version}."], as_json=as_json)
        return
    shown = form_rules.body(form_desk.show_form(room, seer, words[0]))
    _say(shown, [json.dumps(shown, ensure_ascii=False, indent=2)], as_json=as_json)
