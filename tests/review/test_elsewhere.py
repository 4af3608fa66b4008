"""Redacted passages asked of every other document, against a slow reading of each."""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

import pytest

from forthwith.domain.documents import Document
from forthwith.domain.redactions import Passage
from forthwith.process.run import process
from forthwith.record.documents import DocumentTable
from forthwith.review import elsewhere
from forthwith.review.elsewhere import Left, asked
from forthwith.review.privilege.near_duplicates import Text
from forthwith.review.search.search import Searcher
from tests.builders import evidence

_LETTER = (
    "Dear Per,\n\nplease pay Katarina Brandvold from account 4417-1234-5678 before the transfer "
    "of Tuesday. The balance of the cold wallet stays where it is, and nobody but Halden may know "
    "that the quorum was never reached this spring.\n\nMarisol\n"
)
_SENTENCE = "nobody but Halden may know that the quorum was never reached this spring"
FILES = {
    "a_letter_txt": _LETTER,
    "b_copy_txt": _LETTER,
    "c_reply_txt": "No.\n\n> please pay Katarina Brandvold from account\n> 4417-1234-5678 before\n",
    "d_draft_txt": _LETTER.replace("Tuesday", "Friday"),
    "e_draft_txt": _LETTER.replace("Brandvold", "Bergvall"),
    "f_lines_txt": "Who is\nKatarina\n\n  Brandvold?\n",
    "g_hyphen_txt": "Who is Katarina Brand-\nvold?\n",
    "h_case_txt": "KATARINA BRANDVOLD IS NOT KNOWN HERE\n",
    "i_html_html": "<html><body><p>Katarina&nbsp;Brand&shy;vold &amp; Sons</p></body></html>",
    "j_other_txt": "Katarina and Brandvold went home.\n",
    "k_account_txt": "4417 1234\n5678\n",
    "l_quoted_txt": "They say that the quorum was never reached this spring, which is wrong.\n",
    "m_common_txt": "the balance of the cold wallet, of the day, of the year\n",
    "n_katarina_txt": "Katarina.\n",
    "o_cjk_txt": "支付给王小明的账户。\n",
    "p_cjk_txt": "王小红。\n",
    "q_accents_txt": "Kata\u200brina Brandvold\n",
    "Katarina_Brandvold_txt": "A file whose name says it.\n",
}
PASSAGES = {
    "name": ("Katarina Brandvold", ("please pay", "from account")),
    "number": ("4417-1234-5678", ("from account", "before the")),
    "page": (re.sub(r"\s+", " ", _LETTER).strip(), ("", "")),
    "sentence": (_SENTENCE, ("it is, and", "Marisol")),
    "one word": ("Brandvold", ("pay Katarina", "from account")),
    "stop words": ("of the", ("The balance", "cold wallet")),
    "stop words alone": ("of the", ("", "")),
    "signs": ("王小明", ("给", "的")),
    "nothing": ("— …", ("", "")),
    "parted": ("Katarina Brand- vold", ("pay", "from")),
}


def _plain(text: str) -> list[str]:
    """Return the words of a text; a sign of Chinese is one."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub("[\u00ad\u200b-\u200f]", "", text)
    return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff_]+", text)


def _holds(text: str, phrase: Sequence[str]) -> bool:
    """Say whether words stand in a text one after the other, one of them perhaps hyphenated."""
    letters, at = "".join(phrase), _plain(text)
    for start in range(len(at)):
        for many in (len(phrase), len(phrase) + 1):
            run = at[start : start + many]
            # The same letters in the same order, parted where the phrase is, once more at most.
            if len(run) == many and "".join(run) == letters and _parts(run) >= _parts(phrase):
                return True
    return False


def _parts(words: Sequence[str]) -> set[int]:
    ends, at = set(), 0
    for word in words:
        at += len(word)
        ends.add(at)
    return ends


class Matter:
    """The files as read and indexed."""

    def __init__(self, folder: Path) -> None:
        files = {name: text.encode() for name, text in FILES.items()}
        one = evidence.write(folder / "one", **files)
        evidence.write(
            folder / "one",
            r_mail_eml=evidence.mail("About Katarina Brandvold", ("x.txt", b"Nothing.")).replace(
                b"About About", b"About"
            ),
            s_mail_eml=evidence.mail("Lunch", ("y.txt", b"Pay Katarina Brandvold at noon.")),
        )
        matter = evidence.matter(folder / "matter", one)
        process(matter, workers=1)
        table = DocumentTable(matter)
        self.documents: dict[str, Document] = {str(row.control_number): row for row in table.ask()}
        self.texts = dict(table.texts())
        self.searcher = Searcher.of(matter, "ours")
        self.top = {control: str(row.family) for control, row in self.documents.items()}
        self.letter = next(c for c, row in self.documents.items() if row.name == "a.letter.txt")

    def named(self, *names: str) -> set[str]:
        """Return control numbers by file name."""
        return {c for c, row in self.documents.items() if row.name in names}

    def passage(self, name: str) -> Passage:
        """Return a passage of the letter."""
        text, around = PASSAGES[name]
        return Passage(self.letter, 1, "PII", text, around)

    def found(self, name: str, left: str = "", going: set[str] | None = None) -> set[str]:
        """Return where a passage stands, beside the letter."""
        reading = Left(self.letter, left, (self.passage(name),))
        rows = elsewhere.found(self.searcher, [reading], going or {*self.documents}, self.top)
        return {row.control for row in rows}


@pytest.fixture(scope="module")
def matter(tmp_path_factory: pytest.TempPathFactory) -> Matter:
    """Return the files, read once."""
    return Matter(tmp_path_factory.mktemp("elsewhere"))


@pytest.mark.parametrize("name", PASSAGES)
def test_what_is_found_is_what_a_slow_reading_finds(matter: Matter, name: str) -> None:
    phrases = [list(phrase) for phrase in asked(matter.passage(name))]

    slow = {
        control
        for control, document in matter.documents.items()
        if control != matter.letter
        and any(
            _holds(text, phrase)
            for phrase in phrases
            for text in (
                matter.texts[control],
                document.name,
                document.text_of("subject"),
            )
        )
    }

    assert matter.found(name) == slow


def test_copies_replies_drafts_attachments_and_fields_that_hold_a_name(matter: Matter) -> None:
    expected = matter.named(
        "b.copy.txt", "c.reply.txt", "d.draft.txt", "f.lines.txt", "g.hyphen.txt", "h.case.txt",
        "i.html.html", "q.accents.txt", "Katarina.Brandvold.txt", "r.mail.eml", "y.txt",
    )  # fmt: skip

    assert matter.found("name") == expected


def test_a_reply_that_quotes_one_sentence_of_a_redacted_page(matter: Matter) -> None:
    assert matter.named("l.quoted.txt", "b.copy.txt") <= matter.found("page")
    assert not matter.named("j.other.txt", "m.common.txt") & matter.found("page")


def test_words_that_say_nothing_alone_are_asked_with_their_neighbours(matter: Matter) -> None:
    assert matter.named("m.common.txt") <= matter.found("stop words")
    assert not matter.named("n.katarina.txt") & matter.found("one word")
    assert matter.found("stop words alone") == set()
    assert matter.found("nothing") == set()


def test_a_document_is_asked_by_what_its_own_redactions_leave(matter: Matter) -> None:
    copy = next(iter(matter.named("b.copy.txt")))
    readings = [
        Left(matter.letter, "", (matter.passage("name"),)),
        Left(copy, "please pay [REDACTED – PII] from account", ()),
    ]

    rows = elsewhere.found(matter.searcher, readings, {*matter.documents}, matter.top)

    assert copy not in {row.control for row in rows}
    assert matter.found("name", "P.S. Katarina Brandvold") & {matter.letter}


def test_what_stays_behind_is_no_hit(matter: Matter) -> None:
    """An attachment whose parent is excluded goes out no more than the parent."""
    going = {*matter.documents} - matter.named("y.txt", "s.mail.eml")

    assert not matter.found("name", going=going) & matter.named("y.txt")


def test_a_subject_of_the_same_family_is_covered_when_it_is_written(matter: Matter) -> None:
    (attachment,) = matter.named("x.txt")
    reading = Left(attachment, "", (Passage(attachment, 1, "PII", "Katarina Brandvold"),))

    rows = elsewhere.found(matter.searcher, [reading], {*matter.documents}, matter.top)

    assert [row.how for row in rows if row.control in matter.named("r.mail.eml")] == ["holds it"]


def test_near_copies_count_where_they_hold_what_is_redacted(matter: Matter) -> None:
    def text(control: str) -> Text:
        return Text.of(matter.documents[control], matter.texts[control], 0)

    def whole(name: str) -> set[str]:
        left = Left(matter.letter, "", (matter.passage(name),))
        others = [text(control) for control in matter.documents if control != matter.letter]
        return {row.control for row in elsewhere.alike([(left, text(matter.letter))], others)}

    assert whole("name") == matter.named("b.copy.txt", "d.draft.txt", "e.draft.txt")
    assert whole("sentence") >= matter.named("b.copy.txt", "d.draft.txt", "e.draft.txt")


def test_ten_thousand_redactions_of_one_number_are_asked_once(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    times: list[object] = []
    mask = matter.searcher.engine.mask
    monkeypatch.setattr(matter.searcher.engine, "mask", lambda *a: times.append(a) or mask(*a))
    passages = tuple(Passage(matter.letter, n, "PII", "4417-1234-5678") for n in range(10_000))

    rows = elsewhere.found(
        matter.searcher, [Left(matter.letter, "", passages)], {*matter.documents}, matter.top
    )

    assert len(times) < 20
    assert {row.control for row in rows} == matter.found("number")


def test_long_passages_give_overlapping_stretches() -> None:
    chance = random.Random(4)
    words = [f"word{chance.randrange(10**6)}" for _ in range(61)]

    stretches = asked(Passage("FW1", 1, "PII", " ".join(words)))

    for start in range(len(words) - 11):
        quoted = words[start : start + 11]
        assert any(tuple(quoted[at : at + 8]) in stretches for at in range(4))
