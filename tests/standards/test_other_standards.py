"""A standard of any shape is produced as it says, checked clean, and found out when spoilt.

The first three are the cases that a second standard once failed at: a column called otherwise made
`check` find nothing, and a letter told of separators, dates and endorsements nobody had written.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from forthwith.check import run as check
from forthwith.check.volume import UnknownKeyError
from forthwith.record.matter import Matter
from forthwith.standards import loader
from forthwith.workflows.produce import ProducedVolume
from tests.builders import standard as made
from tests.builders.standard import changed, renamed, without

SEC = made.rules()
#: The same rules with other delimiters, dates, resolution and place of the number.
HOUSE = changed(
    SEC,
    load_file={"field": 44, "quote": 34, "newline": 126},
    formats={"date": "yyyymmdd"},
    images={"dpi": 200, "endorse": "lower left"},
    text={"encodings": ["utf-8", "utf-16", "cp1252"]},
)
NAMED = changed(
    renamed(HOUSE, first_bates="BEGDOC", parent="PARENTID", md5="MD5"),
    natives={"named_by": "BEGDOC"},
)


def _lower(rules: made.Rules) -> made.Rules:
    """Return rules with their columns in lower case and the other way round."""
    found = changed(rules)
    found["field"] = [{**column, "name": column["name"].lower()} for column in rules["field"]][::-1]
    return found


def _combined(rules: made.Rules) -> made.Rules:
    """Return rules with day and time of a message in one column, and no column for the zone."""
    found = without(rules, "time_sent", "time_zone")
    column = next(column for column in found["field"] if column["fill"] == "date:sent")
    column.update(name="DATETIME_SENT", fill="datetime:sent")
    return found


def _twice(rules: made.Rules) -> made.Rules:
    """Return rules with the first number in two columns."""
    found = changed(rules)
    first = {**rules["field"][0], "name": "DOC_ID", "fill": "same:first_bates", "aliases": []}
    found["field"] = [rules["field"][0], first, *rules["field"][1:]]
    return found


CASES: dict[str, made.Rules] = {
    "delimiters, dates and pages": HOUSE,
    "names": NAMED,
    "several values, sizes and ranges": changed(
        HOUSE,
        load_file={"multi_value": "|"},
        formats={"size_unit": 1000, "range_mark": "-"},
        images={"dpi": 300},
    ),
    "apostrophe, tab, one byte a sign": changed(
        SEC,
        load_file={"field": 9, "quote": 39, "encodings": ["cp1252"], "bom_if_unicode": False},
        formats={"date": "d-mmm-yyyy", "time": "h:mm am/pm (TZ)", "size_unit": 1},
        text={"encodings": ["latin-1", "utf-16"], "one_encoding_per_production": False},
        images={"colour": [], "black_white": ["tiff"], "endorse": "upper center"},
    ),
    "no quotes, no header, two files a folder": changed(
        _lower(SEC),
        load_file={"field": "|", "quote": "", "header": False},
        formats={"date": "dd.mm.yyyy", "time": "HH:mm"},
        names={"files_per_folder": 2},
    ),
    "one column for the family, UTF-16": changed(
        without(SEC, "family_first", "family_last", "parent", "children"),
        load_file={"encodings": ["utf-16"], "field": 44, "quote": 34, "multi_value": ","},
        text={"encodings": ["utf-16"]},
        images={"endorse": "none", "dpi": 72},
    ),
    "begin of the family alone, no hashes": without(
        SEC, "family_range", "family_last", "parent", "children", "md5", "sha256", "custodian"
    ),
    "day and time in one column": changed(_combined(SEC), formats={"time": "hhmmss"}),
    "one number in two columns": changed(
        _twice(SEC),
        natives={"digest": "sha256"},
        load_file={"multi_value": 174, "newline": 126, "encodings": ["cp1252", "utf-8"]},
    ) | {"name": "other/1"},
    **{name: made.rules(name) for name in loader.available()},
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One standard, and the volume that was produced by it."""

    rules: made.Rules
    done: ProducedVolume

    @property
    def folder(self) -> Path:
        return self.done.folder

    @property
    def data(self) -> bytes:
        return (self.folder / "DATA/VOL001.DAT").read_bytes()

    @property
    def letter(self) -> str:
        text = (self.folder / "DATA/VOL001_TRANSMITTAL.TXT").read_bytes().decode("utf-8-sig")
        return " ".join(text.split())


@pytest.fixture(scope="module")
def cases(processed: Matter, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Case]:
    """What was produced by each standard so far."""
    return {}


@pytest.fixture
def case(
    request: pytest.FixtureRequest,
    cases: dict[str, Case],
    processed: Matter,
    tmp_path_factory: pytest.TempPathFactory,
) -> Case:
    """One standard with its volume, produced once."""
    name = request.param
    if name not in cases:
        place = tmp_path_factory.mktemp("case")
        cases[name] = Case(CASES[name], made.produced(processed, place, CASES[name]))
    return cases[name]


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_a_volume_by_it_is_checked_clean(case: Case) -> None:
    """The writer and the check read the same rules."""
    assert case.done.report.findings == ()
    assert case.done.sealed
    assert case.done.report.counts == {
        "documents": 7, "families": 4, "pages": 7, "natives": 7, "unique": 4,
    }  # fmt: skip


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_files_taken_out_are_found(case: Case, tmp_path: Path) -> None:
    """Once a column called otherwise was enough for "0 findings"."""
    volume = made.spoilt(case.folder, tmp_path)
    for name in ("NATIVES", "TEXT", "IMAGES"):
        shutil.rmtree(volume / name)
    found = [finding.code for finding in made.found(volume, case.rules).findings]

    assert {code: found.count(code) for code in set(found)} == {"NT01": 7, "TX01": 7, "IM01": 7}


@pytest.mark.parametrize("case", CASES, indirect=True)
def test_natives_alone_taken_out_are_found(case: Case, tmp_path: Path) -> None:
    """A text beside it has a native's name; that makes it no native."""
    volume = made.spoilt(case.folder, tmp_path)
    shutil.rmtree(volume / "NATIVES")
    found = [finding.code for finding in made.found(volume, case.rules).findings]

    assert found == ["NT01"] * 7


@pytest.mark.parametrize("spoiler", made.SPOILERS)
@pytest.mark.parametrize("case", CASES, indirect=True)
def test_what_is_spoilt_in_the_rows_is_found(case: Case, spoiler: str, tmp_path: Path) -> None:
    """Families broken, dates garbled, numbers lost: by whatever name and in whatever form."""
    volume = made.spoilt(case.folder, tmp_path)
    spoil, codes = made.SPOILERS[spoiler]
    made.rewritten(volume, case.rules, spoil)
    try:
        found = {finding.code for finding in made.found(volume, case.rules).findings}
    except UnknownKeyError:
        found = {made.REFUSED}

    assert found & codes


@pytest.mark.parametrize("case", [name for name in CASES if name != loader.DEFAULT], indirect=True)
def test_a_volume_of_another_form_is_found_under_it(case: Case, processed: Matter) -> None:
    """What came by the SEC's rules is not what this standard asks for."""
    sec = CASES[loader.DEFAULT]
    other = made.found(case.folder, sec)

    assert other.findings
    assert other.counts["documents"] == 7


@pytest.mark.parametrize("case", ["delimiters, dates and pages"], indirect=True)
def test_the_load_file_is_written_as_it_says(case: Case) -> None:
    first, second = case.data.decode("utf-8-sig").split("\r\n")[:2]

    assert first.startswith('"FIRSTBATES","LASTBATES",')
    assert '"20220314","02:30 PM UTC"' in second
    assert "\x14" not in first + second
    assert "þ" not in first


@pytest.mark.parametrize("case", ["delimiters, dates and pages"], indirect=True)
def test_the_letter_says_what_was_done(case: Case) -> None:
    for said in (
        "field separator ASCII 044 (,)",
        'text qualifier ASCII 034 (")',
        "line breaks inside a value ASCII 126 (~)",
        "Dates are written yyyymmdd, times hh:mm AM/PM TZ",
        "as in 20010514 and 07:05 PM UTC",
        "at 200 dpi",
        "endorsed with it lower left",
        "Document text is in UTF-8 without a byte order mark",
    ):
        assert said in case.letter


@pytest.mark.parametrize("case", ["names"], indirect=True)
def test_the_letter_calls_columns_as_the_standard_does(case: Case) -> None:
    assert "PARENTID and CHILD_BATES are those of the top of the family" in case.letter
    assert "MD5 and SHA256 are computed over the delivered native file" in case.letter
    assert "PARENT_BATES" not in case.letter
    assert "MD5HASH" not in case.letter


@pytest.mark.parametrize("case", ["several values, sizes and ranges"], indirect=True)
def test_several_values_are_separated_as_it_says(case: Case) -> None:
    text = case.data.decode("utf-8-sig")

    assert "EXAMPL00000002|EXAMPL00000003" in text
    assert "EXAMPL00000001-EXAMPL00000003" in text
    assert "kilobytes of 1,000 bytes" in case.letter


@pytest.mark.parametrize("case", ["apostrophe, tab, one byte a sign"], indirect=True)
def test_what_an_encoding_has_not_is_logged(case: Case) -> None:
    """A name in other letters does not vanish without a word."""
    log = (case.folder / "DATA/VOL001_EXCEPTIONS.CSV").read_text("utf-8-sig")

    assert "SUBJECT: characters the load file cannot hold" in log
    assert "Windows-1252" in case.letter


@pytest.mark.parametrize("case", ["no quotes, no header, two files a folder"], indirect=True)
def test_without_a_header_the_order_alone_tells(case: Case) -> None:
    first = case.data.decode("utf-8-sig").split("\r\n")[0].split("|")
    names = made.standard(case.rules).header

    assert len(first) == len(names)
    assert first[names.index("firstbates")] == "EXAMPL00000001"
    assert "without a header row" in case.letter


@pytest.mark.parametrize("case", ["begin of the family alone, no hashes"], indirect=True)
def test_what_a_standard_gives_no_means_to_check_is_said(case: Case) -> None:
    """Silence would be taken for praise."""
    left_out = {each.code: each.why for each in case.done.report.not_checked}

    assert left_out.keys() == {"FM01", "FM07", "MD01", "MD03", "NT02"}
    assert left_out["MD01"] == "the standard has no column of the role custodian"
    assert case.done.report.as_dict()["not_checked"]


@pytest.mark.parametrize("case", ["begin of the family alone, no hashes"], indirect=True)
def test_families_are_counted_alike_without_a_column_of_hashes(case: Case, tmp_path: Path) -> None:
    """A letter counts from the load files alone, the check from the natives too."""
    volume = made.spoilt(case.folder, tmp_path)
    copies = sorted((volume / "NATIVES").rglob("*.TXT"))[-2:]
    copies[0].write_bytes(copies[1].read_bytes())
    rules = made.standard(case.rules)

    whole, rows = (check(volume, rules, load_files_only=alone) for alone in (False, True))
    assert whole.counts == rows.counts
    assert whole.counts["unique"] == 3


@pytest.mark.parametrize("case", ["one column for the family, UTF-16"], indirect=True)
def test_families_are_told_by_one_column(case: Case) -> None:
    assert "ATTACHRANGE runs from the parent's first page" in case.letter
    assert case.data.startswith(b"\xff\xfe")


@pytest.mark.parametrize("case", ["one number in two columns"], indirect=True)
def test_a_column_that_must_repeat_another_is_compared(case: Case, tmp_path: Path) -> None:
    volume = made.spoilt(case.folder, tmp_path)
    made.rewritten(volume, case.rules, lambda rows: rows[2].update(DOC_ID="X1"))
    # The load file is not as the manifest has it any more, and that is told as well.
    (finding,) = [f for f in made.found(volume, case.rules).findings if f.code != "PA01"]

    assert (finding.code, finding.bates) == ("MD17", "EXAMPL00000003")


@pytest.mark.parametrize("case", ["names"], indirect=True)
def test_a_finding_calls_a_column_as_the_standard_does(case: Case, tmp_path: Path) -> None:
    volume = made.spoilt(case.folder, tmp_path)
    made.rewritten(volume, case.rules, lambda rows: rows[1].update(parent="EXAMPL00000099"))
    found = made.found(volume, case.rules)

    assert any("PARENTID" in finding.message for finding in found.findings)
    assert not any("PARENT_BATES" in finding.message for finding in found.findings)
    assert "PARENTID" in found.kinds["FM03"].meaning


def test_a_file_may_say_order_and_kind_once_more(processed: Matter) -> None:
    """As the first standards did; what agrees is no fault."""
    rules = changed(NAMED)
    for at, column in enumerate((*rules["field"], *rules["extra"]), 1):
        column["order"], column["type"] = at, made.standard(NAMED).all_columns[at - 1].type

    assert made.standard(rules).header == made.standard(NAMED).header
