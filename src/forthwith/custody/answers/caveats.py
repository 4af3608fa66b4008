"""Names in a question: those no row has, and those that only look apart.

To answer for a misspelt name would be to exclude the misspelling. An id that no row has is refused;
a word of free text (a class, an asset) that no row has leaves the answer open; places and dated
names of an entity are told apart as written, and the answer says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from difflib import get_close_matches

from forthwith.custody.answers.answers import Question
from forthwith.custody.answers.index import Model
from forthwith.custody.answers.wallet_facts import wholes, with_givers
from forthwith.custody.facts.facts import Entity, Facts, Means, Person
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import STAFF_TIES, Who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count

#: Places named in a note before the rest is only counted.
_PLACES = 12
#: Namesakes likewise.
_NAMESAKES = 6


class UnknownNameError(ForthwithError):
    """A question names something no table has; to answer it would be to exclude a misspelling."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        ids = list(known)
        # An id in other letters is the likeliest of all, and may be far off for a matcher.
        same = [id_ for id_ in ids if fold(id_) == fold(name)]
        near = same or get_close_matches(name, ids, 3)
        hint = f" Perhaps {' or '.join(near)}." if near else ""
        super().__init__(f"There is no {what} {name!r} in the facts.{hint} Nothing was answered.")


def known(facts: Facts, question: Question) -> None:
    """Raise UnknownNameError for an id, an entity or a place that no row has."""
    wallets = {wallet.id for wallet in facts.wallets}
    means = {means_row.id for means_row in facts.means}
    people = {person.id for person in facts.people}
    entities = {entity.id for entity in facts.entities} | {tie.entity for tie in facts.affiliations}
    for wallet in sorted(question.scope.wallets - wallets):
        raise UnknownNameError("wallet", wallet, wallets)
    for name in sorted(question.scope.means - means):
        raise UnknownNameError("means", name, means)
    for kind, name in sorted(question.who.names()):
        if kind == "people" and name not in people:
            raise UnknownNameError("person", name, people)
        # Ids are told apart by case; "Halden" is not the entity halden, and would have no people.
        # A place is no employer: what only a tie of another kind names is a slip as well.
        if kind != "people" and name not in entities:
            values = {tie.value for tie in facts.affiliations if tie.kind in _kinds(kind)}
            if fold(name) not in set(map(fold, values)):
                raise UnknownNameError("entity or place", name, (entities | values) - {""})


def _kinds(kind: str) -> tuple[str, ...]:
    return STAFF_TIES if kind == "tie" else (kind,)


def unnamed(model: Model, scope: Scope) -> tuple[str, ...]:
    """Return a sentence for each class and asset of the scope that no row names.

    What has it is then not known, and the answer stays open.
    """
    asked = (
        *(("class", class_) for class_ in sorted(scope.classes - model.terms.classes)),
        *(("asset", asset) for asset in sorted(scope.assets - model.terms.assets)),
    )
    return tuple(
        f"No row names the {key} {name!r}, so nothing about it is excluded." for key, name in asked
    )


def elsewhere(model: Model, scope: Scope) -> Iterator[str]:
    """Yield a sentence for each destination no row names, where policies are limited to others."""
    if model.terms.limited:
        for name in sorted(scope.destinations - model.terms.destinations):
            yield (
                f"No row names the destination {name!r}: a policy limited to other destinations "
                "may reach it."
            )


def without_wallet(facts: Facts, scope: Scope) -> tuple[str, ...]:
    """Return the means that no listed wallet's policy asks for, nor what it asks for comes from.

    Means the scope itself names are asked about, and so is what gives them. Keys come first; the
    "kms:*" of an export, keys it has no name for, is no key.
    """
    asked = {
        leaf
        for policies in (facts.policies, facts.approvals)
        for policy in policies
        for leaf in policy.formula.leaves()
    }
    asked |= {approval.enforced_by for approval in facts.approvals}
    near = with_givers(facts, asked | wholes(facts, asked) | scope.means)
    loose = [row for row in facts.means if row.id not in near]
    return tuple(row.id for row in sorted(loose, key=lambda row: (not is_key(row), row.id)))


def is_key(means: Means) -> bool:
    """Say whether a means is one named key."""
    return means.kind == "key" and not means.id.endswith("*")


def unattached(facts: Facts, loose: Sequence[str]) -> Iterator[str]:
    """Yield a sentence on the means that belong to no wallet."""
    if not loose:
        return
    names = frozenset(loose)
    keys = sum(is_key(row) for row in facts.means if row.id in names)
    many = len(loose) != 1
    among = ""
    if keys:
        among = f", {count(keys, 'key')} among them," if many else ", a key,"
    some = ", ".join(loose[:_PLACES]) + (" …" if len(loose) > _PLACES else "")
    yield (
        f"{count(len(loose), 'means', 'means')}{among} {'are' if many else 'is'} in the facts and "
        f"{'belong' if many else 'belongs'} to no listed wallet: nothing is answered about "
        f"{'them' if many else 'it'} ({some})."
    )


def neighbours(facts: Facts, asked: Collection[str]) -> Iterator[str]:
    """Yield a sentence for each address that a wallet asked about shares with one that is not."""
    at: dict[str, list[str]] = defaultdict(list)
    for wallet in facts.wallets:
        if wallet.address:
            at[fold(wallet.address)].append(wallet.id)
    for ids in at.values():
        mine = [wallet for wallet in ids if wallet in asked]
        if mine and (others := [wallet for wallet in ids if wallet not in asked]):
            some = ", ".join(others[:_NAMESAKES]) + (" …" if len(others) > _NAMESAKES else "")
            yield (
                f"{some} is at the address of {mine[0]}, and not in this scope: what can move it "
                "was not asked."
            )


def namesakes(facts: Facts) -> Iterator[str]:
    """Yield people and entities of one name under several ids: the answer takes them for several.

    Another name of an entity that a row makes an alias is no namesake.
    """
    aliases = {entity.id for entity in facts.entities if entity.alias_of}
    entities = [entity for entity in facts.entities if entity.id not in aliases]
    tables: tuple[Sequence[Person | Entity], ...] = (facts.people, entities)
    for rows in tables:
        called: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.name:
                called[fold(row.name)].append(row.id)
        for ids in called.values():
            if len(ids) > 1:
                name = next(row.name for row in rows if row.id == ids[0])
                some = ", ".join(ids[:_NAMESAKES]) + (" …" if len(ids) > _NAMESAKES else "")
                yield f"{some} are all called {name}, and taken for {len(ids)} different ones."


def apart(model: Model, who: Who) -> Iterator[str]:
    """Yield what the answer takes for different because it is written or dated differently."""
    asked = who.names()
    if any(kind == "location" for kind, _ in asked):
        values = {tie.value for tie in model.facts.affiliations if tie.kind == "location"}
        places = sorted(values - {""})
        more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
        some = ", ".join(places[:_PLACES]) + more
        yield f"Places written differently are different places; the facts have {some}."
    for kind, name in sorted(asked):
        if kind != "people" and not any(
            tie.kind in _kinds(kind)
            and (tie.entity in model.names_of(name) or fold(tie.value) == fold(name))
            for tie in model.facts.affiliations
        ):
            yield f"No row lists a tie {kind}={name}, of anybody on any day."
    for name in sorted({name for kind, name in asked if kind != "people"}):
        yield from dated(model, name)


def dated(model: Model, name: str) -> Iterator[str]:
    """Yield each alias of the entity whose days leave out a tie that somebody had under it."""
    same = model.names_of(name)
    left = {
        tie.entity
        for tie in model.facts.affiliations
        if model.axis.mask(tie.period) & ~same.get(tie.entity, (0, 0))[1]
    }
    for link in model.facts.entities:
        ends = {link.id, link.alias_of}
        if link.alias_of and link.period and ends & left and (ends & same.keys() or name in ends):
            yield (
                f"{link.id} counts as {link.alias_of} only {link.period} ({link.place}): on other "
                "days a tie to the one is no tie to the other."
            )
