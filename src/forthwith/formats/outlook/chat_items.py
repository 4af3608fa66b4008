"""Chat that a store keeps as items: Microsoft Teams, and Skype for Business before it.

Exchange keeps a copy of each Teams message for compliance (class IPM.SkypeTeams.Message, in folders
such as TeamsMessagesData), and Purview exports those copies in a store. They look like mail and are
none: each is one event of a conversation, read in the shape all chat here has (`chat.transcript`).
The conversation is known by the thread's own id, which Teams writes as "19:…@thread.v2" into one
property or another; without one by PidTagConversationId or the conversation index.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from forthwith.domain import fields
from forthwith.domain.evidence import FieldValue, Kind
from forthwith.formats.bytes.values import field
from forthwith.formats.chat import transcript
from forthwith.formats.chat.transcript import ChannelDay, ChatFile, Event
from forthwith.formats.outlook import attachments, item_classes, people, times
from forthwith.formats.outlook import message as mapi
from forthwith.formats.outlook.message import Attachment, Message

_CONVERSATION_ID = 0x3013
_PLATFORMS: Final = (
    ("ipm.skypeteams", "Microsoft Teams"),
    ("ipm.note.microsoft.conversation", "Skype for Business"),
)
#: Folders that hold nothing but copies of Teams messages.
_FOLDERS: Final = frozenset({"teamsmessagesdata"})
_TEAMS = "Microsoft Teams"
_THREAD = re.compile(
    r"\b(?:19|48):[^\s<>\"'@;,]{1,200}@(?:thread\.(?:v2|tacv2|skype)|unq\.gbl\.spaces)",
    re.IGNORECASE,
)
_UNSAFE = re.compile(r"[\\/:*?\"<>|\x00-\x1f]+")


def kind_of(message: Message) -> Kind:
    """Return what an item is: chat by its class or its folder, else what its class says."""
    return Kind.CHAT if platform_of(message) else item_classes.kind_of(message.message_class)


def platform_of(message: Message) -> str:
    """Return where the chat was held; "" for an item that is none."""
    lowered = message.message_class.lower()
    for prefix, platform in _PLATFORMS:
        if lowered.startswith(prefix):
            return platform
    in_folder = not _FOLDERS.isdisjoint(message.folder.lower().split("/"))
    return _TEAMS if in_folder and lowered.startswith("ipm.note") else ""


def name_of(message: Message) -> str:
    """Return the name a chat item goes by: what it is, of which day, from whom."""
    day = times.sent_of(message)[0][:10]
    who = people.person(message.properties, mapi.SENT_REPRESENTING).name
    who = who or people.person(message.properties, mapi.SENDER).name
    words = " ".join(filter(None, (platform_of(message), "message", day, who)))
    return _UNSAFE.sub(" ", words).strip()


def channel_of(message: Message) -> str:
    """Return the topic of the conversation, or the names of those who hold it."""
    topic = message.properties.text(mapi.CONVERSATION_TOPIC).strip() or message.subject.strip()
    return topic or ", ".join(person.partition(" <")[0] for person in participants(message))


def participants(message: Message) -> tuple[str, ...]:
    """Return everybody in the conversation, who wrote first."""
    recipients = people.addressees(message).values()
    return transcript.unique((people.author(message), *(who for row in recipients for who in row)))


def own_fields(message: Message) -> Iterator[FieldValue]:
    """Yield what chat has beside the people and times that all items have."""
    channel, sent = channel_of(message), times.sent_of(message)[0]
    yield from field(fields.PLATFORM, platform_of(message), "mapi:0x001a")
    yield from field(fields.CHANNEL, channel, "mapi:0x0070")
    if not message.subject.strip():
        yield from field(fields.SUBJECT, channel, "mapi:0x0070")
    yield from field(fields.CONVERSATION_INDEX, _conversation(message), "mapi:0x3013")
    yield from field(fields.PARTICIPANTS, participants(message), "mapi:recipients")
    yield FieldValue(fields.EVENTS, "1", "computed")
    yield from field(fields.STARTS, sent, "mapi:0x0039")
    yield from field(fields.ENDS, sent, "mapi:0x0039")


def _conversation(message: Message) -> str:
    """Return what the source itself numbers the conversation by, or "" when it does not."""
    properties = message.properties
    texts = (properties.text(identifier) for identifier in properties.values)
    if thread := next((found for text in texts if (found := _THREAD.search(text))), None):
        return thread[0].lower()
    if identity := properties.binary(_CONVERSATION_ID):
        return identity.hex()
    return properties.binary(mapi.CONVERSATION_INDEX)[:22].hex()


def text_of(message: Message, body: str) -> str:
    """Return the item as chat reads everywhere: where, who, when, the words, the files."""
    sent = times.sent_of(message)[0]
    try:
        when = datetime.fromisoformat(sent)
    except ValueError:
        when = None
    event = Event(
        id=message.properties.text(mapi.INTERNET_MESSAGE_ID),
        sender=people.author(message) or "unknown sender",
        text=body.strip(),
        when=when if when is None or when.tzinfo else None,
        files=tuple(_files(message)),
    )
    day = ChannelDay(
        platform_of(message), channel_of(message), sent[:10] or "undated",
        participants(message), (event,),
    )  # fmt: skip
    return transcript.text_of(day)


def _files(message: Message) -> Iterator[ChatFile]:
    for row in message.attachments:
        if isinstance(row, Attachment):
            link = attachments.address_of(row) if attachments.is_elsewhere(row) else ""
            yield ChatFile(attachments.name_of(row.properties), link)
