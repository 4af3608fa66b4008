"""`liabilities`: commit to what is owed, prove one account's part of it, verify anybody's proof."""

from __future__ import annotations

import json
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.books.answers import printed
from forthwith.cli.books.common import WHEN, Given, books_options, table
from forthwith.cli.lazy import Entry, LazyGroup
from forthwith.exports.liabilities.reading import Asked
from forthwith.workflows.books import committed as trees
from forthwith.workflows.books.liabilities import verify as verify_files
from forthwith.workflows.books.options import When

_HERE = "forthwith.cli.books.liabilities"
PARTS = {
    "Ours": (
        Entry("commit", f"{_HERE}:commit", "Make the tree of what is owed; print its root.",
              "liabilities commit --at 2026-01-31 --key key.hex"),
        Entry("prove", f"{_HERE}:prove", "Write the proof of one account.",
              "liabilities prove C0001 --at 2026-01-31 --key key.hex"),
    ),
    "Anybody's": (
        Entry("verify", f"{_HERE}:verify", "Say what files prove, and what they do not bind.",
              "liabilities verify proof.json commitment.json"),
    ),
}  # fmt: skip


@click.group(cls=LazyGroup, parts=PARTS)
def liabilities() -> None:
    """Commit to what customers are owed; let each of them check it, and check anybody's."""


_key = click.option(
    "--key", type=click.Path(path_type=Path), metavar="FILE", required=True,
    help="Key of the salts, yours alone; made with mode 0600 where there is none.",
)  # fmt: skip
_trees = click.option(
    "--trees", "trees_", type=click.Path(path_type=Path), default=Path("trees"), show_default=True,
    metavar="DIR", help="Where the levels lie: yours alone, like the key.",
)  # fmt: skip
_at = click.option("--at", type=WHEN, metavar="WHEN", help="The cut; a day or month: its end.")


@click.command()
@_at
@_key
@_trees
@books_options
def commit(given: Given, at: When | None, key: Path, trees_: Path) -> None:
    """Make the tree of each asset that anybody is owed, and print what is published of it."""
    body = trees.commit(given.home, given.options, at, key, trees_)
    if printed(given, body):
        return
    table(
        ("Asset", "As of", "Leaves", "Total (smallest units)", "Root"),
        [
            (row["asset"], row["as_of"], f"{row['leaves']:,}", row["total"], row["root"])
            for row in body["commitments"]
        ],
        2,
    )
    for row in body["commitments"]:
        for account, amount in row["negative"].items():
            console.say(f"{row['asset']}: {account} stands at {amount}; it is in no sum.")
    console.say(f"Levels and key stay with you: {trees_}, {key}. Publish the roots.")


@click.command()
@click.argument("account")
@_at
@_key
@_trees
@click.option("--into", type=click.Path(path_type=Path), metavar="DIR", help="Write them here.")
@books_options
def prove(
    given: Given, account: str, at: When | None, key: Path, trees_: Path, into: Path | None
) -> None:
    """Write the proof that ACCOUNT stands in the tree of each asset with what it is owed."""
    body, written = trees.prove(given.home, given.options, account, at, key, trees_, into)
    if printed(given, body):
        return
    for row in body["proofs"]:
        console.say(
            f"{row['asset']}: {account} with {row['amount']} among {row['leaves']:,} leaves, "
            f"{len(row['path'])} steps, root {row['root']}"
        )
    for place in written:
        console.say(f"{place} written.")
    console.say("Whoever gets one checks it with: forthwith liabilities verify FILE COMMITMENT")


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...",
                type=click.Path(path_type=Path))  # fmt: skip
@click.option("--root", default="", metavar="HEX", help="The root as it was published.")
@click.option("--nonce", default="", metavar="HEX", help="BitMEX: your account's nonce of the day.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_obj
def verify(home: Path, files: tuple[Path, ...], root: str, nonce: str, *, as_json: bool) -> None:
    """Say what FILEs of any exchange's proof of liabilities prove, and what they do not bind.

    Exit status 1 where one is refused or contradicts itself.
    """
    checks = verify_files([home / file for file in files], Asked(root, nonce))
    bad = [row for row in checks if row.refusals or row.findings]
    if as_json:
        console.raw(json.dumps({"files": [row.as_json() for row in checks]}, ensure_ascii=False))
        raise SystemExit(console.FINDINGS if bad else console.CLEAN)
    for row in checks:
        console.say(f"{row.file} ({row.form or 'of no form known here'})")
        if row.proves:
            console.say(f"  Proved: {row.proves}.")
        for refusal in row.refusals:
            console.say(f"  REFUSED: {refusal.what}. {refusal.do}.")
        for finding in row.findings:
            console.say(f"  Finding: {finding}.")
        for what in row.not_checked:
            console.say(f"  Not checked: {what}.")
        for what in row.does_not_bind:
            console.say(f"  Does not bind: {what}.")
    raise SystemExit(console.FINDINGS if bad else console.CLEAN)
