"""The delivered text of a document against what its native says (TX04 to TX07).

A text that has next to nothing of its native's words is not its text; whose it is, the natives of
the volume tell. A text whose words are the native's and that has few of them was cut where it ends
within a word; elsewhere an extractor may have left out what another reads. How
the two are compared is `text_measured`; docs/checks.md has what was measured.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from forthwith.check.context import CheckContext, Findings
from forthwith.check.files import Files
from forthwith.check.natives_opened import Opened
from forthwith.check.text_measured import WHOLE, Runs, TextSeen, likeness_of_least
from forthwith.loadfiles import slip_sheets

#: Share of runs in common, the text's or the native's, below which a text is not its native's.
FOREIGN = 0.15
#: Share of a cut text's runs its native has at least.
MOSTLY = 0.6
#: Share of runs in common with the native it is told to be of, and how much more than with its own.
OWNER, _CLEARLY = 0.6, 0.25
#: A run in more natives than this tells nobody apart.
_MOST_ALIKE = 1_000


def texts(seen: CheckContext, files: Files, opened: Mapping[int, Opened]) -> Findings:
    """Report texts of other documents, texts of nobody, and texts cut short."""
    volume = seen.volume
    compared_rows = {
        row: native.words
        for row, native in opened.items()
        if native.words is not None
        and row not in seen.native_altered
        and not volume.cell("withheld", row)
        and not slip_sheets.redacted(volume.cell("redacted", row))
    }
    owners = _Owners(compared_rows)
    for row, words in compared_rows.items():
        path = files.texts[row]
        if (owner := owners.of(row, words)) is not None:
            number = volume.cell("first_bates", owner)
            yield seen.report("TX04", f"its text is that of {number}'s native", row=row, file=path)
        elif (
            words.sure
            and words.tells_foreign
            and not words.within
            and max(words.held, words.covered) < FOREIGN
        ):
            message = (
                f"its text of {words.text:,} letters has next to nothing of its native's words "
                f"({words.native:,} letters)"
            )
            yield seen.report("TX05", message, row=row, file=path)
        elif words.tells_cut and words.covered < WHOLE and (words.held >= MOSTLY or words.within):
            share = f"{words.covered:.0%} of what its native says ({words.native:,})"
            if words.broken_off:
                message = f"its text breaks off in a word after {words.text:,} letters, {share}"
                yield seen.report("TX06", message, row=row, file=path)
            else:
                message = f"its text has {words.text:,} letters, {share}"
                yield seen.report("TX07", message, row=row, file=path)


class _Owners:
    """Whose native a text is of, over all natives of a volume."""

    def __init__(self, rows: Mapping[int, TextSeen]) -> None:
        self._rows = rows
        self._whole: dict[bytes, int] = {}
        for row, words in rows.items():
            if words.native_digest:
                self._whole.setdefault(words.native_digest, row)
        doubted = [words.text_least for words in rows.values() if words.text_least]
        self._least = _by_run(rows) if doubted else (np.empty(0, np.uint64), np.empty(0, np.int64))

    def of(self, row: int, words: TextSeen) -> int | None:
        """Return the row whose native has the words of this row's text; None where none has."""
        # A reply quotes what it answers, so the one's words may be within the other's, and still be
        # another's: all of another native's, no more and no less.
        if not words.text_digest or (words.within and not words.alike_read):
            return None
        owner = self._whole.get(words.text_digest)
        if owner is not None and owner != row:
            return owner
        return self._alike(row, words) if words.text_least else None

    def _alike(self, row: int, words: TextSeen) -> int | None:
        text = np.frombuffer(words.text_least, np.uint64)
        values, places = self._least
        counts: Counter[int] = Counter()
        for start, end in zip(
            np.searchsorted(values, text), np.searchsorted(values, text, "right"), strict=True
        ):
            if end - start <= _MOST_ALIKE:
                counts.update(places[start:end].tolist())
        del counts[row]
        best, share = None, max(OWNER, words.held + _CLEARLY, words.covered + _CLEARLY)
        for other, _ in counts.most_common(8):
            alike = likeness_of_least(words.text_least, self._rows[other].native_least)
            if alike >= share:
                best, share = other, alike
        return best


def _by_run(rows: Mapping[int, TextSeen]) -> tuple[Runs, npt.NDArray[np.int64]]:
    """Return the least runs of all natives, sorted, and the row of each."""
    least = [(row, np.frombuffer(words.native_least, np.uint64)) for row, words in rows.items()]
    values = np.concatenate([runs_of for _, runs_of in least])
    places = np.repeat([row for row, _ in least], [len(runs_of) for _, runs_of in least])
    order = np.argsort(values, kind="stable")
    return values[order], places[order]
