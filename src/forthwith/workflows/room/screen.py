"""Privilege proposals of a matter: made by the screen, decided by people.

Proposals are derived: they are made anew when the documents, the attorney list, the claims, the
codings or the screen change. Decisions are truth. What was claimed is in the privilege log; what
was refused stays refused for the same document elsewhere, for as long as the screen says no more of
it than what was refused. A document without a proposal was not cleared by anyone.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from forthwith.domain import fields
from forthwith.domain.coding import Coding
from forthwith.domain.documents import ControlNumber, Document
from forthwith.domain.errors import ForthwithError
from forthwith.domain.evidence import Kind
from forthwith.domain.privilege_decisions import Decision, Outcome
from forthwith.domain.users import Right, Seer, Side
from forthwith.plain.counting import count
from forthwith.record import journal, privilege_decisions
from forthwith.record.codings import Codings
from forthwith.record.forms import NoFormError
from forthwith.record.room_store import digest_of
from forthwith.review.coding import forms
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.claims import Basis, Claim
from forthwith.review.privilege.near_duplicates import LEAST_WORDS, Text
from forthwith.review.privilege.people import Roster, Sides
from forthwith.review.screen import classifier, screen
from forthwith.review.screen.claimed import Claimed
from forthwith.review.screen.proposals import (
    Proposal,
    Reason,
    Signal,
    Tier,
    body,
    proposal,
    signals_of,
)
from forthwith.review.screen.screen import Looked, Screen
from forthwith.review.screen.tokens import tokens
from forthwith.workflows import privilege as claim_desk
from forthwith.workflows.case_file import CaseFile
from forthwith.workflows.privilege import ClaimOptions
from forthwith.workflows.room import reach
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

#: Documents up to which whoever asks waits for proposals that are made anew.
_WAITS = 3_000
#: Reasons a page shows of one document, characters around their words, and longest words lit up.
_LIT, _AROUND, _LONGEST_LIT = 4, 70, 400
#: Reasons whose weight rests on what people did in the room.
_OF_PEOPLE = frozenset({Signal.CODED, Signal.PROPOSED, Signal.CLASSIFIER})


class State(StrEnum):
    """Where a proposal stands."""

    OPEN = "open"
    #: Decided on another text, or before the screen said what it says now.
    AGAIN = "look again"
    CLAIMED = "claimed"
    REFUSED = "refused"

    @property
    def waits(self) -> bool:
        """Say whether somebody has to look."""
        return self in (State.OPEN, State.AGAIN)


class NotProposedError(ForthwithError):
    """Nothing is proposed of a document, so there is nothing to decide."""

    def __init__(self, control: str) -> None:
        super().__init__(
            f"Nothing is proposed of {control}. That is no finding that it is not privileged: to "
            f"claim it all the same, forthwith privilege claim {control} --basis … --description …"
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One proposal and what became of it."""

    proposal: Proposal
    state: State
    #: The decision that stands on it or on the document it is the same as; None for none.
    decision: Decision | None = None
    #: In a person's words: who decided what, or why it must be looked at again.
    said: str = ""
    #: Subject of a mail, title of a file, else its name; "" in rows that are not listed.
    subject: str = ""

    @property
    def control(self) -> str:
        """Its document."""
        return self.proposal.control


@dataclass(frozen=True, slots=True)
class Listed:
    """Proposals somebody is shown."""

    total: int
    rows: tuple[Row, ...]
    #: How many of each tier there are; and of these, how many wait for somebody.
    counts: Mapping[Tier, int]
    waiting: Mapping[Tier, int]
    #: False while what is shown is being made anew.
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Made:
    """The proposals of a matter, whoever asks."""

    #: By control number, in order.
    proposals: Mapping[str, Proposal]
    #: What a document is the same as: digests of its file, message and text.
    same: Mapping[str, tuple[str, ...]]
    #: Digest of the text that the proposal was made of.
    read: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class _Source:
    """One document as the screen reads it."""

    document: Document
    text: str
    body: int


# Making


def _screen_of(case: CaseFile) -> Screen:
    roster = Roster(privilege_claims.attorneys(case.acts), Sides.of(case.settings.parties))
    return Screen.of(roster, ZoneInfo(case.settings.time_zone))


def _standing_claims(case: CaseFile) -> dict[ControlNumber, Claim]:
    return {number: claim for number, claim in case.claims.items() if claim.stands}


def _key(case: CaseFile, documents: str, codings: int) -> str:
    """Return a digest of all that proposals are made of."""
    attorneys = [attorney.body() for attorney in privilege_claims.attorneys(case.acts)]
    claims = [[number, claim.body()] for number, claim in sorted(case.claims.items())]
    let_go = [[row.control, row.resembles] for row in privilege_claims.releases(case.acts)]
    parties = [dict(party) for party in case.settings.parties]
    about = [screen.VERSION, documents, codings, attorneys, claims, let_go, parties]
    return hashlib.sha256(journal.canonical(about).encode()).hexdigest()


def make(case: CaseFile, sources: Callable[[], Iterable[_Source]], codings: Codings) -> Made:
    """Make the proposals of a matter's own documents."""
    rules, claimed = _screen_of(case), _standing_claims(case)
    resembled = _laid_out(sources, claimed) if claimed else None
    let_go: set[tuple[str, str]] = {
        (row.control, row.resembles) for row in privilege_claims.releases(case.acts)
    }
    looked: list[Looked] = []
    same: dict[str, tuple[str, ...]] = {}
    read: dict[str, str] = {}
    marks = _marks(codings)
    texts: dict[str, str] = {}
    learns = _learns(marks)
    for source in sources():
        document, text = source.document, source.text
        row = rules.look(document, text, source.body, resembled)
        control: str = document.control_number
        if let_go:
            kept = tuple(reason for reason in row.reasons if (control, reason.other) not in let_go)
            row = replace(row, reasons=kept)
        looked.append(row)
        if learns:
            texts[control] = text[source.body :]
        digest = digest_of(text).hex()
        same[control], read[control] = _sames(document, text, digest), digest
    more = _from_people(marks, claimed)
    for control, reason in _guessed(texts, marks) if learns else ():
        more.setdefault(control, []).append(reason)
    logged = {str(number): claim.log for number, claim in claimed.items()}
    made = {row.control: row for row in screen.proposals(looked, logged, more)}
    return Made(
        made,
        {control: same[control] for control in made},
        {control: read[control] for control in made},
    )


def _laid_out(
    sources: Callable[[], Iterable[_Source]], claimed: Collection[ControlNumber]
) -> Claimed:
    rows = []
    for source in sources():
        if source.document.control_number in claimed:
            words = tokens(source.text, source.body)
            parts = screen.parts_of(source.text, words, source.body, mail=True)
            own = [word for word in words if parts.of(word.first).value == "own"]
            rows.append((Text.of(source.document, source.text, source.body), own))
    return Claimed.of(rows)


def _sames(document: Document, text: str, digest: str) -> tuple[str, ...]:
    names = []
    if document.size and document.sha256:
        names.append(f"file {document.sha256}")
    if document.message_id_hash:
        names.append(f"message {document.message_id_hash}")
    if len(text.split(None, LEAST_WORDS)) >= LEAST_WORDS:
        names.append(f"text {digest}")
    return tuple(names)


_Marks = Mapping[str, tuple[Coding, bool, bool]]


def _marks(codings: Codings) -> _Marks:
    """Return coding, whether it says privileged, and whether it proposes that, by document."""
    found = {}
    for control, coding in list(codings.standing().items()):
        try:
            form = codings.form(coding.form, coding.form_version)
        except NoFormError:
            form = forms.default(coding.form if coding.form in list(Side) else Side.OURS)
        says = bool(forms.privileged(form, coding.body))
        proposes = not says and bool(forms.privileged(form, forms.plain(coding.body)))
        answered = any(mark.privilege and mark.name in coding.body for mark in form.marks)
        if answered or proposes:
            found[control] = (coding, says, proposes)
    return found


def _from_people(marks: _Marks, claimed: Collection[str]) -> dict[str, list[Reason]]:
    more: dict[str, list[Reason]] = {}
    for control, (coding, says, proposes) in marks.items():
        if control in claimed:
            continue
        if says:
            words = f"{coding.who} coded it privileged, and it is not claimed"
            more[control] = [Reason(Signal.CODED, 3.3, words)]
        elif proposes:
            words = f"{coding.who} proposes that it is privileged"
            more[control] = [Reason(Signal.PROPOSED, 1.8, words)]
    return more


def _learns(marks: _Marks) -> bool:
    privileged = sum(says for _, says, _ in marks.values())
    return min(privileged, len(marks) - privileged) >= classifier.LEAST_MARKED


def _guessed(texts: Mapping[str, str], marks: _Marks) -> Iterator[tuple[str, Reason]]:
    privileged = [control for control, (_, says, _) in marks.items() if says and control in texts]
    others = [
        control
        for control, (_, says, proposes) in marks.items()
        if not says and not proposes and control in texts
    ]
    yield from classifier.guesses(texts, privileged, others)


# Of a case: what `produce`, `verify` and the gate ask

_made_of: WeakKeyDictionary[object, tuple[str, Made]] = WeakKeyDictionary()
_making: WeakKeyDictionary[Room, threading.Thread] = WeakKeyDictionary()
_keeping = threading.Lock()


def of_case(case: CaseFile) -> Made:
    """Return the proposals as they are now. Raises NotProcessedError, BodyError."""
    codings = Codings(case.matter)
    key = _key(case, case.table.digest, codings.changes())
    with _keeping:
        kept = _made_of.get(case)
    if kept is not None and kept[0] == key:
        return kept[1]

    def sources() -> Iterator[_Source]:
        for number, text, start in case.table.bodies("side = 'ours'"):
            if (document := case.documents.get(ControlNumber(number))) is not None:
                yield _Source(document, text, start)

    made = make(case, sources, codings)
    with _keeping:
        _made_of[case] = (key, made)
    return made


def undecided_strong(case: CaseFile, going_out: Collection[str] | None = None) -> tuple[str, ...]:
    """Return the documents of strong proposals that nobody decided, in order.

    Of those going out, where they are named. One decided on another text, or before the screen said
    what it says now, was not decided. Raises NotProcessedError, BodyError.
    """
    return tuple(
        row.control for row in waiting(case, going_out) if row.proposal.tier is Tier.STRONG
    )


def waiting(case: CaseFile, going_out: Collection[str] | None = None) -> list[Row]:
    """Return the proposals nobody decided, of those going out where they are named."""
    made = of_case(case)
    return [
        row
        for row in _rows(case, made, made.proposals.values())
        if row.state.waits and (going_out is None or row.control in going_out)
    ]


def counted(rows: Iterable[Row]) -> dict[str, int]:
    """Return how many proposals there are of each tier, the strongest first."""
    tiers = Counter(row.proposal.tier for row in rows)
    return {tier.value: tiers[tier] for tier in Tier}


def not_looked_at(waits: Mapping[str, int]) -> str:
    """Return what `produce` says of proposals that wait, by tier; "" where none does."""
    total = sum(waits.values())
    if not total:
        return ""
    tiers = ", ".join(f"{number:,} {tier}" for tier, number in waits.items() if number)
    verb = "was" if total == 1 else "were"
    return (
        f"Privilege screen: {count(total, 'document')} going out {verb} proposed as privileged and "
        f"not looked at ({tiers}): forthwith privilege propose. What is not proposed was cleared "
        "by nobody."
    )


# Decided


def _rows(case: CaseFile, made: Made, proposals: Iterable[Proposal]) -> list[Row]:
    """Return proposals with what became of them, strong ones first, then by weight."""
    with case.matter.engine.connect() as connection:
        decisions = privilege_decisions.standing(connection)
    inside = privilege_claims.withheld(case.claims, case.documents.values()) if case.claims else {}
    return _decided(made, proposals, decisions, case.claims, inside)


def _decided(
    made: Made,
    proposals: Iterable[Proposal],
    decisions: Mapping[str, Decision],
    claims: Mapping[ControlNumber, Claim],
    inside: Mapping[ControlNumber, str],
) -> list[Row]:
    refused: dict[str, Decision] = {}
    for decision in decisions.values():
        if decision.outcome is Outcome.REFUSED:
            for name in _kept(decision).get("same", ()):
                refused[name] = decision
    rows = []
    for proposed in proposals:
        claim = claims.get(ControlNumber(proposed.control))
        own = decisions.get(proposed.control)
        if claim is not None:
            by = f" by {claim.by}" if claim.by else ""
            said = (
                f"Claimed{by} as {claim.log}, {claim.treatment}"
                if claim.stands
                else f"Claimed{by} as {claim.log} and taken back: {claim.because}"
            )
            # A claim taken back is a decision, as long as nothing was decided since.
            rows.append(Row(proposed, State.CLAIMED, own, said))
        elif ControlNumber(proposed.control) in inside:
            log = inside[ControlNumber(proposed.control)]
            rows.append(Row(proposed, State.CLAIMED, own, f"Withheld with what holds it, {log}"))
        elif own is not None:
            rows.append(_stands(made, proposed, own))
        else:
            twin = next(
                (refused[name] for name in made.same[proposed.control] if name in refused), None
            )
            if twin is not None and not _more(proposed, twin):
                said = f"Refused by {twin.who} for {twin.control}, the same: {twin.because}"
                rows.append(Row(proposed, State.REFUSED, twin, said))
            else:
                rows.append(Row(proposed, State.OPEN))
    rows.sort(key=lambda row: (row.proposal.tier.rank, -row.proposal.weight, row.control))
    return rows


def _stands(made: Made, proposed: Proposal, own: Decision) -> Row:
    said = f"{own.outcome.value.capitalize()} by {own.who} on {own.at[:10]}: {own.because}"
    if own.outcome is Outcome.CLAIMED:
        why = "no claim of it is in the privilege log"
    elif own.read != made.read[proposed.control]:
        why = "its text is another since"
    elif _more(proposed, own):
        why = "the screen says more of it since"
    else:
        return Row(proposed, State.REFUSED, own, said)
    return Row(proposed, State.AGAIN, own, f"Look again, {why}. {said}")


def _kept(decision: Decision) -> Mapping[str, Any]:
    try:
        kept = json.loads(decision.reasons)
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def _more(proposed: Proposal, decision: Decision) -> bool:
    """Say whether the screen says more of a document than what was decided on."""
    if decision.tier not in list(Tier) or proposed.tier.rank < Tier(decision.tier).rank:
        return True
    new = {signal.value for signal in proposed.signals - _OF_PEOPLE} | (
        {Signal.CODED.value} & {signal.value for signal in proposed.signals}
    )
    new -= signals_of(_kept(decision).get("reasons", ()))
    return proposed.tier is not Tier.WEAK and bool(new)


# Of a room: what one person is shown


def _current(room: Room, *, wait: bool = False) -> tuple[Made, bool]:
    """Return the proposals of a room, and whether they are those of now.

    Of a large matter the old ones are shown while new ones are made.
    """
    standing, case = room.standing(), room.case
    key = _key(case, standing.digest, room.codings.changes())
    with _keeping:
        kept = _made_of.get(room)
        running = _making.get(room)
    if kept is not None and kept[0] == key:
        return kept[1], True

    def run() -> None:
        columns, store = standing.columns, standing.store

        def sources() -> Iterator[_Source]:
            for place in range(len(columns)):
                if not columns.theirs[place]:
                    yield _Source(store.information(place), *store.text(place))

        made = make(case, sources, room.codings)
        with _keeping:
            _made_of[room] = (key, made)

    if kept is None or wait or len(standing.columns) <= _WAITS:
        run()
        with _keeping:
            return _made_of[room][1], True
    if running is None or not running.is_alive():
        thread = threading.Thread(target=run, daemon=True)
        with _keeping:
            _making[room] = thread
        thread.start()
    return kept[1], False


def _shown(room: Room, seer: Seer, *, wait: bool = False) -> tuple[list[Row], bool]:
    """Return the proposals somebody is shown, as if what they are not shown were not there."""
    view = room.view(seer)
    opened, listed = view.mask(Right.OPEN), view.mask(Right.LIST)
    made, fresh = _current(room, wait=wait)
    place = view.standing.columns.place
    is_hidden = reach.hidden(room, seer)

    def known(control: str) -> bool:
        at = place.get(control)
        return at is not None and bool(listed[at])

    def kept(proposed: Proposal, reason: Reason) -> bool:
        if reason.other and not known(reason.other):
            return False
        if reason.signal in (Signal.CODED, Signal.PROPOSED):
            return not is_hidden(proposed.control)
        return not (reason.signal is Signal.CLASSIFIER and seer.walls)

    proposals = []
    for control, proposed in made.proposals.items():
        at = place.get(control)
        if at is None or not opened[at]:
            continue
        reasons = tuple(reason for reason in proposed.reasons if kept(proposed, reason))
        if len(reasons) != len(proposed.reasons):
            less = proposal(control, reasons, proposed.warnings)
            if less is None:
                continue
            proposed = less
        proposals.append(proposed)
    with room.matter.engine.connect() as connection:
        decisions = {
            control: decision
            for control, decision in privilege_decisions.standing(connection).items()
            if known(control)
        }
    claims = {number: claim for number, claim in room.case.claims.items() if known(number)}
    return _decided(made, proposals, decisions, claims, _inside(room, claims)), fresh


def _inside(room: Room, claims: Mapping[ControlNumber, Claim]) -> dict[ControlNumber, str]:
    """Return what lies in containers withheld, with their log numbers."""
    columns = room.standing().columns
    found: dict[ControlNumber, str] = {}
    containers = {
        place: claim.log
        for number, claim in claims.items()
        if claim.stands
        and claim.treatment is privilege_claims.Treatment.WITHHELD
        and (place := columns.place.get(number)) is not None
        and columns.kinds[columns.kind[place]] == "container"
    }
    if containers:
        for place, control in enumerate(columns.controls):
            above = int(columns.parent[place])
            while above >= 0:
                if above in containers:
                    found[ControlNumber(control)] = containers[above]
                    break
                above = int(columns.parent[above])
    return found


def listed(
    room: Room,
    seer: Seer,
    tiers: Collection[Tier] = (),
    *,
    decided: bool = False,
    first: int = 0,
    most: int = 100,
    wait: bool = False,
) -> Listed:
    """Return the proposals somebody is shown: those that wait, or with `decided` all of them.

    Raises RefusedError for whoever may neither decide nor propose.
    """
    _require(seer)
    every, fresh = _shown(room, seer, wait=wait)
    rows = _asked(every, tiers, decided=decided)
    found = _listed(every, rows, first, most, fresh=fresh)
    standing = room.standing()
    subjects = [
        row.subject
        for row in standing.store.rows([standing.columns.place[row.control] for row in found.rows])
    ]
    named = [replace(row, subject=name) for row, name in zip(found.rows, subjects, strict=True)]
    return replace(found, rows=tuple(named))


def listed_alone(
    case: CaseFile, tiers: Collection[Tier] = (), *, decided: bool = False, most: int = 100
) -> Listed:
    """Return the proposals of a matter in whose room nobody works yet."""
    made = of_case(case)
    every = _rows(case, made, made.proposals.values())
    found = _listed(every, _asked(every, tiers, decided=decided), 0, most, fresh=True)
    named = [replace(row, subject=_subject(case, row.control)) for row in found.rows]
    return replace(found, rows=tuple(named))


def _subject(case: CaseFile, control: str) -> str:
    document = case.documents[ControlNumber(control)]
    return document.text_of(fields.SUBJECT) or document.text_of(fields.TITLE) or document.name


def _asked(every: Sequence[Row], tiers: Collection[Tier], *, decided: bool) -> list[Row]:
    return [
        row
        for row in every
        if (decided or row.state.waits) and (not tiers or row.proposal.tier in tiers)
    ]


def _listed(
    every: Sequence[Row], rows: Sequence[Row], first: int, most: int, *, fresh: bool
) -> Listed:
    first = max(first, 0)
    return Listed(
        len(rows),
        tuple(rows[first : first + max(most, 0)]),
        Counter(row.proposal.tier for row in every),
        Counter(row.proposal.tier for row in every if row.state.waits),
        fresh,
    )


def _require(seer: Seer) -> None:
    if not (seer.may(Right.CLAIM) or seer.may(Right.PROPOSE)):
        reach.require(seer, Right.CLAIM, "see what is proposed as privileged")


def of_document(room: Room, seer: Seer, control: str) -> Row | None:
    """Return what is proposed of one document. Raises NotShownError, RefusedError."""
    _require(seer)
    room.place(seer, control, Right.OPEN)
    return next((row for row in _shown(room, seer)[0] if row.control == control), None)


def shown_of(room: Room, seer: Seer, control: str) -> Row | None:
    """Return what is proposed of one document as its page shows it.

    None to whoever may neither decide nor propose, where nothing is proposed, and while the
    proposals of a large matter were not made yet: no page waits for them.
    """
    if not (seer.may(Right.CLAIM) or seer.may(Right.PROPOSE)):
        return None
    with _keeping:
        known = room in _made_of
    if not known and len(room.standing().columns) > _WAITS:
        return None
    return of_document(room, seer, control)


@dataclass(frozen=True, slots=True)
class LitReason:
    """A reason with its words and what stands around them."""

    words: str
    before: str = ""
    said: str = ""
    after: str = ""


@dataclass(frozen=True, slots=True)
class Lit:
    """One proposal as a page shows it: to be read in three seconds."""

    control: str
    subject: str
    tier: str
    state: str
    said: str
    reasons: tuple[LitReason, ...]
    #: Reasons that are not shown.
    more: int
    warnings: tuple[str, ...]
    #: Number of the decision it stands under, 0 for none.
    seen: int


def lit(room: Room, seer: Seer, rows: Sequence[Row]) -> list[Lit]:
    """Return proposals with the words of their first reasons and what stands around them."""
    view = room.view(seer)
    store, place = view.standing.store, view.standing.columns.place
    found = []
    for row in rows:
        at = place[row.control]
        room.note_shown(view, row.control)
        reasons = []
        for reason in row.proposal.reasons[:_LIT]:
            if reason.last <= reason.first or reason.last - reason.first > _LONGEST_LIT:
                reasons.append(LitReason(reason.words))
                continue
            start = max(reason.first - _AROUND, 0)
            text = store.stretch(at, start, reason.last + _AROUND)
            first, last = reason.first - start, reason.last - start
            before, said, after = (
                " ".join(part.split()) for part in (text[:first], text[first:last], text[last:])
            )
            reasons.append(LitReason(reason.words, f"{before} ", said, f" {after}"))
        proposed = row.proposal
        found.append(
            Lit(
                row.control,
                row.subject,
                proposed.tier.value,
                row.state.value,
                row.said,
                tuple(reasons),
                len(proposed.reasons) - len(reasons),
                tuple(warned.words for warned in proposed.warnings),
                row.decision.id
                if row.decision is not None and row.decision.control == row.control
                else 0,
            )
        )
    return found


def row_json(row: Row) -> dict[str, Any]:
    """Return a proposal with what became of it, as plain data."""
    named = {"subject": row.subject, "state": row.state.value, "said": row.said}
    return {**body(row.proposal), **named}


def listed_json(found: Listed) -> dict[str, Any]:
    """Return proposals as plain data."""
    return {
        "total": found.total,
        "tiers": [
            {
                "tier": tier.value,
                "proposed": found.counts.get(tier, 0),
                "waiting": found.waiting.get(tier, 0),
            }
            for tier in Tier
        ],
        "proposals": [row_json(row) for row in found.rows],
    }


def decided_json(done: Decided) -> dict[str, Any]:
    """Return what a decision came to, as plain data."""
    return {
        "control": done.decision.control,
        "decision": done.decision.outcome.value,
        "because": done.decision.because,
        "tier": done.decision.tier,
        "who": done.decision.who,
        "log": done.claim.log if done.claim else "",
        "description": done.claim.description if done.claim else "",
        "twins": list(done.twins),
        "next": done.next,
    }


def may_decide(seer: Seer) -> bool:
    """Say whether somebody may accept and refuse."""
    return seer.may(Right.CLAIM)


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision came to."""

    decision: Decision
    #: The claim that was made; None where it was refused.
    claim: Claim | None
    #: Documents that are the same, and are refused with it.
    twins: tuple[str, ...]
    #: The next proposal that waits; "" where none does.
    next: str


def decide(
    room: Room,
    seer: Seer,
    control: str,
    outcome: Outcome,
    because: str,
    *,
    options: ClaimOptions | None = None,
    seen: int | None = None,
) -> Decided:
    """Claim what is proposed, or refuse the proposal, in the name of whoever decides.

    `seen` is the decision that was on the page, None for whichever stands. Raises NotShownError,
    RefusedError for whoever has not the right to claim, NotProposedError, StaleDecisionError,
    DecisionError, and what a claim may raise.
    """
    if not seer.may(Right.CLAIM):
        raise RefusedError(
            f"{seer.user.login} may not decide on privilege. Whoever may propose it does so by the "
            f"privilege mark: forthwith code {control} privilege=attorney-client."
        )
    view = room.view(seer)
    at = view.place(control, Right.OPEN)
    if not view.mask(Right.CLAIM)[at]:
        raise NotShownError(f"document {control}")
    rows, _ = _shown(room, seer, wait=True)
    row = next((row for row in rows if row.control == control), None)
    made, _ = _current(room, wait=True)
    waits = [other.control for other in rows if other.state.waits and other.control != control]
    kind = view.standing.store.information(at).kind
    case = CaseFile(room.matter)
    with case.alone():
        decision, claim = _written(
            case, made, row, control, kind, outcome, because, options, seen,
            (seer.user.name, reach.by(seer)),
        )  # fmt: skip
    twins = tuple(
        other.control
        for other in (_shown(room, seer)[0] if outcome is Outcome.REFUSED else ())
        if other.decision is not None
        and other.decision.id == decision.id
        and other.control != control
        and other.state is State.REFUSED
    )
    following = _following(rows, control, waits, twins)
    return Decided(decision, claim, twins, following)


def _following(
    rows: Sequence[Row], control: str, waits: Sequence[str], twins: Collection[str]
) -> str:
    order = [row.control for row in rows]
    start = order.index(control) if control in order else -1
    left = [name for name in waits if name not in twins]
    after = [name for name in order[start + 1 :] if name in set(left)]
    return after[0] if after else next(iter(left), "")


def decide_alone(
    case: CaseFile,
    control: str,
    outcome: Outcome,
    because: str,
    options: ClaimOptions | None = None,
) -> Decided:
    """Decide where nobody works in the room yet, as this machine's account does.

    Raises as `decide`, and RefusedError where the room has users.
    """
    made = of_case(case)
    rows = _rows(case, made, made.proposals.values())
    row = next((row for row in rows if row.control == control), None)
    waits = [other.control for other in rows if other.state.waits and other.control != control]
    by = journal.actor()
    kind = case.documents[ControlNumber(control)].kind if row else Kind.EDOC
    decision, claim = _written(
        case, made, row, control, kind, outcome, because, options, None, (by[0], by)
    )
    twins = tuple(
        other.control
        for other in _rows(case, made, made.proposals.values())
        if other.decision is not None
        and other.decision.id == decision.id
        and other.control != control
        and other.state is State.REFUSED
    )
    return Decided(decision, claim, twins, _following(rows, control, waits, twins))


def _written(
    case: CaseFile,
    made: Made,
    row: Row | None,
    control: str,
    kind: Kind,
    outcome: Outcome,
    because: str,
    options: ClaimOptions | None,
    seen: int | None,
    by: tuple[str, tuple[str, str]],
) -> tuple[Decision, Claim | None]:
    """Write the claim, then the decision: who is stopped between the two has claimed too much."""
    if row is None:
        raise NotProposedError(control)
    with case.matter.engine.connect() as connection:
        before = privilege_decisions.standing(connection, [control]).get(control)
    own = 0 if before is None else before.id
    if seen is not None and before is not None and seen != own:
        raise privilege_decisions.StaleDecisionError(before)
    kept = body(row.proposal)
    reasons = {"reasons": kept["reasons"], "same": list(made.same.get(control, ()))}
    decision = Decision(
        0, control, outcome, because.strip(), row.proposal.tier.value,
        journal.canonical(reasons), made.read.get(control, ""), replaces=own,
    )  # fmt: skip
    if not because.strip():
        raise privilege_decisions.DecisionError(
            f"Say why: a decision on {control} without a reason cannot be answered for later. "
            "Nothing was saved."
        )
    claim = None
    if outcome is Outcome.CLAIMED:
        wanted = options or ClaimOptions()
        wanted = replace(
            wanted,
            basis=wanted.basis or _basis(case, control, row.proposal),
            description=wanted.description or _described(case, control, kind, row.proposal),
            by=wanted.by or by[0],
        )
        claim = claim_desk.claim_known(case, ControlNumber(control), wanted)
    (saved,) = privilege_decisions.save(case.matter, [decision], by[1])
    return saved, claim


def _basis(case: CaseFile, control: str, proposed: Proposal) -> tuple[Basis, ...]:
    before = case.claims.get(ControlNumber(control))
    if before is not None and before.basis:
        return before.basis
    said = " ".join(reason.said.casefold() for reason in proposed.reasons)
    if "work product" in said or "anticipation of litigation" in said:
        return (Basis.WORK_PRODUCT,)
    return (Basis.ATTORNEY_CLIENT,)


def _described(case: CaseFile, control: str, kind: Kind, proposed: Proposal) -> str:
    before = case.claims.get(ControlNumber(control))
    return before.description if before is not None else description(kind, proposed)


def description(kind: Kind, proposed: Proposal) -> str:
    """Return a description for the log that gives nothing of the document away.

    Whoever claims reads it, and writes a better one where it says too little.
    """
    what = {Kind.EMAIL: "E-mail", Kind.EDOC: "Document"}.get(kind, kind.value.capitalize())
    signals = proposed.signals
    parts = []
    if counsel := next((reason for reason in proposed.reasons if reason.signal in _COUNSEL), None):
        name = counsel.words.partition(",")[0]
        wrote = counsel.words.endswith("wrote it")
        parts.append(f"{'from' if wrote else 'to'} {name}, counsel")
    if Signal.ATTACHED in signals:
        parts.append("attached to a privileged communication")
    if Signal.QUOTE in signals or Signal.TWIN in signals or Signal.QUOTED_COUNSEL in signals:
        parts.append("repeating a privileged communication")
    if Signal.MARKING in signals:
        parts.append("marked privileged")
    said = ", ".join(parts)
    return f"{what} {said}, concerning legal advice" if said else f"{what} concerning legal advice"


_COUNSEL = frozenset({Signal.COUNSEL, Signal.FIRM, Signal.ALIAS})
