"""What a document mentions and nobody produced is found at its place; all else is let be."""

from __future__ import annotations

import pytest

from forthwith.check.responses.mentioned import Kind, Reference, references
from forthwith.loadfiles.volume_rows import Row

MAIL = Row("V", "NGT_0001", "NGT_0002", message_id="<a@x.example>", subject="Transfer")
LEDGER = Row("V", "NGT_0003", "NGT_0009", name="ledger.xlsx")


def found(text: str, *rows: Row, of: Row = MAIL) -> list[Reference]:
    held = [of, LEDGER, *rows]
    return references(held, [(of, text)])


@pytest.mark.parametrize(
    ("text", "kind", "what"),
    [
        ("See quorum-change.docx for the rest.", Kind.FILE, "quorum-change.docx"),
        ("It is in “Key plan 2023.xlsx” now.", Kind.FILE, "Key plan 2023.xlsx"),
        ("(minutes_final.pdf)", Kind.FILE, "minutes_final.pdf"),
        ("Compare NGT_0012 at the top.", Kind.BATES, "NGT_0012"),
        ("Attached please find the minutes.", Kind.ATTACHED, ""),
        ("Please find attached our notes", Kind.ATTACHED, ""),
        ("I have attached the list.", Kind.ATTACHED, ""),
    ],
)
def test_a_mention_is_found(text: str, kind: Kind, what: str) -> None:
    [each] = found(f"Hello,\n{text}\n")

    assert (each.kind, each.what, each.bates, each.place) == (kind, what, "NGT_0001", "line 2")
    assert each.words == text


@pytest.mark.parametrize(
    "text",
    [
        "See LEDGER.xlsx for the rest.",
        "https://files.example/plans/plan.pdf",
        "Write to plan.doc@northgate.example",
        "Attachments: today.eml; year-end.zip",
        "See the exceptions log: VOL001_EXCEPTIONS.CSV",
        "The .docx format and version 2.3",
        "Compare NGT_0005 and ABC_0099 and NGT_00012.",
        "The meeting is attached to the plan of May.",
        "> see quorum-change.docx",
        "Fine.\n\n-----Original Message-----\nAttached please find quorum-change.docx",
        "Fine.\n\nOn 3 May 2023, Wei Lee wrote:\nsee quorum-change.docx",
        "Fine.\n\n\n\nFrom: Wei Lee\nSent: 3 May 2023\nsee quorum-change.docx",
    ],
)
def test_what_was_produced_is_quoted_or_is_no_file_is_let_be(text: str) -> None:
    assert found(text) == []


def test_a_mail_with_attachments_may_say_so() -> None:
    with_one = Row("V", "NGT_0001", message_id="<a@x.example>", has_attachments=True)

    assert found("Attached please find the minutes.", of=with_one) == []


def test_a_file_named_twice_is_asked_for_once() -> None:
    assert len(found("See minutes.pdf.\nAgain: Minutes.pdf")) == 1


def reply(header: str = "", subject: str = "Re: Key plan") -> Row:
    return Row("V", "NGT_0010", message_id="<r@x.example>", subject=subject, header=header)


def test_the_mail_a_reply_answers_is_missed_by_its_id() -> None:
    [each] = found("", reply("Subject: x®In-Reply-To: <gone@x.example>®"))

    assert (each.kind, each.what, each.place) == (Kind.PARENT, "<gone@x.example>", "header")


def test_a_reply_to_a_produced_mail_misses_nothing() -> None:
    assert found("", reply("In-Reply-To: <a@x.example>")) == []


def test_without_a_header_a_reply_is_told_by_its_subject() -> None:
    [each] = found("", reply())

    assert (each.kind, each.what, each.place) == (Kind.PARENT, "Key plan", "subject")


def test_without_a_header_a_thread_with_its_first_mail_misses_nothing() -> None:
    assert found("", reply(subject="RE: transfer")) == []


def test_what_the_log_shows_by_name_or_subject_is_not_missed() -> None:
    held = [MAIL, LEDGER, reply("In-Reply-To: <gone@x.example>")]
    texts = [(MAIL, "See plan.docx.")]

    assert len(references(held, texts)) == 2
    assert references(held, texts, ["PLAN.docx", "Key plan"]) == []


def test_a_file_named_by_a_mail_whose_attachment_is_withheld_may_be_that_one() -> None:
    """A slip-sheet shows no name; what another mail says of the file is let be as well."""
    sheet = Row("V", "NGT_0003", parent="NGT_0001", withheld=True)
    other = Row("V", "NGT_0004", message_id="<b@x.example>")
    texts = [(other, "As in plan.docx and more.pdf."), (MAIL, "See plan.docx.")]

    assert [each.what for each in references([MAIL, sheet, other], texts)] == ["more.pdf"]
