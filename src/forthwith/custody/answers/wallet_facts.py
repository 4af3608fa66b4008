"""The facts behind one wallet: its policies, the means they ask for, and whoever touches those."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from difflib import get_close_matches

from forthwith.custody.facts.facts import Facts, Inspection, Wallet
from forthwith.domain.errors import ForthwithError

_CITED = "inspection:"


class UnknownWalletError(ForthwithError):
    """A wallet was named that no row has."""

    def __init__(self, name: str, known: Iterable[str]) -> None:
        held = sorted(known)
        if not held:
            hint = "The facts have no wallets; fill in the wallets table"
        elif alike := get_close_matches(name, held, 3, 0.5):
            hint = f"Perhaps {' or '.join(alike)}"
        else:
            some = ", ".join(held[:5])
            hint = f"There are {len(held):,}, among them {some}"
        super().__init__(f"No row of the wallets table is {name!r}. {hint}.")


def wallet_of(facts: Facts, name: str) -> Wallet:
    """Return the wallet with this id. Raises UnknownWalletError."""
    for each in facts.wallets:
        if each.id == name:
            return each
    raise UnknownWalletError(name, (each.id for each in facts.wallets))


def behind(facts: Facts, wallet: str) -> Facts:
    """Return the facts that bear on one wallet.

    Statements are left as they are: a claim may speak of a class of wallets, or of all.
    """
    policies = tuple(each for each in facts.policies if each.wallet == wallet)
    approvals = tuple(each for each in facts.approvals if each.wallet == wallet)
    formulas = [*(each.formula for each in policies), *(each.formula for each in approvals)]
    asked = {leaf for formula in formulas for leaf in formula.leaves()}
    asked |= {each.enforced_by for each in approvals if each.enforced_by}
    means = closure(facts, asked | _wholes(facts, asked))
    possessions = tuple(each for each in facts.possessions if each.means in means)
    people = {each.person for each in possessions}
    closing = means | {f"wallet:{wallet}"} | {f"person:{each}" for each in people}
    found = replace(
        facts,
        people=tuple(each for each in facts.people if each.id in people),
        affiliations=tuple(each for each in facts.affiliations if each.person in people),
        means=tuple(each for each in facts.means if each.id in means),
        possessions=possessions,
        completeness=tuple(each for each in facts.completeness if each.means in closing),
        grants=tuple(each for each in facts.grants if each.gives in means),
        wallets=tuple(each for each in facts.wallets if each.id == wallet),
        policies=policies,
        approvals=approvals,
    )
    addresses = {each.address for each in found.wallets if each.address}
    return replace(
        found,
        inspections=_inspections(facts, found),
        proofs=tuple(each for each in facts.proofs if each.address in addresses),
    )


def _wholes(facts: Facts, asked: set[str]) -> set[str]:
    """Return what the means asked for are of, over and over: it may serve in their place."""
    of = {each.id: each.of for each in facts.means if each.of}
    found: set[str] = set()
    waiting = sorted(asked)
    while waiting:
        whole = of.get(waiting.pop(), "")
        if whole and whole not in found:
            found.add(whole)
            waiting.append(whole)
    return found


def closure(facts: Facts, means: set[str]) -> set[str]:
    """Add what gives a means, and what is a copy, part or bearer of it, over and over."""
    into: dict[str, set[str]] = defaultdict(set)
    for grant in facts.grants:
        into[grant.gives] |= grant.source.leaves()
    for each in facts.means:
        if each.of:
            into[each.of].add(each.id)
    found, waiting = set(means), list(means)
    while waiting:
        new = into[waiting.pop()] - found
        found |= new
        waiting += new
    return found


def _inspections(facts: Facts, found: Facts) -> tuple[Inspection, ...]:
    """Return those of the means behind the wallet, and those a fact behind it cites."""
    means = {each.id for each in found.means}
    tables = (found.policies, found.approvals, found.possessions, found.completeness, found.grants)
    cited = {
        cite.removeprefix(_CITED)
        for table in tables
        for fact in table
        for cite in fact.cites
        if cite.startswith(_CITED)
    }
    return tuple(each for each in facts.inspections if each.device in means or each.id in cited)
