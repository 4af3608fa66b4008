"""A folder of small sound evidence, written by hand."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage
from pathlib import Path

from forthwith.collect.folder import collect
from forthwith.record.matter import Matter


def mail(
    subject: str = "Keys", *attachments: tuple[str, bytes], to: str = "per@northgate.example"
) -> bytes:
    """Return one message with attachments."""
    message = EmailMessage()
    message["From"] = "Marisol Ortega <marisol@northgate.example>"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = "Mon, 14 Mar 2022 09:30:00 -0500"
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@northgate.example>"
    message.set_content(f"About {subject}.\n")
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    if attachments:
        # Drawn at random otherwise, and no two mails of one kind would have one digest.
        message.set_boundary("===============1305==")
    return message.as_bytes()


def archive(**members: bytes) -> bytes:
    """Return a zip; a member's name is its keyword with "_" for "."."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        for name, data in members.items():
            made.writestr(zipfile.ZipInfo(name.replace("_", ".")), data)
    return held.getvalue()


def write(folder: Path, **files: bytes) -> Path:
    """Write files; a file's name is its keyword with "_" for "."."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in files.items():
        (folder / name.replace("_", ".")).write_bytes(data)
    return folder


def matter(folder: Path, *evidence: Path, custodian: str = "Ortega, Marisol") -> Matter:
    """Return a matter that has collected `evidence`."""
    made = Matter.create(folder, name="Example")
    for path in evidence:
        collect(made, path, custodian)
    return made
