"""How hidden things stand in the text: one shape for comments, tracked changes, hidden cells."""

from __future__ import annotations


def mark(what: str, text: str, author: str = "", when: str = "", where: str = "") -> str:
    """Return "[what by author on day at where: text]", leaving out what is not known."""
    head = what
    if author:
        head += f" by {author}"
    if when:
        head += f" on {when[:10]}"
    if where:
        head += f" at {where}"
    return f"[{head}: {text.strip()}]" if text.strip() else f"[{head}]"
