"""Claims of sentences that books answer, each way: supported, contradicted, unsupported."""

from __future__ import annotations

from datetime import date

import pytest

from forthwith.books.books import Parameters
from forthwith.custody.facts.facts import Facts
from forthwith.custody.statements.claims import parse
from forthwith.custody.statements.results import Judgement
from forthwith.domain.period import Period
from forthwith.workflows.books.claims import judge_with
from tests.books.builders import BooksBuilder, jan

JANUARY = Period(date(2026, 1, 1), date(2026, 2, 1))


def exchange() -> BooksBuilder:
    """Return an exchange with one account for its customers, fully backed in dollars."""
    books = BooksBuilder()
    books.bank("fbo", "7710", opening="100.00", holder="co")
    books.row("entities", id="co", name="Acme Exchange")
    books.row("entities", id="sister", name="Sister Trading")
    books.row("affiliates", entity="sister", of="co")
    books.row("completeness", means="accounts", **{"from": "2025-01-01"})
    return books.account("A").owed("A", "USD", "100.00")


def judged(books: BooksBuilder, claim: str, period: Period = JANUARY) -> Judgement:
    answer = judge_with(books.build(), Parameters(), Facts())(parse(claim), period)
    assert answer is not None
    return answer


def test_backed_is_supported_where_statements_cover_what_is_owed() -> None:
    assert judged(exchange(), "fully_backed(USD)").result == "supported"
    assert judged(exchange(), "cannot_verify(USD)").result == "contradicted"


def test_backed_is_contradicted_where_even_everything_is_too_little() -> None:
    books = exchange().owed("A", "USD", "50.00", at=jan(10))
    found = judged(books, "fully_backed(USD)")
    assert found.result == "contradicted"
    assert "150.00" in found.why
    assert "100.00" in found.why


def test_another_asset_or_none_is_never_taken_for_the_one_named() -> None:
    assert judged(exchange(), "fully_backed(EUR)").result == "unsupported"


def test_segregated_names_the_first_instant_and_both_stakes() -> None:
    books = exchange().wire("7710", jan(5), "5.00", "F1")
    books.entry("", "fbo", "USD", "5.00", jan(5), "house", "F1")
    found = judged(books, "segregated(USD)")
    assert judged(exchange(), "segregated(USD)").result == "supported"
    assert found.result == "contradicted"
    assert "100.00, others' 5.00" in found.why


@pytest.mark.parametrize(
    ("claim", "result"),
    [
        ("no_payment(co, sister)", "contradicted"),
        ("no_payment(Acme Exchange, Sister Trading)", "contradicted"),
        ("no_payment(stranger, sister)", "unsupported"),
    ],
)
def test_a_payment_to_an_affiliate_contradicts_whoever_says_there_was_none(
    claim: str, result: str
) -> None:
    books = exchange()
    books.bank("op", "7711", opening="40.00", class_="house", holder="co")
    books.row("bank_parties", account="9900", entity="sister")
    books.wire("7711", jan(5), "-30.00", "W1", "Sister Trading", "9900")
    assert judged(books, claim).result == result


def test_a_duty_is_the_question_it_is_bound_to() -> None:
    books = exchange()
    books.row("duties", duty="order 4", question="fully_backed(USD)", **{"from": "2026-01-01"})
    found = judged(books, 'complied(co, "order 4")')
    assert found.result == "supported"
    assert "order 4 asks for fully_backed(USD)" in found.why

    judge = judge_with(books.build(), Parameters(), Facts())
    assert judge(parse('complied(co, "order 5")'), JANUARY) is None


def test_two_duties_bound_to_each_other_are_bound_to_nothing() -> None:
    books = exchange()
    books.row("duties", duty="a", question="complied(co, b)")
    books.row("duties", duty="b", question="complied(co, a)")
    assert judge_with(books.build(), Parameters(), Facts())(parse("complied(co, a)"), None) is None


def test_keys_nobody_knows_show_nothing() -> None:
    assert judged(exchange(), "never_exercised(sister)").result == "unsupported"
    assert judged(exchange(), "exercised(co)").result == "unsupported"


@pytest.mark.parametrize(
    "claim", ["no_payment(co, sister)", "segregated(USD)", "fully_backed(USD)"]
)
def test_nothing_is_said_of_days_that_no_statement_shows(claim: str) -> None:
    """A payment then would be seen nowhere; what was mixed in January need not be so later."""
    books = exchange().wire("7710", jan(5), "5.00", "F1")
    books.entry("", "fbo", "USD", "5.00", jan(5), "house", "F1")
    later = Period(date(2027, 1, 1), date(2027, 2, 1))
    assert judged(books, claim, later).result == "unsupported"
    assert judged(exchange(), "no_payment(co, sister)").result == "supported"
