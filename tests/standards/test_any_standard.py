"""Whatever rules are drawn, a volume written by them is read back by them and nothing is found.

Standards are drawn from the seed of each test: delimiters, encodings, forms, columns and their
order; values hold every sign that a delimiter can be.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from forthwith.check import run as check
from forthwith.domain import fields
from forthwith.domain.errors import ForthwithError
from forthwith.produce import stage as volume
from forthwith.standards import loader
from tests.builders import standard as made
from tests.builders.documents import FAKE_IMAGER, FakeAccess, document, family, order

SIGNS = "ab,;|\"'^þ®~#§ /\\\t\n\rÄ漢€–“\x85\u2028"
ENCODINGS = ["utf-8-sig", "utf-8", "utf-16", "utf-16-be", "cp1252", "iso8859-1", "ascii"]
DATES = ["mm/dd/yyyy", "dd/mm/yyyy", "yyyymmdd", "d.m.yyyy", "dd-mmm-yyyy", "yyyy mm dd"]
TIMES = ["hh:mm AM/PM TZ", "hh:mm", "hh:mm:ss", "hhmm", "h:mm am/pm", "hh.mm TZ", "hh:mm:ss (TZ)"]
#: Roles a standard may do without, one of the three of families left.
OPTIONAL = [
    "family_range", "family_last", "parent", "children", "custodian", "md5", "sha256",
    "time_zone", "time_sent", "date_sent", "from", "subject", "page_count", "size", "extension",
    "message_id", "file_name", "header",
]  # fmt: skip
#: The pages of these volumes are no pages, the natives no files of their kind, the texts others.
IDLE = {"IM01", "IM05", "IM06", "IM07", "NT05", "NT06", "TX02", "TX05"}


def drawn(by: random.Random) -> made.Rules:
    """Return rules; some of them cannot be followed."""
    pick, some = by.choice, by.sample
    rules = made.changed(
        made.rules(pick(loader.available())),
        load_file={
            "field": pick([20, 44, 9, 124, 59, 182, 35, 94]),
            "quote": pick([254, 34, 39, 94, "", 167]),
            "newline": pick([174, 126, 32]),
            "multi_value": pick([";", "|", ",", 174, "#"]),
            "encodings": some(ENCODINGS, by.randint(1, 3)),
            "bom_if_unicode": pick([True, False]),
            "header": pick([True, False]),
        },
        formats={
            "date": pick(DATES), "time": pick(TIMES), "size_unit": pick([1, 1000, 1024]),
            "range_mark": pick([" - ", "-", " to ", ".."]),
        },
        text={
            "encodings": some([each for each in ENCODINGS if each != "utf-16-be"], 2),
            "one_encoding_per_production": pick([True, False]),
        },
        names={"files_per_folder": pick([1, 2, 2000])},
    )  # fmt: skip
    rules = made.without(rules, *some(OPTIONAL, by.randint(0, 6)))
    if pick([True, False]):
        rules["field"] = some(rules["field"], len(rules["field"]))
    for column in (*rules["field"], *rules["extra"]):
        column["name"] = pick([column["name"], column["name"].lower()])
    return rules


@pytest.mark.parametrize("seed", range(40))
def test_what_is_written_by_any_rules_is_read_back_by_them(seed: int, tmp_path: Path) -> None:
    """Rules that cannot be followed are refused; no others lose a row, a cell or a family."""
    by = random.Random(seed)
    rules = drawn(by)
    try:
        standard = made.standard(rules)
    except ForthwithError:
        return
    said = "".join(by.choice(SIGNS) for _ in range(40))
    documents = [
        each
        for first in (1, 11, 21)
        for each in family(first, first % 3, fields={fields.SUBJECT: said[first : first + 8]})
    ]
    name = "a|b,c;d 'e' \"f\" ~g ^h.txt"
    documents.append(document(90, name=name, fields={fields.AUTHOR: said}))
    access = FakeAccess(texts={each.control_number: said for each in documents})
    asked = order(time_zone=by.choice(["UTC", "America/New_York"]))
    staged = volume.stage(tmp_path, asked, documents, access, standard, 1, imager=FAKE_IMAGER)
    report = check(staged.root, standard)

    assert [each for each in report.findings if each.code not in IDLE] == []
    assert (report.counts["documents"], report.counts["families"]) == (len(documents), 4)
