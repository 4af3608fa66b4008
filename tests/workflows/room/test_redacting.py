"""Redacting: who may draw what where, what becomes of it, and what a search would draw."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator
from dataclasses import replace

import pytest
import xlsxwriter

from forthwith.domain.cell_ranges import SpanError
from forthwith.domain.redactions import RedactionState, Shape
from forthwith.domain.users import Role, Seer
from forthwith.process.run import process
from forthwith.record import journal
from forthwith.record import redactions as kept
from forthwith.record.redactions import StaleRedactionError
from forthwith.record.verify import verify
from forthwith.standards import loader
from forthwith.workflows import receive
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.room import exhibits, pages, redacting, redacting_search
from forthwith.workflows.room.redacting import Drawn, NotDrawnError, NothingToUndoError
from forthwith.workflows.room.redacting_search import PreviewChangedError, SearchRedactError
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from tests.builders import evidence, pdf, rooms
from tests.builders.volume import sound

PII, PRIVILEGED = "PII", "AC"
MEMO = b"Pay Solano from account 44170000 today.\nThe quorum is two of three.\nAsk Okafor.\n"


def workbook() -> bytes:
    held = io.BytesIO()
    with xlsxwriter.Workbook(held, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Fees 2022")
        sheet.write_row(0, 0, ["Name", "Account"])
        sheet.write_row(1, 0, ["Solano", "44170000"])
        book.add_worksheet("Empty").hide()
        sheet.write_row(4, 0, ["Fees", 12, 30])
        for column, formula in ((3, "=B5+C5"), (4, "=D5*2")):
            sheet.write_formula(4, column, formula, None, 42)
    return held.getvalue()


def recording() -> bytes:
    held = io.BytesIO()
    with wave.open(held, "wb") as made:
        made.setparams((1, 2, 8000, 0, "NONE", "not compressed"))
        made.writeframes(bytes(2 * 8000 * 40))
    return held.getvalue()


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Room]:
    place = tmp_path_factory.mktemp("redacting")
    loose = evidence.write(
        place / "in",
        a_txt=MEMO,
        b_xlsx=workbook(),
        c_wav=recording(),
        d_pdf=pdf.pages("Hello Solano", "second"),
        e_pdf=b"%PDF-1.4 and nothing more",
        f_txt=b"Nothing of note.\n",
    )
    matter = evidence.matter(place / "m", loose)
    process(matter, workers=1)
    receive.receive(CaseFile(matter), [sound().write(place)], "Halden", loader.load(), workers=1)
    made = Room(matter)
    for login, role in (
        ("lead", Role.LEAD), ("maker", Role.PRODUCTION), ("counsel", Role.PRIVILEGE),
        ("watcher", Role.OBSERVER),
    ):  # fmt: skip
        rooms.person(made, login, role)
    yield made
    made.close()


@pytest.fixture
def lead(room: Room) -> Iterator[Seer]:
    """Who may do everything; what they drew is removed after."""
    seer = room.seer("lead", "password")
    yield seer
    for shown in redacting.listed(room, seer):
        redacting.remove(room, seer, shown.redaction.control, [shown.redaction.id])


def of(room: Room, name: str) -> str:
    """Return the control number of a file, or the first of theirs."""
    columns, store = room.standing().columns, room.standing().store
    rows = store.rows(range(len(columns)))
    if name == "theirs":
        return next(columns.controls[row.place] for row in rows if columns.theirs[row.place])
    return next(columns.controls[row.place] for row in rows if row.name == name)


def word(room: Room, seer: Seer, control: str, text: str) -> tuple[int, int, int, int]:
    view = room.view(seer)
    words = pages.words(view, view.place(control), 0)
    found = next(word for word in words if text in word.text)
    return found.x, found.y, found.w, found.h


def test_a_box_snaps_to_whole_words_and_keeps_its_page(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    x, y, w, h = word(room, lead, control, "44170000")
    half = (x + w // 3, y + 2, w // 4, h - 2)

    (drawn,) = redacting.draw(room, lead, control, Drawn(Shape.BOX, "pii", 1, (half,)))
    again = redacting.draw(room, lead, control, Drawn(Shape.BOX, PII, 1, (half,)))

    assert drawn.box is not None
    assert drawn.box[0] <= x
    assert drawn.box[0] + drawn.box[2] >= x + w
    assert (drawn.reason, drawn.covers, len(drawn.drawn_on)) == (PII, True, 32)
    assert again == [drawn]
    (shown,) = redacting.of_document(room, lead, control)
    assert (shown.redaction, shown.look_again, shown.may) == (drawn, False, ("change",))
    with room.matter.engine.connect() as connection:
        entry = journal.last_of(connection, kept.ACTION)
    assert entry is not None
    assert (entry.who, entry.known_by) == ("lead", "password")
    assert "44170000" not in entry.body
    assert verify(room.matter).broken == ()


@pytest.mark.parametrize(
    ("name", "drawn", "error"),
    [
        ("a.txt", Drawn(Shape.BOX, "none such", 1, ((1, 1, 90, 90),)), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 2, ((1, 1, 90, 90),)), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 0, ((1, 1, 90, 90),)), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 1, ((1, 1, 3, 90),)), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 1, ((2500, 1, 90, 90),)), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 1), NotDrawnError),
        ("a.txt", Drawn(Shape.BOX, PII, 1, ((1, 1, 90, 90),), note="\x1b[2J"), NotDrawnError),
        ("a.txt", Drawn(Shape.SECONDS, PII, span="1-2"), NotDrawnError),
        ("a.txt", Drawn(Shape.CELLS, PII, span="S!A1"), NotDrawnError),
        ("b.xlsx", Drawn(Shape.PAGE, PII, 1), NotDrawnError),
        ("b.xlsx", Drawn(Shape.CELLS, PII, span="Fees!A1"), NotDrawnError),
        ("b.xlsx", Drawn(Shape.CELLS, PII, span="A1"), SpanError),
        ("b.xlsx", Drawn(Shape.CELLS, PII, span="Empty!A1"), NotDrawnError),
        ("c.wav", Drawn(Shape.SECONDS, PII, span="12-41"), NotDrawnError),
        ("e.pdf", Drawn(Shape.PAGE, PII, 1), NotDrawnError),
        ("theirs", Drawn(Shape.PAGE, PII, 1), RefusedError),
    ],
)  # fmt: skip
def test_what_cannot_stand_is_refused(
    room: Room, lead: Seer, name: str, drawn: Drawn, error: type[Exception]
) -> None:
    with pytest.raises(error):
        redacting.draw(room, lead, of(room, name), drawn)
    assert redacting.listed(room, lead) == []


def test_cells_and_seconds_are_kept_in_one_form(room: Room, lead: Seer) -> None:
    book, tape = of(room, "b.xlsx"), of(room, "c.wav")

    column, *_ = redacting.draw(room, lead, book, Drawn(Shape.CELLS, PII, span="'fees 2022'!b:b"))
    (stretch,) = redacting.draw(room, lead, tape, Drawn(Shape.SECONDS, PII, span="0:12-0:31.50"))

    assert (column.span, column.page) == ("'Fees 2022'!B1:B5", 0)
    assert stretch.span == "12-31.5"
    assert all(shown.look_again is False for shown in redacting.listed(room, lead))


def test_a_box_lets_go_of_the_next_line_and_keeps_what_is_no_word(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    x, y, w, h = word(room, lead, control, "44170000")
    deep = (x + 4, y + 2, w - 8, 2 * h - 8)

    (drawn,) = redacting.draw(room, lead, control, Drawn(Shape.BOX, PII, 1, (deep,)))

    assert drawn.box is not None
    assert drawn.box[1] + drawn.box[3] <= y + h + 4


def test_the_sheets_of_a_workbook_are_shown_to_be_drawn_on(room: Room, lead: Seer) -> None:
    fees, empty = redacting.sheets(room, lead, of(room, "b.xlsx"))

    assert (fees.name, fees.rows, fees.columns) == ("Fees 2022", 5, 5)
    assert fees.shown[1] == (2, ("Solano", "44170000"))
    assert (empty.rows, empty.shown) == (0, ())
    with pytest.raises(NotDrawnError, match="no workbook"):
        redacting.sheets(room, lead, of(room, "a.txt"))


def test_cells_whose_formulas_rest_on_redacted_ones_are_proposed(room: Room, lead: Seer) -> None:
    book = of(room, "b.xlsx")
    drawn, *resting = redacting.draw(
        room, lead, book, Drawn(Shape.CELLS, PII, span="'Fees 2022'!B5")
    )

    assert drawn.covers
    assert [(row.span, str(row.state), row.note) for row in resting] == [
        ("'Fees 2022'!D5", "proposed", redacting.RESTS),
        ("'Fees 2022'!E5", "proposed", redacting.RESTS),
    ]
    redacting.draw(room, lead, book, Drawn(Shape.CELLS, PII, span="'Fees 2022'!C5"))
    assert len(redacting.listed(room, lead)) == 4


def test_what_is_left_of_a_page_holds_no_half_word(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    x, y, w, h = word(room, lead, control, "44170000")
    with pytest.raises(NotDrawnError, match="half a word"):
        redacting.draw(room, lead, control, Drawn(Shape.INVERSE, PII, 1, ((x + 2, y, w // 2, h),)))
    keeps = (0, y - 10, x + w // 2, 2 * h)
    drawn, *cut = redacting.draw(room, lead, control, Drawn(Shape.INVERSE, PII, 1, (keeps,)))
    assert drawn.box == keeps
    view = room.view(lead)
    words = pages.words(view, view.place(control), 0)
    halves = [
        other
        for other in words
        if other.x < x + w // 2 < other.x + other.w and y - 10 < other.y + other.h / 2 < y + h
    ]
    assert [word.text for word in halves] == ["44170000"]
    for half in halves:
        assert any(
            box.box is not None
            and box.box[0] <= half.x
            and box.box[0] + box.box[2] >= half.x + half.w
            for box in cut
        )
    assert all(box.covers and box.note == redacting.CUT for box in cut)


def test_who_may_not_claim_privilege_proposes_it(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    maker = room.seer("maker", "password")
    whole = Drawn(Shape.PAGE, PRIVILEGED, 1)
    (proposed,) = redacting.draw(room, maker, control, whole)

    assert proposed.state is RedactionState.PROPOSED
    with pytest.raises(RefusedError, match="claim privilege"):
        redacting.decide(room, maker, [proposed.id], accept=True)
    (standing,) = redacting.decide(room, lead, [proposed.id], accept=True)
    assert standing.covers
    with pytest.raises(RefusedError, match="claims privilege"):
        redacting.remove(room, maker, control, [standing.id])
    with pytest.raises(StaleRedactionError, match="lead"):
        redacting.decide(room, lead, [proposed.id], accept=False)
    with room.matter.engine.connect() as connection:
        assert [row.id for row in kept.covering(connection)[control]] == [standing.id]


def test_a_reviewer_proposes_in_their_batch_alone(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    nobody = rooms.person(room, "idle", Role.REVIEWER)
    watcher = room.seer("watcher", "password")
    for seer in (nobody, watcher):
        with pytest.raises(NotShownError):
            redacting.draw(room, seer, control, Drawn(Shape.PAGE, PII, 1))
        assert redacting.listed(room, seer) == []
    (drawn,) = redacting.draw(room, lead, control, Drawn(Shape.PAGE, PII, 1))
    for seer in (nobody, watcher):
        with pytest.raises(NotShownError):
            redacting.decide(room, seer, [drawn.id], accept=False)
        with pytest.raises(NotShownError):
            redacting.history(room, seer, control)
        assert redacting.changed_since(room, seer, 0) == []


def test_of_two_who_change_one_redaction_the_later_is_refused(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    (drawn,) = redacting.draw(room, lead, control, Drawn(Shape.PAGE, PII, 1))
    theirs = redacting.change(
        room, room.seer("maker", "password"), control, drawn.id, reason="Account"
    )

    with pytest.raises(StaleRedactionError) as stale:
        redacting.change(room, lead, control, drawn.id, reason="BSA")
    assert stale.value.theirs == theirs
    with pytest.raises(StaleRedactionError):
        redacting.remove(room, lead, control, [drawn.id])


def test_undo_takes_back_drawing_removing_and_deciding(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")

    def states() -> list[str]:
        return [str(shown.redaction.state) for shown in redacting.of_document(room, lead, control)]

    whole = Drawn(Shape.PAGE, PII, 1)
    redacting.draw(room, lead, control, whole)
    redacting.undo(room, lead)
    assert states() == []
    redacting.undo(room, lead)
    assert states() == ["standing"]
    (shown,) = redacting.of_document(room, lead, control)
    redacting.change(room, lead, control, shown.redaction.id, reason="BSA")
    redacting.undo(room, lead)
    assert [row.redaction.reason for row in redacting.of_document(room, lead, control)] == [PII]
    (shown,) = redacting.of_document(room, lead, control)
    redacting.remove(room, lead, control, [shown.redaction.id])
    (proposed,) = redacting.draw(room, lead, control, whole, propose=True)
    redacting.decide(room, lead, [proposed.id], accept=True)
    redacting.undo(room, lead)
    assert states() == ["proposed"]
    with pytest.raises(NothingToUndoError):
        redacting.undo(room, room.seer("counsel", "password"))
    assert verify(room.matter).broken == ()


def test_a_box_on_a_page_that_is_another_today_is_looked_at_again(room: Room, lead: Seer) -> None:
    """It is not accepted, stays where it is, and is drawn anew by whoever looked."""
    control = of(room, "a.txt")
    whole = Drawn(Shape.PAGE, PII, 1)
    (drawn,) = redacting.draw(room, lead, control, whole, propose=True)
    older = replace(drawn, drawn_on="f" * 32, replaces=drawn.id)
    (older,) = kept.save(room.matter, [older], ("lead", "a test"))

    (shown,) = redacting.of_document(room, lead, control)
    assert shown.look_again
    with pytest.raises(NotDrawnError, match="another today"):
        redacting.decide(room, lead, [older.id], accept=True)
    fresh = redacting.change(room, lead, control, older.id)
    assert fresh.drawn_on == drawn.drawn_on
    assert redacting.decide(room, lead, [fresh.id], accept=True)[0].covers


def test_a_search_draws_what_its_preview_showed_or_nothing(room: Room, lead: Seer) -> None:
    """Hits on pages get boxes, hits in a workbook their cells."""
    query = "solano OR 44170000"
    seen = redacting_search.preview(room, lead, query, PII)

    assert (seen.documents, seen.unboxed, seen.failed, seen.proposed) == (3, 0, (), True)
    assert seen.boxes == 5
    rows = redacting_search.keep(room, lead, query, PII, seen.token)
    assert {row.state for row in rows} == {RedactionState.PROPOSED}
    assert {row.span for row in rows if row.span} == {"'Fees 2022'!A2", "'Fees 2022'!B2"}
    with pytest.raises(PreviewChangedError):
        redacting_search.keep(room, lead, query, PII, seen.token)
    assert redacting_search.preview(room, lead, query, PII).already == 5

    waiting, numbers = redacting_search.waiting(room, lead, reason=PII)
    assert (waiting.boxes, len(numbers)) == (5, 5)
    redacting.decide(room, lead, numbers[:1], accept=False)
    with pytest.raises(PreviewChangedError):
        redacting_search.decide(room, lead, waiting.token, accept=True, reason=PII)
    waiting, _ = redacting_search.waiting(room, lead, reason=PII)
    done = redacting_search.decide(room, lead, waiting.token, accept=True, reason=PII)
    assert all(row.covers for row in done)
    assert verify(room.matter).broken == ()


def test_a_search_says_what_no_page_shows_and_what_is_too_much(room: Room, lead: Seer) -> None:
    seen = redacting_search.preview(room, lead, "sheet OR fees", PII)
    assert (seen.boxes, seen.unboxed_documents) == (1, 1)
    assert "no page shows" in " ".join(redacting_search.sentences(seen))
    with pytest.raises(SearchRedactError, match="at most 1 "):
        redacting_search.preview(room, lead, "solano", PII, most=1)
    with pytest.raises(SearchRedactError):
        redacting_search.preview(room, lead, " ", PII)


def test_no_exhibit_is_made_of_what_is_redacted(room: Room, lead: Seer) -> None:
    control = of(room, "a.txt")
    redacting.draw(room, lead, control, Drawn(Shape.PAGE, PII, 1))
    with pytest.raises(exhibits.NoExhibitError, match="not redacted"):
        exhibits.make(room, lead, exhibits.NewExhibit(control))
