"""Who sent it: the address of the properties, never what a display name claims."""

from __future__ import annotations

import pytest

from forthwith.domain.evidence import Hint, InMemory
from forthwith.formats.mail import eml
from forthwith.formats.outlook import as_eml, msg, people
from forthwith.formats.outlook.message import Message
from tests.builders.outlook import Bag, MsgBuilder

REP, REP_ADDRESS, REP_SMTP, REP_KEY = 0x0042001F, 0x0065001F, 0x5D02001F, 0x003B0102
NAME, ADDRESS, SMTP, KEY, ENTRY = 0x0C1A001F, 0x0C1F001F, 0x5D01001F, 0x0C1D0102, 0x0C190102
HEADERS = 0x007D001F
EX = "/o=Northgate/ou=Exchange/cn=Recipients/cn=ana"
ONE_OFF = (
    bytes(4) + bytes.fromhex("812b1fa4bea310199d6e00dd010f540200000190")
    + "Ana\0SMTP\0ana@x.example\0".encode("utf-16-le")
)  # fmt: skip


def message(bag: Bag, rows: tuple[Bag, ...] = ()) -> Message:
    return msg.message_of(InMemory(MsgBuilder(bag, rows).build()), Hint())


@pytest.mark.parametrize(
    ("bag", "author", "sender"),
    [
        # A name that looks like an address, as the sender of a fraud gives it.
        (
            {REP: "ceo@n.example", NAME: "ceo@n.example", ADDRESS: "mallory@e.example"},
            '"ceo@n.example" <mallory@e.example>',
            "",
        ),
        (
            {REP: "ceo@n.example", NAME: "Mallory", KEY: b"SMTP:MALLORY@E.EXAMPLE\0"},
            '"ceo@n.example" <mallory@e.example>',
            "",
        ),
        ({REP: "Ana", NAME: "Ana", ENTRY: ONE_OFF}, "Ana <ana@x.example>", ""),
        ({REP: "Ana", REP_KEY: b"SMTP:ANA@X.EXAMPLE\0"}, "Ana <ana@x.example>", ""),
        # Sent on behalf: two people stay two.
        (
            {REP: "Board", REP_SMTP: "board@x.example", NAME: "Ana", SMTP: "ana@x.example"},
            "Board <board@x.example>",
            "Ana <ana@x.example>",
        ),
        ({REP: "Board", NAME: "Ana", SMTP: "ana@x.example"}, "Board", "Ana <ana@x.example>"),
        # An address inside an organisation gives way to SMTP wherever there is one.
        ({REP: "Ana", REP_ADDRESS: EX, REP_SMTP: "ana@x.example"}, "Ana <ana@x.example>", ""),
        ({REP: "Ana", REP_ADDRESS: EX}, f"Ana <{EX}>", ""),
        (
            {REP: "Ana", REP_ADDRESS: EX, HEADERS: "From: Ana R <ana@x.example>\r\n"},
            "Ana R <ana@x.example>",
            "",
        ),
        # A header may fill in an address, not another person.
        ({REP: "Ana", HEADERS: "From: Ben <ben@x.example>\r\n"}, "Ana", ""),
        ({REP: "Ana", HEADERS: 'From: "Ana" <ana@x.example>\r\n'}, '"Ana" <ana@x.example>', ""),
        ({HEADERS: "From: Ben <ben@x.example>\r\n"}, "Ben <ben@x.example>", ""),
        ({REP: "'ana@x.example'", REP_SMTP: "ana@x.example"}, "ana@x.example", ""),
    ],
)
def test_the_author_has_the_address_the_store_knows(bag: Bag, author: str, sender: str) -> None:
    """A search by sender must find who sent it, not whom the sender claimed to be."""
    item = message(bag)

    assert people.author(item) == author
    assert people.sender(item) == sender


def test_a_recipient_with_the_name_of_another_address_keeps_its_own() -> None:
    rows: tuple[Bag, ...] = (
        {0x0C150003: 1, 0x3001001F: "counsel@n.example", 0x39FE001F: "mallory@e.example"},
        {0x0C150003: 2, 0x3001001F: "Ben"},
    )
    native = as_eml.render(message({0x0037001F: "x"}, rows))
    reading = eml.read(InMemory(native), Hint())

    assert people.addressees(message({}, rows))[1] == ('"counsel@n.example" <mallory@e.example>',)
    assert reading.value("to") == '"counsel@n.example" <mallory@e.example>'
    assert reading.value("cc") == "Ben"
