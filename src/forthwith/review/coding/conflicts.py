"""Conflicts: where codings contradict one another, the documents, or what is said elsewhere.

They are computed and never stored: a conflict is gone when its cause is. Each names its documents
and a cure. The first three kinds would send out what was to be withheld, or half a decision, and
stop a production.

Rules find responsiveness under the mark called `responsive` and the flag `hot`; what is a privilege
mark, the form says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

import numpy as np

from forthwith.domain.coding import Coding, Form, MarkKind, Value
from forthwith.domain.documents import ControlNumber
from forthwith.plain.counting import count
from forthwith.record.room_store import Columns, Flags
from forthwith.review.coding import forms
from forthwith.review.coding.related import Related
from forthwith.review.privilege.claims import Claim, Treatment
from forthwith.review.privilege.near_duplicates import Text, TwinIndex

RESPONSIVE, HOT = "responsive", "hot"
YES, NO = "yes", "no"
_SHOWN = 3


class ConflictKind(StrEnum):
    """What contradicts what."""

    COPIES = "copies coded apart"
    FAMILY = "family undecided"
    REDACTED = "redacted here, whole there"
    REASON = "privilege without a reason"
    NOT_RESPONSIVE = "not responsive, yet hot or cited"
    WALLED = "coded by somebody walled off"
    OLDER = "coded on an older text"

    @property
    def stops(self) -> bool:
        """True for what stops a production while it is open."""
        return self in (ConflictKind.COPIES, ConflictKind.FAMILY, ConflictKind.REDACTED)


@dataclass(frozen=True, slots=True)
class Conflict:
    """One contradiction, and how it goes away."""

    kind: ConflictKind
    #: Control numbers, those to look at first before the rest.
    documents: tuple[str, ...]
    #: The marks it is about; () where it is about none.
    marks: tuple[str, ...]
    message: str
    cure: str


@dataclass(frozen=True, slots=True)
class Whole:
    """A document that would go out whole beside one that is redacted."""

    control: str
    #: The redacted one.
    redacted: str
    #: "the same file", "nearly the same text", "quotes it".
    how: str


@dataclass(frozen=True)
class Facts:
    """What conflicts are computed from, as far as somebody may know it."""

    related: Related
    #: What stands, by control number.
    codings: Mapping[str, Coding]
    #: By id and version.
    form: Callable[[str, int], Form]
    claims: Mapping[ControlNumber, Claim] = field(default_factory=dict)
    #: Documents that resemble a redacted one and have no redaction there.
    whole: Sequence[Whole] = ()
    #: Whether counsel or a term explains a privilege mark, by control number.
    explained: Callable[[str], bool] = lambda _control: False
    #: Where a document is cited, by control number: "exhibit 4".
    cited: Mapping[str, str] = field(default_factory=dict)
    #: What is walled off from each coder, by login; without what a claw-back takes from everybody.
    walled: Mapping[str, Flags] = field(default_factory=dict)
    #: Digest of today's text by place; "" where nobody reckoned it.
    read: Callable[[int], str] = lambda _place: ""

    @cached_property
    def coded(self) -> dict[int, Coding]:
        """The codings that say anything of a document there is, by place."""
        places = self.related.columns.place
        found: dict[int, Coding] = {}
        for control, coding in self.codings.items():
            if coding.body and (place := places.get(control)) is not None:
                found[place] = coding
        return dict(sorted(found.items()))

    @cached_property
    def rules(self) -> dict[tuple[str, int], FormRules]:
        """What each form used says, asked once."""
        used = {(coding.form, coding.form_version) for coding in self.coded.values()}
        return {key: FormRules.of(self.form(*key)) for key in used}

    def rules_of(self, coding: Coding) -> FormRules:
        """Return what the form of a coding says."""
        return self.rules[coding.form, coding.form_version]


@dataclass(frozen=True, slots=True)
class FormRules:
    """What rules ask of a form, for each of a hundred thousand codings."""

    form: Form
    #: Marks that copies must agree in, and those that equal bytes in any family must agree in.
    decisions: tuple[str, ...]
    privilege: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, form: Form) -> FormRules:
        """Sort the marks of a form."""
        return cls(
            form,
            tuple(mark.name for mark in form.marks if mark.kind is not MarkKind.TEXT),
            tuple(mark.name for mark in form.marks if mark.privilege),
            tuple(mark.name for mark in form.marks if mark.kind is MarkKind.TEXT),
        )

    def privileged(self, coding: Coding) -> bool:
        """Say whether a privilege mark says that something is claimed, or asks counsel."""
        body = coding.body
        return any(name in body for name in self.privilege) and bool(
            forms.privileged(self.form, body)
        )


def conflicts(facts: Facts, kinds: Iterable[ConflictKind] = tuple(ConflictKind)) -> list[Conflict]:
    """Return the conflicts of some kinds, by kind and then by document."""
    rules = {
        ConflictKind.COPIES: copies_apart,
        ConflictKind.FAMILY: families_undecided,
        ConflictKind.REDACTED: redacted_and_whole,
        ConflictKind.REASON: without_a_reason,
        ConflictKind.NOT_RESPONSIVE: not_responsive,
        ConflictKind.WALLED: coded_by_walled,
        ConflictKind.OLDER: coded_on_older,
    }
    wanted = set(kinds)
    return [row for kind, rule in rules.items() if kind in wanted for row in rule(facts)]


def copies_apart(facts: Facts) -> Iterator[Conflict]:
    """Yield copies whose codings differ; of equal bytes in other families, only in privilege."""
    columns = facts.related.columns
    reported: set[tuple[int, ...]] = set()
    for numbers, every_mark in ((columns.group, True), (columns.content, False)):
        for places in _together(columns, numbers, facts.coded):
            codings = [facts.coded[place] for place in places]
            names = [
                rules.decisions if every_mark else rules.privilege
                for rules in map(facts.rules_of, codings)
            ]
            marks = [
                name
                for name in dict.fromkeys(name for own in names for name in own)
                if all(name in own for own in names)
                and len({coding.body.get(name) for coding in codings}) > 1
            ]
            if marks and places not in reported:
                reported.add(places)
                asked = {
                    name: None
                    for decided in codings
                    for coding in codings
                    for name in _required(
                        facts.rules_of(coding).form,
                        coding.body,
                        {name: decided.body[name] for name in marks if name in decided.body},
                    )
                }
                yield _apart(codings, marks, list(dict.fromkeys([*marks, *asked])))


def _together(
    columns: Columns, numbers: np.ndarray[tuple[int], np.dtype[np.int32]], coded: Iterable[int]
) -> Iterator[tuple[int, ...]]:
    """Yield the coded places of each number and side, where there are several."""
    if not len(numbers):
        return
    places = np.fromiter(coded, np.int64)
    places = places[numbers[places] >= 0]
    keys = numbers[places].astype(np.int64) * 2 + columns.theirs[places]
    order = np.argsort(keys, kind="stable")
    ends = np.flatnonzero(np.diff(keys[order])) + 1
    for run in np.split(places[order], ends):
        if len(run) > 1:
            yield tuple(run.tolist())


def _apart(codings: Sequence[Coding], marks: Sequence[str], asked: Sequence[str]) -> Conflict:
    numbers = tuple(coding.control for coding in codings)
    told = []
    for name in marks:
        values: dict[Value | None, list[Coding]] = {}
        for coding in codings:
            values.setdefault(coding.body.get(name), []).append(coding)
        told.append(
            f"{name} is "
            + ", ".join(
                f"{_said(value)} on {_some([coding.control for coding in those])} ({those[0].who})"
                for value, those in values.items()
            )
        )
    return Conflict(
        ConflictKind.COPIES,
        numbers,
        tuple(marks),
        f"{_some(numbers)} are copies and coded apart: {'; '.join(told)}.",
        "Decide once and save it for all of them: forthwith code "
        f"{_some(numbers, ' ')} {' '.join(f'{name}=…' for name in asked)} --because …",
    )


def families_undecided(facts: Facts) -> Iterator[Conflict]:
    """Yield families with a responsive and a withheld member, of which nobody said how it goes."""
    columns = facts.related.columns
    withheld: dict[int, list[str]] = {}
    responsive: dict[int, list[str]] = {}
    settled: set[str] = set()
    for claim in facts.claims.values():
        number: str = claim.control
        place = columns.place.get(number)
        if claim.treatment is Treatment.WITHHELD and place is not None:
            withheld.setdefault(int(columns.top[place]), []).append(number)
            if claim.part and claim.because.strip():
                settled.add(number)
    claimed = {number for numbers in withheld.values() for number in numbers}
    for place, coding in facts.coded.items():
        number, top = coding.control, int(columns.top[place])
        if number in claimed:
            continue
        claim_ = facts.claims.get(ControlNumber(number))
        in_part = claim_ is not None and claim_.treatment is Treatment.REDACTED
        if not in_part and facts.rules_of(coding).privileged(coding):
            withheld.setdefault(top, []).append(number)
        elif coding.body.get(RESPONSIVE) == YES:
            responsive.setdefault(top, []).append(number)
    for top in sorted(withheld.keys() & responsive.keys()):
        if undecided := sorted(set(withheld[top]) - settled):
            out = responsive[top]
            yield Conflict(
                ConflictKind.FAMILY,
                (*undecided, *out),
                (RESPONSIVE,),
                f"The family of {columns.controls[top]}: {_some(undecided)} "
                f"{_are(undecided)} withheld, {_some(out)} {_are(out)} responsive, and nobody "
                "decided whether the rest goes out.",
                f"Let the rest go out with a reason: forthwith privilege claim {undecided[0]} "
                "--basis … --description … --family part --because …; or withhold the whole: "
                "--with-family.",
            )


def redacted_and_whole(facts: Facts) -> Iterator[Conflict]:
    """Yield documents that would go out whole beside one that is redacted."""
    for row in facts.whole:
        yield Conflict(
            ConflictKind.REDACTED,
            (row.control, row.redacted),
            (),
            f"{row.redacted} is redacted, and {row.control} would go out whole: {row.how}.",
            f"Redact {row.control} at the same places, or withhold it.",
        )


def whole_beside(redacted: Iterable[Text], others: Iterable[Text]) -> list[Whole]:
    """Return what of the other documents is like a redacted one and would go out whole."""
    index = TwinIndex.of(redacted)
    return [
        Whole(twin.control, twin.withheld, twin.how.value)
        for text in others
        for twin in index.twins(text)
        if twin.control != twin.withheld
    ]


def without_a_reason(facts: Facts) -> Iterator[Conflict]:
    """Yield privilege marks that neither counsel on the document, a term nor a note explains."""
    for coding in facts.coded.values():
        rules = facts.rules_of(coding)
        if not rules.privileged(coding) or any(name in coding.body for name in rules.notes):
            continue
        claim = facts.claims.get(ControlNumber(coding.control))
        described = claim is not None and claim.stands and claim.description.strip()
        if not described and not facts.explained(coding.control):
            marks = forms.privileged(rules.form, coding.body)
            yield Conflict(
                ConflictKind.REASON,
                (coding.control,),
                marks,
                f"{coding.control} is marked {_said(coding.body[marks[0]])} by {coding.who}, and "
                "no counsel on it, no term and no note says why.",
                f'Say why: forthwith code {coding.control} note="…", name its counsel (forthwith '
                "privilege attorneys), or take the mark back.",
            )


def not_responsive(facts: Facts) -> Iterator[Conflict]:
    """Yield what is marked not responsive and is hot, or cited."""
    for coding in facts.coded.values():
        if coding.body.get(RESPONSIVE) != NO:
            continue
        cited = facts.cited.get(coding.control, "")
        hot = bool(coding.body.get(HOT))
        if hot or cited:
            why = " and ".join(
                [*(["marked hot"] if hot else []), *([f"cited in {cited}"] if cited else [])]
            )
            form = facts.rules_of(coding).form
            more = "".join(f"{name}=… " for name in _required(form, coding.body, {RESPONSIVE: YES}))
            yield Conflict(
                ConflictKind.NOT_RESPONSIVE,
                (coding.control,),
                (RESPONSIVE, *([HOT] if hot else [])),
                f"{coding.control} is marked not responsive by {coding.who}, and is {why}.",
                f"Look again: forthwith code {coding.control} {RESPONSIVE}={YES} {more}--because "
                f"…, or take back {'the citation' if cited else 'the mark'}.",
            )


def coded_by_walled(facts: Facts) -> Iterator[Conflict]:
    """Yield what stands coded by somebody it is walled off from."""
    for place, coding in facts.coded.items():
        flags = facts.walled.get(coding.who)
        if flags is not None and flags[place]:
            yield Conflict(
                ConflictKind.WALLED,
                (coding.control,),
                (),
                f"{coding.control} stands coded by {coding.who}, from whom it is walled off.",
                f"Have somebody else code it anew: forthwith code {coding.control} … --because …",
            )


def coded_on_older(facts: Facts) -> Iterator[Conflict]:
    """Yield what was coded on a text that has changed since."""
    for place, coding in facts.coded.items():
        if coding.read and (today := facts.read(place)) and today != coding.read:
            yield Conflict(
                ConflictKind.OLDER,
                (coding.control,),
                (),
                f"{coding.control} was coded by {coding.who} at {coding.at} on a text that has "
                "changed since.",
                f"Read it again and save: forthwith code {coding.control} … --because …",
            )


def _required(form: Form, body: Mapping[str, Value], marks: Mapping[str, Value]) -> list[str]:
    """Return what is still to be answered once some marks of a coding are set."""
    asked: list[str] = []
    while wanting := forms.missing(form, {**body, **marks, **dict.fromkeys(asked, "")}):
        asked += wanting
    return asked


def _said(value: Value | None) -> str:
    if value is None:
        return "not set"
    if value is True:
        return "set"
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def _some(numbers: Sequence[str], between: str = ", ") -> str:
    """Return a few numbers; a copy may stand ten thousand times."""
    if len(numbers) <= _SHOWN:
        return between.join(numbers)
    return between.join([*numbers[:_SHOWN], f"… ({count(len(numbers), 'document')})"])


def _are(numbers: Sequence[str]) -> str:
    return "is" if len(numbers) == 1 else "are"
