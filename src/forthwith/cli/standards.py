"""`standards`: the production standards kept here, and the rules of one as people read them."""

from __future__ import annotations

import dataclasses
import json
import textwrap
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.standards import loader, prose
from forthwith.standards.loader import Column, Standard

#: Columns of a page that nobody has to turn.
_NARROWEST, _WIDEST = 60, 100


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON array.")
@click.pass_context
def standards(ctx: click.Context, *, as_json: bool) -> None:
    """List the production standards there are; `show` prints the rules of one.

    Those are the ones shipped, and in a matter those its sealed volumes were written by.
    """
    if ctx.invoked_subcommand is not None:
        return
    held = [loader.load(name, ctx.obj) for name in loader.available()]
    held += [loader.load(name, ctx.obj) for name in loader.pinned(ctx.obj)]
    if as_json:
        keys = ("name", "title", "revision", "issuer", "source")
        rows = [{key: str(getattr(standard, key)) for key in keys} for standard in held]
        console.raw(json.dumps(rows, ensure_ascii=False))
        return
    for standard in held:
        console.say(f"{standard.name}  {standard.title}")
        _say(f"Of {standard.revision}. {standard.issuer}. {standard.source}.", "    ")
    console.say("Rules of one: forthwith standards show NAME")


@standards.command()
@click.argument("standard", metavar="NAME|FILE")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def show(home: Path, standard: str, *, as_json: bool) -> None:
    """Print the rules of a standard, by its name or from a TOML of your own, checked first.

    Exit status 2: there is no such standard, or its file cannot be followed, with line and cure.
    """
    rules = loader.load(standard, home)
    if as_json:
        console.raw(json.dumps(_as_json(rules), ensure_ascii=False, default=str))
        return
    console.say(f"{rules.title}  ({rules.name})")
    _say(f"{rules.issuer}. Revision of {rules.revision}. Source: {rules.source}.")
    _say(f"SHA-256 of the file: {rules.digest}")
    for passage in prose.passages(rules):
        console.say()
        console.say(f"{passage.title}  [{passage.source}]")
        for sentence in passage.sentences:
            _say(f"- {sentence}", "  ", "    ")
    console.say()
    console.say("Columns of the data load file, in order")
    rows = [
        (str(column.order), column.name, column.role or column.fill, column.when)
        for column in rules.all_columns
    ]
    terminal.table(("No.", "Column", "Role", "Asked of"), rows, len(rows[0]))
    console.say()
    console.say("What they hold, on what that rests, and what others call them")
    for column in rules.all_columns:
        _column(column)
    console.say()
    console.say("Reasons for which something may be redacted")
    for reason in rules.redaction_reasons:
        key = f", key {reason.key}" if reason.key else ""
        claims = "; a claim of privilege, with a row in the log" if reason.privilege else ""
        says = f"{reason.words}{claims}. Burnt as {reason.label}; {reason.colour}{key}."
        _say(f"{reason.name}: {says}", "  ", "      ")
    console.say()
    console.say("Clauses, in our own words")
    for clause in rules.clauses:
        doubt = "" if clause.confirmed else " (not yet compared with the published text)"
        _say(f"{clause.id}  {clause.title}: {clause.says}{doubt}", "  ", "        ")


def _column(column: Column) -> None:
    """Print what a column holds, on what that rests, and its names elsewhere."""
    says = f"{column.says[0].upper()}{column.says[1:]}."
    extra = " Agreed in the cover letter, beyond the standard's own list." if column.extra else ""
    _say(f"{column.name}: {says}{extra} [{column.source}]", "  ", "      ")
    if column.note:
        _say(column.note, "      ")
    if column.aliases:
        _say(f"Also called {', '.join(column.aliases)}.", "      ")


def _say(text: str, first: str = "", later: str | None = None) -> None:
    """Print a sentence within the width of the page."""
    width = max(_NARROWEST, min(_WIDEST, terminal.width() - 1))
    after = first if later is None else later
    # Words of a rule may hold spaces of their own: only lines are broken.
    for line in textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=after,
        break_on_hyphens=False,
        break_long_words=False,
    ):
        console.say(line)


def _as_json(standard: Standard) -> dict[str, Any]:
    """Return every rule under the key it has in the file."""
    told: dict[str, Any] = {
        key: getattr(standard, key) for key in ("name", "title", "issuer", "revision", "source")
    }
    told["sha256"] = standard.digest
    for key in ("load_file", "formats", "names", "images", "text", "natives"):
        told[key] = dict(_plain(getattr(standard, key)))
    forms = standard.formats
    told["formats"]["sentinels"] = [forms.date.written(parts) for parts in sorted(forms.sentinels)]
    told["clauses"] = [dataclasses.asdict(clause) for clause in standard.clauses]
    told["redaction_reasons"] = [
        dataclasses.asdict(reason) for reason in standard.redaction_reasons
    ]
    told["columns"] = [
        {
            **dataclasses.asdict(column),
            "role": column.role,
            "type": column.type,
            "says": column.says,
        }
        for column in standard.all_columns
    ]
    return told


def _plain(rules: Any) -> Iterator[tuple[str, Any]]:
    for each in dataclasses.fields(rules):
        value = getattr(rules, each.name)
        many = isinstance(value, Iterable) and not isinstance(value, str)
        yield each.name, list(value) if many else value
