"""A small matter with advice of counsel in it, and words to type at it."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

from forthwith.process.run import process
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from tests.builders import evidence

ADVICE = (
    "Our view is that the quorum of the cold wallet ought not to be changed before the board has "
    "met, since the order speaks of every person who holds a share of any key or a copy of one."
)
MEMO = (
    "Memorandum of counsel on the safekeeping of customer assets. First, every copy of a share is "
    "itself a means of control under the order. Second, the vault in Tallinn was never inspected."
)
ATTORNEYS = (
    "name,addresses,domains,firm,party,from,to\n"
    "Dana Reyes,dreyes@halewick.example,halewick.example,Hale & Wick LLP,Northgate Trading Ltd.,"
    "2021-01-01,\n"
)
PARTIES = """
[[parties]]
name = "Northgate Trading Ltd."
side = "producing"
domains = "northgate.example"

[[parties]]
name = "Commission"
side = "receiving"
domains = "commission.example"
"""


def mail(subject: str, body: str, to: str, *attachments: tuple[str, bytes], day: int = 14) -> bytes:
    """Return one message of Ortega's."""
    made = EmailMessage()
    made["From"] = "Marisol Ortega <marisol@northgate.example>"
    made["To"] = to
    made["Subject"] = subject
    made["Date"] = f"{day} Mar 2022 09:30:00 -0500"
    made["Message-ID"] = f"<{subject.replace(' ', '.')}@northgate.example>"
    made.set_content(body + "\n")
    for name, data in attachments:
        made.add_attachment(data, maintype="text", subtype="plain", filename=name)
    return made.as_bytes()


def matter(folder: Path, **more: bytes) -> Matter:
    """Return a processed matter: advice with its memorandum attached, and everyday mail."""
    counsel = "Dana Reyes <dreyes@halewick.example>"
    files = {
        "a_advice_eml": mail("Quorum", ADVICE, counsel, ("memo.txt", MEMO.encode()), day=1),
        "b_lunch_eml": mail("Lunch", "Shall we meet at noon?", "lee@northgate.example", day=2),
        "c_list_eml": mail(
            "List", "The list is attached.", "lee@northgate.example", ("list.txt", b"hot, cold\n")
        ),
        **more,
    }
    made = evidence.matter(folder / "m", evidence.write(folder / "in", **files))
    with (made.folder / "matter.toml").open("a", encoding="utf-8") as settings:
        settings.write(PARTIES)
    (made.folder / "attorneys.csv").write_text(ATTORNEYS, encoding="utf-8")
    made = Matter.open(made.folder)
    process(made, workers=1)
    return made


def numbers(held: Matter) -> dict[str, str]:
    """Return name -> control number; a mail by its subject, a copy by the last."""
    return {
        each.text_of("subject") or each.name: each.control_number
        for each in DocumentTable(held).ask()
    }
