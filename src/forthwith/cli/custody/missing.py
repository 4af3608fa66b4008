"""What is missing, said once: sets of missing facts as a person reads them.

Answers on raw exports are open in the same way for every wallet and in every set. What all sets
share is printed before them; what several of them ask for is printed once under a letter, and the
sets are lists of letters; what is asked of many things alike is printed of the first one, with the
names of the others. `--json` has each set whole.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from forthwith.custody.answers.answers import MissingFact

#: Names in one line before the rest is only counted.
_NAMES = 30
#: What a missing fact is about: "completeness: wallet:cold on 1 May 2023".
_SUBJECT = re.compile(
    r"(?P<table>[\w ]+): (?P<before>not )?(?P<noun>person:|wallet:)?(?P<id>\S+)(?P<after>.*)"
)
#: Words of a request for what is complete by which two ask for the same: "Show that no copy".
_ACT = 4
#: In a request to show who had a means: whoever is listed, and the listed ways to it.
_BUT = re.compile(r"nobody but (?P<who>.+?) had ")
_WAYS = ", but by what "
#: Rows of one file, one after the other: "policies.csv:2, policies.csv:3".
_PLACES = re.compile(r"(?P<file>[^\s,():]+\.(?:csv|ya?ml)):\d+(?:(?:, | and )(?P=file):\d+)+")
_LINES = re.compile(r":(\d+)(?=, | and |$)")
_DIGITS = re.compile(r"(\d+)")

Gap = Sequence[MissingFact]


def missing_lines(sets: Sequence[Gap], *, why: bool) -> Iterator[str]:
    """Yield the lines that list sets of missing facts, each set numbered as it is ranked.

    With `why`, also why each fact is open and which row would settle it.
    """
    times = Counter(fact for gap in sets for fact in gap)
    shared = [fact for fact, many in times.items() if many == len(sets) > 1]
    rests = [[fact for fact in gap if fact not in shared] for gap in sets]
    if shared:
        yield "In every one of these sets:"
        yield from _facts(shared, "  - ", each=True, why=why)
        yield "And besides:"
    if any(times[fact] > 1 for rest in rests for fact in rest):
        yield from _lettered(rests, why=why)
        return
    for number, rest in enumerate(rests, 1):
        mark = f"{number:>3}. "
        yield from _facts(rest, mark, each=False, why=why) if rest else (f"{mark}nothing more",)


def _facts(facts: Iterable[MissingFact], mark: str, *, each: bool, why: bool) -> Iterator[str]:
    """Yield facts, those that ask the same of several things together.

    The mark stands before `each`, or before the first alone.
    """
    blank = " " * len(mark)
    for place, alike in enumerate(_by_act(facts)):
        yield from _fact(alike[0], mark if each or not place else blank, why=why)
        if others := alike[1:]:
            yield f"{blank}The same of {named([_subject(fact) for fact in others])}."


def _fact(fact: MissingFact, mark: str, *, why: bool) -> Iterator[str]:
    yield shortened(f"{mark}{fact.ask}" + (f"  [{fact.fact}]" if why else ""))
    if why:
        yield f"{' ' * len(mark)}  why: {shortened(fact.why)}"


def _lettered(sets: Sequence[Gap], *, why: bool) -> Iterator[str]:
    """Yield each fact once under a letter, then the sets as the letters that make them up."""
    labels: dict[MissingFact, tuple[str, int]] = {}
    for place, alike in enumerate(_by_act({fact: None for gap in sets for fact in gap})):
        letter = _letter(place)
        many = len(alike) > 1
        labels |= {fact: (letter, number * many) for number, fact in enumerate(alike, 1)}
        yield from _fact(alike[0], f"  {letter + '1' * many:<4} ", why=why)
        if many:
            to = " and" if len(alike) == 3 else " to"
            last = f"{to} {letter}{len(alike)}" if len(alike) > 2 else ""
            order = ", in this order" if last else ""
            others = shortened(", ".join(map(_subject, alike[1:])), runs=False)
            yield f"       {letter}2{last}: the same of {others}{order}."
    yield "Sets:"
    for number, gap in enumerate(sets, 1):
        by_letter: dict[str, list[int]] = {}
        for letter, member in sorted(map(labels.__getitem__, gap)):
            by_letter.setdefault(letter, []).append(member)
        parts = [
            letter if members == [0] else ", ".join(f"{letter}{run}" for run in _runs(members))
            for letter, members in by_letter.items()
        ]
        yield f"{number:>3}. {', '.join(parts) or 'nothing more'}"


def _letter(place: int) -> str:
    """Return A to Z, then AA, AB …"""
    before, last = divmod(place, 26)
    return (_letter(before - 1) if before else "") + chr(ord("A") + last)


def _by_act(facts: Iterable[MissingFact]) -> Iterable[list[MissingFact]]:
    """Return facts that ask the same of several things together, in the order of the firsts."""
    acts: dict[tuple[str, str], list[MissingFact]] = {}
    for fact in facts:
        acts.setdefault(_act(fact), []).append(fact)
    for alike in acts.values():
        alike.sort(key=lambda fact: _natural(_subject(fact)))
    return acts.values()


def _act(fact: MissingFact) -> tuple[str, str]:
    """Return what is asked, without of whom or what."""
    subject = _SUBJECT.fullmatch(fact.fact)
    if subject is None:
        return fact.ask, fact.fact
    about = "".join(subject[name] or "" for name in ("table", "before", "noun", "after"))
    words = ("…" if word.strip(",.") == subject["id"] else word for word in fact.ask.split())
    ask = " ".join(words)
    if subject["table"].endswith("completeness"):
        # It names people and what a means is; a listed holder is named beside each, a way is not.
        _, ways, listed = ask.partition(_WAYS)
        ask = f"{' '.join(ask.split()[:_ACT])}{bool(_BUT.search(ask))}{ways}{listed}"
    return ask, about


def _subject(fact: MissingFact) -> str:
    """Return what a fact is about, and who may have had it."""
    subject = _SUBJECT.fullmatch(fact.fact)
    if subject is None:
        return fact.fact
    who = _BUT.search(fact.ask)
    return subject["id"] + (f" (nobody but {who['who']})" if who else "")


def _natural(text: str) -> list[tuple[int, str]]:
    """Return a key by which line 9 comes before line 10."""
    return [(int(part) if part.isdecimal() else 0, part) for part in _DIGITS.split(text)]


def named(names: Sequence[str]) -> str:
    """Return names in one line, rows of one file as a run, many of them counted."""
    text = shortened(", ".join(names))
    if text.count(", ") < _NAMES:
        return text
    return f"{', '.join(names[:_NAMES])} and {len(names) - _NAMES:,} more (see --json)"


def shortened(text: str, *, runs: bool = True) -> str:
    """Return a text in which rows of one file name it once: "policies.csv:2-31, 40"."""

    def lines(found: re.Match[str]) -> str:
        numbers = list(map(int, _LINES.findall(found[0])))
        return f"{found['file']}:{', '.join(_runs(numbers) if runs else map(str, numbers))}"

    return _PLACES.sub(lines, text)


def _runs(numbers: Iterable[int]) -> Iterator[str]:
    """Yield numbers in order, three and more that follow one another as "2-31"."""
    runs: list[list[int]] = []
    for number in sorted(set(numbers)):
        if runs and runs[-1][-1] == number - 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    for run in runs:
        yield from (f"{run[0]}-{run[-1]}",) if len(run) > 2 else map(str, run)
