"""The example matter holds what it promises, and two writes of it are the same."""

from __future__ import annotations

import email
import io
import json
import mailbox
import zipfile
from email.message import Message
from pathlib import Path

import docx
import pikepdf
import pytest
from PIL import Image

from forthwith.example.evidence import Example, write_evidence


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Example:
    return write_evidence(tmp_path_factory.mktemp("evidence"))


@pytest.fixture(scope="module")
def mails(example: Example) -> list[Message]:
    """Every mail of the mbox, its separators undone by the standard library."""
    return list(mailbox.mbox(example.folder / "ortega/Mail/Ortega archive.mbox", create=False))


def tree(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def attached(mails: list[Message], name: str) -> bytes:
    for mail in mails:
        for part in mail.walk():
            if part.get_filename() == name:
                payload = part.get_payload(decode=True)
                assert isinstance(payload, bytes)
                return payload
    raise AssertionError(name)


def apple(example: Example) -> list[Message]:
    found = []
    for path in sorted((example.folder / "adeyemi/Mail/INBOX.mbox/Messages").iterdir()):
        length, _, rest = path.read_bytes().partition(b"\n")
        found.append(email.message_from_bytes(rest[: int(length)]))
    return found


def test_two_writes_are_byte_identical(example: Example, tmp_path: Path) -> None:
    write_evidence(tmp_path)

    assert tree(tmp_path) == tree(example.folder)


def test_every_source_and_special_exists(example: Example) -> None:
    assert len({source.custodian for source in example.sources}) == 4
    assert all(source.path.is_dir() for source in example.sources)
    assert all((example.folder / path).is_file() for path in example.specials.values())


def test_mails_span_three_years_in_three_kinds_of_mailbox(
    example: Example, mails: list[Message]
) -> None:
    maildir = list(mailbox.Maildir(example.folder / "lindqvist/Maildir", create=False))
    years = {str(mail["Date"]).split()[3] for mail in mails}

    assert years == {"2021", "2022", "2023"}
    assert min(len(mails), len(maildir), len(apple(example))) > 20


def test_custodians_hold_copies_of_one_another(example: Example, mails: list[Message]) -> None:
    ours = {mail["Message-ID"] for mail in mails}
    theirs = {mail["Message-ID"] for mail in apple(example)}

    assert len(ours & theirs) > 15
    assert theirs - ours


def test_replies_name_what_they_answer(mails: list[Message]) -> None:
    replies = [mail for mail in mails if mail["In-Reply-To"]]

    assert len(replies) > 20
    assert all(mail["References"].split()[-1] == mail["In-Reply-To"] for mail in replies)


def test_a_word_file_has_a_tracked_change_and_a_comment(example: Example) -> None:
    data = (example.folder / example.specials["tracked change"]).read_bytes()
    archive = zipfile.ZipFile(io.BytesIO(data))
    document = archive.read("word/document.xml").decode()

    assert "<w:del " in document
    assert "<w:ins " in document
    assert b"Per and Wen could use share 4" in archive.read("word/comments.xml")
    assert docx.Document(io.BytesIO(data)).core_properties.last_modified_by == "Tunde Adeyemi"


def test_a_workbook_has_a_hidden_sheet(mails: list[Message]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(attached(mails, "shares.xlsx")))

    assert b'name="PIN envelopes" sheetId="2" state="hidden"' in archive.read("xl/workbook.xml")


def test_a_presentation_has_speaker_notes(mails: list[Message]) -> None:
    archive = zipfile.ZipFile(io.BytesIO(attached(mails, "custody-committee.pptx")))

    assert b"Do not promise a date" in archive.read("ppt/notesSlides/notesSlide4.xml")


def test_policy_picture_zip_and_forwarded_mail_are_attached(
    example: Example, mails: list[Message]
) -> None:
    policy = pikepdf.open(io.BytesIO(attached(mails, "custody-policy.pdf")))
    picture = Image.open(io.BytesIO(attached(mails, "hot-wallet-0909.png")))
    inside = zipfile.ZipFile(io.BytesIO(attached(mails, "year-end.zip")))
    forwarded = [part for mail in mails for part in mail.walk() if part.is_multipart()]

    assert len(policy.pages) == 6
    assert picture.format == "PNG"
    assert inside.namelist() == ["balances-2021.csv", "freeze.txt"]
    assert "message/rfc822" in {part.get_content_type() for part in forwarded}


def test_html_mail_shows_its_logo_inline(mails: list[Message]) -> None:
    inline = [
        part
        for mail in mails
        for part in mail.walk()
        if part["Content-ID"] == "<logo@northgate.example>"
    ]

    assert inline
    assert all(part.get_content_disposition() == "inline" for part in inline)


def test_an_invitation_a_card_and_chinese_words_are_there(
    example: Example, mails: list[Message]
) -> None:
    maildir = mailbox.Maildir(example.folder / "lindqvist/Maildir", create=False)
    words = [part.get_payload(decode=True) for mail in maildir for part in mail.walk()]

    assert b"BEGIN:VEVENT" in attached(mails, "reshare.ics") + attached(mails, "ceremony.ics")
    assert b"BEGIN:VCARD" in attached(mails, "bea-solano.vcf")
    assert any("文佳怡".encode() in each for each in words if isinstance(each, bytes))


def test_the_mailbox_quotes_a_line_that_looks_like_a_separator(example: Example) -> None:
    data = (example.folder / "ortega/Mail/Ortega archive.mbox").read_bytes()

    assert b"\n>From what I can see" in data


def test_one_file_is_encrypted_one_corrupt_one_mislabelled(example: Example) -> None:
    specials = {kind: example.folder / path for kind, path in example.specials.items()}

    with pytest.raises(pikepdf.PasswordError):
        pikepdf.open(specials["encrypted"])
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(specials["corrupt"])
    assert specials["corrupt"].read_bytes().startswith(b"PK")
    assert specials["mislabelled"].read_bytes().startswith(b"%PDF")


def test_the_chat_has_an_edit_and_a_deletion(example: Example) -> None:
    archive = zipfile.ZipFile(example.folder / example.specials["chat export"])
    days = [name for name in archive.namelist() if "/20" in name]
    said = [message for name in days for message in json.loads(archive.read(name))]

    assert len(days) > 6
    assert any("original" in message for message in said)
    assert any(message.get("subtype") == "tombstone" for message in said)


def test_people_and_places_are_invented(mails: list[Message]) -> None:
    addresses = " ".join(str(mail[name]) for mail in mails for name in ("From", "To", "Cc"))

    assert addresses.count("@") == addresses.count(".example>")
