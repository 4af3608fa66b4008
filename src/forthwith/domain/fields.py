"""Field names: one vocabulary for what every format can say of a document.

Standards map these onto columns of their own; readers use no other names.
Values are text. Instants are ISO 8601 ("2001-05-14T16:39:00-07:00"; no offset when the source
gives none). MULTI names hold a tuple of strings in source order; all others one string.
"""

from __future__ import annotations

# Mail
FROM = "from"
SENDER = "sender"
TO = "to"
CC = "cc"
BCC = "bcc"
REPLY_TO = "reply_to"
SUBJECT = "subject"
SENT = "sent"
RECEIVED = "received"
MESSAGE_ID = "message_id"
IN_REPLY_TO = "in_reply_to"
REFERENCES = "references"
# base64, as in a Thread-Index header; of a chat the source's own number of the conversation
CONVERSATION_INDEX = "conversation_index"
CONVERSATION_TOPIC = "conversation_topic"
IMPORTANCE = "importance"
SENSITIVITY = "sensitivity"
HEADER = "header"  # the whole header block as sent
MESSAGE_CLASS = "message_class"
FLAGS = "flags"  # read, draft, flagged, deleted …
LABELS = "labels"  # Gmail's labels, its folders, decoded
INTERNAL_PATH = "internal_path"  # folder inside the mailbox, with the original name
SIGNED = "signed"  # "S/MIME", "PGP"
ENCRYPTED = "encrypted"
HAS_ATTACHMENTS = "has_attachments"  # what the message says of itself: "yes" / "no"

# Files
AUTHOR = "author"
LAST_AUTHOR = "last_author"
CREATED = "created"
MODIFIED = "modified"
ACCESSED = "accessed"
PRINTED = "printed"
TITLE = "title"
KEYWORDS = "keywords"
DESCRIPTION = "description"
CATEGORY = "category"
COMPANY = "company"
MANAGER = "manager"
APPLICATION = "application"
TEMPLATE = "template"
REVISION = "revision"
PAGES = "pages"
LANGUAGE = "language"
CHARSET = "charset"

# Hidden things: a count or a list a regulator can ask about; the words themselves are in the text
TRACKED_CHANGES = "tracked_changes"
COMMENTS = "comments"
SPEAKER_NOTES = "speaker_notes"
HIDDEN_ROWS = "hidden_rows"
HIDDEN_COLUMNS = "hidden_columns"
HIDDEN_SHEETS = "hidden_sheets"
HIDDEN_SLIDES = "hidden_slides"
HIDDEN_TEXT = "hidden_text"
NOT_REDACTED = "not_redacted"  # pages whose covered words can still be read
EMBEDDED_OBJECTS = "embedded_objects"
MACROS = "macros"

# Images
WIDTH = "width"
HEIGHT = "height"
CAMERA = "camera"
LOCATION = "location"

# Calendar and contacts
STARTS = "starts"
ENDS = "ends"
PLACE = "place"
ORGANIZER = "organizer"
ATTENDEES = "attendees"
EMAIL_ADDRESSES = "email_addresses"
PHONES = "phones"

# Chat
PLATFORM = "platform"
CHANNEL = "channel"
PARTICIPANTS = "participants"
EVENTS = "events"

# Anywhere
LINKS = "links"  # cloud files linked, not attached
DECLARED_TYPE = "declared_type"
TEXT_FROM = "text_from"  # of a received document: the delivered text, or its native

MULTI = frozenset(
    {
        TO, CC, BCC, REPLY_TO, REFERENCES, FLAGS, KEYWORDS, ATTENDEES, EMAIL_ADDRESSES, PHONES,
        PARTICIPANTS, LINKS, LABELS, HIDDEN_SHEETS, HIDDEN_SLIDES,
    }
)  # fmt: skip
INSTANTS = frozenset({SENT, RECEIVED, CREATED, MODIFIED, ACCESSED, PRINTED, STARTS, ENDS})
