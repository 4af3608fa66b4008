"""Guess the Windows code page of eight-bit strings that name none.

Outlook's ANSI files and stores hold strings in the code page of the machine that wrote them, so
only the ANSI code pages of Windows come into question ("Code Page Identifiers" of Microsoft's
documentation of Win32), and a few words must do. A page is scored by how much of the text falls on
the letters its languages use most, case as people write it; a page of two bytes by its pairs on the
characters of the first level, which hold nearly all running text. What comes out is a guess and
must be told as one.
"""

from __future__ import annotations

import re
from typing import Final

#: Letters in the order of how often running text uses them, most first, by page.
_LETTERS: Final = {
    "cp1251": "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъіїєґ",
    "cp1253": "αοιετνσηρπκμλυςάόίδγέχθφωήύώβξζψ",
    "cp1255": "יוהלאתרבמשנעםדחקפגטצכזסןךףץ",
    "cp1256": "الينمرتوبعدسفهكقحجشطصخذضزثئءغظةىؤأإآپچگکی",
    "cp874": "านรกอเงมยลวดทสตะปบคหแจพชขใไโผถซณฉฟศธูี่้ัิื็ุ์ำึ",
}
#: Leads of the first level, by page: hiragana, katakana and common kanji; hanzi; hangul.
_FIRST_LEVEL: Final = {
    # Hangul has the fewest leads: where all pairs are on them, that says most.
    "cp949": re.compile(rb"[\xb0-\xc8][\xa1-\xfe]"),
    "cp936": re.compile(rb"[\xb0-\xd7][\xa1-\xfe]"),
    "cp932": re.compile(rb"[\x82\x83\x88-\x97][\x40-\x7e\x80-\xfc]"),
    "cp950": re.compile(rb"[\xa4-\xc6][\x40-\x7e\xa1-\xfe]"),
}
#: What a word in the usual letters of one script weighs against pairs that any bytes may make.
_PAIRS_WEIGH: Final = 0.82
_HIGH = re.compile(rb"[\x80-\xff]")
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")
#: From here on scripts have no small letters.
_HEBREW = "\u05cf"
_SAMPLE = 16 * 2**10
#: Share of high bytes in the words that hold one, under which they are accents of Latin letters.
_ACCENTS = 0.5


def guess(data: bytes, otherwise: str) -> str:
    """Return the likeliest page of `data`; `otherwise` where the high bytes are Latin accents."""
    sample = data[:_SAMPLE]
    words = _WORD.findall(sample)
    letters = sum(map(len, words))
    if not letters or len(_HIGH.findall(sample)) < letters * _ACCENTS:
        return otherwise
    scores = {page: _script(words, page) for page in _LETTERS}
    scores |= {page: _pairs(sample, page) * _PAIRS_WEIGH for page in _FIRST_LEVEL}
    best = max(scores, key=lambda page: scores[page])
    return best if scores[best] > _ACCENTS else otherwise


#: Charsets of Internet mail whose strings a Windows machine kept in a page of its own.
_PAGE_OF: Final = {
    "koi8-r": "cp1251", "koi8-u": "cp1251", "iso8859-5": "cp1251", "iso2022_jp": "cp932",
    "euc_jp": "cp932", "iso2022_kr": "cp949", "hz": "cp936", "iso8859-8": "cp1255",
}  # fmt: skip


def of_machine(data: bytes, internet: str) -> str:
    """Return the page of strings in a message that would go out in the charset `internet`."""
    page = _PAGE_OF.get(internet)
    if page is None:
        return internet
    # Both explain nearly any bytes; running text is mostly small letters.
    return page if _small(data, page) >= _small(data, internet) else internet


def _small(data: bytes, charset: str) -> int:
    text = data[:_SAMPLE].decode(charset, "replace")
    return sum(
        sign.islower() or sign > "\u05cf" for sign in text if sign > "\x7f" and sign != "\ufffd"
    )


def _script(words: list[bytes], page: str) -> float:
    """Return from 0 to 1 how well words fit the letters of a script and the way it is written."""
    common = _LETTERS[page]
    weight = {letter: 1 - at / len(common) / 2 for at, letter in enumerate(common)}
    total = score = 0.0
    for word in words:
        try:
            text = word.decode(page)
        except UnicodeDecodeError:
            total += len(word)
            continue
        total += len(text)
        is_odd = text not in {text.lower(), text.upper(), text.capitalize()}
        score += sum(weight.get(sign, 0) for sign in text.lower()) * (0.5 if is_odd else 1)
    return score / total if total else 0.0


def _pairs(sample: bytes, page: str) -> float:
    """Return the share of a text's two-byte characters that are on the first level of a page."""
    try:
        text = sample.decode(page)
    except UnicodeDecodeError as error:
        if error.start < len(sample) - 2:
            return 0.0
        text = sample[: error.start].decode(page)
    wide = sum(sign > "\x7f" for sign in text)
    return len(_FIRST_LEVEL[page].findall(sample)) / wide if wide else 0.0
