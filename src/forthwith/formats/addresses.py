"""Address lists as sent: one string per mailbox, display names decoded (RFC 5322 3.4, 4.4).

Nothing is normalised or repaired. A group gives its members, and an empty group its own name
("undisclosed-recipients:;"); the group's name stays in the header block.
"""

from __future__ import annotations

import re

from forthwith.formats.mail.headers import decoded, unfolded

#: What has a meaning of its own between mailboxes.
_TOKEN = re.compile(
    rb'"(?:[^"\\]|\\.)*"|=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=|\\.|[()<>,;:]|[^"\\()<>,;:=]+|["\\=]',
    re.DOTALL,
)
#: More addresses than any mail has; the rest stays in one string.
_MOST = 100_000


def mailboxes(raw: bytes) -> tuple[str, ...]:
    """Split a raw header value into mailboxes as sent.

    Commas inside quotes, comments and angle brackets do not separate; semicolons do, as Outlook
    writes them. Never raises.
    """
    value = unfolded(raw)
    if value.isascii() and not any(mark in value for mark in b'"(,;:'):
        return (decoded(value),) if value else ()
    shown = (decoded(each) for each in _pieces(value))
    return tuple(each for each in shown if each)


def _pieces(value: bytes) -> list[bytes]:
    found: list[bytes] = []
    held: list[bytes] = []
    comment, angle, group, members = 0, False, b"", 0
    for token in _TOKEN.findall(value):
        if token == b"(":
            comment += 1
        elif token == b")":
            comment = max(0, comment - 1)
        elif comment:
            pass
        elif token in (b"<", b">"):
            angle = token == b"<"
        elif token == b":" and not angle and not group and _is_group(held, value):
            group, held, members = b"".join(held).strip() or b" ", [], len(found)
            continue
        elif token in (b",", b";") and not angle and len(found) < _MOST:
            if mailbox := b"".join(held).strip():
                found.append(mailbox)
            if token == b";" and group:
                found += [group + b":;"] if len(found) == members else []
                group = b""
            held = []
            continue
        held.append(token)
    return [*found, b"".join(held).strip()]


def _is_group(held: list[bytes], value: bytes) -> bool:
    """Say whether a colon ends a group's name: words without "@" or "[", and a ";" somewhere."""
    name = b"".join(held).strip()
    return b";" in value and not any(mark in name for mark in b"@[")
