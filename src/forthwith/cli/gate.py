"""`gate`: what stops the next production, rule by rule, and the pages somebody is to look at."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console, terminal
from forthwith.cli.as_login import alone, asks, opened
from forthwith.domain.gate import Gate, Light, Rule, SampledPage
from forthwith.plain.counting import count
from forthwith.workflows.produce import ProductionOptions
from forthwith.workflows.room import draft, sampling

_WIDTH, _SHOWN = 98, 12
_LIGHTS = {
    Light.GREEN: "green",
    Light.RED: "RED",
    Light.WAITING: "WAITING",
    Light.ABSENT: "–",
}


def _chosen(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose what goes out, as `produce` has them."""
    for option in (
        click.option("--where", default="", metavar="SQL", help="Only documents that meet it."),
        click.option("--query", default="", help="Only documents a search finds, families whole."),
        click.option("--standard", default="", help="Production standard; the matter's."),
        click.option("--volume", default="", metavar="VOLUME", help="How it is to be called."),
    ):
        command = option(command)
    return command


@click.group(invoke_without_command=True)
@_chosen
@asks
@click.pass_context
def gate(ctx: click.Context, /, as_login: str, *, as_json: bool, **chosen: str) -> None:
    """Show what stops the next production: each rule with the documents behind it.

    Nothing is made. Takes what `produce` would take: every document not produced before, or those
    that meet --where and --query. Exit status 1: a rule stops it.
    """
    if ctx.invoked_subcommand is not None:
        alone(ctx, show, as_login, as_json=as_json)
        if any(chosen.values()):
            raise click.UsageError(f"Write options after {ctx.invoked_subcommand}.")
        return
    ctx.invoke(show, as_login=as_login, as_json=as_json, **chosen)


@gate.command()
@_chosen
@asks
@click.pass_obj
def show(home: Path, /, as_login: str, *, as_json: bool, **chosen: str) -> None:
    """Show every rule; the same as `gate` alone."""
    with opened(home, as_login) as (room, seer), _steps(as_json=as_json) as steps:
        found = draft.ask(room, seer, _options(chosen), steps)
    if as_json:
        console.raw(json.dumps(draft.gate_json(found), ensure_ascii=False))
    else:
        told(found)
    raise SystemExit(console.FINDINGS if found.stopping else console.CLEAN)


@gate.command()
@_chosen
@asks
@click.pass_obj
def sample(home: Path, /, as_login: str, *, as_json: bool, **chosen: str) -> None:
    """List the pages drawn to be looked at, redacted ones first.

    Exit status 1: some are not looked at, or bad.
    """
    with opened(home, as_login) as (room, seer):
        pages = draft.sample_of(room, seer, _options(chosen))
    if as_json:
        body = {"pages": [draft.page_json(page) for page in pages]}
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        rows = [
            (page.control, f"{page.page:,}", "redacted" if page.redacted else "", _looked(page))
            for page in pages
        ]
        terminal.table(("Document", "Page", "", "Looked at"), rows, 9)
        left = sum(page.look is None for page in pages)
        console.say(f"{count(len(pages), 'page')}, {left:,} not looked at.")
    settled = all(page.look and page.look.verdict.value == "good" for page in pages)
    raise SystemExit(console.CLEAN if settled else console.FINDINGS)


@gate.command()
@click.argument("document")
@click.argument("page", type=click.IntRange(1))
@click.option("--good", "verdict", flag_value="good", help="It may go out as it is.")
@click.option("--bad", "verdict", flag_value="bad", help="It may not; needs --note.")
@click.option("--note", default="", help="What there is to say of it.")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE.png",
              help="Write the page, boxes burnt in, and keep no look.")  # fmt: skip
@_chosen
@asks
@click.pass_obj
def look(
    home: Path,
    /,
    document: str,
    page: int,
    verdict: str | None,
    note: str,
    into: Path | None,
    as_login: str,
    *,
    as_json: bool,
    **chosen: str,
) -> None:
    """Say of PAGE of DOCUMENT, one of the sample, that it is good or bad; or write it to a file."""
    if (into is None) == (verdict is None):
        raise click.UsageError("Give --good, --bad with --note, or --into FILE.png.")
    body: dict[str, Any] = {"control": document, "page": page}
    with opened(home, as_login) as (room, seer):
        if into is not None:
            shown = sampling.page_to_look_at(room, seer, document, page)
            (home / into).write_bytes(shown.data)
            body["file"] = str(home / into)
            words = f"Page {page} of {document} is in {home / into}."
        else:
            good = verdict == "good"
            kept = draft.look(room, seer, _options(chosen), document, page, good=good, note=note)
            body |= draft.look_json(kept)
            words = f"Page {page} of {document} is {kept.verdict.value}, says {kept.who}."
    if as_json:
        console.raw(json.dumps(body, ensure_ascii=False))
    else:
        console.say(words)


def _options(chosen: dict[str, str]) -> ProductionOptions:
    volume = chosen.pop("volume", "") or "draft"
    return ProductionOptions(volume, console.today(), **chosen)  # type: ignore[arg-type]


def _steps(*, as_json: bool) -> terminal.Steps:
    return terminal.Steps("Asking the gate", "documents", quiet=as_json)


def told(found: Gate) -> None:
    """Print every rule with its light; of those that stop, what to do."""
    open_ = [rule for rule in found.rules if rule.light is not Light.ABSENT]
    absent = [rule for rule in found.rules if rule.light is Light.ABSENT]
    for rule in open_:
        console.say(f"  {_light(rule):<9}{rule.name.words}")
        lines = [rule.sentence]
        if rule.accepted:
            lines.append(f"Accepted: {rule.accepted}")
        elif rule.stops and rule.cure:
            lines.append(rule.cure)
        for line in lines:
            for part in textwrap.wrap(line, _WIDTH - 11, break_on_hyphens=False):
                console.say(f"{'':11}{part}")
        if rule.stops and len(rule.documents) > 3:
            some = " ".join(rule.documents[:_SHOWN])
            more = len(rule.documents) - _SHOWN
            rest = f" … and {more:,} more (--json)" if more > 0 else ""
            for part in textwrap.wrap(some + rest, _WIDTH - 11):
                console.say(f"{'':11}{part}")
    if absent:
        names = ", ".join(rule.name.value for rule in absent)
        console.say(f"  {'–':<9}Nothing to ask here: {names}.")
    stopping = len(found.stopping)
    if stopping:
        verb = "stops" if stopping == 1 else "stop"
        console.say(f"{found.volume}: {count(stopping, 'rule')} {verb} it.")
    else:
        console.say(f"{found.volume}: nothing stops it; {count(found.documents, 'document')}.")


def _light(rule: Rule) -> str:
    return "accepted" if rule.accepted else _LIGHTS[rule.light]


def _looked(page: SampledPage) -> str:
    if page.look is None:
        return "not yet"
    note = f" ({page.look.note})" if page.look.note else ""
    return f"{page.look.verdict.value}, {page.look.who}{note}"
