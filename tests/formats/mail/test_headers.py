"""Headers, encoded words, parameters, addresses and dates as real senders write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.formats.mail.dates import dated, instant, received_instant
from forthwith.formats.mail.header_fields import mailboxes
from forthwith.formats.mail.headers import Headers, decoded, structured


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b" plain", "plain"),
        (b"folded\r\n\t line", "folded  line"),
        (b"=?iso-8859-1?q?Gr=FC=DFe_an?= =?utf-8?B?w5Y=?=", "Grüße anÖ"),
        (b"=?utf-8?B?w?= =?utf-8?B?5Y=?=", "\ufffd\ufffd"),
        (b"=?utf-8?Q?=C3?= =?utf-8?Q?=BC?=", "ü"),
        (b"=?utf-8?Q?a b?= c", "a b c"),
        (b"=?no-such?Q?abc?=", "abc"),
        (b"=?utf-8?B?!!?=", ""),
        ("raw ü".encode(), "raw ü"),
        (b"raw \xfc", "raw ü"),
        (b"nul\0inside", "nul inside"),
        (b"=?utf-8?X?abc?=", "=?utf-8?X?abc?="),
    ],
)
def test_values_are_decoded(raw: bytes, shown: str) -> None:
    assert decoded(raw) == shown or "\ufffd" in shown


def test_every_header_is_kept_in_order() -> None:
    block = b"Received: one\r\nreceived: two\r\n\tfolded\r\nX-Empty:\r\nTo:\tBob \r\n"
    for headers in (Headers.sound(block, 99), Headers(block, 99)):
        assert headers is not None
        assert headers.decoded() == [
            ("Received", "one"),
            ("received", "two folded"),
            ("X-Empty", ""),
            ("To", "Bob"),
        ]
        assert headers.all(b"received") == [b"one", b"two folded"]
        assert headers.raw(b"received") == b"one"


lines = st.lists(
    st.sampled_from(
        [
            b"A: b",
            b"Subject: x  ",
            b" folded",
            b"\tfolded",
            b"no header",
            b"",
            b"C :\t=?x?q?a?=",
            b"D: \xfc",
            b": nothing",
            b"E:\rF: g",
            b"G: \0",
        ]
    ),
    max_size=8,
)


@given(lines, st.sampled_from([b"\n", b"\r\n"]))
def test_both_ways_through_a_block_agree(pieces: list[bytes], line_end: bytes) -> None:
    block = b"".join(line + line_end for line in pieces)
    quick = Headers.sound(block, 99)
    if quick is not None:
        assert quick.decoded() == Headers(block, 99).decoded()
        assert not Headers(block, 99).junk


def test_parameters() -> None:
    head, parameters = structured(b"Text/Plain (a comment); charset=\"utf-8\" ; name*=x''a%20b")

    assert head == "text/plain"
    assert dict(parameters) == {"charset": "utf-8", "name": "a b"}


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        (b"a@example.org", ("a@example.org",)),
        (b'"Doe, J" <a@x>, b@y; c@z', ('"Doe, J" <a@x>', "b@y", "c@z")),
        (
            b"=?utf-8?Q?M=C3=BCller,_J?= <m@x> (a, comment), z",
            ("Müller, J <m@x> (a, comment)", "z"),
        ),
        (b"Friends: a@x, b@y;, c@z", ("a@x", "b@y", "c@z")),
        (b"undisclosed-recipients:;", ("undisclosed-recipients:;",)),
        (b"<@a,@b:c@d>,,", ("<@a,@b:c@d>",)),
        (b"Re: Name <a@x>", ("Re: Name <a@x>",)),
        (b" ", ()),
    ],
)
def test_addresses_as_sent(raw: bytes, shown: tuple[str, ...]) -> None:
    assert mailboxes(raw) == shown


@given(st.binary(max_size=60))
def test_no_bytes_stop_the_small_readers(raw: bytes) -> None:
    mailboxes(raw)
    structured(raw)
    instant(decoded(raw))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Mon, 14 May 2001 16:39:00 -0700 (PDT)", "2001-05-14T16:39:00-07:00"),
        ("14 May 01 16:39 EST", "2001-05-14T16:39:00-05:00"),
        ("Mon May 14 16:39:00 2001", "2001-05-14T16:39:00"),
        ("Sun, 06 Dec 2015 13:07:06 -0000", "2015-12-06T13:07:06+00:00"),
        ("Friday, September 6, 2002 3:00 PM", "2002-09-06T15:00:00"),
        ("2001-05-14 16:39:00 +0200", "2001-05-14T16:39:00+02:00"),
        ("Thu, 31 Feb 2002 10:00:00 +0000", ""),
        ("no date", ""),
    ],
)
def test_dates_keep_the_senders_offset(text: str, shown: str) -> None:
    assert instant(text) == shown


@pytest.mark.parametrize(
    ("text", "shown", "doubt"),
    [
        ("Mon, 18 Nov 2013 09:26:24 GMT +0100", "2013-11-18T09:26:24+01:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 UTC-5", "2013-11-18T09:26:24-05:00", ""),
        ("Mon Nov 18 2013 09:26:24 GMT+0100 (CET)", "2013-11-18T09:26:24+01:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 EST -0500", "2013-11-18T09:26:24-05:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 EST +0100", "2013-11-18T09:26:24", "disagree"),
        ("Mon, 18 Nov 2013 09:26:24 CEST", "2013-11-18T09:26:24+02:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 (CET)", "2013-11-18T09:26:24+01:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 JST", "2013-11-18T09:26:24+09:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 Z", "2013-11-18T09:26:24+00:00", ""),
        ("Mon, 18 Nov 2013 09:26:24 BST", "2013-11-18T09:26:24", "not sure (BST)"),
        ("Mon, 18 Nov 2013 09:26:24 IST", "2013-11-18T09:26:24", "not sure (IST)"),
        ("Mon, 18 Nov 2013 09:26:24 AST", "2013-11-18T09:26:24", "not sure (AST)"),
        ("Mon, 18 Nov 2013 09:26:24 A", "2013-11-18T09:26:24", "not sure (A)"),
        ("Mon, 18 Nov 2013 09:26:24", "2013-11-18T09:26:24", "gives no zone"),
        ("Mon, 18 Nov 2013 09:26:24 +9900", "2013-11-18T09:26:24", "no zone there is"),
        ("Mon, 1 Jan 0001 00:00:00 +0000", "", "no mail was sent"),
        ("Mon, 1 Jan 1601 00:00:00 +0000", "", "no mail was sent"),
        ("Wed, 31 Dec 1969 19:00:00 -0500", "", "no mail was sent"),
        ("Thu, 1 Jan 1970 00:00:00 GMT", "", "no mail was sent"),
        ("Fri, 31 Feb 2013 10:00:00 +0000", "", "not a date"),
        ("Fri, 1 Foo 2013 10:00:00 +0000", "", "not a date"),
        ("Fri, 1 Mar 2013 25:00:00 +0000", "", "not a date"),
        ("0001-01-01T00:00:00Z", "", "no mail was sent"),
    ],
)
def test_a_doubtful_time_is_told_and_is_no_fact(text: str, shown: str, doubt: str) -> None:
    """A name with several meanings gives no offset, a clock never set no day."""
    found = dated(text)

    assert found.instant == shown
    assert doubt in found.doubt
    assert bool(doubt) == bool(found.doubt)


@given(st.text(alphabet="0123456789 :+-,JanFebGMTCESTBSapm/()", max_size=40))
def test_no_text_stops_a_date(text: str) -> None:
    found = dated(text)

    assert found.instant or found.doubt


def test_received_is_what_follows_the_last_semicolon() -> None:
    assert received_instant("from a by b; x; Mon, 14 May 2001 1:02:03 GMT") == (
        "2001-05-14T01:02:03+00:00"
    )
