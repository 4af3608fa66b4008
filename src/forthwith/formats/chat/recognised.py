"""Chat exports that are not taken apart: known by their shape, read as plain files, and told.

Each has its words in the text; what it lacks are days, people and dates of its own. A Fault on the
file says which export it is, so that somebody decides whether to convert it (to RSMF, say).
"""

from __future__ import annotations

import re

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.plain import json_values as js

#: By type of file, what stands in the first 64 kB, and what that export is called.
_SHAPES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("text/csv", re.compile(r"\A\ufeff?\"?Chat Session\"?,\"?Message Date\"?,"), "iMazing"),
    ("text/xml", re.compile(r"<FileDump[\s>].{0,4000}<(?:Conversation|Message)[\s/>]", re.DOTALL),
     "Bloomberg"),
    ("text/xml", re.compile(r"<smses\b[^>]*\bcount="), "SMS Backup & Restore"),
    ("text/plain", re.compile(
        r"\A\ufeff?\d\d:\d\d:\d\d(?:\t? ?From [^\n:]{1,120}:|\t[^\n:]{1,120}:\t)"), "Zoom"),
    ("text/plain", re.compile(
        r"\A\ufeff?[A-Z][a-z]{2} \d{1,2}, \d{4}\s+\d{1,2}:\d\d:\d\d [AP]M[^\n]*\n[^\n]{1,120}\n"),
     "iMessage"),
)  # fmt: skip
#: Indexes of an export: what says of which mails and files what, and is joined to none of them.
_INDEXES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("text/xml", re.compile(r"<Tag TagName=['\"](?:RfcMessageId|#DateSent|Labels)['\"]"),
     "Google Vault metadata"),
    ("text/xml", re.compile(r"<Root\b[^>]*DataInterchangeType=['\"]"), "EDRM XML"),
    ("text/csv", re.compile(r"\A(?=[^\n]*\bItem Identity\b)(?=[^\n]*\bOriginal Path\b)"),
     "Microsoft 365 (Purview) results list"),
    ("text/csv", re.compile(r"\A(?=[^\n]*\bNative_?\s?path\b)(?=[^\n]*\b(?:Compliance_tag|"
                            r"Conversation_ID|Custodian|Location)\b)", re.IGNORECASE),
     "Microsoft 365 (Purview) load file"),
)  # fmt: skip
_LOOKED_AT = 1 << 16


def unread(kind: str) -> Fault:
    """Return the Fault of a chat export that is read as the plain file it is."""
    detail = f"a chat export of {kind} that is not taken apart: it is read as one plain file"
    return Fault(FaultReason.UNSUPPORTED, detail)


def kind_of(text: str, media_type: str) -> Fault | None:
    """Return what is to be told of a text, table or XML; None where it is no export's."""
    head = text[:_LOOKED_AT]
    for of_type, shape, name in _SHAPES:
        if of_type == media_type and shape.search(head):
            return unread(name)
    for of_type, shape, name in _INDEXES:
        if of_type == media_type and shape.search(head):
            detail = (
                f"a {name}: what it says of other files of the export is joined to none of them, "
                "and stands in this text only"
            )
            return Fault(FaultReason.UNSUPPORTED, detail)
    return None


def json_kind_of(value: object) -> Fault | None:
    """Return what is to be told of JSON that has a chat's shape and no reader."""
    content = js.record(value)
    for entries in (value, content.get("messages"), content.get("items")):
        messages = js.records(entries)
        if not messages:
            continue
        if all("roomId" in message and "personEmail" in message for message in messages):
            return unread("Webex")
        if all(_is_said(message) for message in messages):
            return unread("an unknown messenger")
    if "messages" in content and "signal" in js.text(content.get("source")).lower():
        return unread("Signal")
    return None


_WHO = frozenset({"sender", "from", "sender_id", "sender_name", "senderName", "senderId"})
_WHEN = frozenset({"timestamp", "date", "ts", "time", "created_at", "sent_at", "createdAt"})
_WHAT = frozenset({"text", "body", "content", "message"})


def _is_said(message: dict[str, object]) -> bool:
    names = message.keys()
    # With a subject it is mail in JSON, or a post on a board.
    return "subject" not in names and bool(_WHO & names and _WHEN & names and _WHAT & names)
