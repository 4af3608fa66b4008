"""Who sent an Outlook message and who was to get it, as sent: "Name <address>".

[MS-OXOMSG] 2.2.1 and [MS-OXCMSG] 2.2.1.39 ff. An address inside an organisation (type EX) is used
only where neither the store nor the header it travelled under has an SMTP address; it is never
guessed into one.
"""

from __future__ import annotations

import re

from forthwith.formats.mail.headers import decoded
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.properties import Properties

_TO, _CC, _BCC = 1, 2, 3
#: An address inside an organisation (type EX).
_INSIDE = re.compile(r"(?:^|<)/o=", re.IGNORECASE)
_FROM = re.compile(r"^From:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


def mailbox(properties: Properties, identifiers: tuple[int, int, int, int]) -> str:
    """Return "Name <address>", or the one of the two there is."""
    name, _, address, smtp = identifiers
    shown = properties.text(name).strip()
    where = (properties.text(smtp) or properties.text(address)).strip()
    return joined(shown, where)


def joined(name: str, address: str) -> str:
    """Put name and address together the way a header shows them."""
    name = " ".join(name.split())
    if not name or name.strip("'\"").casefold() == address.casefold():
        return address
    return f"{name} <{address}>" if address else name


def author(message: Message) -> str:
    """Return on whose behalf it was sent (From)."""
    properties = message.properties
    found = mailbox(properties, mapi.SENT_REPRESENTING) or mailbox(properties, mapi.SENDER)
    if _INSIDE.search(found) and (outside := _from_of_header(message)):
        return outside
    return found


def _from_of_header(message: Message) -> str:
    """Return the From line the message travelled under, when it has an SMTP address."""
    line = _FROM.search(message.properties.text(mapi.TRANSPORT_HEADERS))
    shown = decoded(line[1].encode("utf-8", "replace")) if line else ""
    return shown if "@" in shown else ""


def sender(message: Message) -> str:
    """Return who sent it when that was somebody else (Sender), or ""."""
    found = mailbox(message.properties, mapi.SENDER)
    return "" if found == author(message) else found


def addressees(message: Message) -> dict[int, tuple[str, ...]]:
    """Return the recipients by kind: 1 To, 2 Cc, 3 Bcc (for a meeting: also resources)."""
    found: dict[int, list[str]] = {_TO: [], _CC: [], _BCC: []}
    for each in message.recipients:
        # The high bits say "sent already"; 0 is the originator ([MS-OXOMSG] 2.2.3.1).
        kind = each.number(mapi.RECIPIENT_TYPE, _TO) & 0xF
        name = each.text(mapi.RECIPIENT[0], mapi.RECIPIENT_NAME)
        address = each.text(mapi.RECIPIENT[3]) or each.text(mapi.RECIPIENT[2])
        shown = joined(name.strip(), address.strip())
        if shown and kind in found:
            found[kind].append(shown)
    shown_names = ((_TO, mapi.DISPLAY_TO), (_CC, mapi.DISPLAY_CC), (_BCC, mapi.DISPLAY_BCC))
    for kind, identifier in shown_names:
        if not any(found.values()) or (not found[kind] and not message.recipients):
            names = message.properties.text(identifier).split(";")
            found[kind] = [name.strip() for name in names if name.strip()]
    return {kind: tuple(each) for kind, each in found.items()}


def originators(message: Message) -> tuple[str, ...]:
    """Return recipients of kind 0: a meeting keeps its organizer among its attendees."""
    rows = (row for row in message.recipients if not row.number(mapi.RECIPIENT_TYPE, _TO) & 0xF)
    return tuple(shown for row in rows if (shown := mailbox(row, mapi.RECIPIENT)))


def reply_to(message: Message) -> tuple[str, ...]:
    """Return the names replies go to (PidTagReplyRecipientNames, [MS-OXOMSG] 2.2.1.43)."""
    names = message.properties.text(mapi.REPLY_NAMES).split(";")
    return tuple(name.strip() for name in names if name.strip())
