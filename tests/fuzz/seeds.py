"""Sound inputs of every reader, made here; corpora beside the project are used in place."""

from __future__ import annotations

import csv
import functools
import gzip
import io
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

from forthwith.example.evidence import write_evidence
from forthwith.standards import loader
from tests.builders import (
    archives,
    chats,
    mail,
    messengers,
    office,
    outlook,
    pages,
    pdf,
    served,
    served_log,
    volume,
)
from tests.builders.evidence import mail as message
from tests.conftest import CORPORA
from tests.exports.ethereum.test_roles import a_book, caller, modifier
from tests.exports.ethereum.test_safe import a_safe
from tests.exports.hr.test_lift import BOSS, WHOLE, sheet
from tests.exports.platform_policy.test_lift import a_rule, an_export, approved
from tests.formats.outlook.test_pst import SOUND

#: Target, name and bytes.
Seed = tuple[str, str, bytes]
_LARGEST = 120_000
_ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VTIMEZONE\r\nTZID:X\r\nBEGIN:STANDARD\r\n"
    b"DTSTART:19701025T030000\r\nTZOFFSETFROM:+0200\r\nTZOFFSETTO:+0100\r\nEND:STANDARD\r\n"
    b"END:VTIMEZONE\r\nBEGIN:VEVENT\r\nUID:1@x.example\r\nDTSTART;TZID=X:20230314T090000\r\n"
    b"DURATION:PT1H\r\nRRULE:FREQ=WEEKLY;COUNT=9\r\nSUMMARY:Keys\r\n"
    b"ATTACH;ENCODING=BASE64;VALUE=BINARY;X-FILENAME=a.txt:aGVsbG8=\r\n"
    b"ATTENDEE;CN=Per:mailto:per@x.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)
_VCARD = (
    b"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Per Lindqvist\r\nN:Lindqvist;Per\r\nEMAIL:per@x.example\r\n"
    b"PHOTO;ENCODING=b;TYPE=PNG:aGVsbG8=\r\nNOTE;ENCODING=QUOTED-PRINTABLE:a=3Db\r\nEND:VCARD\r\n"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}{\*\generator x;}\f0 Keys \'e9\u8364?\par"
    rb"{\field{\*\fldinst HYPERLINK x}{\fldrslt link}}{\object\objemb{\*\objdata 0105}}\bin3 abc}"
)
_HTML = (
    b"<html><head><title>Keys</title><style>p{display:none}</style></head><body><p>a<b>b</p>"
    b"<table><tr><td colspan=2>c</td></tr></table><img src='data:image/png;base64,iVBORw0KGgo='>"
    b"<!-- note --><script>x()</script>&nbsp;&#8364;</body></html>"
)
_WHATSAPP = (
    "[14/03/2023, 09:30:00] Per: Keys\u200e\n[14/03/2023, 09:31:00] Ana: <attached: a.jpg>\n"
)
_LFP = b"IM,ABC0001,D,0,@VOL001;IMAGES\\001;A.TIF;2,0\r\nOF,ABC0001,@VOL001;NATIVES;A.XLS,1\r\n"
_IAM = {
    "UserDetailList": [{
        "UserName": "ann", "Arn": "arn:aws:iam::123456789012:user/ann", "UserId": "A1",
        "CreateDate": "2023-01-01T00:00:00Z", "GroupList": ["ops"],
        "UserPolicyList": [{"PolicyName": "p", "PolicyDocument": {"Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}]}}],
    }],
    "GroupDetailList": [{"GroupName": "ops", "Arn": "arn:aws:iam::123456789012:group/ops",
        "CreateDate": "2023-01-01T00:00:00Z"}],
    "RoleDetailList": [{"RoleName": "r", "Arn": "arn:aws:iam::123456789012:role/r",
        "CreateDate": "2023-01-01T00:00:00Z", "AssumeRolePolicyDocument": {"Statement": [
            {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::999999999999:root"},
             "Action": "sts:AssumeRole",
             "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}]}}],
    "Policies": [],
}  # fmt: skip
_QUERY = (
    'custodian:"ana lund" AND (keys OR wallet*) AND NOT (cold w/5 st?re) '
    "OR date:2023-01-01..2023-03-31"
)
_MATTER = '[matter]\nname = "N"\nnumber = "HO-1"\n\n[limits]\nseconds = 60.0\nchildren = 10\n'


def _json(value: object) -> bytes:
    return json.dumps(value).encode()


def _example() -> Iterator[Seed]:
    """Yield the evidence of the example, the smaller files of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        write_evidence(Path(folder))
        kinds: dict[str, int] = {}
        for path in sorted(Path(folder).rglob("*")):
            kind = path.suffix or path.parent.name
            if path.is_file() and path.stat().st_size < _LARGEST and kinds.get(kind, 0) < 3:
                kinds[kind] = kinds.get(kind, 0) + 1
                yield "reader", path.name, path.read_bytes()


def _readers() -> Iterator[Seed]:
    tree = (("a.txt", b"one"), ("b/c.txt", b"two" * 50), ("d.eml", message("Keys")))
    msg = outlook.MsgBuilder(outlook.MEMO, outlook.PEOPLE).attach("a.txt", b"x").build()
    named: dict[str, bytes] = {
        "a.eml": message("Keys", ("a.zip", archives.zipped(tree)), ("b.txt", b"x")),
        "a.mbox": mail.mbox(message("One"), message("Two", ("x.txt", b"y"))),
        "a.emlx": b"%d\n" % len(message()) + message() + b"<?xml version='1.0'?><plist/>",
        "a.msg": msg,
        "a.pst": SOUND,
        "winmail.dat": outlook.tnef(outlook.MEMO),
        "a.zip": archives.zipped(tree),
        "a.tar": archives.tarred(tree),
        "a.tgz": gzip.compress(archives.tarred(tree), mtime=0),
        "a.7z": archives.by_libarchive("7zip", tree),
        "a.cpio": archives.by_libarchive("cpio_newc", tree),
        "a.docx": office.word("<w:p><w:r><w:t>Keys</w:t></w:r></w:p>"),
        "b.docx": served.word(),
        "a.xlsx": served_log.as_xlsx(["1", "2", "x"], ["3", "", "=A1"]),
        "a.pptx": office.slides(("Keys", False, "note"), ("Two", True, "")),
        "a.odt": office.opendocument("<office:text><text:p>Keys</text:p></office:text>"),
        "a.pdf": pdf.pages("Keys", "Wallets"),
        "b.pdf": pdf.covered(),
        "c.pdf": served.pdf(served.titled()),
        "a.rtf": _RTF,
        "a.html": _HTML,
        "a.txt": b"Keys and wallets.\n" * 9,
        "a.csv": b"day,amount\n2023-03-14,100\n",
        "a.ics": _ICS,
        "a.vcf": _VCARD,
        "a.png": pages.picture(),
        "a.gif": pages.picture("P", form="GIF"),
        "a.tif": pages.picture("1", form="TIFF"),
        "a.jpg": pages.picture(form="JPEG"),
        "a.bmp": pages.picture(form="BMP"),
        "slack.zip": chats.zipped(chats.slack_files()),
        "a.rsmf": chats.rsmf_message(chats.zipped(chats.rsmf_files())),
        "google.zip": chats.zipped(messengers.google_files("Takeout/")),
        "Hangouts.json": _json(messengers.hangouts()),
        "result.json": _json(messengers.telegram()),
        "discord.json": _json(messengers.discord()),
        "message_1.json": _json(messengers.facebook()),
        "teams.json": _json(messengers.teams()),
        "messages.json": _json(messengers.skype()),
        "WhatsApp Chat.txt": _WHATSAPP.encode(),
        "a.mht": b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/html\r\nContent-Location: x\r\n\r\n" + _HTML + b"\r\n--b--\r\n",
    }  # fmt: skip
    for name, data in named.items():
        yield "reader", name, data


def _tables(*rows: tuple[str, ...]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _papers() -> Iterator[Seed]:
    files = volume.sound().files()
    yield "dat", "VOL001.DAT", files["DATA/VOL001.DAT"]
    yield "opt", "VOL001.OPT", files["DATA/VOL001.OPT"]
    yield "lfp", "VOL001.LFP", _LFP
    yield "columns", "VOL001.csv", _tables(("BEGDOC", "ENDDOC", "Subject"), ("A1", "A2", "Keys"))
    yield "columns", "VOL001.DAT", files["DATA/VOL001.DAT"]
    for name, data in (("r.docx", served.word()), ("r.pdf", served.pdf(served.listed())),
                       ("r.txt", served.titled().encode()),
                       ("r.csv", _tables(("number", "text"), ("1", "All keys.")))):  # fmt: skip
        yield "requests", name, data
    row = ["1", "ABC0001", "Email", "2023-01-02", "Ana", "Per", "", "AC", "advice"]
    yield "privilege log", "log.csv", served_log.as_csv(row)
    yield "privilege log", "log.xlsx", served_log.as_xlsx([*served_log.HEADER], row)
    folder = Path(loader.__file__).parent
    yield "standard", "s.toml", (folder / "sec" / "2021-08.toml").read_bytes()
    yield "query", "q", _QUERY.encode()
    yield "matter", "matter.toml", _MATTER.encode()
    form = {"form": "forthwith responses 1", "responses": [{"request": "RFP 1", "text": "None."}]}
    yield "responses", "r.json", _json(form)
    yield "register", "r.json", _json({"form": "forthwith deficiency 1", "acts": [], "about": {}})
    yield "facts csv", "people.csv", b"id,name,standing,cites\nann,Ann Lee,system record,BTS0001\n"
    yield (
        "facts yaml",
        "facts.yaml",
        b"people:\n- {id: ann, name: Ann, standing: system record, cites: BTS0001}\npolicies: []\n",
    )
    yield "json", "x.json", _json({"a": [1, 2.5, None, {"b": "\u20ac"}]})


def _exports() -> Iterator[Seed]:
    yield (
        "descriptor",
        "wallet.txt",
        (
            b"wsh(multi(2,02f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9,"
            b"03acd484e2f0c7f65309ad178a9f559abde09796974c57e714c35f110dfc27ccbe))\n"
        ),
    )
    yield "descriptor", "wallet.json", _json({"name": "w", "quorum": {"requiredSigners": 1},
        "network": "mainnet", "addressType": "P2WSH", "extendedPublicKeys": []})  # fmt: skip
    yield "safe", "safe.json", _json([a_safe()])
    yield "permissions", "2023-01-01.json", _json(a_book(modifier(caller("0x" + "1" * 40))))
    yield "aws-iam", "iam.json", _json(_IAM)
    rules = [a_rule(), a_rule(**approved(1, "ops"))]
    yield "policy-export", "policy.json", _json(an_export(*rules))
    yield "hr", "hr.csv", sheet(WHOLE, BOSS)
    yield "shamir", "groups.json", _json({"key": {"ann": 1, "ben": 2}, "threshold": 2})
    yield (
        "shamir",
        "shares.txt",
        (
            b"duckling enlarge academic academic agency result length solution fridge kidney coal "
            b"piece deal husband erode duke ajar critical decision keyboard\n"
        ),
    )


@functools.cache
def seeds() -> tuple[Seed, ...]:
    """Return every seed made here, in the same order each time."""
    return (*_readers(), *_example(), *_papers(), *_exports())


@functools.cache
def seeds_beside() -> tuple[Seed, ...]:
    """Return small files of the corpora, where they stand beside the project."""
    found: list[Seed] = []
    for corpus in ("hostile", "outlook", "chat", "documents", "mail", "production", "custody"):
        folders: dict[Path, int] = {}
        for path in sorted((CORPORA / corpus).rglob("*")):
            if not path.is_file() or path.stat().st_size > _LARGEST:
                continue
            if folders.setdefault(path.parent, 0) < 12:
                folders[path.parent] += 1
                found.append(("reader", path.name, path.read_bytes()))
    return tuple(found)
