"""Words of rows and questions, as they are compared."""

from __future__ import annotations

import unicodedata


def fold(text: str) -> str:
    """Return a word as it is compared: neither case, white space nor width of letters counts."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
