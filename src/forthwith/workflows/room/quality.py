"""Quality control: samples drawn of what was coded, coded again by somebody who sees no first.

A sample is drawn of a recorded frame: the codings that stood, with their versions. Its documents
are a batch of the pass `qc`; its report compares each first coding with the second. Where more was
overturned than the bar allows, the reviewer's batches are opened again.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from forthwith.domain.batches import Batch, BatchState, Sample
from forthwith.domain.coding import Coding, Form, MarkKind, Pass, Value
from forthwith.domain.errors import ForthwithError
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.review import quality as rules
from forthwith.review.coding import forms
from forthwith.review.coding.conflicts import NO, YES
from forthwith.review.quality import BAR, CONFIDENCE, Agreement, Elusion, Overturned, Stratum
from forthwith.workflows.room import reach
from forthwith.workflows.room.forms import form_for, form_of
from forthwith.workflows.room.room import Room

#: Documents of a reviewer, and of what is marked not responsive, where nobody says how many.
PER_REVIEWER, ELUSION = 50, 300
QC, ELUSION_KIND = "qc", "elusion"
#: Under which name a form asks whether a document counts.
_RESPONSIVE = {Side.OURS: "responsive", Side.THEIRS: "relevant"}


class SampleError(ForthwithError):
    """A sample cannot be drawn, or there is none of a number."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A sample just drawn."""

    sample: Sample
    batch: Batch
    strata: tuple[Stratum, ...]


@dataclass(frozen=True, slots=True)
class MarkAgreement:
    """How far the two readers agree on one mark."""

    mark: str
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Report:
    """What a sample shows so far."""

    sample: Sample
    #: Documents drawn, and those coded a second time.
    drawn: int
    read: int
    #: By reviewer and value, then by reviewer, then all.
    overturned: tuple[Overturned, ...]
    agreements: tuple[MarkAgreement, ...]
    #: Reviewers above the bar; while documents are unread nobody is.
    failing: tuple[str, ...]
    #: Batches that closing the sample opened, or would open.
    reopen: tuple[str, ...]
    elusion: Elusion | None = None

    @property
    def complete(self) -> bool:
        """True when every drawn document is read."""
        return self.read == self.drawn


def draw(
    room: Room,
    seer: Seer,
    per_reviewer: int = PER_REVIEWER,
    *,
    mark: str = "",
    seed: str = "",
    bar: float = BAR,
    confidence: float = CONFIDENCE,
    side: str = Side.OURS,
    reviewers: Sequence[str] = (),
    offered: Sequence[str] = (),
    within: Collection[str] | None = None,
) -> Drawn:
    """Draw documents of each reviewer's first codings, by their values of a mark.

    `bar` is the overturned share above which a reviewer's batches open again; `within`, where it is
    given, are the only documents that may be drawn. Raises RefusedError, SampleError, QualityError.
    """
    form = _checked(room, seer, side, mark or _RESPONSIVE[Side(side)], bar, confidence)
    mark = mark or _RESPONSIVE[Side(side)]
    among = None if within is None else frozenset(within)
    frame = [
        coding
        for coding in _frame(room, seer, side)
        if coding.pass_ is Pass.FIRST
        and (not reviewers or coding.who in reviewers)
        and (among is None or coding.control in among)
    ]
    if not frame:
        raise SampleError(
            "Nothing can be drawn: no first coding stands"
            + (f" by {', '.join(reviewers)}." if reviewers else ". Code documents first.")
        )
    rows = [(coding.control, coding.who, _said(forms.plain(coding.body), mark)) for coding in frame]
    seed = seed or secrets.token_hex(8)
    strata = rules.draw(rows, per_reviewer, seed)
    about = {"mark": mark, "form": form.id, "side": side, "bar": bar}
    return _enter(room, seer, QC, strata, frame, rows, seed, confidence, about, offered)


def draw_elusion(
    room: Room,
    seer: Seer,
    documents: int = ELUSION,
    *,
    seed: str = "",
    confidence: float = CONFIDENCE,
    side: str = Side.OURS,
    offered: Sequence[str] = (),
) -> Drawn:
    """Draw documents of all that is marked not responsive. Raises as `draw`."""
    mark = _RESPONSIVE[Side(side)]
    form = _checked(room, seer, side, mark, BAR, confidence)
    every = _frame(room, seer, side)
    frame = [coding for coding in every if coding.body.get(mark) == NO]
    if not frame:
        raise SampleError(f"Nothing can be drawn: nothing is marked {mark}={NO}.")
    rows = [(coding.control, "", NO) for coding in frame]
    seed = seed or secrets.token_hex(8)
    strata = rules.draw(rows, documents, seed)
    before = sum(coding.body.get(mark) == YES for coding in every)
    about = {"mark": mark, "form": form.id, "side": side, "found_before": before}
    return _enter(room, seer, ELUSION_KIND, strata, frame, rows, seed, confidence, about, offered)


def draw_as_asked(
    room: Room,
    seer: Seer,
    *,
    kind: str,
    documents: int = 0,
    mark: str = "",
    seed: str = "",
    bar: float = BAR,
    confidence: float = CONFIDENCE,
    side: str = Side.OURS,
    reviewers: Sequence[str] = (),
    offered: Sequence[str] = (),
) -> Drawn:
    """Draw a sample of a kind; 0 documents is as many as usual. Raises as `draw`."""
    if kind not in (QC, ELUSION_KIND) or side not in list(Side):
        raise SampleError('A sample is "qc" or "elusion", of documents "ours" or "theirs".')
    if kind == ELUSION_KIND:
        many = documents or ELUSION
        return draw_elusion(
            room, seer, many, seed=seed, confidence=confidence, side=side, offered=offered
        )
    return draw(
        room, seer, documents or PER_REVIEWER, mark=mark, seed=seed, bar=bar,
        confidence=confidence, side=side, reviewers=reviewers, offered=offered,
    )  # fmt: skip


def _checked(room: Room, seer: Seer, side: str, mark: str, bar: float, confidence: float) -> Form:
    """Return the form a sample is of. Raises RefusedError, SampleError."""
    reach.require(seer, Right.MANAGE, "draw samples")
    form = form_for(room, side)
    asked = form.mark(mark)
    if asked is None or asked.kind not in (MarkKind.ONE, MarkKind.FLAG):
        raise SampleError(
            f"The form {form.id} has no mark {mark!r} with one answer to draw by: give --mark NAME."
        )
    if not 0 <= bar <= 1 or not 0 < confidence < 1:
        raise SampleError("The bar lies between 0 and 1 (0.1 is a tenth), and so does confidence.")
    return form


def _frame(room: Room, seer: Seer, side: str) -> list[Coding]:
    """Return the codings that stand of a side's documents and that somebody is shown."""
    columns, shown = room.standing().columns, room.mask(seer, Right.LIST)
    wanted = shown & (columns.theirs == (side == Side.THEIRS))
    return [
        coding
        for control, coding in sorted(dict(room.codings.standing()).items())
        if coding.body and (at := columns.place.get(control)) is not None and wanted[at]
    ]


def _enter(
    room: Room,
    seer: Seer,
    kind: str,
    strata: Sequence[Stratum],
    frame: Sequence[Coding],
    rows: Sequence[tuple[str, str, str]],
    seed: str,
    confidence: float,
    about: Mapping[str, Any],
    offered: Sequence[str],
) -> Drawn:
    for login in offered:
        if room.users.by_login(login) is None:
            raise SampleError(f"There is no user {login!r}. `forthwith users list` names all.")
    versions = {coding.control: coding.version for coding in frame}
    body = {
        **about,
        "seed": seed,
        "confidence": confidence,
        "population": len(frame),
        #: The frame is the codings that stood when this one was the last.
        "codings": max(coding.id for coding in frame),
        "frame": rules.digest(rows),
        "strata": [
            {
                "reviewer": stratum.reviewer,
                "value": stratum.value,
                "population": stratum.population,
                "drawn": [[control, versions[control]] for control in stratum.drawn],
            }
            for stratum in strata
        ],
    }
    # Read in an order that tells nothing of the strata.
    controls = rules.ranked((c for stratum in strata for c in stratum.drawn), f"{seed} order")
    name = "Quality control" if kind == QC else "Sample of what is marked not responsive"
    rule = {"sample": kind, "seed": seed}
    sample, batch = room.batches.draw(
        Sample("", kind, body, ""),
        Batch("", name, Pass.QC, rule, offered=tuple(sorted(set(offered)))),
        controls,
        reach.by(seer),
    )
    if batch is None:
        raise SampleError("The sample was drawn without its batch.")
    return Drawn(sample, batch, tuple(strata))


def samples(room: Room, seer: Seer) -> tuple[Sample, ...]:
    """Return the samples in the order drawn. Raises RefusedError."""
    reach.require(seer, Right.MANAGE, "see samples")
    return room.batches.samples()


def report(room: Room, seer: Seer, sample: str) -> Report:
    """Return what a sample shows so far. Raises RefusedError, SampleError, QualityError."""
    reach.require(seer, Right.MANAGE, "see samples")
    return found(room, sample)


def found(room: Room, sample: str) -> Report:
    """Return what a sample shows so far, whoever asks. Raises SampleError, QualityError."""
    there = next((row for row in room.batches.samples() if row.id == sample), None)
    if there is None:
        raise SampleError(f"There is no sample {sample}. `forthwith qc list` names them all.")
    return _report(room, there)


def overall(room: Room, sample: str) -> Overturned:
    """Return how much of a whole sample of quality control was overturned. Raises SampleError."""
    return found(room, sample).overturned[-1]


def _report(room: Room, sample: Sample) -> Report:
    body = sample.body
    strata = [
        Stratum(row["reviewer"], row["value"], row["population"], tuple(c for c, _ in row["drawn"]))
        for row in body["strata"]
    ]
    versions = {control: version for row in body["strata"] for control, version in row["drawn"]}
    pairs = {
        control: pair
        for control, version in versions.items()
        if (pair := _pair(room, control, version, sample.batch)) is not None
    }
    mark, confidence = body["mark"], body["confidence"]
    answers = {
        control: (_said(forms.plain(first.body), mark), _said(forms.plain(second.body), mark))
        for control, (first, second) in pairs.items()
    }
    if sample.kind == ELUSION_KIND:
        # What a second reader is not sure of is not cleared either.
        found = sum(second != NO for _, second in answers.values())
        eluded = rules.elusion(
            body["population"], len(versions), len(pairs), found, body["found_before"], confidence
        )
        return Report(sample, len(versions), len(pairs), (), (), (), (), eluded)
    overturned = rules.overturned(strata, answers, confidence)
    failing = tuple(
        row.reviewer
        for row in overturned
        if row.reviewer and not row.stratum and row.fails(body["bar"])
    )
    complete = len(pairs) == len(versions)
    agreements = _agreements(room, pairs.values(), confidence) if pairs else ()
    reopen = tuple(_rereads(room, failing, sample.id)) if complete else ()
    return Report(
        sample,
        len(versions),
        len(pairs),
        tuple(overturned),
        tuple(agreements),
        failing if complete else (),
        reopen,
    )


def _pair(room: Room, control: str, version: int, batch: str) -> tuple[Coding, Coding] | None:
    """Return the coding that was drawn and the one made of it in the sample's batch."""
    history = room.codings.history(control)
    first = next((row for row in history if row.version == version), None)
    second = [row for row in history if row.batch == batch and row.body and row.version > version]
    return (first, second[0]) if first is not None and second else None


def _agreements(
    room: Room, pairs: Iterable[tuple[Coding, Coding]], confidence: float
) -> list[MarkAgreement]:
    """Return the agreement on every mark with one answer, in order of the first form met."""
    both = list(pairs)
    form = form_of(room, both[0][0].form, both[0][0].form_version)
    return [
        MarkAgreement(
            mark.name,
            rules.agreement(
                [
                    (
                        _said(forms.plain(first.body), mark.name),
                        _said(forms.plain(second.body), mark.name),
                    )
                    for first, second in both
                ],
                confidence,
            ),
        )
        for mark in form.marks
        if mark.kind in (MarkKind.ONE, MarkKind.FLAG)
    ]


def _rereads(room: Room, reviewers: Sequence[str], sample: str) -> dict[str, list[str]]:
    """Return what is to be read again of some reviewers' batches that are done, by batch.

    A document on which a later pass has decided since is read again already. What a sample opened
    once, it does not open again.
    """
    standing = room.codings.standing()
    found = {}
    for batch in room.batches.every():
        if (
            batch.holder not in reviewers
            or batch.pass_ is not Pass.FIRST
            or batch.state is not BatchState.DONE
            or (batch.reread is not None and batch.reread.sample == sample)
        ):
            continue
        again = [
            control
            for control in room.batches.documents(batch.id)
            if (coding := standing.get(control)) is None or coding.pass_ is Pass.FIRST
        ]
        if again:
            found[batch.id] = again
    return found


def close(room: Room, seer: Seer, sample: str) -> Report:
    """Open the batches of reviewers above the bar again; returns the report with what was opened.

    Closing the batch of a sample does so by itself. Raises RefusedError, SampleError while
    documents are unread.
    """
    found = report(room, seer, sample)
    if not found.complete:
        left = count(found.drawn - found.read, "document")
        raise SampleError(
            f"Sample {sample} is not read through: {left} of {found.drawn:,} left, in batch "
            f"{found.sample.batch}."
        )
    _reopen(room, found, reach.by(seer))
    return found


def settle(room: Room, batch: str, by: tuple[str, str]) -> Report | None:
    """Open the batches of reviewers above the bar again, once the batch of a sample is done.

    Whoever drew the sample set the bar, so it wants no right of whoever closes the batch. Returns
    None for a batch of no sample.
    """
    sample = next((row for row in room.batches.samples() if row.batch == batch), None)
    if sample is None:
        return None
    found = _report(room, sample)
    _reopen(room, found, by)
    return found


def _reopen(room: Room, report: Report, by: tuple[str, str]) -> None:
    if not report.reopen:
        return
    because = (
        f"sample {report.sample.id}: more than {report.sample.body['bar']:.0%} of what was drawn "
        f"of {', '.join(report.failing)} was decided otherwise"
    )
    reread = _rereads(room, report.failing, report.sample.id)
    room.batches.reopen(reread, by, because, report.sample.id)


def _said(body: Mapping[str, Value], mark: str) -> str:
    value = body.get(mark)
    if value is None:
        return ""
    if value is True:
        return "set"
    return ", ".join(value) if isinstance(value, tuple) else str(value)
