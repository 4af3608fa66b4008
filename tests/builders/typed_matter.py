"""A small matter in which everything happens once, by the commands a person would type."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from forthwith.domain.users import Grant, Role
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.record.users import Users
from forthwith.respond.deficiency.findings import FindingRegister
from forthwith.seals.keys import PublicKey
from forthwith.workflows.case_file import CaseFile
from tests.builders import evidence, ordered, privileged, served, served_log, volume

SET, ASKED = "First RFPs", "First Interrogatories"
DAY = ("--day", "2023-08-01")
WORKERS = ("--workers", "1")
PLACE = "London, England"
#: The facts of the example, as written: its pages stand for pages of this matter.
FACTS = ("--facts", "../facts")
_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
#: Of the key of seals.
FINGERPRINT = PublicKey(_KEY.public_key()).fingerprint
_WALLET = ("--wallet", "cold", "--on", "2021-09-09")
_ATTORNEYS = (
    "name,addresses,domains,firm,party,from,to\n"
    "Dana Reyes,dreyes@halewick.example,,Hale & Wick LLP,,2021-01-01,\n"
)
_WHO = (
    "id,name,standing,cites\n1,Bo Li,sworn,\n2,Ana Ortega,sworn,\naws:bli,bli,sworn,\n"
    "aws:aortega,aortega,sworn,\naws:deploy,deploy,sworn,\n"
)
_QUESTIONS = (
    "occasion,day,text,by,of,about,state,answer,because,owner,due,cites\n"
    "inspection,2023-07-01,Where is card 5?,Staff,Counsel,Devices,undertaken,,,Reyes,2023-07-15,\n"
)


def lay_out(place: Path) -> None:
    """Write into a folder everything that is collected, imported or read."""
    counsel = "Dana Reyes <dreyes@halewick.example>"
    evidence.write(
        place / "in",
        one_eml=evidence.mail("One", ("memo.txt", b"The wallets were moved.\n")),
        advice_eml=privileged.mail("Quorum", privileged.ADVICE, counsel, day=1),
        like_eml=privileged.mail("Copy", privileged.ADVICE, "lee@northgate.example", day=3),
        plan_txt=b"A plan for the spring.\n",
        broken_pdf=b"%PDF-1.4 and nothing more",
        box_zip=evidence.archive(a_txt=b"First.\n", b_txt=b"Second.\n"),
    )
    for part in ("facts", "inspection"):
        (place / part).mkdir()
        for table in resources.files("forthwith.example").joinpath("custody", part).iterdir():
            (place / part / table.name).write_bytes(table.read_bytes())
    volume.sound().lose(volume.LEDGER).write(place / "spoiled")
    texts = {
        "rfp.txt": served.titled(),
        "rog.txt": served.titled("INTERROGATORY NO."),
        "attorneys.csv": _ATTORNEYS,
        "order.txt": ordered.TEXT,
        "hr.csv": "Employee ID,Name,Company,Hire date,Shoe\nE1,Ana Ortega,Bramble,2021-02-01,41\n",
        "questions.csv": _QUESTIONS,
        "terms.txt": "wallets\nspring\n",
        "older.txt": "wallets\n",
        "their-log.csv": served_log.as_csv(served_log.entry("P-1", "NGT_00000003")).decode(),
        "called.csv": "FIRSTBATES,LASTBATES\nNGT_00000007,NGT_00000007\n",
        "password.txt": "a few words in a row\n",
        "policy.json": '{"top": "g", "nodes": {"g": {"k": 2, "of": ["a", "b", "c"]}}}',
        "bad/people.csv": "id,name,standing,cites\n,Nobody,sworn,\n",
        "who/people.csv": _WHO,
        "who/same_as.csv": "kind,a,b,is,from,to,standing,cites\nperson,1,aws:bli,yes,,,sworn,\n"
        "person,aws:bli,1,no,,,sworn,\nalias,aws:aortega,number:77,yes,,,sworn,\n",
    }
    for name, text in texts.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    (place / "seal.pem").write_bytes(
        _KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    (place / "rows.csv").write_bytes(ordered.table(ordered.ROWS[:2]))


def draft(place: Path, typed: Callable[..., object]) -> Path:
    """Type everything from an empty folder to what can be answered; returns the matter's folder."""
    home = place / "m"
    lay_out(place)
    typed("init", str(home), "--name", "Acme")
    at(home, typed, ("collect", "../in", "--custodian", "Ortega, Marisol", "--json"))
    at(home, typed, ("process", *WORKERS, "--json"))
    documents = DocumentTable(Matter.open(home)).ask()
    controls = {document.text_of("subject"): document.control_number for document in documents}
    for words in _drafted(controls["Quorum"], controls["Copy"]):
        at(home, typed, words)
    return home


def at(home: Path, typed: Callable[..., object], words: tuple[str, ...]) -> None:
    """Type a command at the matter; "../" is where everything was laid out."""
    typed("-C", str(home), *(word.replace("../", f"{home.parent}/") for word in words))


def _drafted(advice: str, copy: str) -> list[tuple[str, ...]]:
    """Return what is typed from processed documents to what can be answered.

    `advice` and `copy` are the control numbers of the privileged mail and of the one like it.
    """
    return [
        ("requests", "import", "../rfp.txt", "--set", SET, "--kind", "rfp",
         "--served", "2023-07-10", "--by", "email"),
        ("requests", "import", "../rog.txt", "--set", ASKED, "--kind", "interrogatory",
         "--served", "2023-07-10", "--by", "email"),
        ("serve", "responses", "--set", SET, *DAY, "--json"),
        ("respond", f"{SET}/1", "--text", "Produced.", "--produce", "wallets"),
        ("respond", f"{SET}/2", "--no-documents", "--custodian", "Ortega, Marisol"),
        ("respond", f"{SET}/3", "--objection", "Overbroad", "--withheld", "no"),
        ("respond", f"{ASKED}/1", "--text", "Three of five.", "--verifier", "Marisol Ortega"),
        ("respond", f"{ASKED}/2", "--text", "Nobody.", "--verifier", "Marisol Ortega"),
        ("respond", f"{ASKED}/3", "--text", "None.", "--verifier", "Marisol Ortega"),
        ("privilege", "attorneys", "../attorneys.csv"),
        ("privilege", "claim", advice, "--basis", "AC", "--description", "Advice"),
        ("privilege", "propose", "--json"),
        ("privilege", "decide", copy, "refuse", "--because", "it was sent out", "--json"),
        ("privilege", "check", "--json"),
        ("privilege", "release", copy, "--like", advice, "--because", "it was sent out"),
        ("obligations", "import", "../order.txt", "../rows.csv", "--name", "Consent Order",
         "--entered", "2023-06-17"),
        ("questions", "import", "../questions.csv"),
        ("custody", "load", "../facts", "--json"),
        ("custody", "load", "../inspection", "--json"),
        ("report", "topic", "Chat", "--joint", "Slack is late.", "--position", "receiving", "No."),
        ("report", "letter", "2023-08-01", "--from", "A", "--to", "B", "--about", "Slack"),
        ("report", "conference", "2023-08-02", "--how", "by telephone", "--outcome", "none"),
    ]  # fmt: skip


#: What is typed after that: every paper, every list, every question.
ANSWERED: list[tuple[str, ...]] = [
    ("answer", *DAY, *WORKERS, "--since", "2023-06-01", "--declarant", "ortega", "--place", PLACE,
     "--json"),
    ("seal-key", "make", "--key", "../made.pem", "--no-password", "--name", "R", "--json"),
    ("seal-key", "take", "../seal.pem", "--name", "Reyes & Holm LLP", "--json"),
    ("seal-key", "show", "--json"),
    ("produce", "VOL002", *DAY, *WORKERS, "--json"),
    ("timestamp", "VOL002", "--request", "../volume.tsq", "--json"),
    ("verify", "--anchor", "volumes/VOL002/DATA/VOL002_SEAL.JSON", "--json"),
    ("check", "volumes/VOL002", *WORKERS, "--json"),
    ("check", "../spoiled/VOL001", *WORKERS, "--json"),
    ("deliver", "VOL002", "--new-password", "password.txt", *DAY, "--json"),
    ("respond", f"{SET}/1", "--text", "Produced again.", "--produce", "wallets OR spring"),
    ("serve", "responses", "--set", SET, *DAY, "--json"),
    ("serve", "verification", "--set", ASKED, "--place", PLACE, *DAY, "--json"),
    ("serve", "declaration", "--signer", "ortega", *FACTS, "--place", PLACE, *DAY, "--json"),
    ("serve", "transmittal", "VOL002", *DAY, "--json"),
    ("serve", "privilege-log", *DAY, "--json"),
    ("seal-key", "retire", FINGERPRINT, "--because", "lost", "--json"),
    ("deficiency", "volumes/VOL002", "--requests", f"{SET}=../rfp.txt", "--holder", "Lee",
     "--into", "../letter", *DAY, "--json"),
    ("reply", "../letter/deficiency.json", "--set", "F-0001", "not a deficiency because it is so",
     *DAY, "--into", "../reply", "--json"),
    ("report", "status", "--since", "2023-06-01", "--register", "../reply/deficiency.json", *DAY,
     "--json"),
    ("report", "list", "--json"),
    ("documents", "--json"),
    ("search", "wallets", "--json"),
    ("search", "wallets", "--count", "--json"),
    ("search", "wallets", "--highlight", "FW00000001", "--json"),
    ("terms", "../terms.txt", "--against", "../older.txt", "--json"),
    ("requests", "--as-of", "2023-08-01", "--json"),
    ("obligations", "--as-of", "2023-08-01", "--json"),
    ("questions", "--as-of", "2023-08-01", "--json"),
    ("privilege", "attorneys", "--json"),
    ("privilege-log", "--json"),
    ("custody", "import", "hr", "../hr.csv", "--into", "../tables", "--json"),
    ("custody", "import", "hr", "../hr.csv", "--dry-run", "--json"),
    ("custody", "people", "--facts", "../who", "--json"),
    ("custody", "people", "join", "2", "aws:aortega", "--facts", "../who", "--json"),
    ("custody", "load", "../bad", "--json"),
    ("custody", "ask", "--who", "employer=halden", "--scope", "wallet=cold", *FACTS, "--json"),
    ("custody", "ask", "--who", "employer=northgate", "--scope", "wallet=hot", *FACTS, "--json"),
    ("custody", "gaps", "--who", "employer=halden", "--scope", "wallet=cold", *FACTS, "--json"),
    ("custody", "coalitions", *_WALLET, *FACTS, "--json"),
    ("custody", "coalitions", "--policy", "../policy.json", "--json"),
    ("custody", "coalitions", "--policy", "../policy.json", "--count", "--json"),
    ("custody", "statements", *FACTS, "--before", "../facts", "--json"),
    ("custody", "holders", *FACTS, "--json"),
    ("custody", "holders", "--uncollected", *FACTS, "--json"),
    ("standards", "--json"),
    ("standards", "show", "sec/2021-08", "--json"),
    ("receive", "../spoiled/VOL001", "--from", "Northgate", *WORKERS, "--json"),
    ("quarantine", "../called.csv", "--custodian", "reyes", "--json"),
    ("users", "add", "lead", "--no-password", "--json"),
    ("users", "add", "robot", "--service", "--as", "lead", "--json"),
    ("users", "token", "robot", "--as", "lead", "--json"),
    ("users", "grant", "robot", "monitor", "--side", "theirs", "--as", "lead", "--json"),
    ("users", "wall", "robot", "--side", "ours", "--as", "lead", "--json"),
    ("users", "revoke", "3", "--as", "lead", "--json"),
    ("users", "password", "lead", "--password-file", "../password.txt", "--as", "lead", "--json"),
    ("users", "list", "--json"),
    ("users", "sign-out", "robot", "--as", "lead", "--json"),
    ("users", "disable", "robot", "--as", "lead", "--json"),
    ("status", "--json"),
    ("verify", "--json"),
]  # fmt: skip


def reviewed(home: Path) -> list[tuple[str, ...]]:
    """Let people into the matter's room, and return what they type there."""
    matter = Matter.open(home)
    users = Users(matter)
    by = ("office", "a test")
    for login, role in (("head", Role.LEAD), ("lin", Role.REVIEWER), ("reyes", Role.SECOND)):
        user = users.add(login, login.title(), "human", by)
        users.grant(Grant(user.id, role), by)
        kept = {"id": login, "name": "Laptop", "site": "localhost", "added": "", "sign_count": 0}
        users.add_passkey(user, kept, by)
    last = len(FindingRegister(CaseFile(matter).acts).items)
    plan = next(row.control_number for row in DocumentTable(matter).ask() if row.name == "plan.txt")
    matter.engine.dispose()
    return _reviewed(plan, f"F-{last + 1:04d}")


_LEAD, _LIN, _REYES = (("--as", login, "--json") for login in ("head", "lin", "reyes"))


#: What would go out: one loose file.
_PLAN = ("--query", "name:plan")
#: A stop of a ranking drawn, checked and counted, and printed.
_STOPPED: tuple[tuple[str, ...], ...] = (
    ("rank", "plan", "--query", "name:plan", "--seed", "plan", *_LEAD),
    ("rank", "plan", "stop", *_LEAD),
    ("rank", "plan", "stop", *_LEAD),
    ("rank", "plan", "status", *_LEAD),
    ("rank", "plan", "certificate", "--print", "stopped", *_LEAD),
)


def _reviewed(plan: str, first: str) -> list[tuple[str, ...]]:
    """Return what is typed in a review.

    `plan` is the control number of a loose file, `first` what the next finding will be called.
    """
    return [
        ("batches", "cut", "--query", "spring", *_LEAD),
        ("batches", "list", *_LEAD),
        ("batches", *_LEAD),
        ("batches", "offer", "B0001", "lin", *_LEAD),
        ("batches", "take", *_LIN),
        ("batches", "show", "B0001", *_LIN),
        ("code", "--query", "spring", "responsive=yes", *_LIN),
        ("code", plan, "responsive=no", "hot=yes", *_LIN),
        ("code", "--undo", *_LIN),
        ("code", "--undo", *_LIN),
        ("code", plan, "--history", *_LEAD),
        ("code", "--forms", *_LEAD),
        ("code", "--form", "show", "ours", *_LEAD),
        ("conflicts", *_LEAD),
        ("batches", "give", *_LIN),
        ("batches", "take", *_LIN),
        ("batches", "done", *_LIN),
        ("qc", "draw", "-n", "1", *_LEAD),
        ("qc", "elusion", "-n", "1", *_LEAD),
        ("qc", *_LEAD),
        ("batches", "take", "B0002", *_REYES),
        ("code", plan, "responsive=yes", "privilege=none", *_REYES),
        ("qc", "list", *_LEAD),
        ("qc", "report", "Q0001", *_LEAD),
        ("qc", "report", "Q0002", *_LEAD),
        ("rank", "spring", "--query", "spring", "--seed", "spring", *_LEAD),
        ("rank", *_LEAD),
        ("rank", "spring", "next", *_LEAD),
        ("rank", "spring", "status", *_LEAD),
        *_STOPPED,
        ("chronology", "add", "2022-03", "It was so.", "--cite", "ACME00000001", *_LEAD),
        ("chronology", "change", "E0001", "--when", "2022-03-14", *_LEAD),
        ("chronology", "history", "E0001", *_LEAD),
        ("chronology", *_LEAD),
        ("challenges", "list", "--log", "../their-log.csv", *_LEAD),
        ("challenges", "add", "P-1", "description", *_LEAD),
        ("challenges", "withdraw", first, *_LEAD),
        ("challenges", "list", *_LEAD),
        ("points", "add", "side:theirs", "Each lacks its attachment.", *_LEAD),
        ("points", "list", *_LEAD),
        ("points", "list", "VOL001", *_LEAD),
        ("users", "passkeys", "head", *_LEAD),
        ("search", "spring", *_LEAD),
        ("exhibits", "add", "ACME00000001", "--title", "Memo", *_LEAD),
        ("exhibits", *_LEAD),
        ("gate", *_PLAN, *_LEAD),
        ("gate", "show", *_PLAN, *_LEAD),
        ("gate", "look", plan, "1", "--good", *_PLAN, *_LEAD),
        ("gate", "sample", *_PLAN, *_LEAD),
        ("redact", "reasons", "--json"),
        ("redact", "draw", plan, "--page", "1", "--whole", "--reason", "PII", "--propose", *_LEAD),
        ("redact", "accept", "1", *_LEAD),
        ("redact", "change", plan, "2", "--reason", "Account", *_LEAD),
        ("redact", "list", *_LEAD),
        ("redact", "remove", plan, "3", *_LEAD),
        ("redact", "undo", *_LEAD),
        ("redact", "draw", "--query", "spring", "--reason", "PII", *_LEAD),
        (
            "redact",
            "draw",
            plan,
            "--page",
            "1",
            "--box",
            "200,200,900,900",
            "--reason",
            "PII",
            *_LEAD,
        ),
        ("redact", "refuse", "--all", *_LEAD),
        ("redact", "history", plan, *_LEAD),
        ("journal", "--last", "5", *_LEAD),
    ]
