"""Open points: what the upper bound takes on trust, each as a thing to collect, inspect or ask.

That somebody does not belong to the group is settled by a list of ties stated to be all where
nothing listed ties him; where a row in doubt does, that row has to fall; where the group is of
those *without* a tie, he has to be shown to have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from forthwith.custody.answers.answers import MissingFact
from forthwith.custody.answers.index import Model
from forthwith.custody.answers.plans import conditions_of
from forthwith.custody.answers.reach import Reach
from forthwith.custody.facts.facts import Fact, Grant, Means, Possession, SpendingPolicy
from forthwith.custody.questions.groups import GROUP, STAFF_TIES, TIE, Bounds, denied
from forthwith.domain.period import Period, instant_text

#: Cost of closing each kind, 1 (cheap) to 3: 1 is an export somebody already has; 2 a record that
#: must be found or a list that must be attested; 3 a device to look at, or a thing to be shown not
#: to be.
_COSTS = {
    "ties": 1, "scope": 1, "policy": 1, "hour": 1, "approvals": 1, "serving": 1, "same": 1,
    "wallets": 2, "enforcer": 2, "paths": 2, "rule": 2, "holders": 2, "condition": 2, "retired": 2,
    "destroyed": 2,
    "grant": 3, "shares": 3, "serves": 3, "possession": 3, "path": 3, "kept": 3,
}  # fmt: skip


_HAD = {
    "employer": "was employed by {}",
    "payer": "was paid by {}",
    "reporting_line": "reported to {}",
    "credential": "held credentials of {}",
    "location": "was in {}",
    "tie": "was employed or paid by {}, reported to it or held its credentials",
    "group": "was employed or paid by {} or what it owns, reported to it or held its credentials",
}

#: Grants named in one sentence before the rest is only counted.
_GRANTS = 4

#: Of these a copy is the thing itself once more; a role or a laptop is not copied but shared.
_COPIED = ("key", "share", "copy", "backup", "credential")


@dataclass(frozen=True, slots=True)
class OpenPoint:
    """One thing that no accepted row settles."""

    kind: str
    #: A means, person or wallet id, or the place of the row.
    target: str
    fact: Fact | None = field(default=None, compare=False)
    #: Tells rows of one place apart: a YAML file may hold many in one line.
    number: int = 0

    @property
    def leaf(self) -> str:
        """Return its name in a circuit."""
        return f"{self.kind}:{self.target}" + (f" #{self.number}" if self.number else "")

    @property
    def cost(self) -> int:
        """Return the cost of closing it, 1 (cheap) to 3."""
        return _COSTS[self.kind]


def missing(point: OpenPoint, days: int, reach: Reach) -> MissingFact:
    """Return the open point as a fact to get, over the stretches `days`."""
    when = " and ".join(map(in_words, reach.model.axis.periods(days)))
    if point.kind == "holders":
        fact, why, ask = _holders(point, reach, when, days)
    elif point.kind == "ties":
        fact, why, ask = _ties(point.target, reach, when, days)
    else:
        fact, why, ask = _WORDINGS[point.kind](point, reach, when)
    return MissingFact(fact=fact, why=why, ask=f"{ask}.", cost=point.cost)


#: The fact that is missing, why it is open, and what to ask for.
_Wording = tuple[str, str, str]


def _holders(point: OpenPoint, reach: Reach, when: str, days: int) -> _Wording:
    means = point.target
    # Who is listed for other days only is nobody on these: to name him would ask for too little.
    rows = [possession for possession in reach.model.holders.get(means, ()) if possession.up & days]
    holders = _list(sorted({_person(reach, possession.fact.person) for possession in rows}))
    listed = _places(
        "holders listed", [possession.fact.place for possession in rows], "nobody is listed then"
    )
    why = f"no accepted row says that the holders listed for {means} are all ({listed})"
    nobody = f"nobody but {holders}" if holders else "nobody"
    name = _means(reach, means)
    ask = f"Show that no copy of {name} existed {when}, and that {nobody} had it within reach"
    if (row := reach.model.means.get(means)) is not None and row.kind not in _COPIED:
        ask = f"Show that {nobody} had {name} within reach {when}"
    return f"completeness: {means} {when}", why, ask + _but_by(reach, means, days)


def _but_by(reach: Reach, means: str, days: int) -> str:
    """Return the listed grants by which others may have it: to deny those would be untrue."""
    ways = [edge for edge in reach.model.edges if edge.gives == means and edge.up & days]
    grants = [edge.fact.place for edge in ways if isinstance(edge.fact, Grant)]
    more = f" and {len(grants) - _GRANTS} more" if len(grants) > _GRANTS else ""
    return f", but by what {', '.join(grants[:_GRANTS])}{more} gives" if grants else ""


def _paths(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    wallet = point.target
    rows = [policy.place for policy in reach.model.policies.get(wallet, ())]
    listed = _places("listed", rows, "no policy is listed")
    why = f"no accepted row says that the listed ways to move {wallet} are all ({listed})"
    ask = f"Show every way in which assets of wallet {wallet} could be moved {when} (signing, "
    ask += "software, recovery by a vendor, hosts, changes of the policy), and that there was no "
    return f"completeness: wallet:{wallet} {when}", why, f"{ask}other"


def _rule(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    _, _, ask = _paths(point, reach, when)
    why = f"no accepted policy says what it takes to move {point.target}"
    return f"policies and completeness: wallet:{point.target} {when}", why, ask


def _scope(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    wallet = point.target
    why = f"the row of wallet {wallet} does not show whether it is one of those asked about"
    ask = f"State the asset and the class of wallet {wallet}, with the record that shows it"
    return f"wallets: {wallet}", why, ask


def _policy(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    row = point.target
    why = f"{row} stands as {_standing(point, reach)}, so its formula is not relied on"
    ask = f"Produce the record of the policy described in {row}, as in force {when}"
    return f"policies: {row} {when}", why, ask


def _path(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    row = point.target
    why = f"{row} stands as {_standing(point, reach)}: the path may exist"
    return f"policies: not {row} {when}", why, f"Show that the path in {row} did not exist {when}"


def _enforcer(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    why = "an approval names nothing that enforces it, so it may be passed by"
    ask = f"Show what enforced the approvals {when}, and who could set them aside"
    return f"approvals: enforced_by {when}", why, ask


def _possession(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    possession = point.fact
    assert isinstance(possession, Possession)  # noqa: S101
    why = f"{possession.place} stands as {_standing(point, reach)}: it may be so"
    if reach.model.accepts(possession):
        why = f"{possession.place} begins after what it is about is said to have been destroyed"
    person, means = _person(reach, possession.person), _means(reach, possession.means)
    ask = f"Show that {person} did not have {means}"
    return f"possessions: not {possession.place} {when}", why, f"{ask} within reach {when}"


def _grant(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    if isinstance(point.fact, Means):
        return _bearer(point, point.fact, reach, when)
    grant = point.fact
    assert isinstance(grant, Grant)  # noqa: S101
    words = f"its condition is in words: {grant.condition}"
    why = words if grant.condition else f"it stands as {_standing(point, reach)}"
    ask = f"Show that {grant.place} did not give {_means(reach, grant.gives)} {when}"
    ask += f" (that the condition was not met: {grant.condition})" if grant.condition else ""
    return f"grants: not {grant.place} {when}", f"{grant.place} may give {grant.gives}: {why}", ask


def _shares(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    share = point.fact
    assert isinstance(share, Means)  # noqa: S101
    rows = [row for row in reach.model.means.values() if (row.kind, row.of) == ("share", share.of)]
    names = _list([row.id for row in rows])
    why = f"{names} are shares of {share.of}, and no accepted row says that the grants listed are "
    why += "all the ways to rebuild it: two may be enough"
    ask = f"Show every way in which the shares {names} gave {_means(reach, share.of)} {when}, how "
    ask += "many of them it took, and that there was no other"
    return f"completeness: ways:{share.of} {when}", why, ask


def _wallets(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    what = {
        "class": "of class {}", "asset": "in {}", "everything": "of any kind",
    }  # fmt: skip
    noun, _, name = point.target.split(" ")[0].partition(":")
    why = f"no accepted row says that the wallets listed are all that hold assets {what[noun]}"
    ask = f"Show every wallet, account and address that held assets {what[noun]} {when}, and that "
    ask += "there was no other"
    return f"completeness: {point.target} {when}", why.format(name), ask.format(name)


def _kept(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    name = _means(reach, point.target)
    why = f"{point.target} was within reach before, and whoever had it may have kept a copy"
    ask = f"Show that nobody who had {name} before kept a copy of it {when}"
    return f"no copy of {point.target} kept {when}", why, ask


def _destroyed(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    model, means = reach.model, point.target
    ids = {means, *(edge.gives for edge in model.joins if edge.source.top == means)}
    rows = _list([row.place for row in model.facts.destructions if row.means in ids])
    why = f"{rows} says that {means} was destroyed, and is not relied on for {means} {when}"
    ask = f"Show by whom and before whom {_means(reach, means)} was destroyed, and that it was not "
    return f"destructions: {means} {when}", why, f"{ask}there any more {when}"


def _hour(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    row = point.target
    lock = dict(point.fact.scope).get("after", "") if isinstance(point.fact, SpendingPolicy) else ""
    if lock.startswith("height"):
        why = f"{row} opens at {lock}, and no known block says when that was"
        return f"policies: when {row} opens", why, f"Show when the block of {lock} was found"
    why = f"{row} ends on that day, and does not say at what time"
    ask = f"State the time of day at which what {row} says ended {when}"
    return f"the instant at which {row} ends {when}", why, ask


def _same(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    first, second = point.target.split(" ")
    edge = next(
        edge
        for edge in reach.model.joins
        if {edge.source.top, edge.gives} == {first, second} and edge.fact is point.fact
    )
    why = f"{first} and {second} {edge.why}" if edge.why else f"{edge.fact.place} may be so"
    ask = f"Show whether {_means(reach, first)} and {_means(reach, second)} were one thing {when}"
    return f"same_as: {first} and {second} are two {when}", why, f"{ask}, or that they were two"


def _retired(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    row = point.fact
    if isinstance(row, Grant):
        leaves, keys = row.source.leaves(), [row.gives]
    else:
        assert isinstance(row, SpendingPolicy)  # noqa: S101
        leaves = row.formula.leaves()
        keys = sorted({means.of for leaf in leaves if (means := reach.model.means.get(leaf))})
    parts, whole = _list(sorted(leaves)), _list([key for key in keys if key])
    why = f"{row.place} ended, and nothing says that {parts} rebuild {whole} no longer"
    ask = f"Show that {whole} was retired, or that enough of {parts} were destroyed, {when}"
    return f"destructions: of {parts} {when}", why, ask


def _condition(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    row = point.target
    policy = point.fact
    assert isinstance(policy, SpendingPolicy)  # noqa: S101
    words = conditions_of(policy)
    why = f"{row} opens a way on a condition that is not computed: {words}"
    return f"policies: not {row} {when}", why, f"Show that it was not so {when}: {words}"


def _serving(point: OpenPoint, reach: Reach, when: str) -> _Wording:  # noqa: ARG001
    row = point.target
    policy = point.fact
    assert isinstance(policy, SpendingPolicy)  # noqa: S101
    limits = "; ".join(f"{key}={value}" for key, value in policy.scope)
    why = f"{row} is limited ({limits or 'by nothing'}), and it is not shown whether what is asked "
    why += "about lies within"
    ask = f"Show which assets the way in {row} could move {when}, and to which destinations"
    return f"policies: what {row} moves and where to {when}", why, ask


def _approvals(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    wallet, path = point.target.split(" ")
    rows = [row for row in reach.model.approvals.get(wallet, ()) if row.path == path]
    places = _places("listed", [row.place for row in rows], "none is listed")
    why = f"the approvals on {path} of {wallet} do not say, or are not relied on to say, what each "
    why += f"is asked for ({places})"
    ask = (
        f"Show which approvals were asked for on the path {path} of wallet {wallet} {when}: above "
    )
    ask += "and up to what amounts, to which destinations, and whether together or one of several"
    return f"approvals: {wallet} {path} {when}", why, ask


def _serves(point: OpenPoint, reach: Reach, when: str) -> _Wording:
    whole = point.target
    facts = reach.model.facts
    formulas = [policy.formula for policy in facts.policies]
    formulas += [approval.formula for approval in facts.approvals]
    asked = {leaf for formula in formulas for leaf in formula.leaves()}
    parts = _list([part for part in sorted(asked) if whole in reach.model.wholes(part)])
    why = (
        f"a policy asks for what is of {whole} ({parts}); nothing says that {whole} does not serve"
    )
    ask = (
        f"Show that whoever had {_means(reach, whole)} could not by that alone do what {parts} did"
    )
    return f"means: {whole} does not serve for {parts} {when}", why, f"{ask} {when}"


def _bearer(point: OpenPoint, bearer: Means, reach: Reach, when: str) -> _Wording:
    why = f"{bearer.place} says that {bearer.id} is of {bearer.of}; nothing says that having the "
    why += "one does not give the other"
    if bearer.kind == "share":
        why = f"{bearer.place} stands as {_standing(point, reach)}, so it is not relied on that "
        why += f"{bearer.id} is no more than a share of {bearer.of}"
    ask = f"Show that whoever had {_means(reach, bearer.id)} did not by that alone have "
    ask += f"{_means(reach, bearer.of)} {when}"
    return f"grants: {bearer.id} does not give {bearer.of} {when}", why, ask


_WORDINGS = {
    "paths": _paths, "rule": _rule, "scope": _scope,
    "policy": _policy, "path": _path, "enforcer": _enforcer, "possession": _possession,
    "grant": _grant, "shares": _shares, "serves": _serves, "wallets": _wallets, "kept": _kept,
    "hour": _hour, "same": _same, "retired": _retired, "condition": _condition,
    "destroyed": _destroyed,
    "approvals": _approvals, "serving": _serving,
}  # fmt: skip


@dataclass(slots=True)
class _ListedTies:
    """The ties as if those listed were all, and (`sure`) as if those in doubt were not so."""

    model: Model
    full: int
    sure: bool

    #: Without ids that only may be the person's.
    own: bool = False

    def tied(
        self, person: str, kinds: tuple[str, ...], name: str, *, owned: bool = False
    ) -> Bounds:
        """Return the days of the tie by the rows alone."""
        low, up = self.model.listed(person, kinds, name, owned=owned)
        if self.own:
            up = 0
            for same, (surely, _) in self.model.same.of(person).items():
                up |= self.model.listed_alone(same, kinds, name, owned=owned)[1] & surely
        return low, low if self.sure else up

    def identity(self, person: str) -> Mapping[str, Bounds]:
        """Return the ids that are the person's."""
        same = self.model.same.of(person)
        return {name: (low, low) for name, (low, _) in same.items()} if self.own else same

    def anybody(self, person: str, people: frozenset[str]) -> int:  # noqa: ARG002
        """Return nothing: by the rows alone an id is nobody else's."""
        return 0


def _ties(person: str, reach: Reach, when: str, days: int) -> _Wording:
    model, name = reach.model, reach.model.people.get(person, person)
    rows = [tie.place for tie in model.ties_of(person)]
    listed = f"ties listed: {', '.join(rows)}" if rows else "no tie is listed"
    if not model.facts.affiliations:
        listed = "no tie of anybody is listed"
    why = f"{person} may belong to {reach.who}: "
    if (identity := _identity(person, reach, when, days)) is not None:
        return identity
    complete = f"completeness: person:{person} {when}"
    if not _left(person, reach, days, sure=False):
        if not model.facts.affiliations:
            complete = f"affiliations and {complete}"
        return (
            complete,
            f"{why}it is not shown that the ties listed are all ({listed})",
            (f"{_asked(reach, name, when)}, and that there was no other tie"),
        )
    doubtful = list(_doubtful(person, reach, days))
    if doubtful and not _left(person, reach, days, sure=True):
        places = " and ".join(fact.place for fact, _ in doubtful)
        ask = f"Show that {' and that '.join(says for _, says in doubtful)} {when}"
        other = f"; {complete}" if model.open_ties(person) & days else ""
        ask += f", and that {name} had no other tie" if other else ""
        why += f"{places} may be so, though not relied on ({listed})"
        return f"affiliations: not {places} {when}{other}", why, ask
    had = " or ".join(
        _HAD[kind].format(entity) for kind, entity in sorted(denied(reach.who)) if kind in _HAD
    )
    if not had and (settling := _settling_ties(person, reach, when, days)) is not None:
        fact, clause, ask = settling
        return fact, f"{why}{clause} ({listed})", ask
    why += f"no accepted row ties {person} as those outside the group are tied ({listed})"
    return f"affiliations: {person} {had} {when}", why, f"Show that {name} {had} {when}"


def _identity(person: str, reach: Reach, when: str, days: int) -> _Wording | None:
    """Return what is missing where it is not shown whose id it is; None where that is shown."""
    model = reach.model
    name = model.people.get(person, person)
    known = f" ({name})" if name != person else ""
    own = _ListedTies(model, model.full, sure=False, own=True)
    others = [
        other
        for other, (low, up) in model.same.of(person).items()
        if other != person and up & ~low & days
    ]
    may_be = _left(person, reach, days, sure=False) and not (reach.who.days(person, own)[1] & days)
    if others and may_be:
        reasons = [model.same.reasons.get((person, other), "") for other in others]
        alike = "; ".join(
            f"{other}: {reason or 'a row not relied on joins them'}"
            for other, reason in zip(others, reasons, strict=True)
        )
        ask = f"Show whether {person}{known} is {' or '.join(others)}"
        why = f"{person} may be one person with {' or '.join(others)} ({alike})"
        rest = (
            ""
            if not model.open_ties(person) & days
            else (f"; completeness: person:{person} {when}")
        )
        if rest:
            ask += f", and who employed and paid {name} {when}"
        return f"same_as: {person} and {' and '.join(others)} are not one{rest}", why, ask
    named = frozenset(name for kind, name in reach.who.names() if kind == "people")
    listed = reach.who.days(person, _ListedTies(model, model.full, sure=False))[1]
    of_ties = model.unresolved(person) & ~model.open_ties(person)
    if (model.anybody(person, named) | of_ties) & days and not listed & days:
        why = f"no accepted row says whose account {person} is: it may be anybody's"
        ask = f"Show whose account {person}{known} was {when}"
        return f"same_as: whose account {person} is", why, ask
    return None


def _settling_ties(person: str, reach: Reach, when: str, days: int) -> _Wording | None:
    """Return what would settle ties that are relied on: when they ended, or to whom they are."""
    model = reach.model
    lasting: list[str] = []
    owned: dict[str, str] = {}
    for kind, entity in sorted(reach.who.names()):
        names = model.names_of(entity)
        for tie in model.perhaps_ties_of(person):
            up = model.axis.through(tie.period) & days
            kinds = STAFF_TIES if kind in (TIE, GROUP) else (kind,)
            if tie.kind not in kinds or not (tie.entity in names or tie.value) or not up:
                continue
            if up & ~model.axis.mask(tie.period):
                lasting.append(tie.place)
            elif tie.entity in names and not names[tie.entity][0] & days:
                owned[tie.entity] = entity
    if lasting:
        rows = " and ".join(lasting)
        ask = f"State the time of day at which what {rows} says ended {when}"
        why = f"{rows} ends on that day, and does not say at what time"
        return f"the instant at which {rows} ends {when}", why, ask
    for entity, owner in owned.items():
        names = model.names_of(owner)
        rows = " and ".join(
            row.place
            for row in model.facts.ownership
            if row.entity in names and row.owner in names and model.axis.through(row.period) & days
        )
        why = f"{entity} may be owned or controlled by {owner} ({rows}), and nobody says whether a "
        why += f"tie to the one is one to the other; group={owner} counts it"
        ask = f"Show that {entity} was neither owned nor controlled by {owner} {when}"
        return f"ownership: not {rows} {when}", why, ask
    return None


def _left(person: str, reach: Reach, days: int, *, sure: bool) -> int:
    """Return the days on which he may still belong to it, by the rows alone."""
    return reach.who.days(person, _ListedTies(reach.model, reach.model.full, sure))[1] & days


def _asked(reach: Reach, name: str, when: str) -> str:
    ask = f"Show who employed and paid {name}, to whom {name} reported and whose credentials "
    ask += f"{name} held {when}"
    if any(kind == "location" for kind, _ in reach.who.names()):
        ask += f", and where {name} was"
    return ask


def _doubtful(person: str, reach: Reach, days: int) -> Iterator[tuple[Fact, str]]:
    """Yield each row not relied on by which he may belong to the group, with its denial."""
    model, name = reach.model, reach.model.people.get(person, person)
    same: set[str] = set()
    for kind, entity in sorted(reach.who.names()):
        names = model.names_of(entity).keys()
        for tie in model.perhaps_ties_of(person):
            if tie.kind not in (STAFF_TIES if kind in (TIE, GROUP) else (kind,)):
                continue
            if tie.entity in names or tie.value == entity:
                same |= names if model.axis.through(tie.period) & days else set()
                if not model.accepts(tie) and model.axis.through(tie.period) & days:
                    tie_words = f"{tie.kind.replace('_', ' ')} {tie.entity or tie.value}"
                    yield tie, f"{name} did not have the {tie_words} of {tie.place}"
    for alias in model.facts.entities:
        if alias.id in same and alias.alias_of in same and not model.accepts(alias):
            yield alias, f"{alias.id} was no other name of {alias.alias_of}"


def _standing(point: OpenPoint, reach: Reach) -> str:
    if point.fact is None:
        return "unknown"
    level = str(point.fact.standing)
    return (
        f"{level} and is disputed"
        if point.fact.disputed
        else (f"{level}, below {reach.model.standing}")
    )


def _means(reach: Reach, means: str) -> str:
    row = reach.model.means.get(means)
    if row is None:
        return means
    kind = row.kind.replace("_", " ")
    return f"{kind} {means}" + (f" ({row.label})" if row.label and row.label != means else "")


def _person(reach: Reach, person: str) -> str:
    return reach.model.people.get(person, person)


def _places(label: str, places: list[str], none: str) -> str:
    return f"{label}: {', '.join(places)}" if places else none


def _list(names: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1] if names else ""]))


def in_words(period: Period) -> str:
    """Return a period (with an end) as prose: "between 1 and 14 March 2023", "on 1 May 2023"."""
    first, last = period.start, (period.end or period.start) - timedelta(1)
    if period.starts_at is None and period.ends_at is None:
        return f"on {_long(first)}" if first == last else f"between {_both(first, last)}"
    begin = _long(first) if period.starts_at is None else instant_text(period.starts_at)
    if period.ends_at is None:
        return f"between {begin} and {_long(last)}"
    return f"between {begin} and {instant_text(period.ends_at)}"


def _both(first: date, last: date) -> str:
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} and {_long(last)}"
    if first.year == last.year:
        return f"{first.day} {first:%B} and {_long(last)}"
    return f"{_long(first)} and {_long(last)}"


def _long(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
