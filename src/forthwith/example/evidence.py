"""Lay out the evidence of the example matter as it would come from three people's machines.

Ortega's mail is an mbox, Lindqvist's a Maildir, Adeyemi's an Apple Mail folder; each has loose
files. The workspace export stands apart, laid out as Slack lays it out. Everything is invented and
every write is identical.
"""

from __future__ import annotations

import json
import os
import plistlib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from pathlib import Path
from typing import Any

from forthwith.example.files import all_files
from forthwith.example.letters import PEOPLE, Letter, letters
from forthwith.example.office import zipped

YEARS = (2021, 2022, 2023)
#: File times, which a reviewer sees where a file says no date of its own: 6 March 2023, when the
#: files were copied for the hold, and 3 October 2022, when some were last written (seconds, UTC).
_COPIED, _AUTUMN = 1678111200.0, 1664791200.0


@dataclass(frozen=True, slots=True)
class ExampleSource:
    """One thing to collect."""

    custodian: str
    path: Path


@dataclass(frozen=True, slots=True)
class Example:
    """The evidence as laid out."""

    name: str
    folder: Path
    sources: tuple[ExampleSource, ...]
    #: Distinct mails written; copies in several mailboxes count once.
    mails: int
    #: Where each thing worth looking at lies, for the words printed at the end: kind to path.
    specials: Mapping[str, str]


_SPECIALS = {
    "encrypted": "lindqvist/Documents/keyforge-escrow-agreement.pdf",
    "corrupt": "adeyemi/Documents/access-review-draft.xlsx",
    "mislabelled": "ortega/Documents/shares-photo.jpg",
    "tracked change": "adeyemi/Documents/statement-draft-ta.docx",
    "scan without text": "lindqvist/Documents/destruction-signed.pdf",
    "chat export": "workspace/northgate-slack-export.zip",
}
#: Loose files: custodian's folder to the files in it, by the name of what they hold.
_LOOSE = {
    "ortega/Documents": {
        "shares.xlsx": "shares.xlsx",
        "Custody/custody-policy.pdf": "custody-policy.pdf",
        "Custody/reshare-minutes FINAL.docx": "reshare-minutes.docx",
        "year-end.zip": "year-end.zip",
        # A scan saved under the name the phone suggested.
        "shares-photo.jpg": "hold-notice.pdf",
    },
    "lindqvist/Documents": {
        "handover-notes.docx": "handover-notes.docx",
        "rota-2022.pdf": "rota-2022.pdf",
        "keyforge-escrow-agreement.pdf": "keyforge-escrow-agreement.pdf",
        "destruction-signed.pdf": "destruction-signed.pdf",
    },
    "adeyemi/Documents": {
        "statement-draft-ta.docx": "statement-draft-ta.docx",
        "custody-committee.pptx": "custody-committee.pptx",
        "calendar/reshare.ics": "reshare.ics",
        "annex-b.docx": "annex-b.docx",
    },
}


def write_evidence(folder: Path) -> Example:
    """Write the evidence below `folder`, which is made; two writes are byte-identical."""
    files = all_files(story("files"))
    mails = letters([mail for year in YEARS for mail in story(str(year))["mail"]], files)
    for where, contents in _LOOSE.items():
        for name, content in contents.items():
            _write(folder / where / name, files[content])
    # The copy broke off: what is there is the first part of a sound file.
    half = files["access-list-2022-q3.xlsx"]
    _write(folder / _SPECIALS["corrupt"], half[: len(half) * 3 // 5], _AUTUMN)
    _write(folder / "lindqvist/Documents/notes.txt", _NOTES.encode("cp1252"), _AUTUMN)
    _write(folder / "ortega/Mail/Ortega archive.mbox", _mbox(_kept(mails, "marisol")))
    _maildir(folder / "lindqvist/Maildir", _kept(mails, "per"))
    _apple_mail(folder / "adeyemi/Mail/INBOX.mbox/Messages", _kept(mails, "tunde"))
    _write(folder / _SPECIALS["chat export"], slack_export(story("chat")))
    people = {"ortega": "marisol", "lindqvist": "per", "adeyemi": "tunde"}
    sources = [ExampleSource(PEOPLE[who][0], folder / name) for name, who in people.items()]
    shared = ExampleSource("Northgate workspace", folder / "workspace")
    return Example("Northgate", folder, (*sources, shared), len(mails), _SPECIALS)


_NOTES = (
    "Brückentage: 27.5., 17.6.\r\n"
    "Ask Ilse who pays for the courier.\r\n"
    "Reader 4: firmware 2.1.7, image on the build laptop until Wen has the new one.\r\n"
)


def story(name: str) -> dict[str, Any]:
    """Return `story/NAME.toml`, read."""
    file = resources.files("forthwith.example").joinpath("story", f"{name}.toml")
    return tomllib.loads(file.read_text("utf-8"))


def _kept(mails: Iterable[Letter], who: str) -> list[Letter]:
    """Return the mails this person still has; nobody keeps what they were merely copied on."""
    return [mail for mail in mails if who == mail.sender or who in mail.recipients]


def _write(path: Path, data: bytes, when: float = _COPIED) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (when, when))


def _mbox(mails: Iterable[Letter]) -> bytes:
    """Return a mailbox in the mboxrd form: lines that look like separators are quoted."""
    out = bytearray()
    for mail in mails:
        out += f"From {PEOPLE[mail.sender][1]} {mail.when:%a %b %d %H:%M:%S %Y}\n".encode()
        for line in mail.data.rstrip(b"\n").split(b"\n"):
            out += (b">" if line.lstrip(b">").startswith(b"From ") else b"") + line + b"\n"
        out += b"\n"
    return bytes(out)


def _maildir(folder: Path, mails: Iterable[Letter]) -> None:
    for name in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new", ".Sent/tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for at, mail in enumerate(mails, start=1):
        sent = ".Sent/cur" if mail.sender == "per" else "cur"
        name = f"{int(mail.when.timestamp())}.M{at:06d}P1.mail:2,S"
        _write(folder / sent / name, mail.data, mail.when.timestamp())


def _apple_mail(folder: Path, mails: Iterable[Letter]) -> None:
    """Write each mail as EMLX: its length, its bytes, then a property list."""
    for number, mail in enumerate(mails, start=201):
        received = int(mail.when.timestamp())
        known = {"date-received": received, "flags": 1, "subject": mail.subject}
        data = b"%d\n" % len(mail.data) + mail.data + plistlib.dumps(known)
        _write(folder / f"{number}.emlx", data, received)


_EXPORTED = (2023, 3, 6, 15, 30, 0)
_NIGHTS = b"week,person\r\n49,Bea Solano\r\n50,Bea Solano\r\n51,Ida Moreau\r\n52,Bea Solano\r\n"


def slack_export(chat: Mapping[str, Any]) -> bytes:
    """Return the export as a zip; equal chats give equal bytes."""
    members = {"users.json": _json([_user(*person) for person in chat["people"].items()])}
    for name in ("channels.json", "groups.json", "dms.json"):
        listed = [_channel(channel) for channel in chat["channel"] if channel["list"] == name]
        members[name] = _json(listed)
    days: dict[str, list[dict[str, Any]]] = {}
    for message in chat["said"]:
        days.setdefault(f"{message['in']}/{message['at']:%Y-%m-%d}.json", []).append(
            _message(message)
        )
    members |= {path: _json(messages) for path, messages in days.items()}
    members["custody-ops/attachments/F05NIGHTS1-nights.csv"] = _NIGHTS
    members["integration_logs.json"] = _json([{"service_type": "Sweep bot", "date": "1638316800"}])
    return zipped(members, _EXPORTED)


def _json(value: object) -> bytes:
    return json.dumps(value, indent=4, ensure_ascii=True).encode()


def _user(number: str, name: str) -> dict[str, Any]:
    handle = name.lower().replace(" ", ".")
    return {"id": number, "name": handle, "deleted": False, "profile": {"real_name": name}}


def _channel(listed: Mapping[str, Any]) -> dict[str, Any]:
    channel = {"id": listed["id"], "created": 1609459200, "members": listed["members"]}
    if listed["name"]:
        channel["name"] = listed["name"]
        channel["topic"] = {"value": listed.get("topic", "")}
    return channel


def _stamp(at: datetime) -> str:
    """Return an instant as Slack's ts; the fraction only tells messages of one second apart."""
    return f"{int(at.timestamp())}.000{at.minute:02d}9"


def _message(post: Mapping[str, Any]) -> dict[str, Any]:
    message = {
        "type": "message",
        "user": post["by"],
        "text": post["text"],
        "ts": _stamp(post["at"]),
    }
    if "act" in post:
        message["subtype"] = post["act"]
    if "thread" in post:
        message["thread_ts"] = _stamp(post["thread"])
    if post.get("deleted"):
        message |= {"subtype": "tombstone", "text": "This message was deleted."}
    if "was" in post:
        message["edited"] = {"user": post["by"], "ts": _stamp(post["edited"])}
        message["original"] = {"text": post["was"]}
    if "reactions" in post:
        name, *people = post["reactions"]
        message["reactions"] = [{"name": name, "users": people, "count": len(people)}]
    if "file" in post or "link" in post:
        number, name = post.get("file") or post["link"]
        link = f"https://files.northgate.example/{number}/{name}"
        message["files"] = [{"id": number, "name": name, "mode": "hosted", "url_private": link}]
    return message
