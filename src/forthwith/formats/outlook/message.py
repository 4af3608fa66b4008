"""An Outlook message, wherever it came from: a PST, an MSG file, a winmail.dat.

The model only, and the numbers of the properties it rests on ([MS-OXPROPS]). Fields and text are
made by `reading`, bodies by `body`, the message as Internet mail by `as_eml`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from forthwith.domain.evidence import Fault
from forthwith.formats.outlook.properties import Properties

# Message ([MS-OXCMSG] 2.2.1, [MS-OXOMSG] 2.2.1)
MESSAGE_CLASS: Final = 0x001A
IMPORTANCE: Final = 0x0017
SENSITIVITY: Final = 0x0036
SUBJECT: Final = 0x0037
SUBMIT_TIME: Final = 0x0039
SUBJECT_PREFIX: Final = 0x003D
REPLY_NAMES: Final = 0x0050
START_DATE: Final = 0x0060
END_DATE: Final = 0x0061
CONVERSATION_TOPIC: Final = 0x0070
CONVERSATION_INDEX: Final = 0x0071
TRANSPORT_HEADERS: Final = 0x007D
DISPLAY_BCC: Final = 0x0E02
DISPLAY_CC: Final = 0x0E03
DISPLAY_TO: Final = 0x0E04
DELIVERY_TIME: Final = 0x0E06
MESSAGE_FLAGS: Final = 0x0E07
MESSAGE_STATUS: Final = 0x0E17
HAS_ATTACHMENTS: Final = 0x0E1B
NORMALIZED_SUBJECT: Final = 0x0E1D
INTERNET_MESSAGE_ID: Final = 0x1035
INTERNET_REFERENCES: Final = 0x1039
IN_REPLY_TO: Final = 0x1042
FLAG_STATUS: Final = 0x1090
CREATED: Final = 0x3007
MODIFIED: Final = 0x3008
LAST_MODIFIER: Final = 0x3FFA

# Bodies ([MS-OXCMSG] 2.2.1.56)
BODY: Final = 0x1000
RTF: Final = 0x1009
HTML: Final = 0x1013


class PersonIds(NamedTuple):
    """The properties that name one person."""

    name: int
    kind: int
    address: int
    smtp: int
    search_key: int
    entry_id: int


# Addresses ([MS-OXOMSG] 2.2.1, [MS-OXCMSG] 2.2.1)
SENT_REPRESENTING: Final = PersonIds(0x0042, 0x0064, 0x0065, 0x5D02, 0x003B, 0x0041)
SENDER: Final = PersonIds(0x0C1A, 0x0C1E, 0x0C1F, 0x5D01, 0x0C1D, 0x0C19)
RECIPIENT: Final = PersonIds(0x3001, 0x3002, 0x3003, 0x39FE, 0x300B, 0x0FFF)
RECIPIENT_TYPE: Final = 0x0C15
RECIPIENT_NAME: Final = 0x5FF6

# Attachments ([MS-OXCMSG] 2.2.2)
ATTACH_SIZE: Final = 0x0E20
ATTACH_DATA: Final = 0x3701
ATTACH_FILENAME: Final = 0x3704
ATTACH_METHOD: Final = 0x3705
ATTACH_LONG_FILENAME: Final = 0x3707
ATTACH_PATHNAME: Final = 0x3708
ATTACH_RENDERING: Final = 0x3709
ATTACH_LONG_PATHNAME: Final = 0x370D
ATTACH_MIME: Final = 0x370E
ATTACH_CONTENT_ID: Final = 0x3712
ATTACH_CONTENT_LOCATION: Final = 0x3713
DISPLAY_NAME: Final = 0x3001

# Ways to attach ([MS-OXCMSG] 2.2.2.9)
BY_REFERENCE: Final = frozenset({2, 3, 4})
EMBEDDED_MESSAGE: Final = 5
OLE: Final = 6
WEB_REFERENCE: Final = 7

#: Messages within messages followed; past it a Fault stands for the rest.
DEEPEST: Final = 12


@dataclass(frozen=True, slots=True)
class Attachment:
    """One row of a message's attachments."""

    #: "att:N", N counted over the rows in their own order.
    step: str
    properties: Properties
    #: The bytes as attached (by value, or an OLE storage); b"" where there are none.
    data: Callable[[], bytes | Fault]
    #: Set for an embedded message.
    message: Callable[[], Message | Fault] | None = None
    #: False where the row has no property for its data at all: not even an empty one.
    has_data: bool = True
    #: Bytes of data the container itself says the row has; 0 where it does not say.
    stated: int = 0


@dataclass(frozen=True, slots=True)
class Message:
    """One message with all it holds."""

    properties: Properties
    recipients: tuple[Properties, ...] = ()
    #: A Fault stands for a row whose properties could not be read; its step says which.
    attachments: tuple[Attachment | Fault, ...] = ()
    #: Folder path inside the store; "" for a file of its own.
    folder: str = ""
    #: What was wrong with it and did not stop the reading.
    faults: tuple[Fault, ...] = field(default=())
    #: How many attachments it says it holds; 0 where only the rows themselves say it.
    declared: int = 0

    @property
    def message_class(self) -> str:
        """PidTagMessageClass, "IPM.Note" where it is missing."""
        return self.properties.text(MESSAGE_CLASS) or "IPM.Note"

    @property
    def subject(self) -> str:
        """The subject without the prefix mark: two characters, 0x01 and a length."""
        subject = self.properties.text(SUBJECT)
        if not subject and NORMALIZED_SUBJECT in self.properties:
            prefix = self.properties.text(SUBJECT_PREFIX)
            subject = prefix + self.properties.text(NORMALIZED_SUBJECT)
        # [MS-PST] 2.5.3.1.1.1; the length may itself be any character.
        return subject[2:] if subject[:1] == "\x01" else subject
