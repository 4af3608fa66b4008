"""The command line. Each command is one act; its exit status means something.

0 done and clean · 1 done, and there are findings · 2 could not be done (bad input, unreadable)
"""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path
from typing import Any

import click

from forthwith.cli import console
from forthwith.cli.lazy import Entry, LazyGroup
from forthwith.domain.errors import ForthwithError
from forthwith.plain import asking, system_errors

#: Every command by the part of the work it belongs to, in the order of work.
PARTS = {
    "Evidence": (
        Entry(
            "init",
            "forthwith.cli.collect:init",
            "Make a new matter in a folder.",
            "init northgate --number 1:23-cv-00417",
        ),
        Entry(
            "collect",
            "forthwith.cli.collect:collect",
            "Take files, mailboxes, archives and exports into evidence.",
            'collect box.pst --custodian "Ortega, Marisol"',
        ),
        Entry(
            "process",
            "forthwith.cli.collect:process",
            "Read everything collected: families, fields, text, copies.",
            "process --workers 4",
        ),
        Entry(
            "documents",
            "forthwith.cli.documents:documents",
            "List the documents there are.",
            "documents --where \"kind = 'email'\"",
        ),
    ),
    "Review": (
        Entry(
            "search",
            "forthwith.cli.search:search",
            "Find documents by what they say.",
            "search 'quorum w/5 (card OR share)'",
        ),
        Entry(
            "terms",
            "forthwith.cli.search:terms",
            "Count what each term of a list finds.",
            "terms terms.txt --against agreed.txt",
        ),
        Entry(
            "privilege",
            "forthwith.cli.privilege:privilege",
            "Name counsel, claim privilege, and check the claims.",
            "privilege attorneys attorneys.csv",
        ),
        Entry(
            "privilege-log",
            "forthwith.cli.privilege_log:privilege_log",
            "Print the log of what is withheld.",
            "privilege-log --style metadata",
        ),
    ),
    "Answer": (
        Entry(
            "requests",
            "forthwith.cli.requests:requests",
            "Take in requests as served; list them with due days.",
            "requests --as-of 2026-02-01",
        ),
        Entry(
            "respond",
            "forthwith.cli.requests:respond",
            "Draft the response to a request.",
            "respond 3 --produce 'wallet AND quorum'",
        ),
        Entry(
            "obligations",
            "forthwith.cli.obligations:obligations",
            "Keep what orders require, and show that it was met.",
            "obligations attest 3 --evidence VOL001",
        ),
        Entry(
            "questions",
            "forthwith.cli.questions:questions",
            "Keep what was asked in person or by letter.",
            "questions answer Q-0001 --answered 'In box 3.'",
        ),
        Entry(
            "report",
            "forthwith.cli.report:report",
            "Keep both sides' positions; print the joint status report.",
            "report status --since 2026-02-02",
        ),
        Entry(
            "serve",
            "forthwith.cli.serve:serve",
            "Print one paper to serve: responses, log, declaration …",
            "serve responses --set 'First RFPs'",
        ),
        Entry(
            "answer",
            "forthwith.cli.answer:answer",
            "Go the whole way at once, from evidence to papers.",
            "answer --place 'London, England'",
        ),
    ),
    "Produce and check": (
        Entry(
            "produce",
            "forthwith.cli.produce:produce",
            "Make a volume, check it, and seal it if it is clean.",
            "produce VOL001 --day 2026-02-09",
        ),
        Entry(
            "gate",
            "forthwith.cli.gate:gate",
            "Show what stops the next production, rule by rule.",
            "gate --query 'wallet OR quorum'",
        ),
        Entry(
            "check",
            "forthwith.cli.check:check",
            "Check anyone's volume; no matter needed.",
            "check VOL001 --report check.html",
        ),
        Entry(
            "deliver",
            "forthwith.cli.deliver:deliver",
            "Pack a sealed volume, encrypted for whoever gets it.",
            "deliver VOL001 --to staff.asc",
        ),
        Entry(
            "standards",
            "forthwith.cli.standards:standards",
            "Print the rules that volumes are made and checked by.",
            "standards show sec/2021-08",
        ),
        Entry(
            "deficiency",
            "forthwith.cli.deficiency:deficiency",
            "Write the letter on what a received volume lacks.",
            "deficiency VOL001 --requests rfps.docx --into letter",
        ),
        Entry(
            "reply",
            "forthwith.cli.reply:reply",
            "Answer such a letter, point by point.",
            "reply deficiency.json --set F-0001 cured VOL002",
        ),
    ),
    "Custody": (
        Entry(
            "custody",
            "forthwith.cli.custody.group:custody",
            "Compute who could move assets, from cited facts.",
            "custody ask --who employer=halden --scope wallet=cold",
        ),
    ),
    "Books": (
        Entry(
            "books",
            "forthwith.cli.books.group:books",
            "Compute what is owed, held, mixed and traced.",
            "books coverage --from 2026-01 --to 2026-03",
        ),
        Entry(
            "liabilities",
            "forthwith.cli.books.liabilities:liabilities",
            "Commit to what is owed; prove and verify it.",
            "liabilities verify proof.json",
        ),
    ),
    "Room": (
        Entry(
            "room",
            "forthwith.cli.room:room",
            "Open the matter to many people, in their browsers.",
            "room --no-browser",
        ),
        Entry(
            "chronology",
            "forthwith.cli.chronology:chronology",
            "Keep what happened when, with the pages that show it.",
            "chronology --from 2022-01-01 --print papers",
        ),
        Entry(
            "challenges",
            "forthwith.cli.challenges:challenges",
            "Challenge the other side's privilege log.",
            "challenges add PRIV-0007 description",
        ),
        Entry(
            "points",
            "forthwith.cli.points:points",
            "Put points to the other side about what they produced.",
            'points add HAL0000012 "An attachment is missing"',
        ),
        Entry(
            "exhibits",
            "forthwith.cli.exhibits:exhibits",
            "Name documents as exhibits; stamp and bind them.",
            "exhibits bind --into binder.pdf",
        ),
        Entry(
            "journal",
            "forthwith.cli.journal:journal",
            "Show who did what, the latest first.",
            "journal --who kim --last 20",
        ),
        Entry(
            "code",
            "forthwith.cli.code:code",
            "Decide about documents; undo; history; forms.",
            "code FW00000012 responsive=yes privilege=none",
        ),
        Entry(
            "redact",
            "forthwith.cli.redact:redact",
            "Draw redactions, by hand and by search; decide on them.",
            "redact FW00000012 --page 2 --whole --reason PII",
        ),
        Entry(
            "batches",
            "forthwith.cli.batches:batches",
            "Cut documents into batches and hand them out.",
            "batches cut --query 'wallet' --documents 100",
        ),
        Entry(
            "qc",
            "forthwith.cli.qc:qc",
            "Draw samples, and report what a second reader says.",
            "qc draw -n 50",
        ),
        Entry(
            "rank",
            "forthwith.cli.rank:rank",
            "Read in the order learnt; stop by what a sample shows.",
            "rank keys --mark responsive",
        ),
        Entry(
            "conflicts",
            "forthwith.cli.conflicts:conflicts",
            "List what codings contradict, each with its cure.",
            "conflicts",
        ),
        Entry(
            "receive",
            "forthwith.cli.receive:receive",
            "Take another party's volume into the matter, checked.",
            'receive VOL001 --from "Northgate"',
        ),
        Entry(
            "quarantine",
            "forthwith.cli.quarantine:quarantine",
            "Put away what was clawed back, so that nobody is shown it.",
            "quarantine notice.csv --custodian reyes",
        ),
        Entry(
            "users",
            "forthwith.cli.users:users",
            "Keep who may work in the room, and behind which walls.",
            'users add ortega --name "M. Ortega" --role reviewer',
        ),
    ),
    "Matter": (
        Entry(
            "status",
            "forthwith.cli.state:status",
            "Count everything, and name what could not be read.",
            "status --faults",
        ),
        Entry(
            "verify",
            "forthwith.cli.state:verify",
            "Prove that evidence, journal and volumes are what they were.",
            "verify",
        ),
        Entry(
            "seal-key",
            "forthwith.cli.seal_key:seal_key",
            "Make or take the key that signs volumes and papers.",
            'seal-key make --name "Reyes & Holm LLP"',
        ),
        Entry(
            "timestamp",
            "forthwith.cli.seal_key:timestamp",
            "Add a time stamp to the signed seal of a volume.",
            "timestamp VOL001 --request vol001.tsq",
        ),
        Entry(
            "demo",
            "forthwith.example.run:demo",
            "Make an example matter and carry it all the way.",
            "demo",
        ),
    ),
}


class _Program(LazyGroup):
    """Says what went wrong in one sentence, without a traceback, whatever it was.

    1 means that there are findings, so nothing that failed may end with it.
    """

    def main(self, *args: Any, **extra: Any) -> Any:
        """Run, and write out what is still held back: a pipe may have lost its reader by then.

        Where the reader has gone (`| head`) nobody is left to tell, and that is no failure. Help
        and refusals come this way too, which click would end with 1.
        """
        out = sys.stdout
        try:
            try:
                return super().main(*args, **extra)
            finally:
                out.flush()
        except BrokenPipeError:
            _hang_up()
            sys.exit(console.CLEAN)
        except OSError as refused:
            # What is printed goes to a file whose disk is full.
            _refuse(f"what was to be printed cannot be written: {system_errors.said(refused)}")
            _hang_up()
            sys.exit(console.UNREADABLE)
        except SystemExit:
            if sys.stdout is not out:
                # What click puts in its place when the reader has gone.
                sys.stdout = out
                _hang_up()
                sys.exit(console.CLEAN)
            raise

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (BrokenPipeError, click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except ForthwithError as refused:
            _refuse(str(refused))
        except KeyboardInterrupt:
            _refuse("stopped. Nothing is lost; run the same command again to go on.")
            ctx.exit(130)
        except OSError as refused:
            _refuse(system_errors.said(refused))
        except MemoryError:
            _refuse(
                "there is not enough memory. Close other programs or give fewer --workers, then "
                "run the same command again; what was finished before is kept."
            )
        except Exception as failure:  # noqa: BLE001 - the rim of the program
            _refuse(_reported(failure))
        return ctx.exit(console.UNREADABLE)


def _refuse(sentence: str) -> None:
    """Say why nothing more is done; where standard error is closed too, the exit status says it."""
    with contextlib.suppress(OSError):
        console.complain(f"forthwith: {sentence}")


def _reported(failure: Exception) -> str:
    """Return what is said of a defect of forthwith, and keep its traceback for a report."""
    # Only a defect needs these, and no command should wait for them.
    import tempfile
    import traceback
    from importlib.metadata import version

    what = f"{type(failure).__name__}: {failure}".strip().partition("\n")[0][:300]
    start = f"something is wrong in forthwith itself ({what}), and the command was given up."
    trace = "".join(traceback.format_exception(failure))
    try:
        handle, path = tempfile.mkstemp(prefix="forthwith-", suffix=".txt")
        with os.fdopen(handle, "w", encoding="utf-8", errors="backslashreplace") as report:
            report.write(f"forthwith {version('forthwith')}, Python {sys.version}\n\n{trace}")
    except OSError:
        return f"{start} Run it again; please report it with these words."
    return (
        f"{start} Run it again; please report it with the file {path}, which may hold names and "
        "words of your matter."
    )


def _ask_password(path: Path) -> str:
    text: str = click.prompt(f"Password of {path}", hide_input=True, err=True)
    return text


def _hang_up() -> None:
    """Let standard output lead nowhere, so that nothing is written to a pipe without a reader."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


@click.group(cls=_Program, parts=PARTS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "-C",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path),
    default=Path(),
    help="Work on the matter in DIR, as if started there.",
)
@click.version_option(package_name="forthwith")
@click.pass_context
def main(ctx: click.Context, folder: Path) -> None:
    """Answer discovery completely, and check anyone's answer.

    Exit status: 0 done and clean, 1 there are findings, 2 could not be done.

    Each command takes --help. Shell completion: see docs/commands.md.
    """
    ctx.obj = folder
    if sys.stdin is not None and sys.stdin.isatty():
        asking.password.set(_ask_password)
