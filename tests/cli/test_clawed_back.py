"""What every paper does once a produced document is claimed, and once its volume is replaced."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from forthwith.domain.bates import Bates
from forthwith.record import acts, productions
from forthwith.record.matter import Matter
from forthwith.respond.registers.requests import RequestRegister
from tests.builders import evidence
from tests.cli.conftest import Command

DAY = ("--day", "2023-07-01", "--workers", "1")


@pytest.fixture(scope="module")
def _produced(run: Command, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("produced")
    loose = evidence.write(
        place / "in",
        a_txt=b"A plan of wallets.\n" + b"line of text\n" * 200,
        b_txt=b"The wallets once more, in other words.\n",
        c_txt=b"A third thing about keys in the spring.\n",
    )
    made = evidence.matter(place / "m", loose)
    made.engine.dispose()
    home = made.folder
    (place / "asked.txt").write_text("REQUEST NO. 1: All about wallets.\n", encoding="utf-8")
    for words in (
        ("process", "--workers", "1"),
        ("produce", "VOL001", *DAY),
        ("requests", "import", place / "asked.txt", "--set", "First RFPs", "--kind", "rfp",
         "--served", "2023-06-20", "--by", "email"),
        ("respond", "1", "--produce", "wallets", "--text", "Produced."),
    ):  # fmt: skip
        done = run("-C", home, *words)
        assert done.exit_code == 0, done.output
    return home


@pytest.fixture
def home(_produced: Path, tmp_path: Path) -> Path:
    """Three documents in VOL001, the first of several pages; one request, answered by two."""
    return Path(shutil.copytree(_produced, tmp_path / "m"))


def claimed(run: Command, home: Path) -> None:
    done = run("-C", home, "privilege", "claim", first(home), "--basis", "AC",
               "--description", "Letter to counsel")  # fmt: skip
    assert done.exit_code == 0, done.output


def replaced(run: Command, home: Path) -> None:
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", *DAY)
    assert done.exit_code == 0, done.output


def first(home: Path) -> str:
    return min(numbers(home))


def numbers(home: Path) -> dict[str, tuple[str, str, str]]:
    with Matter.open(home).engine.connect() as connection:
        return productions.numbers(connection)


def test_a_slip_sheet_takes_every_page_of_what_it_replaces(run: Command, home: Path) -> None:
    """Else each document after it moves, and a page once cited is another document's."""
    before = {each: span[1:] for each, span in numbers(home).items()}
    _, start, end = numbers(home)[first(home)]
    assert (Bates.parse(start).pages_to(Bates.parse(end)) or 0) > 1
    claimed(run, home)
    replaced(run, home)

    assert {each: span[1:] for each, span in numbers(home).items()} == before
    assert {each[0] for each in numbers(home).values()} == {"VOL001_R1"}
    assert not list((home / "volumes/VOL001_R1/NATIVES").rglob(f"{start}.*"))


def test_what_is_withheld_is_called_back_and_the_letter_says_what_differs(
    run: Command, home: Path
) -> None:
    """Fed. R. Civ. P. 26(b)(5)(B): the claim and its basis, to whoever received the document."""
    _, start, end = numbers(home)[first(home)]
    claimed(run, home)
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", *DAY,
               "--reason", "A letter to counsel was produced by mistake.")  # fmt: skip
    assert done.exit_code == 0, done.output
    assert "1 document called back" in done.output

    data = home / "volumes/VOL001_R1/DATA"
    notice = " ".join((data / "VOL001_R1_CLAWBACK_NOTICE.TXT").read_text("utf-8-sig").split())
    for said in (
        "Fed. R. Civ. P. 26(b)(5)(B)", f"{start} to {end}", "PRIV-0001",
        "Attorney-Client: Letter to counsel", "A letter to counsel was produced by mistake.",
    ):  # fmt: skip
        assert said in notice
    listed = csv_rows(data / "VOL001_R1_CLAWBACK_NOTICE.CSV")
    assert [(row["FIRSTBATES"], row["LASTBATES"], row["WHAT"]) for row in listed] == [
        (start, end, "document")
    ]
    letter = " ".join((data / "VOL001_R1_TRANSMITTAL.TXT").read_text("utf-8-sig").split())
    assert "The reason: A letter to counsel was produced by mistake." in letter
    assert "1 document is not as in volume VOL001" in letter
    assert [row["DIFFERENT"] for row in csv_rows(data / "VOL001_R1_CHANGES.CSV")] == ["withheld"]


def test_the_native_that_holds_what_is_withheld_is_called_back_too(
    run: Command, tmp_path: Path
) -> None:
    """The mail's file carries the attachment inside it, whatever the slip-sheet says."""
    mail = evidence.mail("Minutes", ("advice.txt", b"Counsel advises to keep the quorum.\n"))
    loose = evidence.write(tmp_path / "in", m_eml=mail)
    home = evidence.matter(tmp_path / "m", loose).folder
    for words in (("process", "--workers", "1"), ("produce", "VOL001", *DAY)):
        assert run("-C", home, *words).exit_code == 0
    top, attached = sorted(numbers(home))
    claim = ("--basis", "AC", "--description", "Advice", "--family", "part", "--because", "minutes")
    assert run("-C", home, "privilege", "claim", attached, *claim).exit_code == 0
    replaced(run, home)

    data = home / "volumes/VOL001_R1/DATA"
    listed = csv_rows(data / "VOL001_R1_CLAWBACK_NOTICE.CSV")
    assert [(row["FIRSTBATES"], row["WHAT"]) for row in listed] == [
        (numbers(home)[top][1], "native"),
        (numbers(home)[attached][1], "document"),
    ]


def test_only_the_pages_withheld_are_others(run: Command, home: Path) -> None:
    claimed(run, home)
    replaced(run, home)

    old, new = (images(home / "volumes" / name) for name in ("VOL001", "VOL001_R1"))
    start, end = (Bates.parse(each) for each in numbers(home)[first(home)][1:])
    slip = {str(start.plus(index)) for index in range(start.pages_to(end) or 0)}
    assert old.keys() == new.keys()
    assert {stem for stem in old if old[stem] != new[stem]} == slip


def test_a_page_that_is_not_as_it_was_sealed_is_drawn_again(run: Command, home: Path) -> None:
    old = images(home / "volumes" / "VOL001")
    last = max(old)
    (page,) = (home / "volumes/VOL001/IMAGES").rglob(f"{last}.*")
    page.chmod(0o644)
    page.write_bytes(b"not what was sealed")
    replaced(run, home)

    assert images(home / "volumes" / "VOL001_R1")[last] == old[last]


def test_a_volume_whose_manifest_was_changed_is_not_replaced(run: Command, home: Path) -> None:
    """Nobody could say what differs, nor what to call back."""
    manifest = home / "volumes/VOL001/DATA/VOL001_MANIFEST.JSON"
    manifest.chmod(0o644)
    manifest.write_text("{}")
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", *DAY)

    assert done.exit_code == 2
    assert "not the one that was sealed" in " ".join(done.output.split())
    assert not (home / "volumes" / "VOL001_R1").exists()


def csv_rows(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"))))


def images(volume: Path) -> dict[str, bytes]:
    return {path.stem: path.read_bytes() for path in (volume / "IMAGES").rglob("*.*")}


def test_a_part_of_a_volume_is_no_replacement_at_other_numbers(run: Command, home: Path) -> None:
    where = f"control_number <> '{first(home)}'"
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", "--where", where, *DAY)

    assert done.exit_code == 2
    assert "leaves out" in done.output
    assert not (home / "volumes" / "VOL001_R1").exists()


def test_the_first_documents_of_a_volume_are_no_replacement_of_it(run: Command, home: Path) -> None:
    """Their numbers stay, but the rest would stand in two volumes at once."""
    where = f"control_number = '{first(home)}'"
    done = run("-C", home, "produce", "VOL001_R1", "--replace", "VOL001", "--where", where, *DAY)

    assert done.exit_code == 2
    assert "leaves out" in done.output


def test_no_letter_hands_over_what_is_claimed(run: Command, home: Path) -> None:
    claimed(run, home)
    done = run("-C", home, "serve", "transmittal", "VOL001")

    assert done.exit_code == 2
    assert "is claimed as privileged and is no slip-sheet" in " ".join(done.output.split())
    assert not (home / "papers").exists()


def test_no_letter_hands_over_a_volume_that_was_replaced(run: Command, home: Path) -> None:
    claimed(run, home)
    replaced(run, home)
    done = run("-C", home, "serve", "transmittal", "VOL001")
    assert done.exit_code == 2
    assert "VOL001_R1 has come in its place" in " ".join(done.output.split())

    run("-C", home, "answer", *DAY)
    letters = [path.read_text("utf-8-sig") for path in (home / "papers").glob("transmittal-*.txt")]
    assert len(letters) == 1
    assert "VOL001_R1" in letters[0]


def test_no_response_cites_what_is_claimed(run: Command, home: Path) -> None:
    """Typed by hand it is refused; found by a query it is left out."""
    claimed(run, home)
    done = run("-C", home, "serve", "responses", "--set", "First RFPs")
    assert done.exit_code == 1
    assert "claimed as privileged" in done.output

    run("-C", home, "answer", *DAY)
    response = RequestRegister.read(acts.read(Matter.open(home))).find("1").response
    assert response is not None
    assert response.served == "responses/1"
    start = numbers(home)[first(home)][1]
    assert start not in [each.first for each in response.ranges]
    assert response.ranges


def test_answer_lists_a_letter_it_may_not_write(run: Command, home: Path) -> None:
    claimed(run, home)
    told = json.loads(run("-C", home, "answer", *DAY, "--json").stdout)

    assert any("No letter hands over VOL001" in each["what"] for each in told["decisions"])


def test_the_report_counts_a_replaced_volume_once(run: Command, home: Path) -> None:
    replaced(run, home)
    run("-C", home, "report", "status", "--since", "2023-06-01", "--day", "2023-08-01")
    text = " ".join((home / "papers/status-report-1.txt").read_text("utf-8-sig").split())

    assert "has produced 3 documents in 3 families" in text
    assert "VOL001 was replaced and not counted in." in text
    total = json.loads((home / "papers/status-report-1.json").read_text("utf-8"))["total"]
    assert total["documents"] == 3


def test_no_paper_is_written_of_files_that_are_not_what_was_sealed(
    run: Command, home: Path
) -> None:
    extra = home / "volumes" / "VOL001" / "DATA" / "note.txt"
    extra.write_text("added")
    for words in (
        ("report", "status", "--since", "2023-06-01", "--day", "2023-08-01"),
        ("serve", "transmittal", "VOL001"),
    ):
        done = run("-C", home, *words)
        assert done.exit_code == 2, done.output
        assert "was added after the seal" in " ".join(done.output.split())


def test_a_moved_volume_is_told_in_words(run: Command, home: Path) -> None:
    (home / "volumes" / "VOL001").rename(home / "elsewhere")
    done = run("-C", home, "report", "status", "--since", "2023-06-01", "--day", "2023-08-01")

    assert done.exit_code == 2
    assert "VOL001" in done.output


def test_one_paper_that_stops_does_not_stop_the_others(run: Command, home: Path) -> None:
    """A file lies where the responses go, as after a kill: the rest, and what to decide, come."""
    (home / "papers").mkdir()
    (home / "papers" / "responses-1.docx").write_bytes(b"foreign")
    told = json.loads(run("-C", home, "answer", *DAY, "--json").stdout)

    assert any("never overwritten" in each["what"] for each in told["decisions"])
    assert any(each["paper"] == "transmittal/1" for each in told["papers"])
    assert (home / "papers" / "responses-1.docx").read_bytes() == b"foreign"


def test_responses_wait_for_a_volume_that_was_stopped(run: Command, home: Path) -> None:
    """What they would cite is a part only of what answers."""
    twin = evidence.write(home.parent / "more", d_txt=b"New wallets of quite another kind.\n")
    assert run("-C", home, "collect", twin, "--custodian", "Lee, Wei").exit_code == 0
    assert run("-C", home, "process", "--workers", "1").exit_code == 0
    told = json.loads(run("-C", home, "answer", *DAY, "--volume", "not a name", "--json").stdout)

    assert any("in no sealed volume" in each["what"] for each in told["decisions"])
    assert not list((home / "papers").glob("responses-*"))
