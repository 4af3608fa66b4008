"""Roles of columns: what a column of a load file is for, whatever a standard calls it.

A standard's `fill` says where a column's values come from, and that decides its role, the kind of
its values and what it holds; so no standard says those again. Everybody asks for a column by its
role: who fills it, who checks it, and who reads a volume that was received.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from forthwith.domain import fields


@dataclass(frozen=True, slots=True)
class Role:
    """What one column is for."""

    #: "first_bates", "parent", "date_sent".
    name: str
    #: What fills it: "rule:first_bates", "field:to", "date:sent", "time:sent", "datetime:sent".
    fill: str
    #: "bates", "bates range", "bates list", "text", "text list", "date", "time", "date and time",
    #: "zone", "path", "kilobytes", "integer", "md5", "sha1" or "sha256".
    type: str
    #: What it holds, in words for a person.
    says: str
    #: What `required` may say of it alone: that it is filled where this is so.
    condition: str = ""


#: Roles without which neither a document nor its files could be found again: (any of, what for).
INDISPENSABLE: tuple[tuple[tuple[str, ...], str], ...] = (
    (("first_bates",), "documents are told apart by it"),
    (("last_bates",), "pages are counted by it"),
    (("parent", "family_first", "family_range"), "families are told by one of them"),
    (("native_path",), "natives are found by it"),
    (("text_path",), "texts are found by it"),
)

_COMPUTED = (
    Role("first_bates", "rule:first_bates", "bates", "number of the document's first page"),
    Role("last_bates", "rule:last_bates", "bates", "number of the document's last page"),
    Role("family_range", "rule:family_range", "bates range",
         "first page of the parent to last page of the last attachment"),
    Role("family_first", "rule:family_first", "bates", "first page of the family"),
    Role("family_last", "rule:family_last", "bates", "last page of the family"),
    Role("parent", "rule:parent_bates", "bates",
         "first page of the top of the family; blank for parents and documents alone"),
    Role("children", "rule:child_bates", "bates list",
         "first pages of all attachments; blank for all but the top of a family"),
    Role("attachment_count", "rule:attachment_count", "integer",
         "how many attachments; blank for all but the top of a family"),
    Role("custodian", "rule:custodian", "text", "whose files these are"),
    Role("all_custodians", "rule:all_custodians", "text list",
         "every custodian holding a copy, this one included", "deduplicated"),
    Role("all_paths", "rule:all_paths", "text list", "the places of all copies", "deduplicated"),
    Role("file_name", "rule:file_name", "text", "name of the file before it was produced"),
    Role("time_zone", "rule:time_zone", "zone", "zone of all dates and times of the volume"),
    Role("native_path", "rule:native_path", "path", "path of the native inside the volume"),
    Role("text_path", "rule:text_path", "path", "path of the text inside the volume"),
    Role("media_type", "rule:media_type", "text", "media type of the native"),
    Role("extension", "rule:extension", "text", "extension of the native as delivered"),
    Role("size", "rule:size_kb", "kilobytes", "size of the native"),
    Role("page_count", "rule:page_count", "integer", "how many pages are numbered"),
    Role("path", "rule:path", "path", "where the file lay"),
    Role("internal_path", "rule:internal_path", "path", "folder of the mailbox it lay in"),
    Role("md5", "rule:md5", "md5", "MD5 of the native as delivered"),
    Role("sha1", "rule:sha1", "sha1", "SHA-1 of the native as delivered"),
    Role("sha256", "rule:sha256", "sha256", "SHA-256 of the native as delivered"),
    Role("volume", "rule:volume", "text", "name of the volume"),
    Role("producing_party", "rule:producing_party", "text", "who produces"),
    Role("record_type", "rule:record_type", "text", "E-mail, Attachment or File"),
    Role("message_id_hash", "rule:message_id_hash", "md5",
         "EDRM Message Identification Hash: MD5 of the Message-ID"),
    Role("withheld", "rule:withheld", "text",
         "row of the privilege log where a slip-sheet stands for the document", "withheld"),
    Role("redacted", "rule:redacted", "text",
         "reasons of what is blacked out; blank where nothing is", "redacted"),
    Role("confidentiality", "rule:confidentiality", "text",
         "designation as endorsed on the pages", "designated"),
    Role("requests", "rule:requests", "text list", "requests the document answers", "labelled"),
)  # fmt: skip

#: What a document's own instants are called.
_INSTANTS = {
    fields.SENT: "a message was sent", fields.RECEIVED: "a message was received",
    fields.CREATED: "a file was made, as it says itself",
    fields.MODIFIED: "a file was last changed, as it says itself",
    fields.ACCESSED: "a file was last opened, as it says itself",
    fields.PRINTED: "a file was last printed, as it says itself",
    fields.STARTS: "an appointment begins", fields.ENDS: "an appointment ends",
}  # fmt: skip
#: What other fields of documents hold; every other name of `domain.fields` says it by itself.
_FIELDS = {
    fields.FROM: "who sent it", fields.TO: "whom it was sent to", fields.CC: "who got a copy",
    fields.BCC: "who got a blind copy", fields.SUBJECT: "subject of a message",
    fields.MESSAGE_ID: "Message-ID with its brackets", fields.HEADER: "header block as sent",
    fields.AUTHOR: "who wrote it, as the file says",
    fields.LAST_AUTHOR: "who last saved it, as the file says",
}  # fmt: skip


def _all() -> Iterator[Role]:
    yield from _COMPUTED
    for name, says in _INSTANTS.items():
        yield Role(f"date_{name}", f"date:{name}", "date", f"day {says}")
        yield Role(f"time_{name}", f"time:{name}", "time", f"time of day {says}")
        yield Role(f"datetime_{name}", f"datetime:{name}", "date and time", f"day and time {says}")
    names = {value for key, value in vars(fields).items() if key.isupper() and type(value) is str}
    for name in sorted(names - fields.INSTANTS):
        # The folder of a mailbox is computed: not every store says it in a field of its own.
        if name != fields.INTERNAL_PATH:
            says = _FIELDS.get(name, f"{name.replace('_', ' ')}, as the document says")
            kind = "text list" if name in fields.MULTI else "text"
            yield Role(name, f"field:{name}", kind, says)


#: Every role by what fills it, and by its name.
BY_FILL: Mapping[str, Role] = {role.fill: role for role in _all()}
BY_NAME: Mapping[str, Role] = {role.name: role for role in BY_FILL.values()}
