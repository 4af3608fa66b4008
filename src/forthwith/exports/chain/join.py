"""Several tellings of one chain as one: what one lacks the other may have; differences are faults.

Two witnesses of one transaction are compared and never added. Where the second tells more or other
than the first, the addresses concerned are unsure from there; where it only tells less, that is a
fault of the second and changes nothing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from forthwith.domain.chain import (
    COIN,
    FEE,
    NATIVE,
    TOKENS,
    Block,
    ChainRead,
    ChainTransaction,
    Leg,
)
from forthwith.domain.fact_tables import RowFault

_ASPECTS = (COIN, TOKENS, FEE)


def join(reads: Iterable[ChainRead]) -> tuple[ChainRead, ...]:
    """Return one reading per chain, by name; the order of `reads` does not matter.

    A reading that names no chain, as tables do, is of the one whose transactions it tells, or of
    the only one of its kind.
    """
    named: dict[tuple[str, str], list[ChainRead]] = defaultdict(list)
    unnamed: list[ChainRead] = []
    for read in sorted(reads, key=_weight):
        if read.chain:
            named[read.kind, read.chain].append(read)
        else:
            unnamed.append(read)
    stray: list[ChainRead] = []
    for read in unnamed:
        chain = _chain_of(read, named)
        if chain is not None:
            named[chain].append(replace(read, chain=chain[1]))
        else:
            stray.append(read)
    joined = [_one(named[key]) for key in sorted(named, key=lambda key: key[1])]
    for read in stray:
        if read.blocks or read.transactions:
            what = "nothing says which chain its blocks and transactions are of"
            do = "Name the chain, or import it beside the node's dumps"
            fault = RowFault(min(_files(read), default=""), 0, what, do)
            joined.append(replace(read, faults=(*read.faults, fault)))
        else:
            joined.append(read)
    return tuple(joined)


def _weight(read: ChainRead) -> tuple[object, ...]:
    """Put the reading that tells most first: blocks, what is known, who signed, names of files."""
    known = sum(not row.unknown for row in read.transactions)
    signed = sum(len(row.signers) for row in read.transactions)
    return -len(read.blocks), -known, -signed, sorted(_files(read))


def _files(read: ChainRead) -> set[str]:
    files = {row.file for row in read.blocks} | {row.file for row in read.transactions}
    return (files | set(read.files)) - {""}


def _chain_of(
    read: ChainRead, named: Mapping[tuple[str, str], Sequence[ChainRead]]
) -> tuple[str, str] | None:
    ids = {row.id for row in read.transactions}
    alike = [key for key in named if key[0] == read.kind]
    sharing = [
        key
        for key in alike
        if any(row.id in ids for other in named[key] for row in other.transactions)
    ]
    for keys in (sharing, alike):
        if len(keys) == 1:
            return keys[0]
    return None


def _one(reads: Sequence[ChainRead]) -> ChainRead:
    whole = reads[0]
    for other in reads[1:]:
        whole = _Join(whole, other).joined()
    return whole


@dataclass(slots=True)
class _Join:
    first: ChainRead
    second: ChainRead
    faults: list[RowFault] = field(default_factory=list)

    def joined(self) -> ChainRead:
        """Return both as one."""
        first, second = self.first, self.second
        blocks = self._blocks()
        rows = self._transactions(blocks)
        files = sorted(_files(second) - _files(first))
        return replace(
            first,
            files=tuple(sorted(_files(first) | _files(second))),
            blocks=tuple(blocks[height] for height in sorted(blocks)),
            transactions=rows,
            safe_changes=tuple(
                sorted(
                    {*first.safe_changes, *second.safe_changes},
                    key=lambda row: (row.height, row.order),
                )
            ),
            faults=tuple(dict.fromkeys((*first.faults, *second.faults, *self.faults))),
            notes=tuple(dict.fromkeys((*first.notes, *second.notes))),
            second_tellings=tuple(
                dict.fromkeys((*first.second_tellings, *second.second_tellings, *files))
            ),
        )  # fmt: skip

    def fault(self, file: str, what: str) -> None:
        self.faults.append(RowFault(file, 0, what, "Find out which of the two is right"))

    def _blocks(self) -> dict[int, Block]:
        blocks = {row.height: row for row in self.first.blocks}
        for row in self.second.blocks:
            known = blocks.setdefault(row.height, row)
            if known.hash != row.hash:
                self.fault(
                    row.file,
                    f"block {row.height} is {row.hash}, and {known.hash} in {known.file}, whose "
                    "blocks count",
                )
            elif known.time != row.time or (
                row.parent and known.parent and known.parent != row.parent
            ):
                self.fault(
                    row.file, f"block {row.height} has another time or parent than in {known.file}"
                )
            elif row.parent and not known.parent:
                blocks[row.height] = replace(known, parent=row.parent)
        return blocks

    def _transactions(self, blocks: Mapping[int, Block]) -> tuple[ChainTransaction, ...]:
        given = {row.id: row for row in self.first.transactions}
        hashes = {row.height: row.hash for row in self.first.blocks}
        others = {row.height: row.hash for row in self.second.blocks}
        filled = {
            row.height
            for row in self.first.transactions
            if _is_hole(row) and others.get(row.height) == hashes.get(row.height)
        } - {row.height for row in self.second.transactions if _is_hole(row)}
        found: list[ChainTransaction] = []
        for row in self.second.transactions:
            if row.id in given:
                found.append(_Both(self, given[row.id], row).row())
            elif row.height not in hashes or row.height in filled or row.id == "rows":
                found.append(row)
            elif not row.id.startswith("block:") and others.get(row.height, "") in (
                "",
                hashes[row.height],
            ):
                self.fault(
                    row.file,
                    f"transaction {row.id} of block {row.height} is not in that block by "
                    f"{blocks[row.height].file}: it does not count",
                )  # fmt: skip
        seen = {row.id for row in self.second.transactions}
        told = {
            aspect
            for row in self.second.transactions
            for aspect in _ASPECTS
            if aspect not in row.unknown
        }
        for row in self.first.transactions:
            if row.id not in seen and not (_is_hole(row) and row.height in filled):
                found.append(row)
                self._missing(row, told)
        return tuple(sorted(found, key=lambda row: (row.height, row.position)))

    def _missing(self, row: ChainTransaction, told: Collection[str]) -> None:
        """Tell a transaction that the second does not have, where it has others around it."""
        heights = [other.height for other in self.second.transactions]
        legs = {TOKENS if leg.contract else COIN for leg in row.legs}
        within = heights and min(heights) <= row.height <= max(heights)
        if within and legs & set(told) and not row.from_outside:
            self.fault(
                self.second.transactions[0].file,
                f"transaction {row.id} of block {row.height}, which is in {row.file}, is missing",
            )


def _is_hole(row: ChainTransaction) -> bool:
    """Return whether it stands for transactions of a block that do not read or are not there."""
    return bool(row.unknown) and row.id.startswith("block:") and not row.suspects


@dataclass(slots=True)
class _Both:
    """Two tellings of one transaction."""

    join: _Join
    first: ChainTransaction
    second: ChainTransaction
    unknown: list[str] = field(default_factory=list)
    suspects: set[str] = field(default_factory=set)
    why: str = ""

    def row(self) -> ChainTransaction:
        """Return it as one."""
        first, second = self.first, self.second
        if first.height != second.height:
            self.join.fault(
                second.file,
                f"transaction {first.id} is of block {second.height}, and of {first.height} in "
                f"{first.file}",
            )
        legs = [leg for aspect in (COIN, TOKENS) for leg in self._legs(aspect)]
        fee, payer = self._fee()
        if set(self.unknown) & set(first.unknown):
            # What was unknown before keeps its own suspects: nobody named is everybody.
            self.suspects = self.suspects | set(first.suspects) if first.suspects else set()
            self.why = first.why or self.why
        return replace(
            first,
            legs=tuple(legs),
            fee=fee,
            fee_payer=payer,
            signers=max(first.signers, second.signers, key=len),
            unknown=tuple(self.unknown),
            suspects=tuple(sorted(self.suspects - {""})) if self.unknown else (),
            why=self.why if self.unknown else "",
        )

    def _legs(self, aspect: str) -> list[Leg]:
        mine, theirs = _legs(self.first, aspect), _legs(self.second, aspect)
        if aspect in self.first.unknown:
            if aspect not in self.second.unknown:
                return theirs
            self.unknown.append(aspect)
        elif aspect not in self.second.unknown:
            less, more = _differences(mine, theirs)
            if less or more:
                said = self._differ(less, more)
            if more:
                self.unknown.append(aspect)
                self.suspects |= {leg[1] for leg in (*less, *more)}
                self.why = said
        return mine

    def _fee(self) -> tuple[int, str]:
        first, second = self.first, self.second
        if FEE in first.unknown:
            if FEE not in second.unknown:
                return second.fee, second.fee_payer
            self.unknown.append(FEE)
        elif FEE not in second.unknown and (first.fee, first.fee_payer) != (
            second.fee,
            second.fee_payer,
        ):
            self.why = (
                f"transaction {first.id} cost {second.fee} units by {second.file}, and {first.fee} "
                f"by {first.file}"
            )
            self.join.fault(second.file, self.why)
            self.unknown.append(FEE)
            self.suspects |= {first.fee_payer, second.fee_payer}
        return first.fee, first.fee_payer  # fmt: skip

    def _differ(
        self, less: Sequence[tuple[str, str, int]], more: Sequence[tuple[str, str, int]]
    ) -> str:
        contract, address, amount = (more or less)[0]
        of = f"of the token {contract}" if contract else "of the chain's coin"
        has, lacks = self.second.file, self.first.file
        if not more:
            has, lacks = lacks, has
        what = (
            f"transaction {self.first.id} changes {address} by {amount} units {of} in {has}, and "
            f"not in {lacks}"
        )
        self.join.fault(self.second.file, what)
        return what


def _legs(row: ChainTransaction, aspect: str) -> list[Leg]:
    return [leg for leg in row.legs if (leg.contract == NATIVE) == (aspect == COIN)]


def _differences(
    mine: Sequence[Leg], theirs: Sequence[Leg]
) -> tuple[list[tuple[str, str, int]], list[tuple[str, str, int]]]:
    """Return what the second lacks and what it has beyond the first: contract, address, amount."""
    first = Counter((leg.contract, leg.address, leg.amount) for leg in mine)
    second = Counter((leg.contract, leg.address, leg.amount) for leg in theirs)
    return sorted((first - second).elements()), sorted((second - first).elements())
