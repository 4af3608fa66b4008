"""Small sound chat exports in memory; tests break one part of them."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping

#: 2022-03-14 09:00:00 UTC, in Slack's spelling.
MORNING = 1647248400


def slack_files() -> dict[str, bytes]:
    """A Slack export of one channel over two days, one kept file and one linked file."""
    first = [
        {"type": "message", "user": "U1", "text": "Who holds share 3?", "ts": f"{MORNING}.000100"},
        {"type": "message", "user": "U2", "text": "<@U1> see <#C1>", "ts": f"{MORNING + 60}.1",
         "thread_ts": f"{MORNING}.000100", "edited": {"user": "U2", "ts": f"{MORNING + 90}.0"},
         "original": {"text": "I do"}, "files": [{"id": "F0AAAAAA1", "name": "shares.txt"}]},
        {"type": "message", "subtype": "tombstone", "user": "U1", "ts": f"{MORNING + 120}.2",
         "text": "This message was deleted."},
    ]  # fmt: skip
    second = [
        {"type": "message", "user": "U2", "text": "", "ts": f"{MORNING + 86400}.0",
         "files": [{"id": "F0LINKED1", "name": "plan.docx", "url_private": "https://x.example/p"}],
         "reactions": [{"name": "eyes", "users": ["U1"], "count": 2}]},
    ]  # fmt: skip
    values = {
        "users.json": [
            {"id": "U1", "name": "per", "profile": {"real_name": "Per Lindqvist"}},
            {"id": "U2", "name": "tunde", "profile": {"real_name": "Tunde Adeyemi"}},
        ],
        "channels.json": [{"id": "C1", "name": "vault", "members": ["U1", "U2"]}],
        "vault/2022-03-14.json": first,
        "vault/2022-03-15.json": second,
    }
    files = {path: json.dumps(value).encode() for path, value in values.items()}
    return {**files, "vault/attachments/F0AAAAAA1-shares.txt": b"three shares"}


def rsmf_manifest() -> dict[str, object]:
    """A sound RSMF 2.0 manifest: one conversation, two days, one file."""
    return {
        "version": "2.0.0",
        "participants": [{"id": "a", "display": "Per"}, {"id": "b", "display": "Tunde"}],
        "conversations": [{"id": "c", "display": "vault", "platform": "slack", "type": "channel",
                           "participants": ["a", "b"]}],
        "events": [
            {"id": "1", "type": "message", "participant": "a", "conversation": "c",
             "timestamp": "2022-03-14T23:30:00-02:00", "body": "late"},
            {"id": "2", "type": "message", "participant": "b", "conversation": "c", "parent": "3",
             "timestamp": "2022-03-14T09:05:00Z", "body": "reply", "deleted": True},
            {"id": "3", "type": "message", "participant": "a", "conversation": "c",
             "timestamp": "2022-03-14T09:00:00Z", "body": "first",
             "attachments": [{"id": "f.txt", "display": "list.txt"}]},
        ],
    }  # fmt: skip


def rsmf_files(manifest: Mapping[str, object] | None = None) -> dict[str, bytes]:
    """The members of a sound RSMF archive."""
    value = rsmf_manifest() if manifest is None else manifest
    return {"rsmf_manifest.json": json.dumps(value).encode(), "f.txt": b"a list"}


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The files as a zip with fixed times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path, (2022, 3, 16, 0, 0, 0)), data)
    return out.getvalue()


def rsmf_message(archive: bytes, headers: str = "X-RSMF-Version: 2.0.0\r\n") -> bytes:
    """The archive inside its Internet message."""
    coded = base64.encodebytes(archive).replace(b"\n", b"\r\n")
    return (
        b"From: export@northgate.example\r\n" + headers.encode() + b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n'
        b'Content-Disposition: attachment; filename="rsmf.zip"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n" + coded + b"\r\n--x--\r\n"
    )
