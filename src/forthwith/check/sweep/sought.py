"""The words that were redacted, and where in a text or in bytes one of them stands.

Only letters and digits count, in their common form: however a passage is wrapped, hyphenated,
spaced, accented or parted by invisible signs, it is found. A passage of some length is found
anywhere; a short one where it stands as words of its own; one of a single common word only beside
the words it stood between. Thousands are looked for at once: the first eight bytes of each (four of
a short one) are looked up for every place of a text in one pass.

Nothing here, found or not, may be written where anybody could read it.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import IntEnum

import numpy as np
import numpy.typing as npt

from forthwith.domain.redactions import Passage, RedactedDocument
from forthwith.plain.common_words import COMMON


class How(IntEnum):
    """How much of a passage and of what stood around it was found."""

    #: With the words on both its sides: no other place says so.
    BETWEEN = 0
    #: The passage itself.
    WHOLE = 1
    #: With the words on one side.
    BESIDE = 2
    #: A single word without a digit: told only of what the document itself is made of.
    WORD = 3


#: Letters from which on a passage is found within other letters.
_LONG = 10
#: Fewest letters of what is looked for: alone, with both sides, with one; a single word's.
_ALONE, _BOTH, _ONE_SIDE, _SINGLE = 4, 6, 8, 5
#: Fewest letters of what may stand right beside a letter where it ends in a digit, or a digit.
_PARTED = 7
#: Letters from which on it is looked for in bytes that are no text, and among those that are.
_IN_BYTES, _IN_RUNS = 8, 6
#: Signs of a script without spaces that are enough.
_IDEOGRAPHS = 3
#: Part of a text looked through at once.
_CHUNK = 2**20
_TOKEN = re.compile(r"[^\W_]+")
#: What takes no room: accents apart from their letters, soft hyphens, signs of direction and width.
_UNSEEN = re.compile(
    "[\u0300-\u036f\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]"
)
_UNSPACED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7ff\uf900-\ufaff]"
)
_AMOUNT = re.compile(r"[^\d]{0,6}?(\d[\d.,'\u2019\u00a0\u202f ]*)[^\d]{0,6}")
#: Charsets a passage of other letters than those of ASCII may stand in among bytes.
_CHARSETS = (
    "utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "cp1252", "cp1250", "cp1251", "koi8-r",
    "cp1253", "cp1255", "cp1256", "cp932", "euc_jp", "gb18030", "big5", "euc_kr",
)  # fmt: skip
#: Every byte but letters and digits of ASCII, and the letters made small.
_NO_LETTERS = bytes(byte for byte in range(256) if not (byte < 128 and chr(byte).isalnum()))
_SMALL = bytes(ord(chr(byte).lower()) if byte < 128 else byte for byte in range(256))
_LETTER = np.array([byte < 128 and chr(byte).isalnum() for byte in range(256)])


def folded(text: str) -> str:
    """Return a text in the form in which passages are compared."""
    if text.isascii():
        return text.lower()
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return _UNSEEN.sub("", text)


@dataclass(frozen=True, slots=True)
class _Needle:
    """One row of letters that is looked for."""

    #: Place of its document among those redacted.
    document: int
    how: How
    letters: str = field(repr=False)
    #: It must stand as words of its own, which begin at these of its letters.
    strict: bool = False
    begins: frozenset[int] = frozenset()


def _needles(document: int, passage: Passage) -> Iterator[_Needle]:
    """Yield what is looked for of one passage."""
    tokens = _TOKEN.findall(folded(passage.text))
    before, after = (_TOKEN.findall(folded(side)) for side in passage.around)
    before, after = before[-2:], after[:2]
    if not tokens:
        return
    letters = "".join(tokens)
    unspaced = _UNSPACED.search(letters) is not None
    enough = _IDEOGRAPHS if unspaced else _ALONE
    parts = len(letters) if unspaced else len(tokens)
    digits = any(map(str.isdigit, letters))
    common = COMMON.issuperset(tokens)
    if len(letters) >= enough and not common and (parts > 1 or digits):
        yield _needle(document, How.WHOLE, tokens, unspaced=unspaced)
    elif len(letters) >= _SINGLE and not common:
        yield _needle(document, How.WORD, tokens, unspaced=unspaced)
    for plain in _amounts(passage.text):
        yield _Needle(document, How.WHOLE, plain, strict=True, begins=frozenset({0}))
    both = [*before, *tokens, *after]
    if before and after and len("".join(both)) >= (enough if unspaced else _BOTH):
        yield _needle(document, How.BETWEEN, both, unspaced=unspaced)
    for side in ([*before, *tokens], [*tokens, *after]):
        if len(side) > len(tokens) and len("".join(side)) >= _ONE_SIDE:
            yield _needle(document, How.BESIDE, side, unspaced=unspaced)


def _needle(document: int, how: How, tokens: Sequence[str], *, unspaced: bool) -> _Needle:
    letters, begins, at = "".join(tokens), set[int](), 0
    for token in tokens:
        begins.add(at)
        at += len(token)
    strict = len(letters) < _LONG and not unspaced
    return _Needle(document, how, letters, strict, frozenset(begins) if strict else frozenset())


def _amounts(text: str) -> Iterator[str]:
    """Yield an amount as a file keeps it: "$4,250.50" as the digits of 4250.5."""
    shown = _AMOUNT.fullmatch(text.strip())
    if shown is None:
        return
    number = shown[1].rstrip(".,' \u00a0\u202f\u2019")
    whole, sign, part = max(
        (number.rpartition(sign) for sign in ".,"), key=lambda cut: len(cut[0]) if cut[1] else -1
    )
    if not sign or len(part) > 2 or number.count(sign) > 1:
        whole, part = number, ""
    kept = re.sub(r"\D", "", whole) + part.rstrip("0")
    kept = kept.lstrip("0")
    if len(kept) >= _ALONE and kept != re.sub(r"\D", "", text):
        yield kept


class _Table:
    """Rows of bytes that are looked for together."""

    #: Slots a beginning is looked up in, as a power of two, and what scatters beginnings over them.
    _BITS, _MIX = 20, 0x9E3779B97F4A7C15

    def __init__(self, patterns: Iterable[tuple[bytes, int]]) -> None:
        """Take patterns, each with a number; those of fewer than four bytes are left out."""
        self._by_width = [
            (width, *self._beginnings(width, [row for row in rows if row]))
            for width, rows in self._parted(patterns)
            if rows
        ]

    @staticmethod
    def _parted(
        patterns: Iterable[tuple[bytes, int]],
    ) -> tuple[tuple[int, list[tuple[bytes, int]]], ...]:
        long, short = list[tuple[bytes, int]](), list[tuple[bytes, int]]()
        for pattern, number in dict.fromkeys(patterns):
            if len(pattern) >= 4:
                (long if len(pattern) >= 8 else short).append((pattern, number))
        return (8, long), (4, short)

    def _beginnings(
        self, width: int, rows: list[tuple[bytes, int]]
    ) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.uint64], list[list[tuple[bytes, int]]]]:
        by_key: dict[int, list[tuple[bytes, int]]] = {}
        for pattern, number in rows:
            key = int.from_bytes(pattern[:width], "little")
            by_key.setdefault(key, []).append((pattern, number))
        keys = np.array(sorted(by_key), np.uint64)
        slots = np.zeros(2**self._BITS, np.bool_)
        slots[self._slot(keys)] = True
        return slots, keys, [by_key[int(key)] for key in keys]

    def _slot(self, values: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
        return (values * np.uint64(self._MIX)) >> np.uint64(64 - self._BITS)

    @property
    def empty(self) -> bool:
        """True where nothing is looked for."""
        return not self._by_width

    def places(self, data: bytes) -> Iterator[tuple[int, int, int]]:
        """Yield (number, place, length) of each pattern wherever it stands."""
        for width, slots, keys, patterns in self._by_width:
            kind = "<u8" if width == 8 else "<u4"
            last = len(data) - width + 1
            for start in range(0, last, _CHUNK):
                many = min(_CHUNK, last - start)
                # Every place of the data as a number, without a copy of it.
                values = np.ndarray((many,), kind, data, start, (1,)).astype(np.uint64)
                likely = np.flatnonzero(slots[self._slot(values)])
                if not len(likely):
                    continue
                found = np.searchsorted(keys, values[likely])
                found[found == len(keys)] = 0
                sure = keys[found] == values[likely]
                for at, key in zip(likely[sure].tolist(), found[sure].tolist()):
                    for pattern, number in patterns[key]:
                        if data.startswith(pattern, start + at):
                            yield number, start + at, len(pattern)


@dataclass(frozen=True, slots=True)
class Found:
    """A passage of a document that was found."""

    #: Place of the document among those redacted.
    document: int
    how: How


class Sought:
    """All passages of a volume, made ready to be looked for. Picklable."""

    def __init__(self, redacted: Sequence[RedactedDocument]) -> None:
        """Take the redacted documents of a volume."""
        rows: dict[_Needle, str] = {}
        #: Passages that cannot be told from chance: too short, and nothing known of their place.
        self.unsought = 0
        for place, document in enumerate(redacted):
            for passage in document.passages:
                own = list(_needles(place, passage))
                self.unsought += not own
                rows.update(dict.fromkeys(own, passage.text))
        self._needles = list(rows)
        backwards = [
            (needle.letters[::-1].encode(), number)
            for number, needle in enumerate(self._needles)
            if any(unicodedata.bidirectional(sign) in {"R", "AL"} for sign in needle.letters)
        ]
        letters = [(needle.letters.encode(), place) for place, needle in enumerate(self._needles)]
        self._in_text = _Table([*letters, *backwards])
        self._in_stream = _Table(
            (residue, number)
            for number, (needle, text) in enumerate(rows.items())
            for residue in _residues(needle, text)
        )
        self._in_raw = _Table(
            (data, number)
            for number, (needle, text) in enumerate(rows.items())
            if needle.how in {How.WHOLE, How.WORD} and not needle.letters.isascii()
            for data in _encoded(text)
        )
        #: Whether something is so short that bytes must be cut into runs of text to find it.
        self.short = any(needle.strict for needle in self._needles)

    def __bool__(self) -> bool:
        """Say whether anything is looked for."""
        return bool(self._needles)

    def _found(self, numbers: Iterable[int]) -> set[Found]:
        rows = (self._needles[number] for number in numbers)
        return {Found(row.document, row.how) for row in rows}

    def in_text(self, text: str, fewest: int = 0) -> set[Found]:
        """Return the passages that stand in a text, those of `fewest` letters or more."""
        plain = folded(text)
        tokens = _TOKEN.findall(plain)
        stream = "".join(tokens).encode("utf-8", "replace")
        found: set[int] = set()
        begins: Callable[[], npt.NDArray[np.bool_]] = functools.cache(lambda: _begins(tokens))
        for number, at, length in self._in_text.places(stream):
            needle = self._needles[number]
            if number in found or len(needle.letters) < fewest:
                continue
            if not needle.strict or _stands(needle, stream, at, length, begins()):
                found.add(number)
        return self._found(found)

    def in_bytes(self, data: bytes) -> set[Found]:
        """Return the long passages that stand among bytes, in letters of one, two or four bytes."""
        found = {number for number, _, _ in self._in_raw.places(data)}
        if self._in_stream.empty:
            return self._found(found)
        # Zeros of UTF-16 and UTF-32 go with the rest.
        stream = data.translate(_SMALL, _NO_LETTERS)
        places: npt.NDArray[np.intp] | None = None
        for number, at, length in self._in_stream.places(stream):
            if number in found:
                continue
            if places is None:
                places = np.flatnonzero(_LETTER[np.frombuffer(data, np.uint8)])
            # Letters strewn over a long way are chance.
            if int(places[at + length - 1] - places[at]) < 8 * length + 64:
                found.add(number)
        return self._found(found)

    def in_runs(self, data: bytes) -> set[Found]:
        """Return the short passages that stand in runs of text among bytes."""
        if not self.short:
            return set()
        runs = b"\n".join(_RUN.findall(data)).decode("ascii")
        wide = [run[::2] for run in _LITTLE.findall(data)] + [
            run[1::2] for run in _BIG.findall(data)
        ]
        found = self.in_text(runs, _IN_RUNS) if runs else set()
        return found | (self.in_text(b"\n".join(wide).decode("latin-1")) if wide else set())


def long_runs(data: bytes) -> str:
    """Return the long runs of text among bytes, a line each."""
    runs = _LONG_RUN.findall(data)
    if b"\0" in data:
        runs += [run[::2] for run in _LONG_LITTLE.findall(data)]
        runs += [run[1::2] for run in _LONG_BIG.findall(data)]
    return b"\n".join(runs).decode("latin-1")


_RUN = re.compile(rb"[\t\x20-\x7e]{6,}")
_LONG_RUN = re.compile(rb"[\t\r\n\x20-\x7e]{20,}")
_LONG_LITTLE = re.compile(rb"(?:[\t\r\n\x20-\x7e]\x00){20,}")
_LONG_BIG = re.compile(rb"(?:\x00[\t\r\n\x20-\x7e]){20,}")
_LITTLE = re.compile(rb"(?:[\x20-\x7e\xa0-\xff]\x00){4,}")
_BIG = re.compile(rb"(?:\x00[\x20-\x7e\xa0-\xff]){4,}")


def _begins(tokens: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return of each byte of the letters whether a word begins there; one more for the end."""
    lengths = np.array([len(token.encode("utf-8", "replace")) for token in tokens], np.int64)
    ends = np.cumsum(lengths)
    begins = np.zeros(int(ends[-1]) + 1 if len(ends) else 1, np.bool_)
    begins[0] = True
    begins[ends] = True
    return begins


def _stands(
    needle: _Needle, stream: bytes, at: int, length: int, begins: npt.NDArray[np.bool_]
) -> bool:
    """Say whether letters stand as words of their own."""
    parted = len(needle.letters) >= _PARTED
    end = at + length
    if not begins[at] and not (parted and _other_kind(stream, at)):
        return False
    if end < len(stream) and not begins[end] and not (parted and _other_kind(stream, end)):
        return False
    if not needle.letters.isascii():
        return True
    return all(
        begins[at + place] or _other_kind(stream, at + place) for place in needle.begins if place
    )


def _other_kind(stream: bytes, at: int) -> bool:
    """Say whether a digit meets a letter."""
    return stream[at - 1 : at].isdigit() != stream[at : at + 1].isdigit()


def _residues(needle: _Needle, text: str) -> Iterator[bytes]:
    """Yield the letters of ASCII in a passage, as bytes of any charset have them."""
    if needle.letters.isascii():
        plain = [needle.letters]
    elif needle.how is How.WHOLE:
        # An accented letter may stand as one sign or as a letter and its accent.
        small = unicodedata.normalize("NFC", text.casefold())
        plain = [needle.letters, small]
    else:
        plain = []
    for letters in plain:
        residue = letters.encode("ascii", "ignore").translate(_SMALL, _NO_LETTERS)
        if len(residue) >= _IN_BYTES:
            yield residue


def _encoded(text: str) -> Iterator[bytes]:
    """Yield a passage in the charsets its letters may have."""
    forms = {text, text.upper(), text.lower(), "".join(text.split())}
    for form in sorted(forms):
        for charset in _CHARSETS:
            try:
                data = form.encode(charset)
            except UnicodeEncodeError:
                continue
            if len(data) >= _IN_RUNS:
                yield data
