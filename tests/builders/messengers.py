"""Small sound exports of messengers, as their programs write them; people are invented."""

from __future__ import annotations

import json
from typing import Any

WHEN = 1647248400  # 2022-03-14 09:00:00 UTC


def google_chat() -> dict[str, Any]:
    """Two days of a Google Chat conversation: a file, a reply, an edit, a deletion."""
    per = {"name": "Per Lindqvist", "email": "per@northgate.example", "user_type": "Human"}
    wei = {"name": "Lee, Wei", "email": "lee@northgate.example", "user_type": "Human"}
    return {
        "messages": [
            {"creator": per, "created_date": "Monday, March 14, 2022 at 9:00:00 AM UTC",
             "text": "Who holds share 3?", "topic_id": "t1", "message_id": "S1/t1/t1"},
            {"creator": wei, "created_date": "Monday, March 14, 2022 at 9:01:00\u202fAM UTC",
             "text": "See the list", "topic_id": "t1", "message_id": "S1/t1/m2",
             "attached_files": [{"original_name": "shares.txt", "export_name": "File-shares.txt"}],
             "updated_date": "Monday, March 14, 2022 at 9:02:00 AM UTC",
             "reactions": [{"emoji": {"unicode": "\U0001f44d"},
                            "reactor_emails": ["per@northgate.example"]}]},
            {"creator": wei, "created_date": "Tuesday, March 15, 2022 at 12:30:00 AM UTC",
             "message_state": "DELETED", "topic_id": "t3", "message_id": "S1/t3/t3"},
        ]
    }  # fmt: skip


def google_group() -> dict[str, Any]:
    return {
        "name": "Vault",
        "members": [
            {"name": "Per Lindqvist", "email": "per@northgate.example", "user_type": "Human"},
            {"name": "Ana Ruiz", "email": "ana@northgate.example", "user_type": "Human"},
        ],
    }


def google_files(folder: str = "") -> dict[str, bytes]:
    """The folder Takeout makes of one conversation."""
    return {
        f"{folder}group_info.json": json.dumps(google_group()).encode(),
        f"{folder}messages.json": json.dumps(google_chat()).encode(),
        f"{folder}File-shares.txt": b"three shares",
    }


def hangouts() -> dict[str, Any]:
    """Two conversations of one day each, as Takeout has them since 2018."""
    people = [{"id": {"gaia_id": "1", "chat_id": "1"}, "fallback_name": "Per Lindqvist"},
              {"id": {"gaia_id": "2", "chat_id": "2"}, "fallback_name": "Lee, Wei"}]  # fmt: skip

    def talk(name: str, *events: dict[str, Any]) -> dict[str, Any]:
        about = {"id": {"id": name}, "type": "GROUP", "participant_data": people}
        inner = {"conversation_id": {"id": name}, "conversation": about}
        return {"conversation": inner, "events": list(events)}

    def said(by: str, after: int, *segments: dict[str, Any]) -> dict[str, Any]:
        return {
            "sender_id": {"gaia_id": by}, "timestamp": str((WHEN + after) * 10**6),
            "event_id": f"e{after}", "event_type": "REGULAR_CHAT_MESSAGE",
            "chat_message": {"message_content": {"segment": list(segments)}},
        }  # fmt: skip

    words = {"type": "TEXT", "text": "Where is"}
    link = {"type": "LINK", "text": "it", "link_data": {"link_target": "https://x.example/"}}
    return {
        "conversations": [
            talk("a", said("1", 0, words, {"type": "LINE_BREAK"}, link), said("2", 60, words)),
            talk("b", {"sender_id": {"gaia_id": "2"}, "timestamp": str(WHEN * 10**6),
                       "conversation_rename": {"old_name": "x", "new_name": "y"}}),
        ]
    }  # fmt: skip


#: iPhone, 24 hours: a file, a file left out, a message of two lines, a system line.
IPHONE = (
    "[14/03/2022, 09:00:00] Vault: \u200eMessages and calls are end-to-end encrypted.\n"
    "[14/03/2022, 09:00:05] Per Lindqvist: Who holds share 3?\nAnd share 4?\n"
    "\u200e[14/03/2022, 09:01:00] Lee, Wei: \u200e<attached: 00000002-shares.txt>\n"
    "\u200e[15/03/2022, 09:02:00] Lee, Wei: \u200eimage omitted\n"
)
#: Android, American: narrow space before PM.
ANDROID = (
    "3/14/22, 9:00\u202fPM - Messages and calls are end-to-end encrypted.\n"
    "3/14/22, 9:01\u202fPM - Per Lindqvist: IMG-1.jpg (file attached)\nthe list\n"
    "3/15/22, 12:05\u202fAM - Lee, Wei: <Media omitted>\n"
    "3/15/22, 12:06\u202fAM - Per Lindqvist added Ana Ruiz\n"
)


def telegram() -> dict[str, Any]:
    return {
        "name": "Vault", "type": "private_group", "id": 77,
        "messages": [
            {"id": 1, "type": "service", "date": "2022-03-14T10:00:00", "actor": "Per Lindqvist",
             "date_unixtime": str(WHEN), "action": "create_group", "text": ""},
            {"id": 2, "type": "message", "date": "2022-03-14T10:01:00", "from": "Lee, Wei",
             "date_unixtime": str(WHEN + 60), "text": ["see ", {"type": "bold", "text": "this"}],
             "file": "files/shares.txt", "reply_to_message_id": 1},
            {"id": 3, "type": "message", "date": "2022-03-14T10:02:00", "from": "Lee, Wei",
             "date_unixtime": str(WHEN + 120), "text": "", "file_name": "big.mov",
             "file": "(File exceeds maximum size. Change data exporting settings to download.)"},
        ],
    }  # fmt: skip


def discord() -> dict[str, Any]:
    author = {"id": "9", "name": "per", "nickname": "Per Lindqvist", "isBot": False}
    return {
        "guild": {"id": "1", "name": "Northgate"},
        "channel": {"id": "2", "name": "vault", "topic": "keys"},
        "messages": [
            {"id": "3", "type": "Default", "timestamp": "2022-03-14T09:00:00+00:00",
             "content": "Who holds share 3?", "author": author, "embeds": [],
             "attachments": [{"id": "5", "url": "https://cdn.example/shares.txt",
                              "fileName": "shares.txt", "fileSizeBytes": 12}]},
        ],
        "messageCount": 1,
    }  # fmt: skip


def facebook() -> dict[str, Any]:
    """A thread as Meta spells it: UTF-8 written as Latin-1."""
    return {
        "participants": [{"name": "R\u00c3\u00a9mi"}, {"name": "Lee, Wei"}],
        "messages": [
            {"sender_name": "R\u00c3\u00a9mi", "timestamp_ms": WHEN * 1000,
             "content": "Voil\u00c3\u00a0 la cl\u00c3\u00a9",
             "photos": [{"uri": "messages/inbox/remi_1/photos/key.jpg"}]},
        ],
        "title": "R\u00c3\u00a9mi", "thread_path": "inbox/remi_1",
    }  # fmt: skip


def teams() -> dict[str, Any]:
    return {
        "value": [
            {"id": "1", "chatId": "19:x@thread.v2", "createdDateTime": "2022-03-14T09:00:00.5Z",
             "messageType": "message", "from": {"user": {"displayName": "Per Lindqvist"}},
             "body": {"contentType": "html", "content": "<p>Who holds <b>share 3</b>?</p>"},
             "attachments": [{"name": "shares.docx", "contentType": "reference",
                              "contentUrl": "https://northgate.example/shares.docx"}]},
        ]
    }  # fmt: skip


def skype() -> dict[str, Any]:
    return {
        "userId": "8:per", "exportDate": "2022-03-20T00:00",
        "conversations": [
            {"id": "19:x@thread.skype", "displayName": "Vault",
             "MessageList": [
                {"id": "1", "displayName": None, "from": "8:lee",
                 "originalarrivaltime": "2022-03-14T09:00:00.1Z", "messagetype": "RichText",
                 "content": "Who holds <b>share 3</b>?"}]},
        ],
    }  # fmt: skip
