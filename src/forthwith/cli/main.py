"""The command line. Each command is one act; its exit status means something.

0 done and clean · 1 done, and there are findings · 2 could not be done (bad input, unreadable)
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from forthwith.cli import console
from forthwith.cli.lazy import LazyCommands
from forthwith.domain.errors import ForthwithError


class _Group(click.Group):
    """Says what went wrong in one sentence, without a traceback, for everything we foresee."""

    def list_commands(self, _ctx: click.Context) -> list[str]:
        """Return commands in the order of work."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> object:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except ForthwithError as told:
            console.complain(f"forthwith: {told}")
            ctx.exit(console.UNREADABLE)
        except BrokenPipeError:
            # The reader of our output has gone (`| head`): nobody is left to tell.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(console.CLEAN)
        except KeyboardInterrupt:
            console.complain(
                "forthwith: stopped. Nothing is lost; run the same command again to go on."
            )
            ctx.exit(130)
        except OSError as refused:
            console.complain(f"forthwith: {refused}")
            ctx.exit(console.UNREADABLE)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
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
    """
    ctx.obj = folder


#: In the order of work; each is imported when it is used.
main.commands = LazyCommands(
    {
        "init": "forthwith.cli.collect:init",
        "collect": "forthwith.cli.collect:collect",
        "process": "forthwith.cli.collect:process",
        "documents": "forthwith.cli.documents:documents",
        "produce": "forthwith.cli.produce:produce",
        "check": "forthwith.cli.check:check",
        "standards": "forthwith.cli.standards:standards",
        "custody": "forthwith.cli.custody.group:custody",
        "search": "forthwith.cli.search:search",
        "terms": "forthwith.cli.search:terms",
        "requests": "forthwith.cli.requests:requests",
        "respond": "forthwith.cli.requests:respond",
        "obligations": "forthwith.cli.obligations:obligations",
        "questions": "forthwith.cli.questions:questions",
        "privilege": "forthwith.cli.privilege:privilege",
        "privilege-log": "forthwith.cli.privilege_log:privilege_log",
        "serve": "forthwith.cli.serve:serve",
        "answer": "forthwith.cli.answer:answer",
        "deficiency": "forthwith.cli.deficiency:deficiency",
        "reply": "forthwith.cli.reply:reply",
        "report": "forthwith.cli.report:report",
        "status": "forthwith.cli.state:status",
        "verify": "forthwith.cli.state:verify",
        "demo": "forthwith.example.run:demo",
    }
)
