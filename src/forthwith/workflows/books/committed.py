"""The commands of liabilities over the books: every asset's tree, one account's proofs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from forthwith.domain.errors import ForthwithError
from forthwith.workflows.books import liabilities
from forthwith.workflows.books.ask import Reckoned
from forthwith.workflows.books.options import BooksOptions, When


class NobodyOwedError(ForthwithError):
    """There is no tree to make, or the account stands in none."""


def commit(
    home: Path, options: BooksOptions, at: When | None, key: Path, trees: Path
) -> dict[str, Any]:
    """Make the tree of each asset asked about. Raises NobodyOwedError, LiabilitiesError."""
    reckoned = Reckoned.open(home, options)
    when = at.cut(options.zone) if at else reckoned.last_cut()
    secret = liabilities.key(home / key)
    made = []
    for asset in options.assets or tuple(reckoned.books.assets):
        leaves = liabilities.leaves_of(reckoned.reckoning, asset, when)
        if leaves.owed:
            made.append(liabilities.commit(home / trees, secret, when, leaves).as_json())
    if not made:
        raise NobodyOwedError("Nobody is owed anything then, so there is no tree to make.")
    return {"commitments": made}


def prove(
    home: Path,
    options: BooksOptions,
    account: str,
    at: When | None,
    key: Path,
    trees: Path,
    into: Path | None,
) -> tuple[dict[str, Any], list[Path]]:
    """Return the proofs of an account, one for each asset it is a leaf of; written where asked.

    Raises NobodyOwedError, NoTreeError, LiabilitiesError.
    """
    reckoned = Reckoned.open(home, options)
    when = at.cut(options.zone) if at else reckoned.last_cut()
    secret = liabilities.key(home / key, None if into is None else home / into)
    proofs, written = [], []
    for asset in options.assets or tuple(reckoned.books.assets):
        leaves = liabilities.leaves_of(reckoned.reckoning, asset, when)
        if account in leaves.owed:
            amount = leaves.owed[account]
            proofs.append(
                liabilities.proof(home / trees, secret, asset, when, account, amount).as_json()
            )
    if not proofs:
        raise NobodyOwedError(
            f"{account} is a leaf of no tree: no row of the ledger speaks of it by then, or it is "
            "an account of the house."
        )
    if into is not None:
        (home / into).mkdir(parents=True, exist_ok=True)
        for proof in proofs:
            place = home / into / f"{account}-{proof['asset']}.json"
            place.write_text(json.dumps(proof, indent=1) + "\n", encoding="utf-8")
            written.append(place)
    return {"proofs": proofs}, written
