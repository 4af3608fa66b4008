"""The volume "as if received" holds exactly the faults it says, and nothing else differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.example.received import VOLUME, NothingToSpoilError, write_received_volume
from forthwith.loadfiles import dat, opt

HEADER = (
    "FIRSTBATES", "LASTBATES", "BEGATTACH", "PARENT_BATES", "CHILD_BATES", "CUSTODIAN", "FROM",
    "DATE_SENT", "TIME_SENT/TIME_ZONE", "FILE_NAME", "LINK", "OCRPATH", "PRODVOL",
)  # fmt: skip


def write_sound(root: Path, mails: int = 8) -> Path:
    """Write a volume of two-page mails, each with a text file attached, and one loose file."""
    rows, pages, number = [], [], 1

    def add(name: str, parent: str, child: str, sender: str, count: int) -> None:
        nonlocal number
        first = f"NG{number:06d}"
        ending = name.rpartition(".")[2]
        files = {f"NATIVES/0001/{first}.{ending}": name, f"TEXT/0001/{first}.txt": "words"}
        for at in range(count):
            page = f"NG{number + at:06d}"
            image = f"IMAGES/0001/{page}.tif"
            files[image] = page
            shown = image.replace("/", "\\")
            pages.append(opt.OptRow(page, "VOL001", shown, first=at == 0))
        for path, held in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(held)
        sent = ("01/02/2022", "10:00:00") if sender else ("", "")
        native, text, *_ = (path.replace("/", "\\") for path in files)
        rows.append([first, f"NG{number + count - 1:06d}", parent or first, parent, child,
                     "Ortega, Marisol", sender, *sent, name, native, text, "VOL001"])  # fmt: skip
        number += count

    for at in range(mails):
        top = f"NG{number:06d}"
        sender = "per@halden.example" if at == 3 else "kofi@northgate.example"
        add(f"mail{at}.eml", "", f"NG{number + 2:06d}", sender, 2)
        add("list.csv", top, "", "", 1)
    add("loose.csv", "", "", "", 1)
    (root / "DATA").mkdir(parents=True)
    (root / "DATA/VOL001.DAT").write_bytes(b"".join(dat.write(HEADER, rows)))
    (root / "DATA/VOL001.OPT").write_bytes(opt.write(pages))
    (root / "DATA/VOL001_manifest.json").write_text("{}")
    return root


def table(root: Path, volume: str) -> dict[str, dict[str, str]]:
    held = dat.read((root / "DATA" / f"{volume}.DAT").read_bytes())
    return {row[0]: dict(zip(held.header, row, strict=True)) for row in held.rows}


def test_each_kind_of_fault_is_seeded_once_or_more(tmp_path: Path) -> None:
    seeded = write_received_volume(tmp_path / VOLUME, write_sound(tmp_path / "VOL001"))

    assert sorted(fault.code for fault in seeded) == [
        "FM01", "IM01", "MD01", "MD02", "MD02", "MD09", "NT02", "VO05",
    ]  # fmt: skip
    assert len({fault.bates for fault in seeded}) == len(seeded)


def test_only_what_was_seeded_differs(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "VOL001")
    spoiled = tmp_path / VOLUME
    seeded = {fault.code: fault for fault in write_received_volume(spoiled, sound)}
    before, after = table(sound, "VOL001"), table(spoiled, VOLUME)
    changed = {bates for bates, row in after.items() if {**before[bates], "PRODVOL": VOLUME} != row}

    assert before.keys() - after.keys() == {seeded["FM01"].bates}
    expected = {fault.bates for code, fault in seeded.items() if code[:2] == "MD"}
    assert changed >= expected
    assert len(changed) == 4
    assert after[seeded["MD01"].bates]["CUSTODIAN"] == ""
    assert after[seeded["MD02"].bates]["DATE_SENT"] == ""
    assert "brandt" in after[seeded["MD09"].bates]["FROM"]


def test_files_are_taken_added_and_altered(tmp_path: Path) -> None:
    sound = write_sound(tmp_path / "VOL001")
    spoiled = tmp_path / VOLUME
    seeded = {fault.code: fault for fault in write_received_volume(spoiled, sound)}
    ours = {str(path.relative_to(sound)) for path in sound.glob("[NTI]*/**/*") if path.is_file()}
    theirs = {str(p.relative_to(spoiled)) for p in spoiled.glob("[NTI]*/**/*") if p.is_file()}
    altered = [
        path
        for path in ours & theirs
        if (sound / path).read_bytes() != (spoiled / path).read_bytes()
    ]

    assert theirs - ours == {"NATIVES/0001/Thumbs.db"}
    # The attachment's native, text and page, and one page image.
    assert len(ours - theirs) == 4
    assert altered == [f"NATIVES/0001/{seeded['NT02'].bates}.csv"]


def test_the_senders_seal_is_not_copied(tmp_path: Path) -> None:
    write_received_volume(tmp_path / VOLUME, write_sound(tmp_path / "VOL001"))

    assert {path.name for path in (tmp_path / VOLUME / "DATA").iterdir()} == {
        f"{VOLUME}.DAT",
        f"{VOLUME}.OPT",
    }


def test_a_volume_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NothingToSpoilError):
        write_received_volume(tmp_path / VOLUME, write_sound(tmp_path / "VOL001", mails=1))
