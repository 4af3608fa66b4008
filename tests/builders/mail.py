"""Sound mail in memory, to break in one place."""

from __future__ import annotations

import base64

PDF = b"%PDF-1.4\n" + bytes(range(256)) * 4


def mail(
    *, headers: str = "", body: str = "Hello Bob,\n\nsee the ledger.\n", end: bool = True,
    attached: bytes = PDF, name: str = 'filename="ledger.pdf"', boundary: str = "b1",
) -> bytes:  # fmt: skip
    """Return a message with a plain body and one attachment; `end` is its last boundary."""
    coded = base64.encodebytes(attached).decode("ascii")
    lines = (
        'From: "Doe, Jane" <jane@example.org>\n'
        "To: Bob <bob@example.org>, eve@example.org\n"
        "Subject: Ledger\n"
        "Date: Mon, 14 May 2001 16:39:00 -0700 (PDT)\n"
        "Message-ID: <1@example.org>\n"
        f"{headers}MIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="{boundary}"\n\n'
        f"--{boundary}\nContent-Type: text/plain; charset=us-ascii\n\n{body}\n"
        f"--{boundary}\nContent-Type: application/pdf\n"
        f"Content-Disposition: attachment; {name}\n"
        f"Content-Transfer-Encoding: base64\n\n{coded}\n"
    )
    return (lines + (f"--{boundary}--\n" if end else "")).encode()


def mbox(*messages: bytes, quoted: bool = True) -> bytes:
    """Return an mbox of `messages`; `quoted` escapes From_ lines as mboxo does."""
    out = []
    for message in messages:
        body = message.replace(b"\nFrom ", b"\n>From ") if quoted else message
        out.append(b"From jane@example.org Mon May 14 16:39:00 2001\n" + body + b"\n")
    return b"".join(out)
