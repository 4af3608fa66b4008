"""Loading: everything or nothing, every fault with its place, and what the load touches."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.record.verify import verify
from tests.builders import facts_folder
from tests.cli.conftest import Command


@pytest.fixture
def matter(tmp_path: Path) -> Path:
    """A matter, and beside it F, the templates' example."""
    facts_folder.example(tmp_path / "F")
    return Matter.create(tmp_path / "m", name="Example").folder


def held(matter: Path) -> list[str]:
    return [name for name, _ in fact_sets.files(Matter.open(matter))]


def test_sound_tables_are_kept_and_counted(run: Command, matter: Path) -> None:
    done = run("-C", matter, "custody", "load", "../F")

    assert done.exit_code == 0
    assert "means           2" in done.stdout
    assert "18 rows in 16 files, none at fault. 16 files kept in facts/0001." in done.stdout
    assert len(held(matter)) == 16
    assert verify(Matter.open(matter)).broken == ()


def test_every_fault_is_named_and_nothing_changes(run: Command, matter: Path) -> None:
    folder = facts_folder.change(matter.parent / "F", "possessions.csv", "ilse,key-1", "else,key-2")
    done = run("-C", matter, "custody", "load", "../F")

    assert done.exit_code == 1
    place = f"possessions.csv:{len((folder / 'possessions.csv').read_text().splitlines())}"
    person, means, count = done.stdout.splitlines()
    assert person.startswith(f"{place}: there is no person 'else'. Write 'ilse', or add a row")
    assert means.startswith(f"{place}: there is no means 'key-2'. Write 'key-1', or add a row")
    assert count == "2 faults. Nothing was loaded."
    assert not (matter / "facts").exists()


def test_a_claim_that_cannot_be_read_is_a_fault(run: Command, matter: Path) -> None:
    facts_folder.change(matter.parent / "F", "statements.csv", "holders(key-1)", "holder(key-1)")
    done = run("-C", matter, "custody", "load", "../F")

    assert done.exit_code == 1
    assert "the claim of statement decl-4" in done.stdout
    assert not (matter / "facts").exists()


def test_tables_may_lean_on_what_was_loaded_before(run: Command, matter: Path) -> None:
    run("-C", matter, "custody", "load", "../F")
    more = matter.parent / "more"
    more.mkdir()
    text = "person,means,from,standing,cites\nilse,vault-admin,2023-01-01,sworn,\n"
    (more / "possessions.csv").write_text(text)

    assert run("custody", "load", more).exit_code == 1
    assert run("-C", matter, "custody", "load", more).exit_code == 0
    assert held(matter)[-1] == "facts/0002/possessions.csv"


def test_what_contradicts_the_matter_is_refused_and_may_replace_it(
    run: Command, matter: Path
) -> None:
    run("-C", matter, "custody", "load", "../F")
    facts_folder.change(matter.parent / "F", "people.csv", "Ilse Maro", "Ilsa Maro")
    refused = run("-C", matter, "custody", "load", "../F")

    assert refused.exit_code == 1
    assert "ilse is there already and says something else: facts/0001/people.csv" in refused.stdout
    assert "add --replace" in refused.stdout

    done = run("-C", matter, "custody", "load", "../F", "--replace")
    assert done.exit_code == 0
    assert "in the place of all loaded before" in done.stdout
    assert len(held(matter)) == 16
    assert {name.split("/")[1] for name in held(matter)} == {"0002"}


def test_the_same_files_again_change_nothing(run: Command, matter: Path) -> None:
    run("-C", matter, "custody", "load", "../F")
    again = run("-C", matter, "custody", "load", "../F")

    assert again.exit_code == 0
    assert "Nothing changed" in again.stdout
    assert verify(Matter.open(matter)).entries == 2


def test_facts_that_were_spoilt_can_only_be_replaced(run: Command, matter: Path) -> None:
    run("-C", matter, "custody", "load", "../F")
    (matter / "facts/0001/people.csv").unlink()
    refused = run("-C", matter, "custody", "load", "../F")

    assert refused.exit_code == 2
    assert "facts/0001/people.csv went missing" in refused.stderr
    done = run("-C", matter, "custody", "load", "../F", "--replace")
    assert done.exit_code == 0
    assert "were not looked at" in done.stdout


def test_with_no_matter_tables_are_checked_and_not_kept(run: Command, matter: Path) -> None:
    place = matter.parent
    sound = run("-C", place, "custody", "load", "F")
    facts_folder.change(place / "F", "means.csv", "inspection:look-1", "inspection:look-2")
    faulty = run("-C", place, "custody", "load", "F")

    assert (sound.exit_code, faulty.exit_code) == (0, 1)
    assert "only checked" in " ".join(sound.stdout.split())
    assert "no inspection 'look-2'" in faulty.stdout
    assert sorted(path.name for path in place.iterdir()) == ["F", "m"]


def test_a_folder_without_tables_cannot_be_loaded(run: Command, matter: Path) -> None:
    done = run("-C", matter, "custody", "load", "nowhere")

    assert done.exit_code == 2
    assert "holds no tables of facts" in done.stderr


def test_a_program_reads_faults_and_counts(run: Command, matter: Path) -> None:
    sound = json.loads(run("-C", matter, "custody", "load", "../F", "--json").stdout)
    facts_folder.change(matter.parent / "F", "grants.csv", "2023-01-01", "2023-13-01")
    faulty = json.loads(run("-C", matter, "custody", "load", "../F", "--json").stdout)

    assert sound.keys() == {"set", "files", "rows", "faults", "notes", "touched"}
    assert (sound["set"], len(sound["files"]), sound["rows"]["means"]) == ("facts/0001", 16, 2)
    assert (faulty["set"], faulty["files"]) == ("", [])
    (fault,) = faulty["faults"]
    assert (fault["file"], fault["what"][:20]) == ("grants.csv", "from is '2023-13-01'")


def test_pages_cited_that_no_sealed_volume_holds_are_noted(
    run: Command, sealed: Path, tmp_path: Path
) -> None:
    """A note: the page may yet be produced, or the number be a slip."""
    matter = Path(shutil.copytree(sealed, tmp_path / "m"))
    volume = json.loads(run("-C", matter, "check", matter / "volumes/VOL001", "--json").stdout)
    prefix = Matter.open(matter).settings.bates_prefix
    last = volume["counts"]["pages"]
    folder = facts_folder.example(tmp_path / "F")
    facts_folder.change(folder, "people.csv", "EXA00000002", f"{prefix}{last:08}")
    facts_folder.change(folder, "means.csv", "EXA00000003", f"{prefix}{last + 1:08};{prefix}1")
    done = json.loads(run("-C", matter, "custody", "load", folder, "--json").stdout)

    assert [note.split(" cites ")[1].split(",")[0] for note in done["notes"]] == [
        f"{prefix}{last + 1:08}", f"{prefix}1",
    ]  # fmt: skip


def test_a_load_names_the_sentences_it_touches(run: Command, matter: Path) -> None:
    """Somebody else is shown to have had the key on the day of the sentence."""
    run("-C", matter, "custody", "load", "../F")
    more = matter.parent / "more"
    more.mkdir()
    (more / "people.csv").write_text("id,name,standing\nbo,Bo Lind,document\n")
    text = "person,means,from,to,standing\nbo,key-1,2023-06-01,2023-07-01,document\n"
    (more / "possessions.csv").write_text(text)
    done = run("-C", matter, "custody", "load", more)

    assert done.exit_code == 0
    assert "1 sentence to look at again:" in done.stdout
    assert "decl-4: In June 2023 nobody but me could reach the signing key." in done.stdout
