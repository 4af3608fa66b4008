"""Files as typed: beside the matter, or with a name for what is in them ("First RFPs=a.docx")."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from forthwith.workflows.compare_options import Named


class FileAtHome(click.ParamType[Path]):
    """Takes a file that is there; a relative one lies in the folder given with -C."""

    name = "file"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """Return the file as it will be opened, or say that there is none."""
        home = (ctx.find_object(Path) if ctx else None) or Path()
        path: Path = home / value
        return path if path.is_file() else self.fail(f"there is no file {path}.", param, ctx)


class NamedFile(click.ParamType[Named]):
    """Takes NAME=FILE or FILE; a relative file lies in the folder given with -C."""

    name = "[name=]file"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Named:
        """Return the file as it will be opened, or say that there is none."""
        if isinstance(value, Named):
            return value
        home = (ctx.find_object(Path) if ctx else None) or Path()
        name, equals, rest = str(value).partition("=")
        # A file may have the sign in its own name.
        for given, path in (("", home / str(value)), (name.strip(), home / rest)):
            if path.is_file():
                return Named(given, path)
        named = f" (given as {name!r})" if equals else ""
        return self.fail(f"there is no file {rest if equals else value!r}{named}.", param, ctx)
