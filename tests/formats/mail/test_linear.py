"""Mail written to take long costs what its length costs: one bad field never costs the message."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from forthwith.domain import fields
from forthwith.domain.evidence import Budget, Hint, InMemory
from forthwith.formats import readers
from forthwith.formats.mail.header_fields import mailboxes

HEAD = b"From: a@x.example\r\nTo: b@x.example\r\nSubject: Keys\r\n"
MULTIPART = HEAD + b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
#: Processor seconds for all shapes at once; a quadratic one of this size alone takes minutes.
SECONDS = 60


def filled(unit: bytes, size: int) -> bytes:
    return (unit * (size // len(unit) + 1))[:size]


def folded(value: bytes) -> bytes:
    return b"\r\n ".join(value[at : at + 70] for at in range(0, len(value), 70))


#: What fields are filled with; each found, or close to one found, to be quadratic somewhere.
UNITS = (
    b"e:", b":", b"e:;", b"e:a@x;", b"[:", b"(", b"()", b"(a)", b")", b'"', b'"a" ', b'\\"', b"<",
    b"<>", b",", b";", b"=?", b"=?utf-8?q?", b"=?utf-8?q?a?= ", b"\xe9", b"\xe9,", b"@", b"a ",
)  # fmt: skip
FIELDS = (
    b"Cc", b"Subject", b"References", b"Date", b"Received", b"Content-Type", b"Message-ID",
    b"X-Gmail-Labels", b"Content-Disposition",
)  # fmt: skip


def shapes(size: int) -> dict[str, bytes]:
    """Return messages of about `size` bytes by what is in them."""
    made = {
        f"{name.decode()} of {unit!r}": HEAD + name + b": " + folded(filled(unit, size))
        for name in FIELDS
        for unit in UNITS
    }
    made |= {f"Cc of {unit!r};": HEAD + b"Cc: " + filled(unit, size) + b";" for unit in UNITS}
    numbered = range(size // 12)
    pieces = b"".join(b"\r\n name*%d*=%%41;" % number for number in numbered)
    made |= {
        "references": HEAD + b"References:" + b"".join(b"\r\n <%d@x>" % one for one in numbered),
        "lines that are no headers": HEAD + filled(b"junk line\r\n", size),
        "a name and blanks": HEAD + b"X" + b" " * size,
        "a value and blanks": HEAD + b"X: a" + b" " * size,
        "folds": HEAD + b"X: a\r\n" + filled(b" \r\n", size),
        "line ends of old Macs": HEAD + filled(b"X: a\r", size),
        "headers received": HEAD + filled(b"Received: by b; 1 Feb 2021 10:00:00 +0000\r\n", size),
        "parameters in pieces": HEAD + b"Content-Disposition: attachment;" + pieces,
        "boundaries": MULTIPART + filled(b"--b\r\n\r\n", size),
        "nearly boundaries": MULTIPART + filled(b"--bb\r\n--\r\n-b\r\n", size),
        "yEnc without end": HEAD + b"\r\n" + filled(b"=ybegin line=1 size=3 name=a\r\n", size),
        "BinHex and line ends": HEAD
        + b"\r\n(This file must be converted with BinHex 4.0)"
        + filled(b"\r\n", size),
    }
    return {name: data + b"\r\n\r\nThe body.\r\n" for name, data in made.items()}


def read_all(size: int) -> None:
    for data in shapes(size).values():
        reading = readers.read(InMemory(data), Hint("a.eml", "message/rfc822", Budget()))
        values = {field.name: field.value for field in reading.fields}
        assert values[fields.FROM] == "a@x.example"


def within_limit(size: int) -> None:
    code = f"from tests.formats.mail.test_linear import read_all; read_all({size})"
    bound = (SECONDS, SECONDS)

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, bound)

    subprocess.run([sys.executable, "-c", code], check=True, preexec_fn=limited)


def test_hostile_fields_cost_what_their_length_costs() -> None:
    """A Cc of "e:e:e:…" of 150 KB once took longer than a reader may, and the message was lost."""
    within_limit(50_000)


@pytest.mark.slow
def test_hostile_fields_of_half_a_megabyte() -> None:
    """The same at ten times the size: whatever is quadratic here is a hundred times as slow."""
    within_limit(500_000)


def test_colons_without_a_group_stay_in_the_address() -> None:
    """Groups are told by their words and a semicolon; the way to tell them changed nothing."""
    assert mailboxes(b"e:e:e:") == ("e:e:e:",)
    assert mailboxes(b"Team: a@x.example, b@x.example; c@x.example") == (
        "a@x.example",
        "b@x.example",
        "c@x.example",
    )
    assert mailboxes(b"undisclosed-recipients:;") == ("undisclosed-recipients:;",)
    assert mailboxes(b"a@x.example:b; d") == ("a@x.example:b", "d")
    assert mailboxes(b"[SMTP:a@x.example]; b: c@x.example;") == (
        "[SMTP:a@x.example]",
        "c@x.example",
    )
