"""`serve` as typed: three files, sealed, never overwritten; what stops it is listed."""

from __future__ import annotations

import hashlib
import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.requests import respond
from forthwith.cli.serve import serve
from forthwith.domain.acts import Act
from forthwith.domain.errors import ForthwithError
from forthwith.domain.requests import RESPONSE, Objection, RequestKind, ResponseState
from forthwith.record import acts as ledger
from forthwith.record import productions
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from forthwith.respond.registers.requests import RequestRegister, imported, responded
from tests.builders import answered, killed

DAY = ("--day", "2023-08-14")
ROWS = {
    "people": "id,name,standing,cites,disputed\nper,Per Lindqvist,sworn,ABC0001,\n",
    "statements": (
        "id,speaker,paper,sentence,claim,standing,cites\n"
        "s1,per,Declaration,Halden never signed.,,sworn,{cite}\n"
    ),
}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A matter with one sealed volume and a set answered in draft."""
    matter = Matter.create(tmp_path / "m", name="SEC v. Northgate", prefix="ABC")
    volume = productions.Production("VOL001", "sec/2021-08", "2023-06-17T00:00:00+00:00",
                                    "ABC0001", "ABC0009", 1, "", "0" * 64)  # fmt: skip
    held = [("FW1", "ABC0001", "ABC0004"), ("FW2", "ABC0005", "ABC0009")]
    with matter.engine.begin() as connection:
        productions.seal(connection, volume, held, {})
    ledger.write(matter, _acts())
    return matter.folder


def _acts(kind: RequestKind = RequestKind.RFP) -> list[Act]:
    made = imported(RequestRegister({}, ()), answered.made(kind), answered.TEXTS)
    return [*made, *(responded(each) for each in answered.RESPONSES)]


def typed(home: Path, *words: str | Path) -> Result:
    return CliRunner().invoke(serve, list(map(str, words)), obj=home, catch_exceptions=False)


def facts(home: Path, cite: str) -> Path:
    folder = home.parent / "facts"
    folder.mkdir(exist_ok=True)
    for name, rows in ROWS.items():
        (folder / f"{name}.csv").write_text(rows.format(cite=cite), encoding="utf-8")
    return folder


def test_responses_become_four_sealed_files(home: Path) -> None:
    done = typed(home, "responses", *DAY, "--json")

    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert said["paper"] == "responses/1"
    assert [Path(each).suffix for each in said["files"]] == [".docx", ".pdf", ".txt", ".json"]
    for each in map(Path, said["files"]):
        assert hashlib.sha256(each.read_bytes()).hexdigest() == said["sha256"][each.name]
    matter = Matter.open(home)
    body = ledger.read(matter).of("paper")["responses/1"].body
    assert (body["sha256"], body["signed"], body["day"]) == (said["sha256"], False, DAY[1])
    # The volume of these tests has numbers and no files.
    assert [each for each in verify(matter).broken if "manifest" not in each] == []


def test_a_paper_changed_since_is_named_by_verify(home: Path) -> None:
    typed(home, "responses", *DAY)
    changed = home / "papers" / "responses-1.txt"
    changed.chmod(0o644)
    changed.write_bytes(changed.read_bytes() + b" ")

    broken = verify(Matter.open(home)).broken
    assert "paper responses/1: papers/responses-1.txt was changed" in broken


def test_what_was_served_is_no_draft_any_more(home: Path) -> None:
    typed(home, "responses", *DAY)

    register = RequestRegister.read(ledger.read(Matter.open(home)))
    assert {each.response.served for each in register.standings if each.response} == {"responses/1"}
    assert register.standings[0].state is ResponseState.ANSWERED
    with pytest.raises(ForthwithError, match="served as responses/1 and none was drafted since"):
        typed(home, "responses", *DAY)


def test_a_changed_response_makes_the_next_version_amended(home: Path) -> None:
    typed(home, "responses", *DAY)
    first = (home / "papers" / "responses-1.txt").read_bytes()
    ledger.write(Matter.open(home), [responded(replace(answered.RESPONSES[1], text="None left."))])

    assert typed(home, "responses", *DAY).exit_code == 0
    assert b"AMENDED" in (home / "papers" / "responses-2.txt").read_bytes()
    assert (home / "papers" / "responses-1.txt").read_bytes() == first


def test_an_undecided_objection_stops_the_paper(home: Path) -> None:
    vague = replace(answered.RESPONSES[0], objections=(Objection("Vague"),))
    ledger.write(Matter.open(home), [responded(vague)])
    done = typed(home, "responses", *DAY)

    assert done.exit_code == 1
    assert "34(b)(2)(C)" in done.stdout
    assert "NOT SERVED: 1 thing to mend" in done.stdout
    assert not (home / "papers").exists()
    assert not ledger.read(Matter.open(home)).of("paper")


def test_no_file_is_overwritten_and_none_is_left_behind(home: Path) -> None:
    into = home.parent / "out"
    into.mkdir()
    (into / "responses-1.pdf").write_bytes(b"mine")

    with pytest.raises(ForthwithError, match="never overwritten"):
        typed(home, "responses", *DAY, "--into", into)
    assert [each.name for each in into.iterdir()] == ["responses-1.pdf"]
    assert (into / "responses-1.pdf").read_bytes() == b"mine"
    assert not ledger.read(Matter.open(home)).of("paper")


def test_equal_acts_give_equal_files(home: Path, tmp_path: Path) -> None:
    """The same ledger served twice, from two copies of a matter."""
    other = Matter.create(tmp_path / "n", name="SEC v. Northgate", prefix="ABC")
    acts = [replace(each, body={**each.body, "ranges": []}) if each.kind == RESPONSE else each
            for each in _acts()]  # fmt: skip
    ledger.write(other, acts)
    ledger.write(Matter.open(home), acts[-3:])
    typed(home, "responses", *DAY)
    typed(other.folder, "responses", *DAY)

    for name in ("responses-1.docx", "responses-1.pdf", "responses-1.txt"):
        assert (home / "papers" / name).read_bytes() == (
            other.folder / "papers" / name
        ).read_bytes()


def test_a_verification_needs_a_place(tmp_path: Path) -> None:
    matter = Matter.create(tmp_path / "i", name="SEC v. Northgate")
    sworn = [replace(each, verifier="Marisol Ortega", ranges=()) for each in answered.RESPONSES]
    made = imported(
        RequestRegister({}, ()), answered.made(RequestKind.INTERROGATORY), answered.TEXTS
    )
    ledger.write(matter, [*made, *map(responded, sworn)])

    with pytest.raises(ForthwithError, match="not said where the paper is signed"):
        typed(matter.folder, "verification", *DAY)
    done = typed(matter.folder, "verification", "--place", "Singapore", *DAY)
    assert done.exit_code == 0, done.output
    text = (matter.folder / "papers" / "verification-1.txt").read_text(encoding="utf-8-sig")
    assert "under the laws of the United States of America" in " ".join(text.split())
    assert "UNSIGNED" in text


def test_a_declaration_tells_the_drafter_beside_the_text(home: Path) -> None:
    words = ("--signer", "per", "--facts", facts(home, "ABC0002"), "--place", "London, England")
    done = typed(home, "declaration", *words, *DAY)

    assert done.exit_code == 1, done.output
    assert "1. [s1] UNSUPPORTED: Halden never signed." in done.stdout
    assert "1 sentence of 1 not clean" in done.stdout
    text = (home / "papers" / "declaration-1.txt").read_text(encoding="utf-8-sig")
    assert "1. Halden never signed. (ABC0002.)" in text
    assert "UNSUPPORTED" not in text


def test_what_was_said_in_a_mail_is_no_part_of_a_declaration(home: Path) -> None:
    """Unless its paper is named."""
    folder = facts(home, "ABC0002")
    with (folder / "statements.csv").open("a", encoding="utf-8") as held:
        held.write("s2,per,Mail of 4 May,Nobody else has a card.,,document,ABC0003\n")
    words = ("--signer", "per", "--facts", folder, "--place", "Singapore", *DAY)

    assert "Nobody else" not in typed(home, "declaration", *words).stdout
    typed(home, "declaration", *words, "--paper", "Mail")
    texts = [(home / "papers" / f"declaration-{at}.txt").read_text("utf-8-sig") for at in (1, 2)]
    assert ["Nobody else has a card." in each for each in texts] == [False, True]


def test_a_red_citation_stops_a_declaration(home: Path) -> None:
    words = ("--signer", "Per Lindqvist", "--facts", facts(home, "ABC0042"), "--place", "Singapore")
    done = typed(home, "declaration", *words, *DAY)

    assert done.exit_code == 1
    assert "cites ABC0042, which is in no sealed volume" in done.stdout
    assert "NOT SERVED" in done.stdout
    assert not (home / "papers").exists()


def test_an_unknown_speaker_is_told_who_there_is(home: Path) -> None:
    with pytest.raises(ForthwithError, match="Speakers: per"):
        typed(home, "declaration", "--signer", "nobody", "--facts", facts(home, "ABC0001"))


def test_the_other_side_reads_no_note_and_no_query(home: Path) -> None:
    """The file beside the paper is served too."""
    secret = replace(answered.RESPONSES[0], note="ask Kofi first", produce="custodian:ortega")
    ledger.write(Matter.open(home), [responded(replace(secret, ranges=(), text="By 1 September."))])
    typed(home, "responses", *DAY)

    text = (home / "papers" / "responses-1.json").read_text(encoding="utf-8")
    given = json.loads(text)
    assert given["form"] == "forthwith responses 1"
    assert given["set"] == {"name": answered.made().name, "kind": "rfp"}
    assert "ask Kofi" not in text
    assert "custodian:ortega" not in text
    assert {each["note"] for each in given["responses"].values()} == {""}


def test_a_letter_hands_a_sealed_volume_over(sealed: Path, tmp_path: Path) -> None:
    """Counts come from the delivered files; a request is mapped to the pages that answer it."""
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    matter = Matter.open(home)
    ledger.write(matter, imported(RequestRegister({}, ()), answered.made(), answered.TEXTS))
    CliRunner().invoke(respond, ["1", "--produce", "wallets"], obj=home, catch_exceptions=False)
    done = typed(home, "transmittal", "VOL001", *DAY)

    assert done.exit_code == 0, done.output
    text = " ".join((home / "papers/transmittal-1.txt").read_text("utf-8-sig").split())
    assert "first production in this matter, as volume VOL001" in text
    assert "Ortega, Marisol" in text
    assert "Request for Production No. 1" in text
    assert "No document of this volume is withheld as privileged." in text
    with pytest.raises(ForthwithError, match="no sealed volume 'VOL009'"):
        typed(home, "transmittal", "VOL009", *DAY)


def test_the_privilege_log_is_served_in_every_form(sealed: Path, tmp_path: Path) -> None:
    home = Path(shutil.copytree(sealed, tmp_path / "m"))
    done = typed(home, "privilege-log", *DAY, "--json")

    said = json.loads(done.stdout)
    endings = [Path(each).suffix for each in said["files"]]
    assert endings == [".docx", ".pdf", ".txt", ".xlsx", ".csv"]
    assert said["paper"] == "privilege-log/1"


@pytest.mark.parametrize("elsewhere", [False, True])
def test_a_killed_serve_needs_no_hands(home: Path, tmp_path: Path, elsewhere: bool) -> None:
    """Killed at any step, the paper is served once, by that run or by the next one, and whole."""
    step, names = 1, {f"responses-1.{ending}" for ending in ("docx", "pdf", "txt", "json")}
    while True:
        matter = shutil.copytree(home, tmp_path / str(step))
        out = matter / "out" if elsewhere else matter / "papers"
        words = ["responses", *DAY, *(["--into", "out"] if elsewhere else [])]

        def act(matter: Path = matter, words: list[str] = words) -> None:
            assert typed(matter, *words).exit_code == 0

        alive = not killed.at(step, act)
        assert not any(".new" in line for line in verify(Matter.seen(matter)).broken)
        served = ledger.read(Matter.open(matter)).of("paper")
        if not served:
            assert typed(matter, *words).exit_code == 0
        with Matter.open(matter).alone():
            pass
        verification = verify(Matter.open(matter))
        assert [line for line in verification.broken if "manifest" not in line] == []
        assert verification.notes == ()
        assert {path.name for path in out.iterdir()} == names
        assert list(ledger.read(Matter.open(matter)).of("paper")) == ["responses/1"]
        if alive:
            break
        step += 5 if elsewhere else 3
    assert step > 10


def test_a_paper_of_somebody_else_is_never_written_over(home: Path) -> None:
    """Not even where it comes between the journal and the names."""
    papers = home / "papers"
    papers.mkdir()
    (papers / "responses-1.txt").write_bytes(b"mine")

    with pytest.raises(ForthwithError, match="does not tell of it"):
        typed(home, "responses", *DAY)
    assert [path.name for path in papers.iterdir()] == ["responses-1.txt"]
    assert (papers / "responses-1.txt").read_bytes() == b"mine"
