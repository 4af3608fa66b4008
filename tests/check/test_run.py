"""A volume of anyone's: other layouts, dialects, papers and load files."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith import check
from forthwith.loadfiles import dat, lfp
from forthwith.standards import loader
from tests.builders import volume
from tests.builders.chats import rsmf_files, rsmf_message, slack_files, zipped
from tests.builders.volume import LEDGER, LOOSE, LUNCH, MAIL, MEMO, VolumeBuilder

STANDARD = loader.load()


def found(root: Path, **how: bool) -> list[tuple[str, str]]:
    report = check.run(root, STANDARD, load_files_only=how.get("load_files_only", False))
    return [(each.code, each.bates) for each in report.findings]


def rewrite(root: Path, change: Callable[[str], str], encoding: str = "utf-8-sig") -> None:
    """Write the DAT anew from its text."""
    path = root / "DATA/VOL001.DAT"
    path.write_bytes(change(path.read_bytes().decode("utf-8-sig")).encode(encoding))


def test_a_folder_without_a_dat_is_no_volume(tmp_path: Path) -> None:
    with pytest.raises(check.VolumeUnreadableError, match="no DAT"):
        check.run(tmp_path, STANDARD)


def test_what_is_no_folder_is_no_volume(tmp_path: Path) -> None:
    with pytest.raises(check.VolumeUnreadableError):
        check.run(tmp_path / "nowhere", STANDARD)


def test_an_empty_dat_is_no_volume(tmp_path: Path) -> None:
    (tmp_path / "VOL001.DAT").write_bytes(b"")

    with pytest.raises(check.VolumeUnreadableError):
        check.run(tmp_path, STANDARD)


def test_a_volume_without_rows_never_passes(tmp_path: Path) -> None:
    assert ("VO06", "") in found(VolumeBuilder().write(tmp_path))


def test_a_dat_whose_key_nobody_knows_is_refused_with_its_columns(tmp_path: Path) -> None:
    """No count of it would be true: not even that it has 0 families."""
    (tmp_path / "a.dat").write_bytes(b"".join(dat.write(["MOOD", "WEATHER"], [["x", "y1"]])))

    with pytest.raises(check.VolumeUnreadableError) as refused:
        check.run(tmp_path, STANDARD)

    assert "MOOD, WEATHER" in str(refused.value)
    assert "--column first_bates=WEATHER" in str(refused.value)


def test_absolute_windows_paths_and_other_case_are_found(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    rewrite(root, lambda text: text.replace("NATIVES\\", "D:\\Export\\VOL001\\natives\\"))

    assert found(root) == []


def test_another_layout_is_found_by_the_end_of_its_paths(tmp_path: Path) -> None:
    """Folders the load file does not know of, and none of those it does."""
    root = VolumeBuilder().add(volume.mail("One")).add(volume.mail("Two")).write(tmp_path)
    rewrite(root, lambda text: text.replace("TEXT\\0001\\", "\\\\server\\share\\Words\\"))

    assert found(root) == []


def test_utf_16_with_its_mark_is_as_good(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    rewrite(root, str, "utf-16")

    assert found(root) == []


def test_no_mark_is_one_finding(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    rewrite(root, str, "utf-8")

    assert found(root) == [("EN01", "")]


def test_a_row_with_a_cell_too_many_is_set_aside_once(tmp_path: Path) -> None:
    """Its pages, files and numbers are its echoes."""
    root = volume.sound().write(tmp_path)
    rewrite(root, lambda text: text.replace("plan.txtþ", "planþ\x14þ.txtþ", 1))

    assert found(root) == [("LF01", LOOSE)]


def test_columns_under_other_names_are_read_and_told(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    rewrite(root, lambda text: text.replace("FIRSTBATES", "BEGBATES").replace("MD5HASH", "MD5"))

    assert found(root) == [("LF09", ""), ("LF09", "")]


def test_papers_beside_the_load_files_are_no_strays(tmp_path: Path) -> None:
    builder = volume.sound()
    for name in ("TRANSMITTAL.PDF", "EXCEPTIONS.CSV"):
        builder.extra[f"DATA/VOL001_{name}"] = b"BATES,REASON,DETAIL\r\n"
    builder.extra["DATA/VOL001_MANIFEST.JSON"] = b'{"made by": "another program"}'

    assert found(builder.write(tmp_path)) == []


@pytest.mark.parametrize("number", [LOOSE, f"{LOOSE} - {LOOSE}"])
def test_a_gap_the_exceptions_explain_is_none(number: str, tmp_path: Path) -> None:
    builder = volume.sound().lose(LOOSE)
    builder.extra["DATA/VOL001_EXCEPTIONS.CSV"] = (
        f"BATES,REASON,DETAIL\r\n{number},void,number not used\r\n".encode("utf-8-sig")
    )

    assert found(builder.write(tmp_path)) == []


def test_an_lfp_serves_as_pointer_file(tmp_path: Path) -> None:
    builder = volume.sound()
    root = builder.write(tmp_path)
    pages = [
        lfp.LfpPage(page, "D" if first else "", 0, "VOL001", "IMAGES\\0001", f"{page}.TIF")
        for row in builder.rows
        for page, _, _, first in row.images
    ]
    (root / "DATA/VOL001.OPT").unlink()
    (root / "DATA/VOL001.LFP").write_bytes(lfp.write(pages))

    assert found(root) == []


def test_a_member_between_others_by_number_is_apart_from_its_family(tmp_path: Path) -> None:
    top, loose = volume.mail("One", ("a.txt", b"Words.\n")), volume.edoc("b.txt", b"More.\n")
    builder = VolumeBuilder().add(top).add(loose)
    for row, text in zip(builder.rows[1:], ("3", "2"), strict=True):
        _renumber(row, text)
    builder.rows.sort(key=lambda row: row.cells["FIRSTBATES"])
    for row in builder.rows[::2]:
        row.cells["ENDATTACH"] = volume.number(3)
        row.cells["ATTACHRANGE"] = f"{volume.number(1)} - {volume.number(3)}"
    builder.rows[0].cells["CHILD_BATES"] = volume.number(3)

    assert found(builder.write(tmp_path)) == [("FM06", volume.number(3))]


def _renumber(row: volume.Row, place: str) -> None:
    old, new = row.cells["FIRSTBATES"], volume.number(int(place))
    for name in ("FIRSTBATES", "LASTBATES", "LINK", "OCRPATH"):
        row.cells[name] = row.cells[name].replace(old, new)
    assert row.native
    assert row.text
    row.native = (row.cells["LINK"], row.native[1])
    row.text = (row.cells["OCRPATH"], row.text[1])
    row.images = [(new, f"IMAGES\\0001\\{new}.TIF", row.images[0][2], True)]


def test_a_message_inside_a_message_brings_its_own_attachments(tmp_path: Path) -> None:
    """The inner message and what hangs on it are all attachments of the outer one."""
    inner = volume.mail("Inner", ("deep.txt", b"Deep.\n"))
    outer = volume.mail("Outer")
    message = EmailMessage()
    message["From"], message["To"] = outer.row["FROM"], outer.row["TO"]
    message["Subject"], message["Message-ID"] = "Outer", outer.row["INTMSGID"]
    message["Date"] = datetime(2023, 3, 14, 16, 5, tzinfo=UTC)
    message.set_content("See below.\n")
    message.make_mixed()
    part = EmailMessage()
    part["Content-Type"] = "message/rfc822"
    part.set_payload((inner.native or b"").decode())
    message.attach(part)
    message.set_boundary("=outer=")
    outer.native, outer.row["HEADER"] = message.as_bytes(), "From: x"
    sound = VolumeBuilder()
    outer.children = [inner, *inner.children]
    inner.children = []

    root = sound.add(outer).write(tmp_path / "whole")
    assert found(root) == []

    broken = VolumeBuilder()
    outer.children = [inner]
    assert found(broken.add(outer).write(tmp_path / "less")) == [("FM04", volume.number(1))]


def test_a_date_in_another_zone_is_true(tmp_path: Path) -> None:
    builder = volume.sound()
    builder.set(LUNCH, "TIME_SENT/TIME_ZONE", "12:05 PM EDT")
    for row in builder.rows:
        if row.cells.get("TIME_ZONE"):
            row.cells["TIME_ZONE"] = "EDT"

    assert found(builder.write(tmp_path)) == []


def test_a_draft_needs_no_date(tmp_path: Path) -> None:
    """What the native does not hold, the row cannot tell."""
    draft = volume.mail("Draft", sent=datetime(2023, 1, 1, tzinfo=UTC) + timedelta(hours=1))
    lines = (draft.native or b"").split(b"\n")
    draft.native = b"\n".join(line for line in lines if not line.startswith(b"Date:"))
    draft.row.update({"DATE_SENT": "", "TIME_SENT/TIME_ZONE": ""})

    root = VolumeBuilder().add(draft).write(tmp_path)
    assert found(root) == []
    assert found(root, load_files_only=True) == [("MD02", volume.number(1))]


def chat_volume(tmp_path: Path, **cells: str) -> list[tuple[str, str]]:
    """Return what is found in a volume of one day of chat with these cells."""
    day = volume.edoc("vault.json", slack_files()["vault/2022-03-14.json"])
    day.row.update(cells)
    return found(VolumeBuilder().add(day).write(tmp_path))


def test_a_day_of_chat_without_a_date_is_found(tmp_path: Path) -> None:
    assert chat_volume(tmp_path) == [("MD02", volume.number(1))]


def test_a_day_of_chat_may_be_dated_by_any_of_its_messages(tmp_path: Path) -> None:
    at = {"TIME_ZONE": "GMT", "DATE_SENT": "03/14/2022", "TIME_SENT/TIME_ZONE": "09:02 AM GMT"}
    assert chat_volume(tmp_path, **at) == []


def test_a_chat_dated_where_standards_date_files_is_dated(tmp_path: Path) -> None:
    assert chat_volume(tmp_path, DATE_CREATED="03/14/2022") == []


def test_a_file_of_conversations_without_a_date_is_found(tmp_path: Path) -> None:
    """Short message files of anyone's say in their headers when they begin."""
    headers = "X-RSMF-Version: 2.0.0\r\nX-RSMF-BeginDate: 2022-03-14T09:00:00Z\r\n"
    data = rsmf_message(zipped(rsmf_files()), headers)
    codes = []
    for day in ("", "03/14/2022"):
        builder = VolumeBuilder().add(volume.edoc("vault.rsmf", data))
        builder.rows[0].cells["DATE_SENT"] = day
        codes.append({code for code, _ in found(builder.write(tmp_path / (day[:2] or "none")))})

    assert "MD02" in codes[0]
    assert not {"MD02", "MD08"} & codes[1]


def test_a_date_no_message_of_a_chat_bears_is_found(tmp_path: Path) -> None:
    for clock in ("09:30 AM GMT", ""):
        day = "03/14/2022" if clock else "03/16/2022"
        at = {"TIME_ZONE": "GMT", "DATE_SENT": day, "TIME_SENT/TIME_ZONE": clock}
        assert chat_volume(tmp_path / (clock[:2] or "x"), **at) == [("MD08", volume.number(1))]


def test_a_withheld_attachment_with_its_slip_sheet_is_no_finding(tmp_path: Path) -> None:
    builder = volume.sound()
    row = builder.row(MEMO)
    row.native = None
    for name in ("LINK", "FILE_EXTEN", "FILE_SIZE", "MD5HASH", "SHA256", "MIME_TYPE", "FILE_NAME"):
        row.cells[name] = ""
    row.cells["WITHHELD"] = "PRIV-00001"

    assert found(builder.write(tmp_path)) == []


def test_more_files_than_a_folder_may_hold_is_one_finding(tmp_path: Path) -> None:
    builder = volume.sound()
    root = builder.write(tmp_path)
    for place in range(2_001):
        (root / "IMAGES" / "0001" / f"_{place}.tif").touch()

    assert [code for code, _ in found(root)].count("VO04") == 1


def test_an_encrypted_native_may_be_listed_as_an_exception(tmp_path: Path) -> None:
    broken = volume.edoc("report.pdf", b"%PDF-1.7\nnothing of a PDF follows\n")
    builder = VolumeBuilder().add(broken)
    root = builder.write(tmp_path / "bare")
    listed = builder.extra
    listed["DATA/VOL001_EXCEPTIONS.CSV"] = (
        f"BATES,REASON,DETAIL\r\n{volume.number(1)},corrupt,cut short\r\n".encode()
    )

    assert found(root) == [("NT06", volume.number(1))]
    assert found(builder.write(tmp_path / "listed")) == []


def test_load_files_alone_open_nothing_else(tmp_path: Path) -> None:
    root = volume.sound().write(tmp_path)
    for folder in ("NATIVES", "TEXT", "IMAGES"):
        for path in (root / folder).rglob("*"):
            if path.is_file():
                path.unlink()

    assert found(root, load_files_only=True) == []


def test_many_workers_find_the_same(tmp_path: Path) -> None:
    builder = volume.sound().lose(LEDGER).set(LUNCH, "FROM", "Ana Roe <roe@o.example>")
    root = builder.write(tmp_path)

    assert check.run(root, STANDARD, workers=3) == check.run(root, STANDARD)


def test_the_counts_are_of_what_is_delivered(tmp_path: Path) -> None:
    """The same family twice is one unique family; a family without its parent is one family."""
    twice = [volume.mail("Twice", ("memo.txt", b"Words.\n")) for _ in range(2)]
    builder = VolumeBuilder().add(twice[0]).add(twice[1])

    counts = check.run(builder.write(tmp_path / "a"), STANDARD).counts
    assert counts == {"documents": 4, "families": 2, "pages": 4, "natives": 4, "unique": 1}

    counts = check.run(volume.sound().lose(MAIL).write(tmp_path / "b"), STANDARD).counts
    assert (counts["documents"], counts["families"]) == (7, 4)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_load_files_make_it_fail(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Cut, flipped or spliced load files are findings, or no volume; never an error of ours."""
    root = volume.sound().write(tmp_path_factory.mktemp("mutated"))
    for name in ("VOL001.DAT", "VOL001.OPT"):
        path = root / "DATA" / name
        held = bytearray(path.read_bytes())
        for _ in range(data.draw(st.integers(0, 5))):
            place = data.draw(st.integers(0, len(held)))
            held[place : place + data.draw(st.integers(0, 40))] = data.draw(
                st.binary(max_size=9) | st.sampled_from([b"99999999999999999999", b"\xc3\xbe\x14"])
            )
        path.write_bytes(held)
    try:
        check.run(root, STANDARD, load_files_only=True)
    except check.VolumeUnreadableError:
        return


@pytest.mark.corpus
def test_a_real_volume_of_another_platform_is_read(corpora: Path) -> None:
    """No pointer to one standard fits it; it is judged all the same, and its files are found."""
    root = corpora / "production/relativity-import/SampleDataSources"

    report = check.run(root, STANDARD)

    codes = {each.code for each in report.findings}
    assert {"LF02", "VO01"} <= codes
    assert report.counts["documents"] > 0
