"""Who sent an Outlook item, on whose behalf, and to whom.

People are given as sent, "Name <address>" ([MS-OXOMSG] 2.2.1, [MS-OXCMSG] 2.2.1.39 ff.). A name is
free text: one that looks like an address is put in quotes, and the address it is shown with is that
of the properties, of the search key or of the one-off entry id beside them, never the name. An
address inside an organisation (type EX) is used only where neither the store nor the header it
travelled under has an SMTP address; it is never guessed into one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from forthwith.formats.mail.header_fields import mailboxes
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Message
from forthwith.formats.outlook.properties import Properties

_TO, _CC, _BCC = 1, 2, 3
#: An address inside an organisation (type EX).
_INSIDE = re.compile(r"/o=", re.IGNORECASE)
_FROM = re.compile(r"^From:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_ADDRESS = re.compile(r"[^\s@\"]+@[^\s@\"]+\.[^\s@\"]+")
#: The provider of a one-off entry id, and the flag for Unicode ([MS-OXCDATA] 2.2.5.1).
_ONE_OFF: Final = bytes.fromhex("812b1fa4bea310199d6e00dd010f5402")
_UNICODE: Final = 0x8000


@dataclass(frozen=True, slots=True)
class Person:
    """A name and an address as an item keeps them; either may be ""."""

    name: str
    address: str

    def __str__(self) -> str:
        return joined(self.name, self.address)

    @property
    def is_inside(self) -> bool:
        """True where all that is known is an address inside an organisation."""
        return _INSIDE.match(self.address) is not None


def person(properties: Properties, identifiers: mapi.PersonIds) -> Person:
    """Return who a group of properties names."""
    address = properties.text(identifiers.smtp) or properties.text(identifiers.address)
    address = address.strip() or _in_entry_id(properties.binary(identifiers.entry_id))
    if not address:
        kind, _, key = properties.binary(identifiers.search_key).rstrip(b"\0").partition(b":")
        # A search key is upper case by rule ([MS-OXOMSG] 2.2.1.49).
        address = key.decode("cp1252", "replace").lower() if kind.upper() == b"SMTP" else ""
    return Person(properties.text(identifiers.name).strip(), address)


def _in_entry_id(entry: bytes) -> str:
    """Return the address of a one-off entry id, or "" for any other kind."""
    if len(entry) < 24 or entry[4:20] != _ONE_OFF:
        return ""
    is_unicode = int.from_bytes(entry[22:24], "little") & _UNICODE
    text = entry[24:].decode("utf-16-le" if is_unicode else "cp1252", "replace")
    _, kind, address, *_ = (*text.split("\0"), "", "", "")
    return address if kind.upper() == "SMTP" else ""


def joined(name: str, address: str) -> str:
    """Put name and address together the way a header shows them."""
    name, address = " ".join(name.split()), address.strip()
    if not name or name.strip("'\"").casefold() == address.casefold():
        return address
    if not address:
        return name
    bare = name.strip("'\"").casefold()
    if "@" in address and _ADDRESS.fullmatch(name) and bare != address.strip("'\"").casefold():
        # The name of one mailbox on the address of another.
        return f'"{name}" <{address}>'
    return f"{name} <{address}>"


def author(message: Message) -> str:
    """Return on whose behalf it was sent (From)."""
    properties = message.properties
    represented = person(properties, mapi.SENT_REPRESENTING)
    who = person(properties, mapi.SENDER)
    if represented.name and not represented.address and _is_one(represented, who):
        # Outlook 2007 keeps the name of the sender in both places and the address in one.
        represented = Person(represented.name, who.address)
    mailbox = represented if str(represented) else who
    if mailbox.is_inside or not mailbox.address:
        return _from_of_header(message, mailbox) or str(mailbox)
    return str(mailbox)


def _is_one(represented: Person, who: Person) -> bool:
    """Say whether both name one person: alike, or an address that only its name claims to be."""
    names = {" ".join(name.split()).casefold() for name in (represented.name, who.name)}
    return len(names - {""}) == 1 or "@" in represented.name


def _from_of_header(message: Message, mailbox: Person) -> str:
    """Return the From line the message travelled under where it says more than its properties.

    For somebody known by name alone it must be the same name.
    """
    line = _FROM.search(message.properties.text(mapi.TRANSPORT_HEADERS))
    as_sent = "; ".join(mailboxes(line[1].encode("utf-8", "replace"))) if line else ""
    if "@" not in as_sent:
        return ""
    name = as_sent.rpartition("<")[0].strip(" '\"")
    is_same = not mailbox.name or name.casefold() == mailbox.name.strip(" '\"").casefold()
    return as_sent if mailbox.is_inside or is_same else ""


def sender(message: Message) -> str:
    """Return who sent it when that was somebody else (Sender), or ""."""
    who = person(message.properties, mapi.SENDER)
    mailbox, from_whom = str(who), author(message)
    is_author = mailbox == from_whom or (who.address and f"<{who.address}>" in from_whom)
    return "" if is_author else mailbox


def addressees(message: Message) -> dict[int, tuple[str, ...]]:
    """Return the recipients by kind: 1 To, 2 Cc, 3 Bcc (for a meeting: also resources)."""
    people: dict[int, list[str]] = {_TO: [], _CC: [], _BCC: []}
    for row in message.recipients:
        # The high bits say "sent already"; 0 is the originator ([MS-OXOMSG] 2.2.3.1).
        kind = row.number(mapi.RECIPIENT_TYPE, _TO) & 0xF
        recipient = str(_recipient(row))
        if recipient and kind in people:
            people[kind].append(recipient)
    shown_names = ((_TO, mapi.DISPLAY_TO), (_CC, mapi.DISPLAY_CC), (_BCC, mapi.DISPLAY_BCC))
    for kind, identifier in shown_names:
        if not any(people.values()) or (not people[kind] and not message.recipients):
            names = message.properties.text(identifier).split(";")
            people[kind] = [name.strip() for name in names if name.strip()]
    return {kind: tuple(mailboxes_of_kind) for kind, mailboxes_of_kind in people.items()}


def _recipient(row: Properties) -> Person:
    known = person(row, mapi.RECIPIENT)
    return Person(known.name or row.text(mapi.RECIPIENT_NAME).strip(), known.address)


def originators(message: Message) -> tuple[str, ...]:
    """Return recipients of kind 0: a meeting keeps its organizer among its attendees."""
    rows = (row for row in message.recipients if not row.number(mapi.RECIPIENT_TYPE, _TO) & 0xF)
    return tuple(mailbox for row in rows if (mailbox := str(person(row, mapi.RECIPIENT))))


def reply_to(message: Message) -> tuple[str, ...]:
    """Return the names replies go to (PidTagReplyRecipientNames, [MS-OXOMSG] 2.2.1.43)."""
    names = message.properties.text(mapi.REPLY_NAMES).split(";")
    return tuple(name.strip() for name in names if name.strip())
