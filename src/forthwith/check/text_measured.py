"""How much of a native's words its delivered text has, and the other way round.

Vendors extract differently: lines are wrapped and hyphenated elsewhere, columns come in another
order, headers, footers and the text of attachments are added, hidden parts left out, scanned pages
read with errors. So only letters and digits count, and what is compared is how many runs of seven
of them the two have in common, in both directions. Thresholds were measured on real documents read
by several extractors: docs/checks.md has the figures.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from forthwith.domain.evidence import Kind, Reading
from forthwith.plain import charset
from forthwith.plain.regular_files import open_regular

#: Letters of one run; shorter ones are shared by any two texts of a language.
_RUN = 7
#: Share of runs in common, the text's or the native's, below which it is asked whose a text is.
DOUBTED = 0.5
#: Share of its native's runs a whole text has at least.
WHOLE = 0.4
#: Signs of a text's end by which its place in the native is found, and fewest of them.
_TAIL, _FEWEST_OF_TAIL = 60, 16
#: Fewest letters of a text that can be told from another by them.
FEWEST = 12
#: Letters of a native asked for before its text is told foreign, and before it is told cut: where
#: the native is a message or plain text, which everybody reads alike, and for any other.
_PLAIN, _OTHER = (20, 60), (40, 200)
#: A shorter text, in letters, is cut or empty rather than another's.
_SHORTEST = 8
#: How many times a native's letters a text may have: where scanned pages have a stamp in letters,
#: their text was read off the pages.
_TIMES = 4
#: Runs kept of a text, so that whose it is can be looked up.
KEPT = 32
#: Characters looked at of a text.
_LONGEST = 2_000_000
#: Runs compared: of longer texts every second, fourth … by its digest.
_MOST_RUNS = 100_000
_NO_LETTER = re.compile(r"[\W_]+")
#: The lines a vendor sets over the body of a message.
_HEAD_LINE = re.compile(
    r"\s*(?:From|Sent|To|Cc|Bcc|Subject|Date|Sent On|Received|Attachments?|Attach|Importance|"
    r"Priority|Sensitivity|Reply-To|Sender|Conversation|Categories|Location|Start|End|Organizer|"
    r"Message-ID)\s*:.*",
    re.IGNORECASE,
)
#: What a reader adds: hidden words, remarks and changes, each in brackets with what it is.
_MARKED = re.compile(r"\[[A-Za-z][^\[\]\n:]{0,160}: [^\[\]]*\]")
#: Natives whose numbers every program writes in another form: only their letters are compared.
_SHEETS = re.compile(r"excel|spreadsheet|lotus|quattro|iwork-numbers", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
#: A text in place of a text.
_INSTEAD = re.compile(
    r"\W*(?:(?:this |the )?(?:document|file|record|attachment|item|image)\b.{0,60}?)?"
    r"(?:produced|provided|delivered|see|view)\b.{0,40}\bnative|\W*(?:file |document )?produced "
    r"(?:in|as) native|\W*native (?:file|format|document)\b|"
    r"\W*(?:this )?(?:document|file|page|item)\b.{0,60}\bno (?:extracted |extractable )?"
    r"(?:searchable )?text|\W*(?:page |document )?(?:intentionally )?left blank|\W*redacted\b",
    re.IGNORECASE | re.DOTALL,
)
#: A text that says it stands for another says little else, in letters.
_SHORT = 160
#: Signs looked at for it.
_STANDS = 2_000
_PRIVATE = re.compile("[\x00-\x08\x0e-\x1f\ue000-\uf8ff]")
#: A letter of a script that sets words apart by spaces.
_SPACED = re.compile("[A-Za-z\u00aa-\u058f\u05d0-\u0dff\u10a0-\u10ff\u1e00-\u1fff]")
_VOWELS = frozenset("aeiouy")

Runs = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class TextSeen:
    """One delivered text and its native's words, compared."""

    #: Letters and digits of the native's words and of the text.
    native: int
    text: int
    #: Share of the text's runs that the native has, and of the native's that the text has.
    held: float = 1.0
    covered: float = 1.0
    #: True when the letters of one are part of the other's as they stand.
    within: bool = True
    #: True for messages and plain text, which everybody reads alike.
    alike_read: bool = False
    #: True for messages and plain text of which all that is said is shown.
    message: bool = False
    #: True when the text ends within a word of the native, far from its end.
    broken_off: bool = False
    #: True when the native's words may be asked for what the text must say; and whether there are
    #: enough of them to tell a text foreign, and to tell it cut.
    sure: bool = True
    tells_foreign: bool = False
    tells_cut: bool = False
    #: Digests of all letters; "" where there are too few.
    native_digest: bytes = b""
    text_digest: bytes = b""
    #: The least runs of each; those of the text only where it is doubted.
    native_least: bytes = b""
    text_least: bytes = b""


def letters(text: str) -> str:
    """Return the letters and digits of a text alone, folded."""
    # Cut again: one sign may be many in the common form.
    folded = unicodedata.normalize("NFKC", text[:_LONGEST]).casefold()[:_LONGEST]
    return _NO_LETTER.sub("", folded)


def runs(plain: str) -> Runs:
    """Return the digest of every run of seven letters, once, sorted; of all letters if fewer."""
    codes = np.frombuffer(plain.encode("utf-32-le", "replace"), dtype="<u4").astype(np.uint64)
    if not len(codes):
        return np.empty(0, np.uint64)
    length = min(_RUN, len(codes))
    many = len(codes) - length + 1
    digest = np.zeros(many, np.uint64)
    for place in range(length):
        digest = digest * np.uint64(1_099_511_628_211) + codes[place : place + many]
    # Mixed, so that the least of them are a fair sample whatever the letters are.
    digest ^= digest >> np.uint64(31)
    digest *= np.uint64(0x9E3779B97F4A7C15)
    digest ^= digest >> np.uint64(29)
    return np.unique(digest)


def shares(one: Runs, other: Runs) -> tuple[float, float]:
    """Return the share of the runs of one that the other has, and the other way round."""
    if not len(one) or not len(other):
        return 0.0, 0.0
    longest = max(len(one), len(other))
    if longest > _MOST_RUNS:
        step = np.uint64(2 ** int(np.ceil(np.log2(longest / _MOST_RUNS))))
        one, other = one[one % step == 0], other[other % step == 0]
    common = len(np.intersect1d(one, other, assume_unique=True))
    return common / max(len(one), 1), common / max(len(other), 1)


def likeness_of_least(one: bytes, other: bytes) -> float:
    """Return the share of all runs of two texts that both have, told by the least of each."""
    ours, theirs = np.frombuffer(one, np.uint64), np.frombuffer(other, np.uint64)
    # The least of both together are a fair sample of both together.
    union = np.union1d(ours, theirs)[:KEPT]
    both = np.intersect1d(np.intersect1d(union, ours), theirs)
    return len(both) / max(len(union), 1)


def _body(text: str) -> str:
    """Return a message's text without the lines set over it."""
    lines = text.lstrip("\ufeff\r\n\t ").splitlines()
    last = next((at for at, line in enumerate(lines) if not _HEAD_LINE.match(line)), len(lines))
    if last < 2:
        return text
    # A line of addresses goes on until a blank line or the next label.
    while last < len(lines) and lines[last].strip() and last < 60:
        rest = lines[last:]
        if not any(_HEAD_LINE.match(line) for line in rest[:3]):
            break
        last += 1
        while last < len(lines) and _HEAD_LINE.match(lines[last]):
            last += 1
    return "\n".join(lines[last:])


def without_marked(text: str) -> str:
    """Return a text without what a reader adds in brackets, which no page shows."""
    return _MARKED.sub(" ", text) if "[" in text else text


def compared(reading: Reading, path: str, data: bytes = b"") -> TextSeen | None:
    """Compare a native's words with the text at `path`; None where that cannot be read.

    `data` are the native's bytes: where they say what the text says, other parts of the native may
    have been read.
    """
    try:
        delivered = _beginning(path)
    except OSError:
        return None
    words, kind, media_type = reading.text, reading.kind, reading.media_type
    text = charset.decode(delivered).text
    native, ours = letters(words), letters(text)
    if kind is Kind.EMAIL and ours not in native:
        text = _body(text)
        ours = letters(text)
    native_runs = runs(native)
    seen = TextSeen(
        len(native), len(ours), native_digest=_digest(native),
        native_least=native_runs[:KEPT].tobytes(),
        message=kind is Kind.EMAIL or media_type == "text/plain",
    )  # fmt: skip
    stands_for = len(ours) < _SHORT and _INSTEAD.match(text.lstrip("\ufeff \r\n")[:_STANDS])
    if not native or not text.strip("\ufeff").strip() or native == ours or stands_for:
        return seen
    plain = letters(without_marked(words)) if "[" in words else native
    text_runs = runs(ours)
    held, covered = shares(text_runs, native_runs)
    if len(ours) < _RUN and ours in native:
        held = 1.0
    if plain != native:
        covered = max(covered, shares(text_runs, runs(plain))[1])
    if _SHEETS.search(media_type):
        held, covered = _without_numbers(ours, plain, held, covered)
    if max(held, covered) < DOUBTED and any(map(_backwards, plain[:1000])):
        # Drawn right to left: some write the letters as they stand on the line.
        held, covered = max((held, covered), shares(runs(ours[::-1]), native_runs))
    alike_read = kind is Kind.EMAIL or media_type.startswith("text/")
    if alike_read and held < DOUBTED:
        held = max(held, shares(text_runs, runs(letters(_as_it_stands(data))))[0])
    foreign, cut = _PLAIN if alike_read else _OTHER
    drawn = media_type == "application/pdf" or media_type.startswith("image/")
    read_off = drawn and len(ours) > _TIMES * len(native)
    return replace(
        seen,
        native=len(plain),
        held=held,
        covered=covered,
        within=ours in native or native in ours,
        alike_read=alike_read,
        broken_off=covered < WHOLE and _broken_off(text, words),
        sure=(
            not reading.faults
            and not read_off
            and legible(words)
            and legible(text)
            and text.count("?") <= len(ours)
        ),
        tells_foreign=len(plain) >= foreign and len(ours) >= _SHORTEST,
        tells_cut=len(plain) >= cut,
        text_digest=_digest(ours),
        text_least=text_runs[:KEPT].tobytes() if max(held, covered) < DOUBTED else b"",
    )


def _beginning(path: str) -> bytes:
    """Return as much of a text as is looked at; of UTF-8 whole characters. Raises OSError."""
    with open_regular(path) as file:
        data = file.read(4 * _LONGEST)
    if len(data) < 4 * _LONGEST:
        return data
    for dropped in range(4):
        try:
            data[: len(data) - dropped].decode()
        except UnicodeDecodeError:
            continue
        return data[: len(data) - dropped]
    return data


def _without_numbers(ours: str, native: str, held: float, covered: float) -> tuple[float, float]:
    """Return the shares by letters alone; where there are too few, what speaks for the text."""
    ours, native = _DIGITS.sub("", ours), _DIGITS.sub("", native)
    if len(native) < FEWEST or len(ours) < FEWEST:
        return 1.0, 1.0
    return max((held, covered), shares(runs(ours), runs(native)))


def _as_it_stands(data: bytes) -> str:
    """Return the letters in a native's bytes as they are, its soft line breaks taken out."""
    plain = data[:_LONGEST].replace(b"=\r\n", b"").replace(b"=\n", b"")
    return charset.decode(plain).text


def _broken_off(text: str, words: str) -> bool:
    """Return True when a text ends within a word of its native: it was cut at a length."""
    end = " ".join(text[-4 * _TAIL :].split())[-_TAIL:]
    if len(end) < _FEWEST_OF_TAIL or not end[-1].isalpha() or not _SPACED.match(end[-1]):
        return False
    native = " ".join(words[:_LONGEST].split())
    at = native.find(end) + len(end)
    return at >= len(end) and _SPACED.match(native[at : at + 1]) is not None


def _backwards(char: str) -> bool:
    return unicodedata.bidirectional(char) in {"R", "AL"}


def legible(words: str) -> bool:
    """Return False where words are likely none: the numbers of a font without a map."""
    sample = words[:20_000]
    if sum(map(sample.count, "\ufffd")) + len(_PRIVATE.findall(sample)) > len(sample) / 20:
        return False
    plain = [char for char in sample.casefold() if "a" <= char <= "z"]
    if len(plain) < 40 or len(plain) < len(sample) / 4:
        return True
    vowels = sum(char in _VOWELS for char in plain) / len(plain)
    return 0.2 < vowels < 0.65


def _digest(plain: str) -> bytes:
    if len(plain) < FEWEST:
        return b""
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=12).digest()
