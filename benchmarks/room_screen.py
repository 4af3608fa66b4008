"""The privilege screen on real mail: how much of what is privileged it proposes, and how rightly.

No mail labelled by hand as legal advice lies in the corpora, so privilege is planted: every eighth
of the real mails gets one of the shapes that privilege has (a mark at the top, over two lines, in
the subject, in another language; counsel as author or recipient; advice quoted in a reply), every
other one a standing notice that speaks of privilege and means nothing. Half of the mails are for
setting thresholds; what is printed is of the other half. What this cannot show: how often real
advice has none of these shapes.
"""

from __future__ import annotations

import email
import email.policy
import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.evidence import FieldValue, Kind, TextMethod
from forthwith.review.privilege.claims import Attorney
from forthwith.review.privilege.people import Roster, Sides
from forthwith.review.screen.proposals import Tier
from forthwith.review.screen.screen import Screen, proposals

_MOST = 3_000
COUNSEL = "Dana Reyes <dreyes@reyesholm.example>"
_MARKS = (
    "PRIVILEGED AND CONFIDENTIAL\n\n", "Attorney-Client Communication\n\n",
    "ATTORNEY\nCLIENT PRIVILEGED\n\n",
    "Attorney work product, prepared in anticipation of litigation\n\n", "Anwaltskorrespondenz\n\n",
    "Confidentiel avocat-client\n\n", "Privilegiado y confidencial\n\n", "律师与客户特权\n\n",
)  # fmt: skip
_NOTICE = (
    "\n\nThis e-mail may contain attorney-client privileged information and is intended only for "
    "the addressee. If you are not the intended recipient, delete it.\n"
)


def _mails(folder: Path) -> Iterator[tuple[str, email.message.EmailMessage]]:
    for path in sorted(folder.rglob("*"))[: _MOST * 2]:
        if path.is_file() and path.name != "SOURCE.txt":
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.compat32)
            yield path.relative_to(folder).as_posix(), message  # type: ignore[misc]


def _planted(number: int, at: int, message: email.message.EmailMessage) -> tuple[Document, str]:
    """Return a mail with the shape of its number: 0 to 11 are privileged, others not."""
    payload = message.get_payload(decode=True)
    text = payload.decode("latin-1") if isinstance(payload, bytes) else ""
    subject, sender, to = (str(message.get(name, "")) for name in ("Subject", "From", "To"))
    if number < len(_MARKS):
        text = _MARKS[number] + text
    elif number == 8:
        subject = f"Privileged: {subject}"
    elif number == 9:
        sender = COUNSEL
    elif number == 10:
        to = COUNSEL
    elif number == 11:
        text = (
            f"See below.\n\n-----Original Message-----\nFrom: {COUNSEL}\nSent: x\nTo: y\n\n{text}"
        )
    elif at % 2:
        text += _NOTICE
    known = {fields.SUBJECT: subject, fields.FROM: sender}
    values = {name: FieldValue(name, value, "mail") for name, value in known.items()}
    values[fields.TO] = FieldValue(fields.TO, tuple(to.split(", ")), "mail")
    try:
        sent = parsedate_to_datetime(str(message.get("Date", ""))).isoformat()
        values[fields.SENT] = FieldValue(fields.SENT, sent, "mail")
    except (TypeError, ValueError):
        pass
    control = ControlNumber(f"FW{at:08d}")
    return Document(
        control, None, control, 0, None, "", Kind.EMAIL, "", "", "message/rfc822", "", "", "", 0,
        values, (), TextMethod.EXTRACTED, "", "", "", "",
    ), text  # fmt: skip


def run(corpora: Path) -> list[dict[str, Any]]:
    """Return what came of the half that no threshold was set on."""
    folder = corpora / "mail/enron-skilling/data"
    if not folder.is_dir():
        return []
    roster = Roster(
        (Attorney("Dana Reyes", ("dreyes@reyesholm.example",), ("reyesholm.example",)),), Sides()
    )
    rules = Screen.of(roster, ZoneInfo("UTC"))
    found: Counter[tuple[str, bool]] = Counter()
    privileged = mails = 0
    spent = 0.0
    for at, (path, message) in enumerate(_mails(folder)):
        digest = hashlib.sha256(path.encode()).digest()
        if mails >= _MOST or digest[1] % 2:
            continue
        mails += 1
        shape = digest[2] % 12 if digest[0] < 32 else 12
        document, text = _planted(shape, at, message)
        began = time.process_time()
        made = proposals([rules.look(document, text, 0)], {}, {})
        spent += time.process_time() - began
        privileged += shape < 12
        for row in made:
            found[row.tier.value, shape < 12] += 1
    right = {tier: found[tier.value, True] for tier in Tier}
    wrong = {tier: found[tier.value, False] for tier in Tier}
    above = (Tier.STRONG, Tier.LIKELY)
    recall = sum(right.values()) / max(privileged, 1)
    total = sum(right[t] + wrong[t] for t in above)
    precision = sum(right[t] for t in above) / max(total, 1)
    by_tier = ", ".join(f"{t} {right[t]}+{wrong[t]}" for t in Tier)
    rows = (
        (f"privilege screen: recall of {privileged} planted in {mails:,} mails", recall, 0.9),
        (f"privilege screen: precision at strong and likely ({by_tier})", precision, 0.3),
    )
    return [
        {
            "what": what,
            "ours": f"{value:.3f}",
            "peer": f"{spent / max(mails, 1) * 1000:.1f} CPU ms a mail",
            "ratio": None,
            "limit": f">= {limit}",
            "met": value >= limit,
        }
        for what, value, limit in rows
    ]


if __name__ == "__main__":
    for line in run(Path(__file__).resolve().parent.parent.parent / "shared/corpora"):
        print(line)
