"""Names in a question: those no row has, and those that only look apart.

To answer for a misspelt name would be to exclude the misspelling: an id, a class or an asset that
no row has is refused. What the answer takes for different or passes over is said with it: means
that lead nowhere, people without a tie, wallets at one address, keys of one seed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from forthwith.custody.answers.answers import Question
from forthwith.custody.answers.index import Model
from forthwith.custody.answers.plans import Plan
from forthwith.custody.answers.resting import near_means
from forthwith.custody.answers.wallet_facts import wholes, with_givers
from forthwith.custody.facts.facts import (
    Affiliation,
    ApprovalPolicy,
    Completeness,
    Destruction,
    Entity,
    Fact,
    Facts,
    Grant,
    Means,
    Person,
    Possession,
    SameAs,
    SpendingPolicy,
    Wallet,
)
from forthwith.custody.facts.vocabulary import nearest_words
from forthwith.custody.facts.words import fold
from forthwith.custody.questions.groups import GROUP, STAFF_TIES, TIE, Who
from forthwith.custody.questions.scope import Scope, ScopeTerms
from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count

#: Places named in a note before the rest is only counted.
_PLACES = 12
#: Namesakes likewise.
_NAMESAKES = 6
#: So many ids are all named to who asks about another.
_FEW = 8


class UnknownNameError(ForthwithError):
    """A question names something no table has; to answer it would be to exclude a misspelling."""

    def __init__(self, what: str, name: str, known: Iterable[str]) -> None:
        ids = list(known)
        # An id in other letters, or another word for the thing, is the likeliest of all.
        near = nearest_words(what, name, ids)
        hint = f" Perhaps {' or '.join(near)}." if near else ""
        if not near and 0 < len(ids) <= _FEW:
            hint = f" It has {', '.join(sorted(ids))}."
        super().__init__(f"There is no {what} {name!r} in the facts.{hint} Nothing was answered.")


def known(facts: Facts, question: Question) -> None:
    """Raise UnknownNameError for an id, an entity or a word that no row has."""
    wallets = {wallet.id for wallet in facts.wallets}
    means = {means_row.id for means_row in facts.means}
    people = {person.id for person in facts.people}
    entities = {entity.id for entity in facts.entities} | {tie.entity for tie in facts.affiliations}
    for wallet in sorted(question.scope.wallets - wallets):
        raise UnknownNameError("wallet", wallet, wallets)
    for name in sorted(question.scope.means - means):
        raise UnknownNameError("means", name, means)
    _known_words(facts, question.scope)
    for kind, name in sorted(question.who.names()):
        if kind == "people" and name not in people:
            raise UnknownNameError("person", name, people)
        # Ids are told apart by case; "Halden" is not the entity halden, and would have no people.
        # A place is no employer: what only a tie of another kind names is a slip as well.
        if kind != "people" and name not in entities:
            values = {tie.value for tie in facts.affiliations if tie.kind in _kinds(kind)}
            words = set(map(fold, values))
            if kind == "location":
                # Who is in US-NY is in US.
                words |= {word.partition("-")[0] for word in words}
            if fold(name) not in words:
                noun = "location" if kind == "location" else "entity or place"
                raise UnknownNameError(noun, name, (entities | values) - {""})


def _known_words(facts: Facts, scope: Scope) -> None:
    """Raise UnknownNameError for a class or an asset that no row has a word for."""
    terms = ScopeTerms(facts, lambda _: True)
    closed = [row.means.partition(":") for row in facts.completeness]
    for noun, asked, words in (
        ("class", scope.classes, terms.classes),
        ("asset", scope.assets, terms.assets),
    ):
        all_words = words | {word for kind, _, word in closed if kind == noun}
        for name in sorted(asked - all_words):
            raise UnknownNameError(noun, name, all_words)


def _kinds(kind: str) -> tuple[str, ...]:
    return STAFF_TIES if kind in (TIE, GROUP) else (kind,)


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

    Another name of an entity that a row makes an alias is no namesake, and no more are people whom
    a row joins or parts.
    """
    said = {id_ for row in facts.same_as if row.kind == "person" for id_ in (row.a, row.b)}
    aliases = {entity.id for entity in facts.entities if entity.alias_of}
    entities = [entity for entity in facts.entities if entity.id not in aliases]
    tables: tuple[Sequence[Person | Entity], ...] = (facts.people, entities)
    for rows in tables:
        called: dict[str, list[str]] = defaultdict(list)
        for row in rows:
            if row.name:
                called[fold(row.name)].append(row.id)
        for ids in called.values():
            if len(ids) > 1 and not (rows is facts.people and said.issuperset(ids)):
                name = next(row.name for row in rows if row.id == ids[0])
                some = ", ".join(ids[:_NAMESAKES]) + (" …" if len(ids) > _NAMESAKES else "")
                if rows is facts.people:
                    yield f"{some} are all called {name}, and no row says whether they are one."
                else:
                    yield f"{some} are all called {name}, and taken for {len(ids)} different ones."


def apart(model: Model, who: Who) -> Iterator[str]:
    """Yield what the answer takes for different because it is written or dated differently."""
    asked = who.names()
    if any(kind == "location" for kind, _ in asked):
        values = {tie.value for tie in model.facts.affiliations if tie.kind == "location"}
        places = sorted(values - {""})
        more = f" and {len(places) - _PLACES} more" if len(places) > _PLACES else ""
        yield f"Places are codes of ISO 3166; the facts have {', '.join(places[:_PLACES])}{more}."
    for kind, name in sorted(asked):
        if kind != "people" and not any(
            tie.kind in _kinds(kind) and (tie.entity in model.names_of(name) or _word_of(tie, name))
            for tie in model.facts.affiliations
        ):
            yield f"No row lists a tie {kind}={name}, of anybody on any day."
    for name in sorted({name for kind, name in asked if kind != "people"}):
        owned = sorted(model.names_of(name, owned=True).keys() - _aliases(model, name))
        if owned:
            yield (
                f"{', '.join(owned[:_PLACES])} may be owned or controlled by {name}; their people "
                f"are perhaps its people. group={name} counts them."
            )


def _word_of(tie: Affiliation, name: str) -> bool:
    said, asked = fold(tie.value), fold(name)
    return said == asked or (tie.kind == "location" and said.startswith(f"{asked}-"))


def _aliases(model: Model, name: str) -> frozenset[str]:
    """Return the ids that are other names of an entity, itself among them."""
    links: dict[str, list[str]] = defaultdict(list)
    for row in model.facts.entities:
        if row.alias_of:
            links[row.id].append(row.alias_of)
            links[row.alias_of].append(row.id)
    names, waiting = {name}, [name]
    while waiting:
        new = set(links[waiting.pop()]) - names
        names |= new
        waiting += new
    return frozenset(names)


def unpoliced(model: Model, asked: Collection[str]) -> Iterator[str]:
    """Yield a sentence on the wallets asked about that no row says how to move."""
    bare = [
        wallet for wallet in asked if wallet in model.wallets and not model.policies.get(wallet)
    ]
    if bare:
        some = ", ".join(bare[:_PLACES]) + (" …" if len(bare) > _PLACES else "")
        yield f"No policy says what it takes to move {some}."


def untied(model: Model, who: Who) -> Iterator[str]:
    """Yield who holds something and has no tie of any kind, or only the place of an entity.

    A list of ties that is complete and empty excludes whoever it is about.
    """
    if all(kind == "people" for kind, _ in who.names()):
        return
    holding = {possession.person: None for possession in model.facts.possessions}
    names = [person for person in holding if not model.perhaps_ties_of(person)]
    if names:
        some = ", ".join(names[:_PLACES]) + (" …" if len(names) > _PLACES else "")
        yield f"No tie at all is listed for {some}, who held something."
    for kind, entity in sorted(who.names()):
        if kind == "location":
            names = [
                person
                for person in holding
                if not any(tie.kind == "location" for tie in model.perhaps_ties_of(person))
            ]
            if names:
                some = ", ".join(names[:_PLACES]) + (" …" if len(names) > _PLACES else "")
                yield f"No place at all is listed for {some}, who held something."
        if kind in ("people", "location"):
            continue
        ids = model.names_of(entity)
        for person in holding:
            for tie in model.ties_of(person):
                if tie.kind == "location" and tie.entity in ids:
                    yield (
                        f"{person} was at a place of {entity} ({tie.place}); a location is no "
                        f"tie that {kind}={entity} asks about."
                    )


def one_seed(model: Model) -> Iterator[str]:
    """Yield the means that may be one key, or of one seed, though no row joins or parts them."""
    known: set[frozenset[str]] = set()
    for edge in model.joins:
        pair = frozenset((edge.source.top, edge.gives))
        if edge.why and pair not in known:
            known.add(pair)
            first, second = sorted(pair)
            yield f"{first} and {second} {edge.why}."


def notes_of(model: Model, plans: Mapping[str, Plan]) -> Iterator[str]:
    """Yield the notes of the rows that the answer touches, each once."""
    facts = model.facts
    noted = [
        row
        for table in (
            facts.wallets, facts.policies, facts.approvals, facts.means, facts.possessions,
            facts.grants, facts.completeness, facts.same_as, facts.destructions, facts.people,
            facts.affiliations, facts.entities, facts.ownership,
        )
        for row in table
        if row.note
    ]  # fmt: skip
    if not noted:
        return
    near = near_means(model, plans) | {means for means in plans if means in model.means}
    people = {row.fact.person for means in near for row in model.holders.get(means, ())}
    same = {other for person in people for other in model.same.of(person)}
    notes: dict[str, list[str]] = defaultdict(list)
    for row in noted:
        if _touches(row, plans, near, same):
            notes[row.note].append(row.place)
    for note, places in notes.items():
        more = f" and {len(places) - 3} more" if len(places) > 3 else ""
        yield f"{note.rstrip('.')} ({', '.join(places[:3])}{more})."


def _touches(
    row: Fact, plans: Mapping[str, Plan], near: Collection[str], people: Collection[str]
) -> bool:
    match row:
        case Wallet():
            return row.id in plans
        case SpendingPolicy() | ApprovalPolicy():
            return row.wallet in plans
        case Means():
            return row.id in near
        case Possession() | Destruction():
            return row.means in near
        case Grant():
            return row.gives in near
        case Completeness():
            _, _, name = row.means.partition(":")
            return row.means in near or name in plans or name in near or name in people
        case SameAs():
            return bool({row.a, row.b} & ({*near} | {*people}))
        case Person():
            return row.id in people
        case Affiliation():
            return row.person in people
    return True
