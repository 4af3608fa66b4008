"""Splitting mail: our splitter against the standard library's `email`, both policies.

All do the same work on the same mails in memory: every header decoded to name and value, the tree
of parts, the decoded bytes of each attachment, the decoded text of each text part.
Run: python -m benchmarks.mime_splitter CORPORA
"""

from __future__ import annotations

import contextlib
import email
import email.policy
import statistics
import sys
import time
from collections.abc import Callable
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from forthwith.formats.mail import body as mail_body

ROUNDS = 5
FOLDERS = ("mail/spamassassin", "mail/enron-skilling")
MOST = 2000


def ours(data: bytes) -> int:
    """Split with forthwith; return how many bytes and characters came out."""
    found = mail_body.sort(data)
    done = 0
    for part in found.message.root.walk():
        done += sum(len(value) for _, value in part.headers.decoded())
    for body in found.bodies:
        for each in (body.plain, body.html):
            done += len(mail_body.part_text(each).text) if each else 0
    return done + sum(len(part.decoded().data) for part in found.attachments)


def compat32(data: bytes) -> int:
    """Split with `email` and its default policy, compat32; encoded words decoded where they are."""
    done = 0
    for part in email.message_from_bytes(data).walk():
        for value in part.values():
            text = str(value)
            if "=?" in text:
                with contextlib.suppress(LookupError, UnicodeError, ValueError):
                    text = str(make_header(decode_header(text)))
            done += len(text)
        done += _payload(part)
    return done


def _payload(part: Any) -> int:
    if part.is_multipart():
        return 0
    payload = part.get_payload(decode=True) or b""
    if part.get_content_maintype() != "text":
        return len(payload)
    try:
        return len(payload.decode(part.get_content_charset("utf-8"), "replace"))
    except LookupError:
        return len(payload.decode("cp1252", "replace"))


def default_policy(data: bytes) -> int:
    """Split with `email.policy.default`, which decodes headers itself."""
    done = 0
    for part in email.message_from_bytes(data, policy=email.policy.default).walk():
        try:
            done += sum(len(str(value)) for _, value in part.items())
        except (LookupError, ValueError, AttributeError, IndexError, TypeError):
            # Known crashes of its header parser on broken mail; the time until then counts.
            done += 0
        done += _payload(part)
    return done


def run(corpora: Path) -> list[dict[str, object]]:
    """Return one row for each peer and corpus: seconds of both (medians) and their ratio."""
    rows: list[dict[str, object]] = []
    for folder in FOLDERS:
        files = sorted(path for path in (corpora / folder).rglob("*") if path.is_file())[:MOST]
        mails = [path.read_bytes() for path in files]
        times = _times(mails, (ours, compat32, default_policy))
        for peer, least in ((compat32, 2.5), (default_policy, 7.0)):
            rows.append(
                {
                    "benchmark": "mime_splitter",
                    "corpus": folder,
                    "mails": len(mails),
                    "bytes": sum(map(len, mails)),
                    "peer": peer.__name__,
                    "ours_seconds": round(times[ours], 4),
                    "peer_seconds": round(times[peer], 4),
                    "ratio": round(times[peer] / times[ours], 2),
                    "wanted": least,
                }
            )
    return rows


def _times(
    mails: list[bytes], readers: tuple[Callable[[bytes], int], ...]
) -> dict[Callable[[bytes], int], float]:
    """Time the readers side by side, so that a busy machine slows all of them alike."""
    found: dict[Callable[[bytes], int], list[float]] = {reader: [] for reader in readers}
    for _ in range(ROUNDS):
        for reader in readers:
            began = time.perf_counter()
            for data in mails:
                reader(data)
            found[reader].append(time.perf_counter() - began)
    return {reader: statistics.median(times) for reader, times in found.items()}


if __name__ == "__main__":
    for row in run(Path(sys.argv[1])):
        print(f"{row['corpus']:22} {row['mails']} mails  {row['peer']:15} {row['ratio']}x")
