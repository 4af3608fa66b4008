"""The gate before a production: each rule red, green or waiting, and what it stops."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa
from PIL import Image

from forthwith.domain.gate import Gate, GateClosedError, Light, NotToBeAcceptedError, RuleName
from forthwith.domain.redactions import Redaction, RedactionState, Shape
from forthwith.process.run import process
from forthwith.record import looks, redactions, tables, verify
from forthwith.review.privilege.claims import Basis
from forthwith.workflows import privilege
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.produce import ProducedVolume, ProductionOptions, produce
from forthwith.workflows.progress import SILENT
from forthwith.workflows.room import draft, redacting, sampling
from forthwith.workflows.room.redacting import Drawn
from forthwith.workflows.room.room import NotShownError, RefusedError, Room
from forthwith.workflows.room.sampling import NotSampledError
from tests.builders import evidence
from tests.builders import reviewed_room as made
from tests.builders.reviewed_room import NO, YES, seer

OPTIONS = ProductionOptions("VOL001", date(2026, 2, 9), workers=1)


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a matter of ten documents and people, made once."""
    folder = tmp_path_factory.mktemp("gate")
    made.room(folder).close()
    return folder / "matter"


@pytest.fixture
def room(tmp_path: Path, ready: Path) -> Iterator[Room]:
    """A copy of it."""
    shutil.copytree(ready, tmp_path / "matter")
    opened = Room.open(tmp_path / "matter")
    yield opened
    opened.close()


def twins(room: Room) -> tuple[str, str]:
    """Return the two copies of the memo, in two families."""
    columns = room.standing().columns
    first, second = [
        control
        for control in made.controls(room)
        if room.standing().store.row(columns.place[control]).name == "memo.txt"
    ]
    return first, second


def asked(room: Room, login: str = "desk", **options: object) -> Gate:
    """Return the gate as somebody is shown it."""
    return draft.ask(room, seer(room, login), replace(OPTIONS, **options))  # type: ignore[arg-type]


def light(room: Room, name: RuleName, login: str = "desk") -> Light:
    """Return where one rule stands."""
    return asked(room, login).rule(name).light


def make(room: Room, **options: object) -> ProducedVolume:
    """Produce a volume."""
    with CaseFile.open(room.matter.folder).alone() as case:
        return produce(case, replace(OPTIONS, **options), SILENT)  # type: ignore[arg-type]


def redact(room: Room, control: str, word: str, *, propose: bool = False) -> Redaction:
    """Draw a box over the first place of a word on a document's first page."""
    from forthwith.workflows.room import pages

    view = room.view(seer(room, "lead"))
    place = view.place(control)
    found = next(w for w in pages.words(view, place, 0) if word in w.text)
    drawn = Drawn(Shape.BOX, "PII", 1, ((found.x, found.y, found.w, found.h),))
    return redacting.draw(room, view.seer, control, drawn, propose=propose)[0]


def look_at_all(room: Room, login: str = "desk", *, good: bool = True) -> None:
    """Look at every page of the sample."""
    view = room.view(seer(room, login))
    drawn = draft.draft_of(view, OPTIONS)
    wanted = [(page.control, page.page) for page in asked(room, login).sample]
    sampling.look(view, drawn, wanted, good=good, note="" if good else "cut off")


def test_a_matter_without_a_room_is_stopped_by_nothing_new(tmp_path: Path) -> None:
    folder = evidence.write(tmp_path / "one", a_txt=b"A list of names.\n", b_eml=evidence.mail())
    matter = evidence.matter(tmp_path / "matter", folder)
    process(matter, workers=1)

    with CaseFile(matter).alone() as case:
        done = produce(case, OPTIONS, SILENT)

    assert done.sealed
    assert done.gate is not None
    lights = {rule.name: rule.light for rule in done.gate.rules}
    assert lights.pop(RuleName.FAMILIES) is Light.GREEN
    assert lights.pop(RuleName.PRIVILEGE) is Light.GREEN
    assert lights.pop(RuleName.CHECK) is Light.WAITING
    assert set(lights.values()) == {Light.ABSENT}


def test_where_people_have_accounts_somebody_looks_at_a_sample(room: Room) -> None:
    with pytest.raises(GateClosedError, match="0 of 10 pages drawn are looked at"):
        make(room)

    look_at_all(room)

    assert make(room).sealed


def test_a_look_does_not_count_once_the_page_has_changed_and_does_where_it_has_not(
    room: Room,
) -> None:
    look_at_all(room)
    control = made.controls(room)[-1]

    redact(room, control, "names")

    gate = asked(room)
    assert gate.rule(RuleName.SAMPLE).light is Light.WAITING
    assert gate.rule(RuleName.SAMPLE).documents == (control,)
    assert gate.sample[0].control == control
    assert gate.sample[0].redacted


def test_a_bad_page_stops_it_and_cannot_be_accepted(room: Room) -> None:
    view = room.view(seer(room, "desk"))
    drawn = draft.draft_of(view, OPTIONS)
    look_at_all(room)
    first = asked(room).sample[0]
    with pytest.raises(NotSampledError, match="Say in a note"):
        sampling.look(view, drawn, [(first.control, first.page)], good=False)

    sampling.look(view, drawn, [(first.control, first.page)], good=False, note="cut off")

    rule = asked(room).rule(RuleName.SAMPLE)
    assert (rule.light, rule.documents) == (Light.RED, (first.control,))
    assert "cut off" in rule.sentence
    with pytest.raises(NotToBeAcceptedError, match="found a page of it bad"):
        asked(room, accept_rule=("sample",), reason="no time")


def test_a_page_that_was_not_drawn_or_changed_meanwhile_is_not_looked_at(room: Room) -> None:
    view = room.view(seer(room, "desk"))
    drawn = draft.draft_of(view, OPTIONS)
    control = made.controls(room)[0]
    for page in (2, 99):
        with pytest.raises(NotSampledError, match="not in the sample"):
            sampling.look(view, drawn, [(control, page)], good=True)
    with pytest.raises(NotSampledError, match="has changed since you saw it"):
        sampling.look(view, drawn, [(control, 1)], good=True, seen="0" * 64)
    with pytest.raises(NotShownError):
        sampling.page_to_look_at(room, view.seer, control, 0)
    with room.matter.engine.connect() as connection:
        assert looks.every(connection) == []


def test_a_page_is_looked_at_as_it_goes_out(room: Room) -> None:
    control = made.controls(room)[-1]
    before = sampling.page_to_look_at(room, seer(room, "desk"), control, 1)
    row = redact(room, control, "names")

    after = sampling.page_to_look_at(room, seer(room, "desk"), control, 1)

    assert before.seen != after.seen
    assert row.box is not None
    left, top, width, height = row.box
    image = Image.open(io.BytesIO(after.data)).convert("L")
    assert image.getpixel((left + 1, top + 1)) == 0
    assert image.getpixel((left + width - 2, top + height - 2)) == 0


def test_a_look_is_proven_by_the_journal(room: Room) -> None:
    look_at_all(room)
    assert verify.verify(room.matter).broken == ()

    with room.matter.writing() as connection:
        connection.execute(sa.update(tables.looks).where(tables.looks.c.id == 2).values(note="x"))

    assert [line for line in verify.verify(room.matter).broken if "look at a page 2" in line]


def test_what_nobody_coded_stops_it_until_it_is_accepted_and_the_letter_says_so(
    room: Room,
) -> None:
    controls = made.controls(room)
    made.code(room, "lead", controls[-1], **YES)
    rule = asked(room).rule(RuleName.CODED)
    assert (rule.light, rule.documents) == (Light.RED, tuple(controls[:-1]))
    with pytest.raises(GateClosedError, match="nobody coded"):
        make(room)
    with pytest.raises(NotToBeAcceptedError, match="say why"):
        make(room, accept_rule=("coded",))

    done = make(room, accept_rule=("coded", "sample"), reason="Agreed by letter of 3 May.")

    assert done.sealed
    letter = done.folder / "DATA" / "VOL001_TRANSMITTAL.TXT"
    texts = [path for path in done.folder.rglob("*") if "TRANSMITTAL" in path.name.upper()]
    assert letter or texts
    with room.matter.engine.connect() as connection:
        body = connection.scalar(
            sa.select(tables.journal.c.body).where(tables.journal.c.action == "seal")
        )
    assert "Agreed by letter of 3 May." in str(body)


def test_a_batch_that_is_not_done_stops_it(room: Room) -> None:
    for control in made.controls(room):
        made.code(room, "lead", control, **NO)
    assert light(room, RuleName.CODED) is Light.GREEN

    made.batch(room, "lin")

    rule = asked(room).rule(RuleName.CODED)
    assert rule.light is Light.RED
    assert "1 batch of it is not done: B0001" in rule.sentence


def test_rules_that_are_cured_are_not_accepted(room: Room) -> None:
    for name in ("conflicts", "twins", "redactions", "placeholders", "privilege", "check"):
        with pytest.raises(NotToBeAcceptedError, match="not accepted but cured"):
            asked(room, accept_rule=(name,), reason="x")
    with pytest.raises(NotToBeAcceptedError, match="the rules that may be are"):
        asked(room, accept_rule=("all",), reason="x")
    with pytest.raises(NotToBeAcceptedError, match="does not stop"):
        asked(room, accept_rule=("families",), reason="x")


def test_a_proposal_nobody_decided_on_stops_it(room: Room) -> None:
    control = made.controls(room)[-1]
    row = redact(room, control, "names", propose=True)
    rule = asked(room).rule(RuleName.REDACTIONS)
    assert (rule.light, rule.documents) == (Light.RED, (control,))

    redacting.decide(room, seer(room, "lead"), [row.id], accept=True)

    assert light(room, RuleName.REDACTIONS) is Light.GREEN


def test_a_box_on_a_page_painted_differently_today_stops_it(room: Room) -> None:
    control = made.controls(room)[-1]
    row = redact(room, control, "names")
    moved = replace(row, id=0, replaces=row.id, drawn_on="0" * 64)
    redactions.save(room.matter, [moved], made.BY)

    rule = asked(room).rule(RuleName.REDACTIONS)

    assert (rule.light, rule.documents) == (Light.RED, (control,))
    assert "painted otherwise today" in rule.sentence


def test_a_copy_that_would_go_out_whole_is_a_conflict_until_it_is_redacted_too(room: Room) -> None:
    memo, other = twins(room)
    redact(room, memo, "wallets")
    gate = asked(room)
    assert gate.rule(RuleName.CONFLICTS).light is Light.RED
    assert f"{memo} is redacted, and {other} would go out whole" in (
        gate.rule(RuleName.CONFLICTS).sentence
    )
    assert other in gate.rule(RuleName.ELSEWHERE).documents

    redact(room, other, "wallets")

    gate = asked(room)
    assert gate.rule(RuleName.CONFLICTS).light is Light.ABSENT
    assert gate.rule(RuleName.ELSEWHERE).light is Light.GREEN


def test_a_copy_withheld_goes_out_nowhere(room: Room) -> None:
    memo, other = twins(room)
    redact(room, memo, "wallets")
    with CaseFile.open(room.matter.folder).alone() as case:
        privilege.claim(
            case,
            [other],
            ClaimOptions(basis=(Basis.ATTORNEY_CLIENT,), description="Advice on keys."),
        )

    gate = asked(room)

    assert other not in gate.rule(RuleName.ELSEWHERE).documents
    assert gate.rule(RuleName.PLACEHOLDERS).documents == (other,)


def test_nobody_is_told_of_what_is_walled_off(room: Room) -> None:
    memo, other = twins(room)
    last = made.controls(room)[-1]
    redact(room, memo, "wallets")
    made.code(room, "lead", memo, **YES)
    made.code(room, "lead", other, **NO)
    made.wall(room, "desk", other, last)

    whole, part = asked(room, "lead"), asked(room, "desk")

    hidden = {*made.controls(room)} - {
        control
        for control, at in room.standing().columns.place.items()
        if room.mask(seer(room, "desk"))[at]
    }
    assert {other, last} <= hidden
    assert hidden & set(whole.rule(RuleName.CONFLICTS).documents)
    for rule in part.rules:
        assert not hidden & set(rule.documents)
        assert not any(control in rule.sentence + rule.cure for control in hidden)
    assert part.documents == whole.documents - len(hidden)
    assert not hidden & {page.control for page in part.sample}
    with pytest.raises(NotShownError):
        sampling.page_to_look_at(room, seer(room, "desk"), other, 1)


def test_only_who_produces_or_leads_is_shown_the_gate(room: Room) -> None:
    for login in ("lin", "reyes", "counsel", "office", "watch"):
        with pytest.raises(RefusedError):
            asked(room, login)
        with pytest.raises((NotShownError, RefusedError)):
            sampling.page_to_look_at(room, seer(room, login), made.controls(room)[0], 1)
    assert asked(room, "desk").draft == asked(room, "lead").draft


def test_a_change_of_documents_or_redactions_is_another_draft(room: Room) -> None:
    before = asked(room).draft
    control = made.controls(room)[-1]
    row = redact(room, control, "names")
    after = asked(room).draft
    assert before != after

    gone = replace(row, id=0, replaces=row.id, state=RedactionState.REMOVED)
    redactions.save(room.matter, [gone], made.BY)

    assert asked(room).draft == before
