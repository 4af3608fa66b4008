"""Statements checked: each sentence against the facts, with the days, the people and the pages.

A claim is asked of the facts on the standard given. The sentence itself is never its own evidence:
what supports it is asked for once more without the sworn rows that cite the same paper. A sentence
that gives a day is asked about later days too, because it may have to be corrected
(Fed. R. Civ. P. 26(e)).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from forthwith.custody import changes, pages, statement_flags
from forthwith.custody.answers.answers import Missing
from forthwith.custody.answers.caveats import UnknownNameError
from forthwith.custody.answers.index import model_of
from forthwith.custody.facts.entities import Parties
from forthwith.custody.facts.facts import Fact, Facts, Standing, Statement
from forthwith.custody.statements import claims_about_parties, claims_about_reach
from forthwith.custody.statements.claims import Claim, claim_of
from forthwith.custody.statements.results import Checked, Flag, Found, Result
from forthwith.domain.fact_tables import RowFault
from forthwith.domain.period import Period

_EVIDENCE = (
    "entities", "affiliations", "means", "possessions", "completeness", "grants", "wallets",
    "policies", "approvals",
)  # fmt: skip
#: Claims about the people of an entity.
_STAFF = claims_about_reach.NAMES - {"holders"}
_BOOKS = frozenset(("fully_backed", "cannot_verify"))


def check(facts: Facts, *, standing: Standing = Standing.SWORN) -> tuple[Checked, ...]:
    """Check every statement, in the order of the rows."""
    parties = Parties(facts)
    return tuple(_checked(facts, each, standing, parties) for each in facts.statements)


def _checked(facts: Facts, statement: Statement, standing: Standing, parties: Parties) -> Checked:
    flags = list(statement_flags.flags(statement, parties))
    claim = claim_of(statement)
    if isinstance(claim, RowFault):
        found = Found(Result.UNSUPPORTED, "Its claim cannot be read, so nothing was checked.")
        return Checked(statement, None, found, tuple(flags), fault=claim)
    if claim is None:
        return Checked(statement, None, _untyped(statement), tuple(flags))
    found = judge(facts, claim, standing, period_of(statement))
    if found.result is Result.SUPPORTED:
        found, circular = _without_itself(facts, statement, claim, standing, found)
        flags += circular
    if claim.name == "retained" and found.result is Result.SUPPORTED:
        flags += _unproved(facts, claim, statement)
    if found.result is Result.SUPPORTED and claim.name in _STAFF:
        model = model_of(facts, period_of(statement), standing)
        entity = parties.entity(claim.of[0])
        flags += statement_flags.of_support(model, entity, alone=claim.name == "sole_control")
    stale = _stale(facts, statement, claim, standing, found.result)
    flags += [_stale_flag(stale)] if stale else []
    return Checked(statement, claim, found, tuple(flags), stale)


def period_of(statement: Statement) -> Period | None:
    """Return the days a statement speaks of: its period, else its day; None: it gives neither."""
    if statement.period is not None:
        return statement.period
    if (day := statement.as_of) is None:
        return None
    return Period(day.start, day.end or day.start + timedelta(1))


def judge(facts: Facts, claim: Claim, standing: Standing, period: Period | None) -> Found:
    """Return what the facts say to a claim over a period; None is all days they speak of."""
    try:
        if claim.name in claims_about_reach.NAMES:
            return claims_about_reach.Asking(facts, claim, standing, period).found()
    except UnknownNameError as unknown:
        return _unknown(str(unknown))
    if claim.name in claims_about_parties.USE:
        return claims_about_parties.Looking(facts, standing, period).used(claim)
    if claim.name in claims_about_parties.TIE:
        return claims_about_parties.Looking(facts, standing, period).affiliated(claim)
    if claim.name in changes.NAMES:
        return changes.judged(facts, claim, standing, period)
    return _backing(claim) if claim.name in _BOOKS else _duty(claim)


def _without_itself(
    facts: Facts, statement: Statement, claim: Claim, standing: Standing, found: Found
) -> tuple[Found, list[Flag]]:
    """Ask again without the rows that are the sentence itself over again."""
    own = [row for row in _rows(facts) if _circular(row, statement)]
    if not own:
        return found, []
    again = judge(_set_aside(facts, own), claim, standing, period_of(statement))
    if again.result is Result.SUPPORTED:
        return again, []
    places = ", ".join(row.place for row in own[:5])
    says = f"Only rows that cite the same paper support it, so they were set aside: {places}."
    return again, [Flag("circular", says)]


def _rows(facts: Facts) -> Iterator[Fact]:
    for table in _EVIDENCE:
        yield from getattr(facts, table)


def _circular(row: Fact, statement: Statement) -> bool:
    """Return whether a row is no better than sworn and cites what the statement stands in."""
    if row.standing < Standing.SWORN:
        return False
    own = {statement.id, f"statement:{statement.id}", statement.paper, *statement.cites} - {""}
    written = " ".join(row.row["cites"].split()).casefold()
    paper = " ".join(statement.paper.split()).casefold()
    return pages.meet(own, row.cites) or (
        bool(paper) and paper in [each.strip() for each in written.split(";")]
    )


def _set_aside(facts: Facts, rows: list[Fact]) -> Facts:
    """Return the facts with these rows open: absent below, possible above, as if disputed."""
    aside = {id(row) for row in rows}
    tables = {
        table: tuple(
            replace(row, disputed=True) if id(row) in aside else row
            for row in getattr(facts, table)
        )
        for table in _EVIDENCE
    }
    return replace(facts, **tables)


def _stale(
    facts: Facts, statement: Statement, claim: Claim, standing: Standing, result: Result
) -> tuple[date, Result] | None:
    """Return the first later day on which a sentence that stood stands no more."""
    own = period_of(statement)
    if own is None or own.end is None or result is Result.CONTRADICTED:
        return None
    if claim.name == "never_used":
        looking = claims_about_parties.Looking(facts, standing, None)
        day = looking.first_use_after(claim, own.end)
        return (day, Result.CONTRADICTED) if day else None
    if claim.name not in claims_about_reach.NAMES:
        return None
    try:
        line = claims_about_reach.Asking(facts, claim, standing, Period(own.start)).line()
    except UnknownNameError:
        return None
    last = next((each for days, each in line if own.end - timedelta(1) in days), result)
    if last.weight > result.weight:
        # It held on some days only, and they are named with it.
        return None
    for days, later in line:
        past = days.end is None or days.end > own.end
        if past and later.weight > result.weight:
            return max(days.start, own.end), later
    return None


def _stale_flag(stale: tuple[date, Result]) -> Flag:
    day, result = stale
    says = f"The answer changes on {day}: from then on it is {result}."
    return Flag("stale", f"{says} Supplement or correct it (Rule 26(e)).")


def _unproved(facts: Facts, claim: Claim, statement: Statement) -> list[Flag]:
    """Ask for a proof of control: to have held the means is not to have signed with them."""
    scope = claim.scope
    addresses = {each.address for each in facts.wallets if scope.perhaps(each) and each.address}
    last = own.end.isoformat() if (own := period_of(statement)) and own.end else "9999"
    if any(each.address in addresses and each.when < last for each in facts.proofs):
        return []
    return [Flag("no proof of control", "No signed message proves that its wallets can sign.")]


def _unknown(why: str) -> Found:
    ask = "Add the rows it speaks of to the facts, or mend the name in its claim."
    gap = Missing(fact="rows the claim speaks of", why=why, ask=ask, cost=1)
    return Found(Result.UNSUPPORTED, why, gaps=((gap,),))


def _untyped(statement: Statement) -> Found:
    why = "No claim is typed for it, so nothing was checked."
    ask = f"Type what sentence {statement.id} says into its claim cell."
    gap = Missing(fact=f"the claim of statement {statement.id}", why=why, ask=ask, cost=1)
    return Found(Result.UNSUPPORTED, why, gaps=((gap,),))


def _backing(claim: Claim) -> Found:
    asset = claim.of[0]
    why = (
        f"Whether {asset} is backed needs books, what is owed against what is held; none are kept."
    )
    ask = (
        f"Produce, for one day, what was owed in {asset} account by account, and the holdings "
        "address by address with proof of control of each."
    )
    gap = Missing(fact=f"books of {asset}", why="these facts hold no balances", ask=ask, cost=3)
    return Found(Result.UNSUPPORTED, why, gaps=((gap,),))


def _duty(claim: Claim) -> Found:
    entity, duty = claim.of
    why = f"No table says what {duty!r} asks of {entity}, or what was done about it."
    ask = f"Produce each act by which {entity} met {duty!r}, with its day and the record of it."
    gap = Missing(fact=f"acts of {entity} under {duty!r}", why=why, ask=ask, cost=2)
    return Found(Result.UNSUPPORTED, why, gaps=((gap,),))
