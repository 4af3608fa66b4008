"""Mail comes out whole: every part, every header, and a Fault for what is not there."""

from __future__ import annotations

import base64
import email
import re
from email.message import EmailMessage, Message
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, Fault, FaultReason, Hint, InMemory, Reading, Relation
from forthwith.formats.mail import eml
from tests.builders.mail import PDF, mail


def read(data: bytes) -> Reading:
    return eml.read(InMemory(data), Hint())


def children(reading: Reading) -> list[Child]:
    assert reading.children is not None
    return [child for child in reading.children() if isinstance(child, Child)]


def loaded(reading: Reading) -> list[bytes | Fault]:
    return [child.load() for child in children(reading)]


def reasons(reading: Reading) -> set[FaultReason]:
    return {fault.reason for fault in reading.faults}


def test_a_message_gives_its_fields_text_and_attachment() -> None:
    reading = read(mail())

    assert reading.value("from") == '"Doe, Jane" <jane@example.org>'
    assert reading.value("to") == "Bob <bob@example.org>; eve@example.org"
    assert reading.value("sent") == "2001-05-14T16:39:00-07:00"
    assert reading.value("message_id") == "<1@example.org>"
    assert reading.text.strip() == "Hello Bob,\n\nsee the ledger."
    assert [(child.step, child.name) for child in children(reading)] == [("part:2", "ledger.pdf")]
    assert loaded(reading) == [PDF]
    assert reading.declared == 1
    assert not reading.faults


def test_a_step_opens_the_same_bytes() -> None:
    assert eml.open_step(InMemory(mail()), "part:2", Hint()) == PDF
    assert isinstance(eml.open_step(InMemory(mail()), "part:9", Hint()), Fault)


@pytest.mark.parametrize(
    "broken",
    [
        mail(end=False),
        mail().replace(b"\n", b"\r\n"),
        mail().replace(b"\n", b"\r"),
        mail().replace(b'"b1"', b'"b1  "').replace(b"--b1\n", b"--b1 \t\n"),
        mail().replace(b'boundary="b1"', b'boundary="other"'),
        mail().replace(b'; boundary="b1"', b""),
        mail().replace(b'mixed; boundary="b1"', b"mixed boundary=b1"),
        mail().replace(b"base64\n", b"BASE64 (why not)\n"),
        b"\n\n" + mail(),
        b"\xef\xbb\xbf" + mail(),
        b"From jane Mon May 14 16:39:00 2001\n" + mail(),
        mail(headers="Content-Type: text/plain\n"),
        mail(headers="a line that is no header\n"),
        mail(headers="X-Raw: gr\xfc\xdfe\n"),
        mail().replace(b"--b1--", b"--b1--\n\nfooter of a list"),
        mail().replace(b"--b1\nContent-Type: app", b"--b1--\n--b1\nContent-Type: app"),
    ],
)  # fmt: skip
def test_broken_mail_still_gives_its_attachment(broken: bytes) -> None:
    assert loaded(read(broken)) == [PDF]


def test_a_missing_end_is_a_fault() -> None:
    assert FaultReason.TRUNCATED in reasons(read(mail(end=False)))


def test_stray_bytes_in_base64_are_a_note_on_the_child() -> None:
    data = mail().replace(b"base64\n\n", b"base64\n\n\xff\xfe!")
    reading = read(data)
    assert reading.children is not None
    items = [item for item in reading.children() if not isinstance(item, Child) or not item.load()]

    assert loaded(reading) == [PDF]
    assert [item.step for item in items if isinstance(item, Fault)] == ["part:2"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("filename*=utf-8''Verk%C3%A4ufe.pdf", "Verkäufe.pdf"),
        ("filename*0*=iso-8859-1'de'Verk%E4u; filename*1=fe.pdf", "Verkäufe.pdf"),
        ('filename="=?utf-8?Q?Verk=C3=A4ufe.pdf?="', "Verkäufe.pdf"),
        ('filename="a;b, \\"c\\".pdf"', 'a;b, "c".pdf'),
        ("filename=two words.pdf", "two words.pdf"),
        ('filename="C:\\temp\\x.pdf"', "C:\\temp\\x.pdf"),
    ],
)
def test_names_come_out_as_found(name: str, shown: str) -> None:
    assert [child.name for child in children(read(mail(name=name)))] == [shown]


def test_only_an_image_the_body_shows_is_inline() -> None:
    page = (
        b"Content-Type: multipart/related; boundary=r\n\n"
        b'--r\nContent-Type: text/html\n\n<p>Look <img src="cid:One@x"></p>\n'
        b"--r\nContent-Type: image/png\nContent-ID: <one@x>\n\n1\n"
        b"--r\nContent-Type: image/png\nContent-ID: <two@x>\n\n2\n--r--\n"
    )
    reading = read(page)

    assert [child.relation for child in children(reading)] == [Relation.INLINE, Relation.ATTACHMENT]
    assert eml.inline_parts(page) == {"one@x": b"1", "two@x": b"2"}
    assert eml.html_body(page) == '<p>Look <img src="cid:One@x"></p>'
    assert eml.attachment_names(page) == ("",)
    assert reading.text.strip().startswith("Look")


def test_all_body_parts_are_kept_in_order() -> None:
    data = (
        b"Content-Type: multipart/mixed; boundary=m\n\nhidden words\n"
        b"--m\n\none\n--m\nContent-Type: text/html\n\n<b>two</b>\n--m\n\nthree\n--m--\nfooter"
    )
    text = read(data).text

    places = [text.index(word) for word in ("hidden words", "one", "two", "three", "footer")]
    assert places == sorted(places)


def test_an_attached_message_is_named_by_its_subject() -> None:
    inner = b"Subject: =?utf-8?B?R3LDvMOfZQ==?=\n\nhi"
    data = b"Content-Type: multipart/mixed; boundary=m\n\n--m\nContent-Type: message/rfc822\n\n"
    reading = read(data + inner + b"\n--m--\n")

    assert [(child.name, child.load()) for child in children(reading)] == [("Grüße.eml", inner)]


def test_a_uuencoded_block_is_an_attachment() -> None:
    block = b"begin 644 cat.txt\n#0V%T\n`\nend"
    reading = read(b"Subject: x\n\nbefore\n" + block + b"\nafter\nbegin 2 things\n")

    assert [(child.name, child.load()) for child in children(reading)] == [("cat.txt", b"Cat")]
    assert "before" in reading.text
    assert "after\nbegin 2 things" in reading.text
    assert eml.open_step(
        InMemory(b"Subject: x\n\nbefore\n" + block), "part:1#uu1", Hint()
    ) == b"Cat"  # fmt: skip


def test_what_is_kept_elsewhere_is_a_fault() -> None:
    partial = b"Content-Type: message/partial; id=1; number=2; total=3\n\nxx"
    outside = b"Content-Type: message/external-body; access-type=URL; URL=ftp://example.org\n\nxx"
    header = b"X-MS-Has-Attach: yes\n\nno attachment"

    for data in (partial, header):
        assert FaultReason.MISSING in reasons(read(data))
    (body,) = loaded(read(outside))
    assert isinstance(body, Fault)
    assert (body.reason, body.lost) == (FaultReason.MISSING, True)
    assert read(outside).value("links") == "ftp://example.org"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ('filename="ledger.pdf"; size=5321', b""),
        ('filename="notes.txt"; size=12', b""),
        ('filename="ledger.pdf"', b""),
        ('filename="ledger.xlsx"', b""),
    ],
)
def test_a_listed_attachment_without_its_bytes_is_a_loss(name: str, data: bytes) -> None:
    """An empty document would say that an empty file was sent."""
    (fault,) = loaded(read(mail(name=name, attached=data)))

    assert isinstance(fault, Fault)
    assert (fault.reason, fault.lost) == (FaultReason.MISSING, True)
    assert isinstance(
        eml.open_step(InMemory(mail(name=name, attached=data)), "part:2", Hint()), Fault
    )


@pytest.mark.parametrize(
    ("size", "told"),
    [
        (len(PDF), False),
        (len(PDF) - 1, False),
        (len(base64.encodebytes(PDF)), False),
        (len(PDF) + 1, True),
        (532_100, True),
    ],
)
def test_a_declared_size_is_compared(size: int, told: bool) -> None:
    """Some mailers give the size in base64; any other size above what there is tells of a loss."""
    reading = read(mail(name=f'filename="ledger.pdf"; size={size}'))
    assert reading.children is not None
    met: list[str] = []
    for child in reading.children():
        if isinstance(child, Fault):
            met.append(child.detail)
        else:
            child.load()

    assert met == ([f"'ledger.pdf' is listed with {size:,} bytes and holds {len(PDF):,}"] * told)


@pytest.mark.parametrize("name", ['filename="empty.txt"', 'filename="__init__.py"'])
def test_a_file_that_may_be_empty_is_one(name: str) -> None:
    text = mail(name=name, attached=b"").replace(b"application/pdf", b"text/plain")

    assert loaded(read(text)) == [b""]


def test_encrypted_mail_says_so() -> None:
    pgp = b"Subject: x\n\n-----BEGIN PGP MESSAGE-----\nabc\n-----END PGP MESSAGE-----\n"
    reading = read(pgp)

    assert reading.value("encrypted") == "PGP"
    assert FaultReason.ENCRYPTED in reasons(reading)
    assert not any(fault.lost for fault in reading.faults)


def test_links_to_cloud_files_are_told() -> None:
    page = (
        b"Content-Type: text/html\n\n"
        b'<a href="https://example-my.sharepoint.com/:x:/g/p/a?e=1&amp;f=2">sheet</a>'
        b'<a href="https://www.example.org/">no</a> https://drive.google.com/file/d/1/view.'
    )
    assert read(page).value("links") == (
        "https://example-my.sharepoint.com/:x:/g/p/a?e=1&f=2; "
        "https://drive.google.com/file/d/1/view"
    )


def test_caps_are_faults_and_lose_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.formats.mail.mime.MOST_PARTS", 3)
    parts = b"".join(b"--m\nContent-Type: image/png\n\npart %d\n" % n for n in range(9))
    reading = read(b"Content-Type: multipart/mixed; boundary=m\n\n" + parts + b"--m--\n")

    assert FaultReason.TOO_MANY in reasons(reading)
    assert b"part 8" in b"".join(
        content for content in loaded(reading) if isinstance(content, bytes)
    )


def test_nesting_is_bounded() -> None:
    data = b"".join(
        b"Content-Type: multipart/mixed; boundary=m%d\n\n--m%d\n" % (n, n) for n in range(2000)
    )
    assert FaultReason.TOO_DEEP in reasons(read(data))


edits = st.lists(
    st.tuples(st.integers(0, 10**4), st.integers(0, 12), st.binary(max_size=12)), max_size=8
)


@given(edits)
def test_no_mutation_makes_it_throw(changes: list[tuple[int, int, bytes]]) -> None:
    data = mail(headers="X-Name: =?utf-8?Q?a=20b?= =?x?B?QQ=?=\nContent-Disposition: inline\n")
    for at, cut, put in changes:
        at %= len(data) + 1
        data = data[:at] + put + data[at + cut :]
    reading = read(data)
    for child in children(reading):
        assert child.load() == eml.open_step(InMemory(data), child.step, Hint())


@given(st.binary(max_size=600))
def test_any_bytes_are_read(data: bytes) -> None:
    assert read(data).declared == len(loaded(read(data)))


def _attached(part: Message, root: Message) -> list[bytes]:
    """Attachments as the standard library sees them, attached messages left out."""
    if part.get_content_type() == "message/rfc822" and part is not root:
        return []
    if part.is_multipart():
        return [data for inner in part.get_payload() for data in _attached(inner, root)]  # type: ignore[union-attr,arg-type]
    payload = part.get_payload(decode=True)
    plain = part.get_content_maintype() == "text" and part.get_content_disposition() != "attachment"
    if plain or not isinstance(payload, bytes):
        return []
    return [payload]


@pytest.mark.corpus
def test_same_attachments_as_the_standard_library(corpora: Path) -> None:
    """It gives damaged base64 back undecoded, and one multipart whose boundary is not declared."""
    files = sorted(item for item in (corpora / "mail/spamassassin").rglob("*") if item.is_file())
    for path in files[::5]:
        data = path.read_bytes()
        message = email.message_from_bytes(data)
        ours = [item for item in loaded(read(data)) if isinstance(item, bytes)]
        for theirs in _attached(message, message):
            start = re.sub(rb"[^A-Za-z0-9+/]", b"", theirs)[:999]
            undecoded = [item for item in ours if start in base64.b64encode(item)]
            assert theirs in ours or undecoded, path


@pytest.mark.corpus
@pytest.mark.parametrize("folder", ["mime4j", "flanker", "mikel-mail", "cpython"])
def test_nothing_in_the_corpora_makes_it_throw(corpora: Path, folder: str) -> None:
    for path in (corpora / "mail" / folder).rglob("*"):
        if path.is_file():
            reading = read(path.read_bytes())
            assert reading.declared == len(loaded(reading))


def test_what_only_the_html_form_says_is_in_the_text() -> None:
    plain = "Dear Bo,\r\nthe price stays as agreed. " + "We thank you for your patience. " * 20
    html = f"<p>{plain}</p><p>Delete this: the price was <b>doubled</b>.</p>"
    message = EmailMessage()
    message["From"], message["Subject"] = "ana@example.com", "Price"
    message.set_content(plain)
    message.add_alternative(html, subtype="html")
    text = read(message.as_bytes()).text
    assert "[only in the HTML form: Delete this: the price was doubled.]" in text
    assert text.count("Dear Bo") == 1


@pytest.mark.parametrize(
    ("header", "labels"),
    [
        (
            'X-Gmail-Labels: =?UTF-8?Q?Envoy=C3=A9s,Ouvert,Clients/"North,_LL?=\n =?UTF-8?Q?C"?=\n',
            ("Envoyés", "Ouvert", "Clients/North, LLC"),
        ),
        ("X-Gmail-Labels: Inbox,Important\n", ("Inbox", "Important")),
        ('X-Gmail-Labels: "\n', ()),
        ("X-Keywords: $Forwarded, Board\n", ("$Forwarded", "Board")),
    ],
)
def test_the_labels_of_gmail_are_a_field(header: str, labels: tuple[str, ...]) -> None:
    """They are its folders; raw in the header block nobody finds them."""
    found = [field.value for field in read(mail(headers=header)).fields if field.name == "labels"]

    assert found == ([labels] if labels else [])


def test_two_dates_that_disagree_are_told() -> None:
    """The one taken is a choice; two copies of one date are not."""
    other = read(mail(headers="Date: Tue, 15 May 2001 16:39:00 -0700\n"))
    same = read(mail(headers="Date: Mon, 14 May 2001 16:39:00 -0700\n"))

    assert other.value("sent") == "2001-05-14T16:39:00-07:00"
    assert FaultReason.DISAGREEMENT in reasons(other)
    assert not same.faults


def test_several_pages_in_one_related_part_are_all_the_message() -> None:
    """Apple Mail puts a picture between two pages; the second has words of the sender too."""
    data = (
        b"From: a@x.example\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
        b"--b\nContent-Type: text/html\n\n<p>first words\n"
        b"--b\nContent-Type: image/png; name=a.png\nContent-ID: <p>\n\nx\n"
        b"--b\nContent-Type: text/html\n\n<p>second words\n"
        b"--b\nContent-Type: text/html\nContent-ID: <frame>\n\n<p>a frame\n--b--\n"
    )
    reading = read(data)

    assert "first words" in reading.text
    assert "second words" in reading.text
    assert [child.step for child in children(reading)] == ["part:2", "part:4"]


@pytest.mark.parametrize("encoding", ["base64", "8bit"])
def test_a_file_sent_as_the_text_is_attached(encoding: str) -> None:
    """Scanners send `text/plain; name=scan.pdf` and a PDF: shown as text it is noise."""
    body = base64.encodebytes(PDF) if encoding == "base64" else PDF
    head = f"Content-Type: text/plain; name=scan.pdf\nContent-Transfer-Encoding: {encoding}\n\n"
    reading = read(b"Subject: s\n" + head.encode() + body)

    assert [child.name for child in children(reading)] == ["scan.pdf"]
    assert (loaded(reading), reading.text) == ([PDF], "")


def test_a_file_the_html_carries_is_told() -> None:
    """It is no attachment and nobody sees it in the text; the pictures of a body are drawn."""
    uri = "data:application/zip;base64,UEsDBA=="
    page = f"<a download='i.zip' href='{uri}'>open</a><img src='data:image/png;base64,iVBO'>"
    (fault,) = read(b"Subject: s\nContent-Type: text/html\n\n" + page.encode()).faults

    assert fault.reason is FaultReason.UNSUPPORTED
    assert "'i.zip' (application/zip, 4 bytes)" in fault.detail


def test_japanese_without_its_escapes_is_told() -> None:
    head = b"Subject: s\nContent-Type: text/plain; charset=iso-2022-jp\n\n"
    (fault,) = read(head + b"$BF|K\\8l(B (Vault)").faults

    assert "lost their first character" in fault.detail
    assert not read(head + b"costs $B10 (B)").faults
