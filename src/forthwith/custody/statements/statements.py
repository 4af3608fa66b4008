"""Statements checked: each sentence against the facts, with the days, the people and the pages.

A claim is asked of the facts on the standard given. The sentence itself is never its own evidence:
what supports it is asked for once more without the sworn rows that cite the same paper. A sentence
that gives a day is asked about later days too, because it may have to be corrected
(Fed. R. Civ. P. 26(e)). Flags say what a careful reader would ask about a sentence, whatever the
facts say to it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from forthwith.custody import changes
from forthwith.custody.answers.answers import MissingFact
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.answers.index import Model, model_of
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Fact, Facts, ProofLevel, Statement
from forthwith.custody.questions.groups import STAFF_TIES
from forthwith.custody.statements import claims_about_parties, claims_about_reach
from forthwith.custody.statements.claims import Claim, claim_of
from forthwith.custody.statements.results import Flag, Judgement, Result, StatementResult, spoken
from forthwith.domain.bates import Bates, NotABatesNumberError
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.period import Period

_EVIDENCE = (
    "entities", "affiliations", "means", "possessions", "completeness", "grants", "wallets",
    "policies", "approvals",
)  # fmt: skip
#: Claims about the people of an entity.
_STAFF = claims_about_reach.NAMES - {"holders"}
#: Claims that books answer, not facts of custody.
BOOKS = frozenset(
    ("fully_backed", "cannot_verify", "segregated", "no_payment", "exercised", "never_exercised")
)
#: Asked for what books say to a claim over a period; None: they do not answer it.
BooksJudge = Callable[[Claim, Period | None], Judgement | None]
#: Ties of one sentence named before the rest is only counted.
_TIES = 5

#: Words by which a speaker says that he did not see it himself (cf. Fed. R. Evid. 602).
_HEARSAY = re.compile(
    r"\b(my understanding|(?:i|we) (?:understand|believe)|(?:i|we)(?:'m| am| are| was| were"
    r"| have been|'ve been| had been) (?:told|informed|advised|given to understand)"
    r"|(?:on|upon) information and belief|to (?:the best of )?(?:my|our) knowledge"
    r"|as (?:told|reported) to (?:me|us))\b",
    re.IGNORECASE,
)
_TOLD = re.compile(r"\b(told|hearsay|informed|second.?hand|belief|understanding)\b", re.IGNORECASE)


def check(
    facts: Facts, *, standing: ProofLevel = ProofLevel.SWORN, books: BooksJudge | None = None
) -> tuple[StatementResult, ...]:
    """Check every statement, in the order of the rows; `books` answers claims about books."""
    parties = Parties(facts)
    return tuple(
        _checked(facts, statement, standing, parties, books) for statement in facts.statements
    )


#: What books alone support: rows of custody's facts could only take the support away.
_OF_BOOKS_ALONE = frozenset(("segregated", "no_payment", "cannot_verify"))


def _checked(
    facts: Facts,
    statement: Statement,
    standing: ProofLevel,
    parties: Parties,
    books: BooksJudge | None,
) -> StatementResult:
    noted = list(flags(statement, parties))
    claim = claim_of(statement)
    if isinstance(claim, RowFault):
        why = "Its claim cannot be read, so nothing was checked."
        judgement = Judgement(Result.UNSUPPORTED, why)
        return StatementResult(statement, None, judgement, tuple(noted), fault=claim)
    if claim is None:
        return StatementResult(statement, None, _untyped(statement), tuple(noted))
    judgement = judge(facts, claim, standing, statement.days, books)
    if judgement.result is Result.SUPPORTED and not (books and claim.name in _OF_BOOKS_ALONE):
        by_books = books is not None and claim.name in (*BOOKS, "complied")
        judgement, circular = _without_itself(
            facts, statement, claim, standing, judgement, by_books=by_books
        )
        noted += circular
    if claim.name == "retained" and judgement.result is Result.SUPPORTED:
        noted += _unproved(facts, claim, statement)
    if judgement.result is Result.SUPPORTED and claim.name in _STAFF:
        model = model_of(facts, statement.days, standing)
        entity = parties.entity(claim.of[0])
        noted += of_support(model, entity, alone=claim.name == "sole_control")
    stale = _stale(facts, statement, claim, standing, judgement.result)
    if stale:
        says = f"The answer changes on {stale[0]}: from then on it is {stale[1]}."
        noted.append(Flag("stale", f"{says} Supplement or correct it (Rule 26(e))."))
    return StatementResult(statement, claim, judgement, tuple(noted), stale)


def judge(
    facts: Facts,
    claim: Claim,
    standing: ProofLevel,
    period: Period | None,
    books: BooksJudge | None = None,
) -> Judgement:
    """Return what the facts say to a claim over a period; None is all days they speak of."""
    if books is not None and (answer := books(claim, period)) is not None:
        return answer
    try:
        if claim.name in claims_about_reach.NAMES:
            return claims_about_reach.ReachClaim(facts, claim, standing, period).judgement()
    except UnknownNameError as unknown:
        return _unknown(str(unknown))
    if claim.name in claims_about_parties.USE:
        return claims_about_parties.PartyRows(facts, standing, period).used(claim)
    if claim.name in claims_about_parties.TIE:
        return claims_about_parties.PartyRows(facts, standing, period).affiliated(claim)
    if claim.name in changes.NAMES:
        return changes.judgement(facts, claim, standing, period)
    return _without_books(claim) if claim.name in BOOKS else _duty(claim)


def _without_itself(
    facts: Facts,
    statement: Statement,
    claim: Claim,
    standing: ProofLevel,
    judgement: Judgement,
    *,
    by_books: bool,
) -> tuple[Judgement, list[Flag]]:
    """Ask again without the rows that are the sentence itself over again."""
    rows = [row for table in _EVIDENCE for row in getattr(facts, table)]
    own = [row for row in rows if _circular(row, statement)]
    if not own:
        return judgement, []
    if by_books:
        why = "The books answer it together with rows that cite the same paper."
        again = Judgement(Result.UNSUPPORTED, why)
    else:
        again = judge(_set_aside(facts, own), claim, standing, statement.days)
    if again.result is Result.SUPPORTED:
        return again, []
    places = ", ".join(row.place for row in own[:5])
    says = f"Only rows that cite the same paper support it, so they were set aside: {places}."
    return again, [Flag("circular", says)]


def _circular(row: Fact, statement: Statement) -> bool:
    """Return whether a row is no better than sworn and cites what the statement stands in."""
    if row.standing < ProofLevel.SWORN:
        return False
    own = {statement.id, f"statement:{statement.id}", statement.paper, *statement.cites} - {""}
    written = " ".join(row.row["cites"].split()).casefold()
    paper = " ".join(statement.paper.split()).casefold()
    return meet(own, row.cites) or (
        bool(paper) and paper in [part.strip() for part in written.split(";")]
    )


def _set_aside(facts: Facts, rows: list[Fact]) -> Facts:
    """Return the facts with these rows open: absent below, possible above, as if disputed."""
    aside = {id(row) for row in rows}
    tables: dict[str, Any] = {
        table: tuple(
            replace(row, disputed=True) if id(row) in aside else row
            for row in getattr(facts, table)
        )
        for table in _EVIDENCE
    }
    return replace(facts, **tables)


def _stale(
    facts: Facts, statement: Statement, claim: Claim, standing: ProofLevel, result: Result
) -> tuple[date, Result] | None:
    """Return the first later day on which a sentence that stood stands no more."""
    own = statement.days
    if own is None or own.end is None or result is Result.CONTRADICTED:
        return None
    if claim.name == "never_used":
        rows = claims_about_parties.PartyRows(facts, standing, None)
        day = rows.first_use_after(claim, own.end)
        return (day, Result.CONTRADICTED) if day else None
    if claim.name not in claims_about_reach.NAMES:
        return None
    try:
        line = claims_about_reach.ReachClaim(facts, claim, standing, Period(own.start)).line()
    except UnknownNameError:
        return None
    at_end = own.end - timedelta(1)
    last = next((later for days, later in line if at_end in days), result)
    if last.weight > result.weight:
        # It held on some days only, and they are named with it.
        return None
    for days, later in line:
        past = days.end is None or days.end > own.end
        if past and later.weight > result.weight:
            return max(days.start, own.end), later
    return None


def _unproved(facts: Facts, claim: Claim, statement: Statement) -> list[Flag]:
    """Ask for a proof of control: to have held the means is not to have signed with them."""
    scope = claim.scope
    addresses = {wallet.address for wallet in facts.wallets if scope.perhaps(wallet)} - {""}
    last = own.end.isoformat() if (own := statement.days) and own.end else "9999"
    if any(proof.address in addresses and proof.when < last for proof in facts.proofs):
        return []
    return [Flag("no proof of control", "No signed message proves that its wallets can sign.")]


def _unknown(why: str) -> Judgement:
    ask = "Add the rows it speaks of to the facts, or mend the name in its claim."
    gap = MissingFact(fact="rows the claim speaks of", why=why, ask=ask, cost=1)
    return Judgement(Result.UNSUPPORTED, why, gaps=((gap,),))


def _untyped(statement: Statement) -> Judgement:
    why = "No claim is typed for it, so nothing was checked."
    ask = f"Type what sentence {statement.id} says into its claim cell."
    gap = MissingFact(fact=f"the claim of statement {statement.id}", why=why, ask=ask, cost=1)
    return Judgement(Result.UNSUPPORTED, why, gaps=((gap,),))


_UNBACKED = "Whether {} is backed needs books, what is owed against what is held; none are kept."
_OWED_AND_HELD = (
    "Produce, for one day, what was owed in {} account by account, and the holdings address by "
    "address with proof of control of each."
)


def _without_books(claim: Claim) -> Judgement:
    subject = claim.of[0]
    why, ask, fact = {
        "segregated": (
            f"Whether customers' {subject} lay apart needs books of each place; none are kept.",
            f"Produce the ledger of each place that held {subject}, with for whom it lay there.",
            f"books of {subject}",
        ),
        "no_payment": (
            f"What {subject} paid needs its bank statements and chains; none are kept.",
            f"Produce the statements of every account of {subject}, and its addresses.",
            f"payments of {subject}",
        ),
        "exercised": (
            f"Which keys {subject} used is on the chains of its wallets; none are kept.",
            "Produce the blocks, and the wallets' addresses.",
            f"moves signed for {subject}",
        ),
    }.get(
        claim.name.removeprefix("never_"),
        (
            _UNBACKED.format(subject),
            _OWED_AND_HELD.format(subject),
            f"books of {subject}",
        ),
    )
    ask = f"{ask} Load them with: forthwith books load DIR."
    gap = MissingFact(fact=fact, why="no books were loaded", ask=ask, cost=3)
    return Judgement(Result.UNSUPPORTED, why, gaps=((gap,),))


def _duty(claim: Claim) -> Judgement:
    entity, duty = claim.of
    why = f"No table says what {duty!r} asks of {entity}, or what was done about it."
    ask = f"Produce each act by which {entity} met {duty!r}, with its day and the record of it."
    gap = MissingFact(fact=f"acts of {entity} under {duty!r}", why=why, ask=ask, cost=2)
    return Judgement(Result.UNSUPPORTED, why, gaps=((gap,),))


def flags(statement: Statement, parties: Parties) -> Iterator[Flag]:
    """Yield what to ask about the sentence itself."""
    yield from _days(statement)
    yield from _basis(statement)
    if not statement.cites:
        yield Flag("no cites", "It cites nothing.")
    if not parties.knows_person(statement.speaker):
        yield Flag("unknown speaker", f"No row of people is {statement.speaker!r}, who says it.")
    if statement.standing >= ProofLevel.NARRATIVE:
        yield Flag("narrative", "It is narrative: nobody swore to it.")
    if statement.disputed:
        yield Flag("disputed", "The other side disputes that it was said so.")


def _days(statement: Statement) -> Iterator[Flag]:
    if statement.as_of is not None:
        day = spoken(statement.as_of).removeprefix("on ")
        yield Flag("as of", f"It speaks as of {day}, and says nothing of later days.")
    elif statement.period is None:
        yield Flag(
            "no as-of day", "It gives no day: it was read as speaking of every day of the facts."
        )


def _basis(statement: Statement) -> Iterator[Flag]:
    if (hearsay := _HEARSAY.search(statement.sentence)) is not None:
        yield Flag("hearsay", f"It rests on what somebody else knows: {hearsay[0]!r}.")
    elif _TOLD.search(statement.basis) or _HEARSAY.search(statement.basis):
        yield Flag("hearsay", f"Its basis is {statement.basis!r}: somebody else knows.")
    if not statement.basis.strip():
        yield Flag("no basis", "It does not say how the speaker knows.")


def of_support(model: Model, entity: str, *, alone: bool) -> Iterator[Flag]:
    """Yield what a supported sentence about an entity's people leaves unsaid.

    `alone`: it says that nobody else could; who is tied to others as well is somebody else, too.
    """
    if alone and (others := list(_others(model, entity))):
        more = f" and {len(others) - _TIES} more" if len(others) > _TIES else ""
        yield Flag(
            "other ties",
            f"Of its people, some answer to others too: {'; '.join(others[:_TIES])}{more}.",
        )


def _others(model: Model, entity: str) -> Iterator[str]:
    """Yield each holder tied to the entity and, on some of the same days, to another one."""
    own = model.names_of(entity)
    for person in sorted({possession.person for possession in model.facts.possessions}):
        staff = model.tied(person, STAFF_TIES, entity)[0]
        for tie in model.ties_of(person):
            apart = staff & model.axis.mask(tie.period) & ~own.get(tie.entity, (0, 0))[0]
            if tie.kind in STAFF_TIES and tie.entity and apart:
                kind = tie.kind.replace("_", " ")
                yield f"{model.people.get(person, person)}, {kind} {tie.entity} ({tie.place})"


#: First and last page.
_Run = tuple[Bates, Bates]


def meet(cites: Iterable[str], other: Iterable[str]) -> bool:
    """Return whether some citation of the one is, or runs over a page of, one of the other.

    HC00000012    HC00000010-HC00000020    HC00000010-20

    A Bates prefix may hold hyphens itself, so a run is read only where both its ends are numbers.
    """
    mine, theirs = {cite.casefold() for cite in cites}, {cite.casefold() for cite in other}
    if mine & theirs:
        return True
    runs = [run for cite in mine if (run := _run(cite))]
    others = [run for cite in theirs if (run := _run(cite))]
    return any(_share(run, other_run) for run in runs for other_run in others)


def _share(run: _Run, other: _Run) -> bool:
    (first, last), (begin, end) = run, other
    if (first.prefix, first.width) != (begin.prefix, begin.width):
        return False
    return first.number <= end.number and begin.number <= last.number


def _run(cite: str) -> _Run | None:
    """Return the first and the last page of a citation; None where it is no number."""
    parts = cite.replace("–", "-").split("-")
    for at in range(1, len(parts)):
        first, tail = _page("-".join(parts[:at])), "-".join(parts[at:])
        if first is not None:
            short = tail.isascii() and tail.isdigit() and len(tail) < first.width
            last = _page(f"{str(first)[: -len(tail)]}{tail}" if short else tail)
            if last is not None and first.pages_to(last) is not None:
                return first, last
    page = _page(cite)
    return (page, page) if page else None


def _page(text: str) -> Bates | None:
    try:
        return Bates.parse(text)
    except NotABatesNumberError:
        return None
