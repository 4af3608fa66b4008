"""The books of the invented exchange: a quarter of ledgers, statements and chains, and its truth.

`make` writes the folder that `forthwith books load` takes, and returns what is right about it,
worked out from what was played and never from what the engine says. The same seed and defects give
the same bytes. People and companies are invented; the chains' signatures, hashes and proof of work
are real.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from forthwith.example.books import proofs, tables, truth
from forthwith.example.books.bitcoin import CHAIN as BITCOIN
from forthwith.example.books.bitcoin import secret
from forthwith.example.books.defects import DEMO, Defect, plant
from forthwith.example.books.ethereum import CHAIN as ETHEREUM
from forthwith.example.books.model import FLOORS, text
from forthwith.example.books.quarter import Quarter, begin, plan
from forthwith.example.books.traces import followed

__all__ = ["DEMO", "DEMO_SEED", "DEMO_START", "Defect", "make", "played", "truth_of"]

DEMO_SEED = 1
#: The first quarter of the year in which the example's wallets were reshared.
DEMO_START = date(2022, 1, 1)


def make(
    folder: Path,
    seed: int = DEMO_SEED,
    defects: Iterable[Defect] = DEMO,
    start: date = DEMO_START,
) -> dict[str, Any]:
    """Write a quarter that begins on `start` into `folder`, which is made; return its truth.

    `start` is the first day of a month. The truth has the keys of case files: `days`, `shortfalls`
    on both bases, `commingled`, `stakes_at_end`, `defects`, `reports`, `traces`, `least`,
    `liability_leaves_at_end`, `gaps`, `dressing`, `floors`.
    """
    quarter, files = played(seed, defects, start)
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return truth_of(quarter)


def played(
    seed: int = DEMO_SEED, defects: Iterable[Defect] = DEMO, start: date = DEMO_START
) -> tuple[Quarter, dict[str, bytes]]:
    """Return a quarter as it went and its files by name; nothing is written."""
    chosen = set(defects)
    quarter = begin(seed, start)
    plant(quarter, chosen)
    plan(quarter)
    quarter.play()
    quarter.proved = proofs.proofs(quarter, stale=Defect.STALE_PROOFS in chosen)
    mask = secret(seed, "xor.dat")[:8] if Defect.MASKED in chosen else b""
    return quarter, tables.files(quarter, quarter.proved, mask)


def truth_of(quarter: Quarter) -> dict[str, Any]:
    """Return what is right about a quarter, from its model alone."""
    model = quarter.model
    cuts = [quarter.day_end(cut) for cut in quarter.cuts]
    return {
        "from": truth.told(model.start),
        "to": truth.told(model.end),
        "floors": {asset: text(asset, floor) for asset, floor in FLOORS.items()},
        "days": truth.days(model),
        "shortfalls": {basis: truth.shortfalls(model, basis) for basis in ("ledger", "receipt")},
        "least": truth.least(model, cuts),
        "commingled": truth.commingled(model),
        "stakes_at_end": truth.stakes_at_end(model),
        "defects": model.defects,
        "dressing": model.dressing,
        "gaps": [
            {"place": place, "from": truth.told(start), "to": truth.told(end)}
            for place, start, end in model.gaps
        ],
        "traces": _traces(quarter),
        "reports": _reports(quarter, cuts),
        "liability_leaves_at_end": truth.leaves(model),
    }


def _traces(quarter: Quarter) -> dict[str, Any]:
    model = quarter.model
    opening = sum(amount for place, _, _, amount in model.openings if place == "op")
    return {
        claim["claim"]: {**claim, **followed(opening, model.bank["op"], claim["reference"])}
        for claim in model.claims
        if claim["place"] == "op" and not model.gaps
    }


def _reports(quarter: Quarter, cuts: list[int]) -> dict[str, Any]:
    model, answer, start = quarter.model, {}, quarter.model.start
    for cut in cuts:
        block, (height, digest) = quarter.btc.at(cut), quarter.evm.at(cut)
        known = cut + 5 * 86_400
        answer[truth.day_told(cut)[:7]] = {
            "cut": truth.told(cut),
            BITCOIN: {
                "height": block.height, "hash": block.hash, "time": truth.told(block.time)
            },
            ETHEREUM: {"height": height, "hash": digest},
            "places": truth.month_places(model, start, cut),
            "expenses_by_payee": truth.expenses(model, start, cut),
            "position": truth.position(model, cut),
            "known_at": truth.told(known),
            "position_as_known": truth.known_position(model, cut, known),
            "addresses_without_proof_in_35_days": proofs.unproved(quarter, quarter.proved, cut),
        }  # fmt: skip
        start = cut + 1
    return answer
