"""What the pages with forms have in common: what was typed, and how a refusal goes back into it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from litestar import Request
from litestar.params import URLEncodedBody
from litestar.response import Redirect, Template

from forthwith.domain.errors import ForthwithError
from forthwith.workflows.room.room import NotShownError, RefusedError

Asking = Request[Any, Any, Any]
Form = URLEncodedBody[dict[str, str]]


def done(act: Callable[[], str], again: Callable[[str], Template]) -> Redirect | Template:
    """Do an act, which returns where to go then; a refusal goes back into the page it came from.

    What is not there and what is not allowed are pages of their own.
    """
    try:
        where = act()
    except (NotShownError, RefusedError):
        raise
    except ForthwithError as refused:
        return again(str(refused))
    return Redirect(where, status_code=303)


def typed_in(sent: Mapping[str, str], names: Iterable[str]) -> dict[str, str]:
    """Return the fields of a form as they were typed or linked to; "" for what was not."""
    return {name: sent.get(name, "").strip() for name in names}


def file_in(sent: Mapping[str, str], field: str) -> bytes:
    """Return the file that a form brings in base 64 (`static/file.js`); b"" where it has none."""
    try:
        return base64.b64decode(sent.get(field, ""), validate=True)
    except (binascii.Error, ValueError):
        return b""


def number(text: str, otherwise: int = -1) -> int:
    """Return a number as typed; `otherwise` for what is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else otherwise


def clock(at: str) -> str:
    """Return an instant as pages show it: "2026-02-09 14:05 UTC"; other words as they are."""
    try:
        when = datetime.fromisoformat(at)
    except ValueError:
        return at
    return when.strftime("%Y-%m-%d %H:%M") + (" UTC" if when.tzinfo else "")
