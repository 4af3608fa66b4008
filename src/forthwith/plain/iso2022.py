"""Decode 7-bit East Asian text that switches its sets by escapes (ISO/IEC 2022), and HZ, EUC-JP.

Python's codecs of these names know the standard sets alone. Mailers write more under the same
label: NEC row 13 (circled figures, company signs) and the rows IBM added (Windows code pages 50220
to 50222), half-width kana by shift or with the eighth bit, and the larger Korean and Chinese sets.
So the two bytes of a set are turned into those of the Windows code page that holds it. RFC 1468,
1554, 1557, 1843, 1922; WHATWG Encoding 13.2.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

#: What only this kind of text has: the choice of a set of two bytes.
DESIGNATION = re.compile(rb"\x1b\$(?:[@AB]|\([@ABCDOPQ]|\)[ACEG])")
#: An escape that chooses a set, a shift out or in, or the end of a line, after which sets are left.
_SWITCH = re.compile(
    rb"(\x1b\$[@AB]|\x1b\$[()*+][@-Q]|\x1b[(),\-./][@-Z]|\x1b&@|\x1bN|\x0e|\x0f|\r?\n)"
)
_REPLACEMENT = "\ufffd"
_EIGHTH_BIT = bytes(byte | 0x80 for byte in range(256))
_NEITHER_ASCII_NOR_KANA = bytes({*range(0x80, 0xA1), *range(0xE0, 0x100)})
#: A stretch of pairs, whose first byte is never a tilde; an escaped tilde; a line gone on; ASCII.
_HZ = re.compile(
    rb"(~\{(?:[\x21-\x7d][\x21-\x7e]|[ \t])*(?:~\})?)|(~~)|(~\r?\n)|([^~]+|~)", re.DOTALL
)


def _windows_japanese(data: bytes) -> str:
    """Decode pairs of JIS X 0208 with the rows of NEC and IBM through code page 932."""
    out = bytearray()
    for at in range(0, len(data) - 1, 2):
        row, cell = data[at] - 0x21, data[at + 1] - 0x21
        lead, trail = row // 2 + 0x81, cell + (0x9F if row % 2 else 0x40)
        out.append(lead if lead < 0xA0 else lead + 0x40)
        out.append(trail + 1 if not row % 2 and trail >= 0x7F else trail)
    return out.decode("cp932", "replace") + _half(data)


def _high(codec: str, prefix: bytes = b"") -> Callable[[bytes], str]:
    """Return a decoder of pairs whose 8-bit form `codec` reads, `prefix` before each."""

    def decode(data: bytes) -> str:
        high = data[: len(data) & ~1].translate(_EIGHTH_BIT)
        if prefix:
            high = b"".join(prefix + high[at : at + 2] for at in range(0, len(high), 2))
        return high.decode(codec, "replace") + _half(data)

    return decode


def _half(data: bytes) -> str:
    """Return what stands for the first byte of a pair whose second is missing."""
    return _REPLACEMENT if len(data) % 2 else ""


def _unread(data: bytes) -> str:
    return _REPLACEMENT * (-(-len(data) // 2))


def _roman(data: bytes) -> str:
    """Decode JIS X 0201 Roman: ASCII with a yen sign and an overline (WHATWG does the same)."""
    return _single(data).replace("\\", "\xa5").replace("~", "\u203e")


def _single(data: bytes) -> str:
    """Decode what stands outside sets of two bytes; the eighth bit can only mean half kana."""
    if data.isascii():
        return data.decode("ascii")
    kana = data.translate(None, _NEITHER_ASCII_NOR_KANA)
    return kana.decode("cp932") + _REPLACEMENT * (len(data) - len(kana))


def _kana(data: bytes) -> str:
    return data.translate(_EIGHTH_BIT).decode("cp932", "replace")


def _latin1_high(data: bytes) -> str:
    return data.translate(_EIGHTH_BIT).decode("latin-1")


def _greek_high(data: bytes) -> str:
    return data.translate(_EIGHTH_BIT).decode("iso8859-7", "replace")


#: Sets by the escape that chooses them for the ordinary bytes.
_SETS: dict[bytes, Callable[[bytes], str]] = {
    b"(B": _single, b"(J": _roman, b"(I": _kana, b"(H": _roman,
    b"$@": _windows_japanese, b"$B": _windows_japanese, b"$(@": _windows_japanese,
    b"$(B": _windows_japanese, b"$(D": _high("euc_jp", b"\x8f"),
    b"$(O": _high("euc_jis_2004"), b"$(Q": _high("euc_jis_2004"),
    b"$(P": _high("euc_jis_2004", b"\x8f"),
    b"$A": _high("gb18030"), b"$(A": _high("gb18030"), b"$(C": _high("cp949"),
}  # fmt: skip
#: Sets that stand ready for the bytes between a shift out and a shift in.
_SHIFTED: dict[bytes, Callable[[bytes], str]] = {
    b"$)C": _high("cp949"), b"$)A": _high("gb18030"), b"$)E": _high("gb18030"), b"$)G": _unread,
    b")I": _kana,
}  # fmt: skip
#: Sets of 96 that one character after ESC N is taken from (RFC 1554).
_NEXT: dict[bytes, Callable[[bytes], str]] = {b".A": _latin1_high, b".F": _greek_high}


def iso_2022(data: bytes, shifted: str = "") -> str:
    """Return the text; what no set explains is U+FFFD. Never raises.

    `shifted` names the codec of what a shift out means where the text itself does not say:
    "cp949" for ISO-2022-KR, "" for half-width kana.
    """
    return "".join(_iso_2022(data, _high(shifted) if shifted else _kana))


def _iso_2022(data: bytes, shifted: Callable[[bytes], str]) -> Iterator[str]:
    chosen: Callable[[bytes], str] = _single
    following: Callable[[bytes], str] = _latin1_high
    out = False
    pieces = _SWITCH.split(data)
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            if piece[:1] and pieces[number - 1] == b"\x1bN" and number:
                yield following(piece[:1])
                piece = piece[1:]
            yield from _stretch(shifted if out else chosen, piece)
        elif piece in (b"\x0e", b"\x0f"):
            out = piece == b"\x0e"
        elif piece[-1:] == b"\n":
            # A line ends in ASCII (RFC 1468); what mailers forget is given back here.
            chosen, out = _single, False
            yield piece.decode("ascii")
        elif (escape := piece[1:]) in _SETS:
            chosen, out = _SETS[escape], False
        elif escape in _SHIFTED:
            shifted = _SHIFTED[escape]
        elif escape in _NEXT:
            following = _NEXT[escape]
        elif escape not in (b"N", b"&@"):
            yield _REPLACEMENT


def _stretch(decode: Callable[[bytes], str], data: bytes) -> Iterator[str]:
    """Decode bytes of one set; blanks and other signs outside any set stand for themselves."""
    if decode in (_single, _roman):
        yield decode(data)
        return
    for at, piece in enumerate(re.split(rb"([\x00-\x20\x7f]+)", data)):
        if at % 2:
            yield piece.decode("ascii")
        elif piece.isascii():
            yield decode(piece)
        else:
            yield _REPLACEMENT * len(piece)


def hz(data: bytes) -> str:
    """Return text in HZ (RFC 1843), with the characters of GBK. Never raises."""
    out: list[str] = []
    pairs = _high("gb18030")
    for chinese, tilde, line_end, plain in _HZ.findall(data):
        if chinese:
            # A line ends in ASCII; blanks inside, which some writers leave, stand for themselves.
            out += _stretch(pairs, chinese[2:].removesuffix(b"~}"))
        elif tilde:
            out.append("~")
        elif not line_end:
            out.append(plain.decode("gb18030", "replace"))
    return "".join(out)


_EUC_JP = re.compile(
    rb"((?:[\xa1-\xfe]{2})+)|\x8e([\xa1-\xdf])|((?:\x8f[\xa1-\xfe]{2})+)|([\x00-\x7f]+)|(.)",
    re.DOTALL,
)


def euc_jp(data: bytes) -> str:
    """Return EUC-JP with the rows of NEC and IBM (code page 51932). Never raises."""
    if data.isascii():
        return data.decode("ascii")
    out: list[str] = []
    for pair, kana, triple, plain, _ in _EUC_JP.findall(data):
        if plain:
            out.append(plain.decode("ascii"))
        elif pair:
            out.append(_windows_japanese(bytes(byte & 0x7F for byte in pair)))
        elif kana:
            out.append(kana.decode("cp932"))
        else:
            out.append(triple.decode("euc_jp", "replace") if triple else _REPLACEMENT)
    return "".join(out)
