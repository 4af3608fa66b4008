"""Claims are read as written, or refused at the character where they stop making sense."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.custody.questions.scope import Scope
from forthwith.custody.statements.claims import FORMS, BadClaimError, Claim, claim_of, parse
from forthwith.domain.fact_tables import RowFault
from tests.builders.statements import says, two_of_three

NAMES = st.from_regex(r"[a-z][a-z0-9:/-]{0,8}", fullmatch=True)


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        (
            "no_access(halden, class=customer, path=host)",
            Claim("no_access", ("halden",), Scope.parse("class=customer, path=host")),
        ),
        ("sole_control(northgate)", Claim("sole_control", ("northgate",))),
        (
            'holders(share-3) = {ortega, "Lindqvist, Per"}',
            Claim("holders", ("share-3",), members=frozenset({"ortega", "Lindqvist, Per"})),
        ),
        ("holders(k1) = {}", Claim("holders", ("k1",), members=frozenset())),
        ('complied( northgate , "the order, part II" )',
         Claim("complied", ("northgate", "the order, part II"))),
        ('used("Nova ""Vault"" Ltd", brisk)', Claim("used", ('Nova "Vault" Ltd', "brisk"))),
        (
            "Can_Move(halden, class=deposit|hot, destination=hot)",
            Claim("can_move", ("halden",), Scope.parse("class=deposit|hot, destination=hot")),
        ),
        ("no_access(halden, means=aws-root)",
         Claim("no_access", ("halden",), Scope.parse("means=aws-root"))),
    ],
)  # fmt: skip
def test_a_claim_reads(text: str, claim: Claim) -> None:
    assert parse(text) == claim


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("", 1, "empty"),
        ("sole_controls(northgate)", 1, "perhaps sole_control"),
        ("no_access", 10, "'('"),
        ("no_access()", 11, "lacks its entity"),
        ("used(northgate)", 15, "lacks its vendor"),
        ("used(northgate, brisk, more)", 24, "too many"),
        ("no_access(halden, customer)", 19, "key=value"),
        ("no_access(halden, clas=customer)", 19, "clas=customer"),
        ("no_access(halden, path=tunnel)", 19, "no path"),
        ("no_access(halden, class=)", 25, "needs a value"),
        ("no_access(class=hot, halden)", 22, "before"),
        ("never_used(a, b, path=host)", 18, "takes no path="),
        ("no_access(halden", 17, "the end"),
        ("no_access(halden) and more", 19, "nothing comes after"),
        ("holders(k1)", 12, "'='"),
        ("holders(k1) = ortega", 15, "'{'"),
        ("holders(k1) = {ortega", 22, "the end"),
        ('used("northgate, brisk)', 6, "quote"),
        ("no_access(halden, class=hot, class=cold)", 11, "twice"),
    ],
)
def test_a_claim_that_does_not_read_is_refused_at_its_character(
    text: str, at: int, word: str
) -> None:
    with pytest.raises(BadClaimError, match="at character") as told:
        parse(text)

    assert told.value.at == at
    assert word in str(told.value)


def test_a_bad_claim_is_a_fault_of_its_row() -> None:
    facts = says(two_of_three(), "no_acess(halden)")

    fault = claim_of(facts.statements[0])

    assert isinstance(fault, RowFault)
    assert (fault.file, fault.line) == ("statements.csv", 2)
    assert "at character 1: there is no claim 'no_acess'; perhaps no_access" in fault.what


def test_a_sentence_without_a_claim_has_none() -> None:
    assert claim_of(says(two_of_three(), "  ").statements[0]) is None


@given(st.sampled_from(sorted(FORMS)), st.lists(NAMES, min_size=2, max_size=2), st.sets(NAMES))
def test_what_is_written_reads_back(name: str, of: list[str], members: set[str]) -> None:
    form = FORMS[name]
    claim = Claim(
        name,
        tuple(of[: len(form.arguments)]),
        Scope.parse("class=customer, path=host") if form.scope else Scope(),
        frozenset(members) if form.members else None,
    )

    assert parse(str(claim)) == claim


@given(st.text(alphabet='abz_(),={}" \n\t|', max_size=60))
def test_any_text_reads_or_is_refused(text: str) -> None:
    try:
        read: Claim | int = parse(text)
    except BadClaimError as refused:
        read = refused.at

    assert isinstance(read, Claim) or 1 <= read <= len(text) + 1


def test_a_claim_of_a_million_signs_is_refused() -> None:
    with pytest.raises(BadClaimError):
        parse("no_access(" + "a," * 500_000 + ")")
