"""Proofs of control: which addresses somebody showed to be theirs, and at which block.

A message must name the address, and a block by height and hash that is on the supplied chain: then
it cannot be older than that block, and its age runs from that block's time, not from its row. A
proof is one address's, never its wallet's; a Safe's needs as many owners as its threshold was at
that height (EIP-1271). Whether a signature verifies is found out before (`SignedProof.verified`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.books.books import Books, PlaceAddress, SignedProof, WitnessRow
from forthwith.books.chains import chain_of
from forthwith.books.reckoning import merged
from forthwith.domain.chain import Block, SafeChange
from forthwith.domain.fact_tables import FactRow, RowFault
from forthwith.domain.instants import DAY, Instant, InstantError, instant, instant_text

DOES_NOT_VERIFY = "proof_does_not_verify"
STALE = "stale_proof"
#: Nothing can be said of the signature either way; such a proof proves nothing yet.
NOT_CHECKED = "not_checked"

_HASH = re.compile(r"(?<![0-9A-Za-z])(?:0[xX])?([0-9a-fA-F]{64})(?![0-9A-Za-z])")
#: Whole numbers, and whole numbers in groups: "block 206", "875,000".
_NUMBER = re.compile(r"(?<![0-9A-Za-z])\d{1,12}(?![0-9A-Za-z])", re.ASCII)
_GROUPED = re.compile(r"(?<![0-9A-Za-z])\d{1,3}(?:[,_ ]\d{3}){1,3}(?![0-9A-Za-z])", re.ASCII)


@dataclass(frozen=True, slots=True)
class RefusedProof:
    """A proof that proves nothing, and why in one sentence without its full stop."""

    proof: SignedProof
    #: DOES_NOT_VERIFY or NOT_CHECKED
    reason: str
    says: str
    cure: str


@dataclass(frozen=True, slots=True)
class Control:
    """What proofs came to."""

    #: By chain and address (Ethereum's in lower case): times of the blocks proved at, ascending.
    proved: Mapping[tuple[str, str], tuple[Instant, ...]] = field(default_factory=dict)
    #: The rows of each of them.
    witnesses: Mapping[tuple[str, str, Instant], tuple[WitnessRow, ...]] = field(
        default_factory=dict
    )
    refused: tuple[RefusedProof, ...] = ()

    def last(self, chain: str, address: str, when: Instant) -> Instant | None:
        """Return the time of the newest block not after `when` that control was proved at."""
        times = self.proved.get((chain, folded(address)), ())
        place = bisect_right(times, when)
        return times[place - 1] if place else None

    def fresh(self, chain: str, address: str, when: Instant, days: int) -> bool:
        """Return whether a proof not older than `days` days stands at an instant."""
        last = self.last(chain, address, when)
        return last is not None and when - last <= days * DAY


def folded(address: str) -> str:
    """Return an address as it is compared: hexadecimal and bech32 know no capitals, base58 does."""
    lower = address.strip().lower()
    is_bech32 = re.fullmatch(r"(?:bc|tb|bcrt|ltc|tltc)1[02-9ac-hj-np-z]+", lower)
    return lower if lower.startswith("0x") or is_bech32 else address.strip()


def signed_proofs(rows: Iterable[FactRow]) -> tuple[tuple[SignedProof, ...], tuple[RowFault, ...]]:
    """Read rows of the table `proofs`, from a table or a file of proofs.

    A row whose cells are in the wrong shape is a fault and no proof.
    """
    proofs, faults = [], []
    for row in rows:
        height, when = row["height"], row["when"]
        try:
            at = instant(when) if when else None
        except InstantError as wrong:
            faults.append(RowFault(row.file, row.line, f"when: {wrong}", "Write it so or leave it"))
            continue
        if height and not (height.isascii() and height.isdecimal() and len(height) < 12):
            what = f"height: {height[:40]!r} is not the number of a block"
            faults.append(RowFault(row.file, row.line, what, "Write it in digits or leave it"))
            continue
        proofs.append(
            SignedProof(
                address=row["address"],
                chain=row["chain"],
                scheme=row["scheme"],
                # As signed, to the last space.
                message=row.cells.get("message", ""),
                signature=row["signature"],
                at=at,
                height=int(height) if height else None,
                block=row["block"],
                witness=WitnessRow(row.file, _row(row)),
                signers=(row["signer"].lower(),) if row["signer"] else (),
            )
        )
    return tuple(proofs), tuple(faults)


def _row(row: FactRow) -> str:
    return f"{'proof' if row.file.lower().endswith(('.json', '.jsonl')) else 'line'} {row.line}"


def safe_owners(
    changes: Iterable[SafeChange], safe: str, height: int
) -> tuple[frozenset[str], int] | None:
    """Return the owners and the threshold of a Safe after the block at `height`.

    None where no setup of it is in the logs up to there: its owners are then not known.
    """
    owners: set[str] | None = None
    threshold = 0
    for change in sorted(changes, key=lambda change: (change.height, change.order)):
        if change.safe != safe.lower() or change.height > height:
            continue
        if change.kind == "setup":
            owners, threshold = set(change.owners), change.threshold
        elif owners is None:
            continue
        elif change.kind == "owner added":
            owners.update(change.owners)
        elif change.kind == "owner removed":
            owners.difference_update(change.owners)
        else:
            threshold = change.threshold
    return None if owners is None or threshold < 1 else (frozenset(owners), threshold)


def control(books: Books, spoken: Callable[[str], str] = str) -> Control:
    """Return what every proof came to, on the chains of the books.

    `spoken` gives the part of a message that its signer says: of typed data (EIP-712) its
    `message`, so that a contract named in the domain is not taken for the address.
    """
    # Blocks after a break in the headers are on no chain.
    chains = [chain_of(read) for read in merged(books.chains)]
    blocks = {
        (chain.name, block.hash.removeprefix("0x").lower()): block
        for chain in chains
        for block in chain.blocks
    }
    safes = {
        (place.chain, folded(place.address)) for place in books.places if place.kind == "safe"
    } | {(chain.chain, change.safe) for chain in books.chains for change in chain.safe_changes}
    found: dict[tuple[str, str], dict[Instant, list[WitnessRow]]] = defaultdict(dict)
    refused: list[RefusedProof] = []
    shared: dict[tuple[str, str, Block], list[SignedProof]] = defaultdict(list)
    for proof in books.proofs:
        outcome = _bound(proof, spoken(proof.message), blocks)
        if isinstance(outcome, RefusedProof):
            refused.append(outcome)
            continue
        chain, block = outcome
        key = (chain, folded(proof.address))
        if key in safes:
            shared[*key, block].append(proof)
        else:
            found[key].setdefault(block.time, []).append(proof.witness)
    changes = {read.chain: read.safe_changes for read in merged(books.chains)}
    for (name, safe, block), proofs in shared.items():
        wrong = _short_of_owners(changes.get(name, ()), safe, block, proofs)
        if wrong:
            refused += (RefusedProof(proof, *wrong) for proof in proofs)
        else:
            found[name, safe].setdefault(block.time, []).extend(p.witness for p in proofs)
    return Control(
        {key: tuple(sorted(times)) for key, times in sorted(found.items())},
        {
            (*key, when): tuple(sorted(rows))
            for key, times in sorted(found.items())
            for when, rows in sorted(times.items())
        },
        tuple(sorted(refused, key=lambda row: (row.proof.witness, row.says))),
    )


def stale(
    places: Sequence[PlaceAddress], found: Control, when: Instant, days: int
) -> tuple[PlaceAddress, ...]:
    """Return the addresses of customers' places at an instant without a proof of `days` days.

    Bank accounts sign nothing and are left out; descriptors are given by their addresses.
    """
    return tuple(
        place
        for place in places
        if place.klass == "customer"
        and place.chain
        and place.kind in ("address", "safe")
        and place.span.holds(when)
        and not found.fresh(place.chain, place.address, when, days)
    )


def _bound(
    proof: SignedProof, said: str, blocks: Mapping[tuple[str, str], Block]
) -> tuple[str, Block] | RefusedProof:
    """Return the chain and the block a proof stands at, or why it stands at none."""

    def refused(says: str, cure: str, reason: str = DOES_NOT_VERIFY) -> RefusedProof:
        return RefusedProof(proof, reason, says, cure)

    again = "Ask for a new signature whose message names the address, a height and its block's hash"
    if proof.verified is None:
        why = proof.why or "nobody has looked at the signature"
        return refused(f"the signature was not checked: {why}", "Check it where that can be done",
                       NOT_CHECKED)  # fmt: skip
    if not proof.verified:
        return refused(
            f"the signature proves nothing: {proof.why or 'it is not that of the address'}",
            "Give address, message and signature exactly as they were signed",
        )
    if not _names(said, proof.address):
        return refused(f"the message does not name the address {proof.address}", again)
    hashes = {match.lower() for match in _HASH.findall(said)}
    #: Another's word for a chain ("mainnet") says nothing: the hash does.
    names = {chain for chain, _ in blocks}
    if not hashes:
        return refused("the message names no block hash, so it may be of any day", again)
    on_chain = [
        (chain, block)
        for (chain, digest), block in blocks.items()
        if digest in hashes and (proof.chain == chain or proof.chain not in names)
    ]
    if not on_chain:
        known = proof.chain in names
        where = f"the supplied chain {proof.chain}" if known else "a supplied chain"
        return refused(f"no block hash of the message is on {where}", again)
    rest = _HASH.sub(" ", said)
    texts = (*_NUMBER.findall(rest), *_GROUPED.findall(rest))
    numbers = {int(re.sub(r"\D", "", text)) for text in texts}
    named = [(chain, block) for chain, block in on_chain if block.height in numbers]
    if not named:
        chain, block = on_chain[0]
        return refused(
            f"the message does not name height {block.height:,} of its block on {chain}", again
        )
    if len(named) > 1:
        # Of several blocks it can only be older than none: the newest binds it.
        named.sort(key=lambda pair: (pair[1].time, pair[1].height, pair[0]))
    chain, block = named[-1]
    digest = proof.block.removeprefix("0x").lower()
    if (digest and digest != block.hash.removeprefix("0x").lower()) or (
        proof.height is not None and proof.height != block.height
    ):
        return refused(
            f"the row names another block than the message, which is at {block.height:,} of "
            f"{instant_text(block.time)}",
            "Correct the row, or give the message that was signed",
        )
    return chain, block


def _names(said: str, address: str) -> bool:
    """Return whether a text names an address as a word of its own."""
    capitals = folded(address.upper()) == folded(address) or address.lower().startswith("0x")
    flags = re.IGNORECASE if capitals else re.NOFLAG
    word = rf"(?<![0-9A-Za-z]){re.escape(address.strip())}(?![0-9A-Za-z])"
    return bool(address.strip()) and re.search(word, said, flags) is not None


def _short_of_owners(
    changes: Iterable[SafeChange], safe: str, block: Block, proofs: Sequence[SignedProof]
) -> tuple[str, str, str] | None:
    """Return reason, sentence and cure where proofs of a Safe at one block are not enough."""
    state = safe_owners(changes, safe, block.height)
    if state is None:
        return (
            NOT_CHECKED,
            f"who owned the Safe {safe} at height {block.height:,} is not in the supplied logs",
            "Supply the chain's receipts from the block the Safe was set up in",
        )
    owners, threshold = state
    signed = {signer for proof in proofs for signer in proof.signers} & owners
    if (lacking := threshold - len(signed)) <= 0:
        return None
    needed = f"{len(signed)} of the {threshold} owners signed that the Safe {safe} needed"
    return (
        DOES_NOT_VERIFY,
        f"{needed} at height {block.height:,}",
        f"Ask {lacking} more of its owners to sign the same message",
    )
