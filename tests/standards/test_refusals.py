"""A standard's own file that cannot be followed is refused with its line and its cure."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path

import pytest

from forthwith.domain.errors import ForthwithError
from forthwith.standards import loader
from forthwith.standards.loader import LacksRoleError
from forthwith.standards.tables import StandardFileError
from tests.builders import standard as made

TEXT = (
    files("forthwith.standards")
    .joinpath("sec/2021-08.toml")
    .read_text(encoding="utf-8")
    .replace('name     = "sec/2021-08"', 'name     = "protocol/1"')
)

#: What is replaced, by what, and what must be said of it.
REFUSED = [
    ('title    = "SEC', "title    = SEC", "no TOML"),
    ('issuer   = "U.S.', 'mood     = 1\nissuer   = "U.S.', "mood is no key"),
    ('issuer   = "U.S.', 'isuer    = "U.S.', "it may be issuer that is meant"),
    ("revision = 2021-08-01", 'revision = "2021"', "it takes a date without quotes"),
    ("field          = 20 ", "fields         = 20 ", "[load_file] fields is no key"),
    ("field          = 20 ", 'field          = ",,"', "it takes one character"),
    ("field          = 20 ", "field          = 254 ", "field and quote are both þ"),
    ("field          = 20 ", "field          = 65 ", "field is A, which stands inside values"),
    ("quote          = 254 ", 'quote          = "漢"', "which stands inside values"),
    ("newline        = 174 ", "newline        = 254", "newline and quote are both þ"),
    ('encodings      = ["utf-8-sig"', 'encodings      = ["klingon"', "known are utf-8-sig"),
    ('encodings      = ["utf-8-sig"', 'encodings      = ["ascii"', "which ascii has not"),
    ("header         = true", 'header         = "yes"', "it takes true or false"),
    ("data_files     = 1 ", "data_files     = 2 ", "it takes 1 only"),
    ('date   = "mm/dd/yyyy"', 'date   = "mm/dd/yy"', "no form of a date known here"),
    ('date   = "mm/dd/yyyy"', 'date   = "dd/dd/yyyy"', "not one year, one month and one day"),
    ('date   = "mm/dd/yyyy"', 'date   = "mdyyyy"', "no mark between its parts"),
    ('time   = "hh:mm AM/PM TZ"', 'time   = "noon"', "no form of a time known here"),
    ('"00/00/0000", ', '"someday", ', "'someday', which is no date"),
    ("earliest   = 1980-01-01", "earliest   = 1980-01-01T00:00:00", "it takes a date"),
    ("size_unit  = 1024", "size_unit  = 0", "how many bytes a unit of size has"),
    ("files_per_folder = 2000", "files_per_folder = true", "a whole number above 0"),
    ('pattern          = "[A-Z', 'pattern          = "([A-Z', "no regular expression"),
    ("dpi              = 300", "dpi              = 1200", "72 to 600 dpi"),
    ("compression      = 4 ", "compression      = 5 ", "written as CCITT Group IV"),
    ("bits             = 1 ", "bits             = 8 ", "one bit a pixel"),
    ("pages_per_file   = 1", "pages_per_file   = 99", "each page is written as its own file"),
    ('endorse          = "lower right"', 'endorse          = "middle"', "known are lower left"),
    ('colour           = ["jpg"', 'colour           = ["png"', "jpg or jpeg"),
    ('level     = "document"', 'level     = "page"', "one file a document"),
    (
        'encodings = ["utf-8-sig", "utf-16"',
        'encodings = ["utf-8-sig", "utf-16-le"',
        "no byte order",
    ),
    ('named_by     = "first_bates"', 'named_by     = "sha256"', "first number alone"),
    ('digest       = "md5"', 'digest       = "crc"', "known are md5, sha1, sha256"),
    ('id        = "G4"', 'id        = "G3"', "the clause G3 stands twice"),
    ("confirmed = true", 'confirmed = "yes"', "it takes true or false"),
    ('name     = "LASTBATES"', 'name     = "firstbates"', "give each column a name of its own"),
    ('name     = "LASTBATES"', 'name     = " LASTBATES"', "a space at its end"),
    ('fill     = "rule:parent_bates"', 'fill     = "rule:parent"', '"rule:parent_bates"'),
    ('fill     = "field:to"', 'fill     = "field:form"', "fills nothing"),
    ('fill     = "field:cc"', 'fill     = "field:to"', 'fill = "same:to"'),
    ('fill     = "field:cc"', 'fill     = "same:sha1"', "which no column is"),
    ('fill     = "field:cc"', 'role     = "copies"', "role is 'copies', which is none"),
    ('fill     = "field:cc"', 'role     = "cc"\nfill     = "field:to"', "the role cc is"),
    ('required = "family"', 'required = "sometimes"', "it can say always, email"),
    ('required = "child"', 'required = "withheld"', "it can say always, email"),
    ('required = "always"', 'required = "held"', "every document has its numbers"),
    ('classes  = ["email"]', 'classes  = ["mail"]', "known are email, edoc, paper, child"),
    ('classes  = ["email"]', "classes  = []", "name at least one"),
    ('classes  = ["email", "edoc", "paper"]', 'classes  = ["edoc"]', 'name "email" and "edoc"'),
    ('aliases  = ["CUSTODIAN_NAME"', 'aliases  = ["EMAIL FROM"', "is an alias of"),
    ('note     = "A message', 'type     = "date"\nnote     = "A message', "gives 'text'"),
]


def refusal(text: str) -> str:
    with pytest.raises(ForthwithError) as told:
        loader.read(text.encode(), "protocol.toml")
    return str(told.value)


@pytest.mark.parametrize(("old", "new", "said"), [each for each in REFUSED if each[2]])
def test_what_is_wrong_is_said_with_its_line_and_cure(old: str, new: str, said: str) -> None:
    """In one sentence, so that whoever typed it can mend it without reading a manual."""
    assert old in TEXT
    told = refusal(TEXT.replace(old, new, 1))

    assert said in told
    line = int(re.match(r"protocol\.toml, line (\d+): ", told)[1])  # type: ignore[index]
    wrong = TEXT.replace(old, new, 1).splitlines()
    first = TEXT[: TEXT.index(old)].count("\n")
    assert wrong[line - 1].split("=")[0].strip() in {
        wrong[at].split("=")[0].strip() for at in range(max(first - 12, 0), first + 6)
    }
    assert told.count(".") >= 2
    assert told.endswith(".")


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("/", "dates; give a quote"),
        (":", "times; give a quote"),
        ("-", "ranges; give a quote"),
        ("\\", "values; take a sign"),
    ],
)
def test_without_quotes_a_field_mark_may_stand_nowhere(field: str, said: str) -> None:
    """Every date would shift its row."""
    rules = made.changed(made.rules(), load_file={"field": field, "quote": ""})

    with pytest.raises(StandardFileError, match=f"stands inside {said}"):
        made.standard(rules)


def test_names_of_columns_fit_the_encodings() -> None:
    rules = made.changed(
        made.renamed(made.rules(), subject="主題"), load_file={"encodings": ["cp1252"]}
    )

    with pytest.raises(StandardFileError, match="not all letters of the columns' names"):
        made.standard(rules)


def test_the_line_is_the_keys_own() -> None:
    told = refusal(TEXT.replace("dpi              = 300", "dpi              = 3000"))
    line = next(at for at, words in enumerate(TEXT.splitlines(), 1) if words.startswith("dpi "))

    assert told == (
        f"protocol.toml, line {line}: [images] dpi is 3000; pages are written at 72 to 600 dpi."
    )


def test_a_key_left_out_is_said_at_its_table() -> None:
    told = refusal(TEXT.replace("dpi              = 300\n", ""))
    line = TEXT.splitlines().index("[images]") + 1

    assert told.startswith(f"protocol.toml, line {line}: [images] has no dpi; add dpi = ")


def test_a_table_left_out_is_named() -> None:
    rules = made.rules()
    del rules["text"]

    with pytest.raises(StandardFileError, match=r"no table \[text\]; add it"):
        made.standard(rules)


def test_order_must_agree_with_where_a_block_stands() -> None:
    """Two sources of one truth would part one day."""
    rules = made.rules()
    rules["field"][3]["order"], rules["field"][4]["order"] = 5, 4

    with pytest.raises(StandardFileError, match="ENDATTACH has order 4 and stands after 5"):
        made.standard(rules)


def test_a_table_inside_words_is_no_heading() -> None:
    """Words of several lines may hold anything."""
    text = TEXT.replace(
        'source   = "Data Delivery Standards, Rev. 8/2021, with Addendum A"',
        'source   = """\n[images]\ndpi = 5\n"""',
    )
    told = refusal(text.replace("dpi              = 300", "dpi              = 3000"))
    line = text.splitlines().index("dpi              = 300") + 1

    assert f"line {line}:" in told


@pytest.mark.parametrize("role", ["first_bates", "last_bates", "native_path", "text_path"])
def test_a_standard_without_what_every_check_needs_is_refused(role: str) -> None:
    """Never "no findings"."""
    rules = made.without(made.rules(), role)

    with pytest.raises(LacksRoleError, match=f"no column of the role {role}, .* Add a") as told:
        made.standard(rules)
    assert loader.roles.BY_NAME[role].fill in str(told.value)


def test_a_standard_that_tells_no_family_is_refused() -> None:
    rules = made.without(made.rules(), "parent", "family_first", "family_range")

    with pytest.raises(LacksRoleError, match="parent or family_first or family_range"):
        made.standard(rules)


def test_a_document_is_not_told_apart_by_what_may_be_left_out() -> None:
    rules = made.rules()
    rules["extra"].append(rules["field"].pop(1))

    with pytest.raises(StandardFileError, match=r"LASTBATES stands under \[\[extra\]\]"):
        made.standard(rules)


def test_bytes_that_are_no_text_are_refused_with_their_line() -> None:
    with pytest.raises(StandardFileError, match=r"line 2: this is not UTF-8 text; save"):
        loader.read(b'name = "a/1"\ntitle = "\xff"\n', "protocol.toml")


def test_a_file_of_ones_own_has_a_name_of_its_own(tmp_path: Path) -> None:
    """Reports and the journal name rules by their name: it must mean these."""
    place = tmp_path / "mine.toml"
    place.write_text(TEXT.replace('"protocol/1"', '"sec/2021-08"').replace("2000", "1000", 1))

    with pytest.raises(StandardFileError, match="a standard shipped with forthwith; give yours"):
        loader.load(str(place))


def test_a_file_that_is_not_there_is_said_to_be_so(tmp_path: Path) -> None:
    with pytest.raises(ForthwithError, match=r"mine\.toml cannot be read \(No such file"):
        loader.load("./mine.toml", tmp_path)
