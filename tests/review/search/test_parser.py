"""Queries as written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.review.search.parser import parse
from forthwith.review.search.query import QueryError, show


@pytest.mark.parametrize(
    ("query", "read"),
    [
        ("a AND b OR c", "((a AND b) OR c)"),
        ("a or b and not c", "(a OR (b AND NOT c))"),
        ("a NOT b", "(a AND NOT b)"),
        ("a w/5 b OR c", "((a w/5 b) OR c)"),
        ("a W/5 b PRE/2 c", "((a w/5 b) pre/2 c)"),
        ("NOT a w/5 b", "NOT (a w/5 b)"),
        ("(a OR b) w/3 (c AND d)", "((a OR b) w/3 (c AND d))"),
        ('"Change of Control"', '"change of control"'),
        ("“change of control”", '"change of control"'),
        ('"and" OR "Not"', '("and" OR "not")'),
        ("e-mail", '"e mail"'),
        ("1,250,000", '"1 250 000"'),
        ("Ortega's", '"ortega s"'),
        ("quorum% OR quorum%2 OR Signing~", "(quorum% OR quorum%2 OR signing~)"),
        ("*quor?m*", "*quor?m*"),
        ("o'br*", '"o br*"'),
        ("*.xlsx", '"* xlsx"'),
        ("from:ortega@northgate.example", 'from:"ortega northgate example"'),
        ("FROM:(a w/3 b)", "(from:a w/3 from:b)"),
        ('subject:"cold keys"', 'subject:"cold keys"'),
        ("10:30", '"10 30"'),
        ("date:2023-01-01..2023-06-30", "date:2023-01-01..2023-06-30"),
        ("date:2023-02", "date:2023-02-01..2023-02-28"),
        ("date:>=2023-03-01", "date:2023-03-01.."),
        ("date:<2023-03-01", "date:..2023-02-28"),
        ("bates:NGT0001..NGT0020", "bates:NGT0001..NGT0020"),
        ("type:(email OR pdf)", "(type:email OR type:pdf)"),
        ("冷钱包", '"冷 钱 包"'),
        ("side:Theirs NOT coded:QC", "(side:theirs AND NOT coded:qc)"),
        ("mark:Privilege=Attorney-Client", "mark:privilege=attorney-client"),
        ('mark:"issues = customer  money"', 'mark:"issues=customer money"'),
        ('mark:"proposed:privilege=none"', 'mark:"proposed:privilege=none"'),
        ('mark:(hot OR "a (b)")', '(mark:hot OR mark:"a (b)")'),
        ('coder:"and" OR batch:none', '(coder:"and" OR batch:none)'),
        ('coder:"from:a" OR coder:M.Ortega@x', '(coder:"from:a" OR coder:m.ortega@x)'),
        ("mark:a=http://b", 'mark:"a=http://b"'),
        ("batch:B0007 AND fault:any", "(batch:b0007 AND fault:any)"),
    ],
)
def test_a_query_is_read_with_its_brackets(query: str, read: str) -> None:
    assert show(parse(query)) == read
    assert show(parse(read)) == read


@pytest.mark.parametrize(
    ("query", "position", "what"),
    [
        ("", 0, "nothing to search"),
        ("a b", 2, "side by side"),
        ("a AND", 5, "end of the query"),
        ("AND a", 0, "is due where 'AND'"),
        ("(a OR b", 0, "not closed"),
        ("a)", 1, "no bracket"),
        ("()", 0, "nothing in these brackets"),
        ('x AND "a b', 6, "not closed"),
        ("a w/0 b", 2, "no distance"),
        ("a w/1001 b", 2, "no distance"),
        ("a w/s b", 2, "not an operator"),
        ("a near/5 b", 2, "not an operator"),
        ("a w/5 NOT b", 6, "NOT cannot stand inside"),
        ("a w/5 (b OR NOT c)", 12, "NOT cannot stand inside"),
        ("a w/5 date:2023", 11, "no place in the text"),
        ("from:a w/5 b", 7, "two fields"),
        ("author:a", 0, "not a field"),
        ("from: a", 0, "nothing after it"),
        ("from:(to:a)", 6, "stands inside"),
        ("a AND *", 6, "no letter or digit"),
        ("a AND ---", 6, "no letter or digit"),
        ("100%", 0, "other numbers"),
        ("ab%2", 0, "too much"),
        ("abcdef%3", 0, "too much"),
        ("a*% OR b", 0, "not one plain word"),
        ("e-mail~", 0, "not one plain word"),
        ("冷*", 0, "each character is a word"),
        ("date:2023-02-30", 5, "no day"),
        ("date:2023-06..2023-01", 5, "ends before"),
        ("bates:NGT0009..NGT0001", 6, "one run"),
        ("bates:NGT", 6, "no Bates number"),
        ("side:both", 5, "no value"),
        ("coded:maybe", 6, "no value"),
        ("fault:", 0, "nothing after it"),
        ("mark:=yes", 5, "which mark"),
        ("mark:hot=", 5, "which mark"),
        ('batch:" "', 6, "has no value"),
        ("a w/5 mark:hot", 11, "no place in the text"),
        ("(" * 65 + "a" + ")" * 65, 64, "nested more than"),
        ("a" + " w/1 a" * 65, 386, "distances follow"),
        ("NOT " * 70 + "a", 256, "nested more than"),
    ],
)
def test_an_error_points_at_its_character(query: str, position: int, what: str) -> None:
    with pytest.raises(QueryError) as refused:
        parse(query)

    assert refused.value.position == position
    assert what in refused.value.what
    assert refused.value.instead
    *_, line, mark = str(refused.value).splitlines()
    assert mark.index("^") - 2 == position
    assert len(line) - 2 == len(query)


@given(st.text(alphabet='ab*?%~"()/:w5.<> \u0301冷ANDORnotpredate2', max_size=40))
def test_whatever_is_typed_is_read_or_refused_with_a_sentence(query: str) -> None:
    try:
        shown = show(parse(query))
    except QueryError as refused:
        shown = refused.what + refused.instead + query[: refused.position]
    assert shown
