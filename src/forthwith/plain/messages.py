"""What other programs say of an error, fit to be shown and to be compared from run to run."""

from __future__ import annotations

import re

#: How Python shows an object that has no text of its own: "<_io.BytesIO object at 0x7f3a…>".
_OBJECT = re.compile(r"<(?:[\w.]+\.)?(\w+)(?: object)?(?: [^<>]*?)? at 0x[0-9a-fA-F]+>")
_ADDRESS = re.compile(r"\s*\bat 0x[0-9a-fA-F]{6,}\b")


def without_places(error: BaseException | str) -> str:
    """Return what an error says, without addresses in memory: they differ from run to run."""
    return _ADDRESS.sub("", _OBJECT.sub(r"the \1", str(error)))
