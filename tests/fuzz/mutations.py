"""Spoil bytes the way damage and malice do; the same number gives the same bytes."""

from __future__ import annotations

import io
import random
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence

#: Words of the formats, and signs on which parsers turn.
_TOKENS: tuple[bytes, ...] = (
    b"\0", b"\xff", b"\xff" * 4, b"\0" * 16, b"\r\n", b"\n\n", b"\r", b'"', b"'", b"<", b">",
    b"]]>", b"&amp;", b"&#0;", b"&#x110000;", b"<![CDATA[", b"<!ENTITY a 'b'>", b"{", b"}", b"[",
    b"]", b"{\\rtf1", b"\\bin99999 ", b"\\u-1?", b"\\'", b"=?utf-8?B?/w==?=", b"=?x?Q?=00?=",
    b"; charset=", b"Content-Type: multipart/mixed; boundary=",
    b"Content-Transfer-Encoding: base64\r\n", b"--", b"begin 644 x\n", b"From ",
    b"BEGIN:VEVENT\r\n", b"END:VCALENDAR\r\n", b"DTSTART;TZID=", b"RRULE:", b"%PDF-", b"obj",
    b"endobj", b"stream\n", b"/Length -1", b"/Kids[", b"/Parent", b"xref", b"%%EOF",
    b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06", b"PK\x06\x06", b"\x14", b"\xfe", b"\xc3\xbe",
    b"\xae", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\x80", b"\xf4\x90\x80\x80",
    b"\xc0\x80", b"\xe2\x80\xae", b"1e999", b"-1", b"NaN", b"999999999999999999999", b"0x",
    b"1/0", b"\\u0000", b"\\ud800", b"null", b"true", b"''", b"&a *a", b"!!python/object:x",
    b"../", b"\\", b"%s", b"%n", b"0000-00-00", b"9999-12-31T23:59:60Z",
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b", b"BZh9",
)  # fmt: skip
_NUMBERS = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 2**31 - 1, 2**31, 2**32 - 1)
_DIGITS = re.compile(rb"\d+")
#: Nothing is grown past this.
_LARGEST = 400_000

Mutation = Callable[[bytearray, random.Random, Sequence[bytes]], bytearray]


def _span(data: bytearray, chance: random.Random, most: int = 64) -> tuple[int, int]:
    start = chance.randrange(len(data) + 1)
    return start, min(len(data), start + chance.randint(1, most))


def _flip(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    for _times in range(chance.choice((1, 1, 2, 4, 16))):
        if data:
            data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return data


def _run(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start, end = _span(data, chance)
    data[start:end] = chance.choice((b"\0", b"\xff", b" ", b"A", chance.randbytes(1))) * (
        end - start
    )
    return data


def _cut(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    return data[: chance.randrange(len(data) + 1)]


def _drop(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start, end = _span(data, chance, chance.choice((1, 8, 512, 8192)))
    del data[start:end]
    return data


def _again(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start, end = _span(data, chance, chance.choice((4, 64, 2048)))
    times = chance.choice((1, 2, 10, 500))
    piece = data[start:end] * times
    data[end:end] = piece[:_LARGEST]
    return data


def _swap(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    start, end = _span(data, chance, 512)
    piece = data[start:end]
    del data[start:end]
    place = chance.randrange(len(data) + 1)
    data[place:place] = piece
    return data


def _splice(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> bytearray:
    other = chance.choice(seeds)
    start, end = _span(bytearray(other), chance, 4096)
    place = chance.randrange(len(data) + 1)
    data[place : place + chance.choice((0, end - start))] = other[start:end]
    return data


def _token(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    token, place = chance.choice(_TOKENS), chance.randrange(len(data) + 1)
    data[place : place + chance.choice((0, len(token)))] = token * chance.choice((1, 1, 1, 3, 200))
    return data


def _number(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    """Write a telling number where a length may stand, or in place of digits."""
    if chance.random() < 0.4 and (found := list(_DIGITS.finditer(data))):
        span = chance.choice(found).span()
        data[slice(*span)] = str(chance.choice((*_NUMBERS, -1, 2**63, 2**64, 10**30))).encode()
        return data
    form = chance.choice(("<H", ">H", "<I", ">I", "<Q", ">Q"))
    packed = struct.pack(form, chance.choice(_NUMBERS) & (256 ** struct.calcsize(form) - 1))
    place = chance.randrange(len(data) + 1)
    data[place : place + len(packed)] = packed
    return data


def _lines(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    lines = data.split(b"\n")
    chosen = chance.randrange(len(lines))
    match chance.randrange(3):
        case 0:
            lines.insert(chance.randrange(len(lines) + 1), lines[chosen])
        case 1:
            del lines[chosen]
        case _:
            chance.shuffle(lines)
    return bytearray(b"\n".join(lines))


def _in_member(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> bytearray:
    """Spoil one member of a zip and pack it again: checksums and directory stay sound."""
    if not data.startswith(b"PK"):
        return _flip(data, chance, seeds)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = [(info.filename, archive.read(info)) for info in archive.infolist()]
    except Exception:  # noqa: BLE001 - spoiled before; any other mutation will do
        return _flip(data, chance, seeds)
    if not members:
        return data
    chosen, out = chance.randrange(len(members)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, (name, content) in enumerate(members):
            if place == chosen:
                match chance.randrange(8):
                    case 0:
                        continue
                    case 1:
                        name = chance.choice(members)[0]
                    case _:
                        content = bytes(mutated(content, chance, seeds, 2))
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content)
    return bytearray(out.getvalue())


def _in_stream(data: bytearray, chance: random.Random, seeds: Sequence[bytes]) -> bytearray:
    """Spoil what a PDF holds deflated, and deflate it again."""
    streams = [
        (found.end(), end)
        for found in re.finditer(rb"stream\r?\n", data)
        if (end := data.find(b"endstream", found.end())) >= 0
    ]
    if not streams:
        return _token(data, chance, seeds)
    start, end = chance.choice(streams)
    try:
        plain = zlib.decompressobj().decompress(bytes(data[start:end]), 2**20)
        packed = zlib.compress(bytes(mutated(plain, chance, seeds, 2)))
    except zlib.error:
        packed = bytes(mutated(bytes(data[start:end]), chance, seeds, 2))
    data[start:end] = packed
    return data


def _sector(data: bytearray, chance: random.Random, _: Sequence[bytes]) -> bytearray:
    """Put one block of 512 bytes in another's place, or point at it."""
    if len(data) < 1024:
        return data
    blocks = len(data) // 512
    one, other = chance.randrange(blocks) * 512, chance.randrange(blocks) * 512
    if chance.random() < 0.5:
        data[one : one + 512] = data[other : other + 512]
    else:
        place = one + 4 * chance.randrange(128)
        data[place : place + 4] = struct.pack(
            "<I", chance.choice((other // 512, blocks, 2**32 - 2))
        )
    return data


_ANY: tuple[Mutation, ...] = (
    _flip, _flip, _run, _cut, _drop, _again, _swap, _splice, _token, _token, _number, _number,
    _lines,
)  # fmt: skip


def mutated(data: bytes, chance: random.Random, seeds: Sequence[bytes], most: int = 4) -> bytes:
    """Return `data` spoiled in one to `most` ways."""
    spoiled = bytearray(data)
    ways: tuple[Mutation, ...] = _ANY
    if data.startswith(b"PK"):
        ways = (*_ANY, *([_in_member] * 12))
    elif data.startswith(b"%PDF"):
        ways = (*_ANY, *([_in_stream] * 6))
    elif data.startswith((b"\xd0\xcf", b"!BDN")):
        ways = (*_ANY, *([_sector] * 5))
    for _ in range(chance.randint(1, most)):
        spoiled = chance.choice(ways)(spoiled, chance, seeds)[:_LARGEST]
    return bytes(spoiled)
