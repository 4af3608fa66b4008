"""A column is known by its role, whatever it is called and wherever it stands."""

from __future__ import annotations

from dataclasses import dataclass, replace

from forthwith.loadfiles import columns, dat

_DAY = r"\d{1,2}/\d{1,2}/\d{4}"


@dataclass(frozen=True)
class Named:
    """One column of made-up rules."""

    name: str
    role: str
    aliases: tuple[str, ...] = ()
    type: str = "text"
    extra: bool = False


FIRST = Named("FIRSTBATES", "first_bates", ("BEGDOC",))
SENT = Named("DATE_SENT", "date_sent")
BOTH = Named("SENT", "datetime_sent", type="date and time")
MOOD = Named("MOOD", "", extra=True)


def read(header: list[str], *rows: list[str], rules: dat.Rules = dat.PLAIN) -> columns.Columns:
    data = b"".join(dat.write(header, list(rows), rules))
    return columns.read(data, rules, [FIRST, SENT, BOTH, MOOD], _DAY)


def test_a_column_is_found_under_another_name_and_case() -> None:
    found = read(["mood", "BegDoc", "Other"], ["glad", "N1", "x"])

    assert found.known == ("MOOD", "FIRSTBATES", "")
    assert found.by_role["first_bates"] == ["N1"]
    assert found.by_name["MOOD"] == ["glad"]


def test_its_own_name_goes_before_another() -> None:
    found = read(["BEGDOC", "FIRSTBATES"], ["theirs", "N1"])

    assert found.known == ("", "FIRSTBATES")
    assert found.by_role["first_bates"] == ["N1"]


def test_a_day_and_its_time_are_taken_apart() -> None:
    found = read(["FIRSTBATES", "SENT"], ["N1", "03/14/2023 04:05 PM UTC"], ["N2", "in March"])

    assert found.by_role["date_sent"] == ["03/14/2023", "in March"]
    assert found.by_role["time_sent"] == ["04:05 PM UTC", ""]


def test_columns_of_their_own_stay_beside_one_that_holds_both() -> None:
    found = read(["DATE_SENT", "SENT"], ["04/02/2023", "03/14/2023 04:05 PM"])

    assert found.by_role["date_sent"] == ["04/02/2023"]
    assert found.by_role["time_sent"] == ["04:05 PM"]


def test_a_file_without_a_header_is_named_by_order_with_or_without_what_was_agreed() -> None:
    bare = replace(dat.PLAIN, header=False)
    for cells in (["N1", "04/02/2023", "", "glad"], ["N1", "04/02/2023", ""]):
        found = read(["FIRSTBATES", "DATE_SENT", "SENT", "MOOD"][: len(cells)], cells, rules=bare)

        assert found.by_role["first_bates"] == ["N1"]
        assert ("MOOD" in found.by_name) is (len(cells) == 4)
