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
        ids = sorted(known)
        if not ids:
            hint = "The facts have no wallets; fill in the wallets table"
        elif alike := get_close_matches(name, ids, 3, 0.5):
            hint = f"Perhaps {' or '.join(alike)}"
        else:
            some = ", ".join(ids[:5])
            hint = f"There are {len(ids):,}, among them {some}"
        super().__init__(f"No row of the wallets table is {name!r}. {hint}.")


def wallet_of(facts: Facts, name: str) -> Wallet:
    """Return the wallet with this id. Raises UnknownWalletError."""
    for wallet in facts.wallets:
        if wallet.id == name:
            return wallet
    raise UnknownWalletError(name, (wallet.id for wallet in facts.wallets))


def facts_of_wallet(facts: Facts, wallet: str) -> Facts:
    """Return the facts that bear on one wallet.

    Statements are left as they are: a claim may speak of a class of wallets, or of all.
    """
    policies = tuple(policy for policy in facts.policies if policy.wallet == wallet)
    approvals = tuple(approval for approval in facts.approvals if approval.wallet == wallet)
    formulas = [
        *(policy.formula for policy in policies),
        *(approval.formula for approval in approvals),
    ]
    asked = {leaf for formula in formulas for leaf in formula.leaves()}
    asked |= {approval.enforced_by for approval in approvals if approval.enforced_by}
    means = with_givers(facts, asked | wholes(facts, asked))
    possessions = tuple(possession for possession in facts.possessions if possession.means in means)
    people = {possession.person for possession in possessions}
    closing = means | {f"wallet:{wallet}"} | {f"person:{person}" for person in people}
    near = replace(
        facts,
        people=tuple(person for person in facts.people if person.id in people),
        affiliations=tuple(tie for tie in facts.affiliations if tie.person in people),
        means=tuple(row for row in facts.means if row.id in means),
        possessions=possessions,
        completeness=tuple(row for row in facts.completeness if row.means in closing),
        grants=tuple(grant for grant in facts.grants if grant.gives in means),
        wallets=tuple(row for row in facts.wallets if row.id == wallet),
        policies=policies,
        approvals=approvals,
    )
    addresses = {row.address for row in near.wallets if row.address}
    return replace(
        near,
        inspections=_inspections(facts, near),
        proofs=tuple(proof for proof in facts.proofs if proof.address in addresses),
    )


def wholes(facts: Facts, asked: set[str]) -> set[str]:
    """Return what the means asked for are of, over and over: it may serve in their place."""
    of = {means.id: means.of for means in facts.means if means.of}
    wholes: set[str] = set()
    waiting = sorted(asked)
    while waiting:
        whole = of.get(waiting.pop(), "")
        if whole and whole not in wholes:
            wholes.add(whole)
            waiting.append(whole)
    return wholes


def with_givers(facts: Facts, means: set[str]) -> set[str]:
    """Add what gives a means, and what is a copy, part or bearer of it, over and over."""
    into: dict[str, set[str]] = defaultdict(set)
    for grant in facts.grants:
        into[grant.gives] |= grant.source.leaves()
    for row in facts.means:
        if row.of:
            into[row.of].add(row.id)
    all_means, waiting = set(means), list(means)
    while waiting:
        new = into[waiting.pop()] - all_means
        all_means |= new
        waiting += new
    return all_means


def _inspections(facts: Facts, near: Facts) -> tuple[Inspection, ...]:
    """Return those of the means behind the wallet, and those a fact behind it cites."""
    means = {row.id for row in near.means}
    tables = (near.policies, near.approvals, near.possessions, near.completeness, near.grants)
    cited = {
        cite.removeprefix(_CITED)
        for table in tables
        for fact in table
        for cite in fact.cites
        if cite.startswith(_CITED)
    }
    return tuple(
        inspection
        for inspection in facts.inspections
        if inspection.device in means or inspection.id in cited
    )
