"""What a command may ask of whoever sits at the terminal; set by the door, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from pathlib import Path

#: Returns the password of a key file; None where nobody sits there.
password: ContextVar[Callable[[Path], str] | None] = ContextVar("password", default=None)
