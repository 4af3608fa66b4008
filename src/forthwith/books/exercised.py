"""Exercised: which keys moved value, who had them that day, and which policy path allows it.

Chains show who signed: the keys in a witness, the owners under a Safe's transaction, the sender.
Who holds a key, and what a policy allows, custody says; it comes here as plain rows (`Custody`). A
move that no path allows is the loudest finding there is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from forthwith.books.books import Asset, Span, WitnessRow
from forthwith.books.locks import ChainClock, Lock, Opening
from forthwith.books.moves import Move
from forthwith.books.places import PART, PlaceIndex
from forthwith.books.reckoned import Reckoning
from forthwith.domain.chain import NATIVE, ChainTransaction, Leg, Signer
from forthwith.domain.instants import Instant, instant_text

#: Code in the catalogue of a move that no path allows.
NO_PATH = "BK17"
#: Who signed for a Safe without being an owner: neither moved it by its owners' policy.
_MODULE = "module"
#: Signatures that are said and were not verified.
_UNVERIFIED = ("contract owner",)


@dataclass(frozen=True, slots=True)
class Holder:
    """Somebody who has a means for a time, and the entities they belong to then."""

    person: str
    entities: frozenset[str]
    span: Span = field(default_factory=Span)


@dataclass(frozen=True, slots=True)
class Means:
    """A key, as custody has it."""

    id: str
    #: Public keys in hexadecimal, and addresses: whatever a signature shows of it.
    keys: frozenset[str]
    holders: tuple[Holder, ...] = ()
    #: When the list of its holders is known to be whole.
    complete: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """One way a policy allows a wallet to be moved."""

    #: "btc-hot/signing"
    id: str
    place: str
    #: Least sets of means that meet its formula.
    sets: tuple[frozenset[str], ...]
    span: Span = field(default_factory=Span)
    #: Places, addresses and "class:customer" it may pay; empty: anybody.
    destinations: frozenset[str] = frozenset()
    #: The most it may pay at once, in smallest units by asset; an asset left out is not limited.
    up_to: Mapping[str, int] = field(default_factory=dict)
    #: What it asks for that no chain shows: a trigger, an approval. One sentence, or "".
    needs: str = ""
    #: What it waits for, which the chain of the move shows.
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True)
class Custody:
    """What custody knows, as far as moves are held against it."""

    means: tuple[Means, ...] = ()
    paths: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Exercise:
    """One move of an own place: what signed it, who had that, and what allows it."""

    move: Move
    asset: Asset
    means: tuple[str, ...]
    #: Keys and addresses that signed and are no means of the facts.
    unknown: tuple[str, ...]
    #: By means: who had it at that instant.
    holders: Mapping[str, tuple[Holder, ...]]
    #: Means whose holders at that instant are known to be all.
    complete: frozenset[str]
    #: Paths that allow it; those that need more than a chain shows among them.
    paths: tuple[str, ...]
    #: "yes", "no", or "not shown".
    allowed: str
    #: One sentence without its full stop; "" where there is nothing to say.
    says: str
    rows: tuple[WitnessRow, ...] = ()

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them, and what stands beside them."""
        people = {holder.person for found in self.holders.values() for holder in found}
        return {
            "move": self.move.id,
            "at": instant_text(self.move.left),
            "asset": self.asset.id,
            "amount": self.asset.text(self.move.amount),
            "source": self.move.source,
            "target": self.move.target,
            "means": list(self.means),
            "unknown_keys": list(self.unknown),
            "holders": sorted(people),
            "held": {
                name: [holder.person for holder in found] for name, found in self.holders.items()
            },
            "paths": list(self.paths),
            # null: not shown.
            "allowed": {"yes": True, "no": False}.get(self.allowed),
            "code": NO_PATH if self.allowed == "no" else "",
            "says": self.says,
            "rows": [str(row) for row in self.rows],
        }


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an entity exercised control, or never did."""

    #: "shown", "not shown", "excluded"
    answer: str
    #: Moves that decide it.
    moves: tuple[str, ...]
    #: What is missing, or what contradicts; one sentence each.
    because: tuple[str, ...]

    def as_json(self) -> dict[str, object]:
        """Return it as it is printed."""
        return {"answer": self.answer, "moves": list(self.moves), "because": list(self.because)}


@dataclass(frozen=True, slots=True)
class Exercised:
    """Every signed move of the exchange's places; moves that no path allows come first."""

    moves: tuple[Exercise, ...]

    @property
    def not_allowed(self) -> tuple[Exercise, ...]:
        """Return the moves that no path of the facts allows."""
        return tuple(row for row in self.moves if row.allowed == "no")

    def by(self, entity: str, scope: Callable[[Move], bool] = lambda _move: True) -> Answer:
        """Answer exercised(ENTITY, scope): some move's signing set was only its people's.

        Not shown where others had copies, or where nobody says that the holders listed are all.
        Excluded where every move was signed with a means none of its people had.
        """
        rows = [row for row in self.moves if scope(row.move)]
        shown = tuple(row.move.id for row in rows if _only(row, entity))
        if shown:
            return Answer("shown", shown, ())
        if rows and all(_without(row, entity) for row in rows):
            return Answer("excluded", tuple(row.move.id for row in rows), ())
        return Answer("not shown", (), _doubts(rows, entity))

    def never_by(self, entity: str, scope: Callable[[Move], bool] = lambda _move: True) -> Answer:
        """Answer never_exercised(ENTITY, scope): none of its people had any means that signed.

        Excluded where some move's signing set was only its people's.
        """
        rows = [row for row in self.moves if scope(row.move)]
        against = tuple(row.move.id for row in rows if _only(row, entity))
        if against:
            return Answer("excluded", against, ())
        if rows and all(_untouched(row, entity) for row in rows):
            return Answer("shown", tuple(row.move.id for row in rows), ())
        return Answer("not shown", (), _doubts(rows, entity))

    def as_json(self) -> dict[str, object]:
        """Return keys as books.md section 15 has them."""
        return {"moves": [row.as_json() for row in self.moves]}


def exercised(
    reckoning: Reckoning,
    custody: Custody,
    start: Instant | None = None,
    end: Instant | None = None,
) -> Exercised:
    """Return who could have signed each chain move out of a registered place in `[start, end)`."""
    reader = _Reader(reckoning, custody)
    found = [
        reader.read(move)
        for move in reckoning.moves
        if move.kind == "chain"
        and not move.is_fee
        and (start is None or start <= move.left)
        and (end is None or move.left < end)
        and reader.is_registered(move)
    ]
    order = {"no": 0, "not shown": 1, "yes": 2}
    found.sort(key=lambda row: (order[row.allowed], row.move.left, row.move.order, row.move.id))
    return Exercised(tuple(found))


def key_of(text: str) -> str:
    """Return a key or address as compared: of a public key its x coordinate, in lower case.

    A compressed key (02, 03), an uncompressed one (04) and a taproot key (BIP-340) of one secret
    have one x.
    """
    value = text.strip().lower()
    digits = value.removeprefix("0x")
    if len(digits) == 66 and digits[:2] in ("02", "03"):
        return digits[2:]
    if len(digits) == 130 and digits[:2] == "04":
        return digits[2:66]
    return digits if len(digits) == 64 else value


class _Reader:
    def __init__(self, reckoning: Reckoning, custody: Custody) -> None:
        self._reckoning = reckoning
        self._index = PlaceIndex(reckoning.books.places)
        self._places = {row.place: row.klass for row in reckoning.books.places}
        self._custody = {means.id: means for means in custody.means}
        self._by_key: dict[str, list[str]] = {}
        for means in custody.means:
            for key in sorted(means.keys):
                self._by_key.setdefault(key_of(key), []).append(means.id)
        self._paths: dict[str, list[Path]] = {}
        for path in custody.paths:
            self._paths.setdefault(path.place, []).append(path)
        self._funds: dict[str, list[Move]] = {}
        for move in reckoning.moves:
            if move.source.startswith("passing:"):
                self._funds.setdefault(move.source, []).append(move)
        self._clocks = {read.chain: ChainClock(read) for read in reckoning.books.chains}
        self._transactions: dict[str, tuple[str, ChainTransaction]] = {
            row.id: (read.chain, row)
            for read in reckoning.books.chains
            for row in read.transactions
        }

    def place(self, side: str) -> str:
        """Return the registered place of a side of a move, "" where there is none."""
        if side in self._places:
            return side
        place = side.rpartition(PART)[0]
        return place if place in self._places else ""

    def is_registered(self, move: Move) -> bool:
        return bool(self.place(move.source))

    def read(self, move: Move) -> Exercise:
        chain, row = self._transactions.get(move.reference, ("", None))
        signers = tuple(self._signers(chain, row, move)) if row else ()
        means: dict[str, None] = {}
        unknown: dict[str, None] = {}
        for signer in signers:
            found = self._by_key.get(key_of(signer.value), ())
            means |= dict.fromkeys(found)
            if not found:
                unknown[signer.value] = None
        holders = {
            name: tuple(
                holder for holder in self._custody[name].holders if holder.span.holds(move.left)
            )
            for name in means
        }
        complete = frozenset(
            name
            for name in means
            # That nobody had what signed is contradicted by the signature.
            if holders[name] and any(s.holds(move.left) for s in self._custody[name].complete)
        )
        paths, allowed, says = self._allowed(move, signers, frozenset(means), tuple(unknown))
        return Exercise(
            move,
            self._reckoning.books.assets[move.asset],
            tuple(means),
            tuple(unknown),
            holders,
            complete,
            paths,
            allowed,
            says,
            move.witnesses,
        )

    def _signers(self, chain: str, row: ChainTransaction, move: Move) -> Iterator[Signer]:
        """Yield who signed for the place that the move leaves."""
        place = self.place(move.source)
        for signer in row.signers:
            mine = self._index.place_of(chain, signer.of, move.left)
            if mine is not None and mine.place == place:
                yield signer

    def _allowed(
        self, move: Move, signers: Sequence[Signer], means: frozenset[str], unknown: Sequence[str]
    ) -> tuple[tuple[str, ...], str, str]:
        """Return the paths that allow a move, whether one does, and what to say of it."""
        place = self.place(move.source)
        paths = [path for path in self._paths.get(place, ()) if path.span.holds(move.left)]
        if not signers:
            return (), "not shown", f"no signature for {place} is in the files of {move.reference}"
        if any(signer.kind == _MODULE for signer in signers):
            names = ", ".join(sorted({s.value for s in signers if s.kind == _MODULE}))
            return (), "no", f"the module {names} moved it, without its owners"
        unverified = [signer.value for signer in signers if signer.kind in _UNVERIFIED]
        if not paths:
            return (), "not shown", f"no policy of {place} is in the facts at {_at(move)}"
        signed = [
            (path, self._opening(path, move))
            for path in paths
            if self._fits(path, move) and any(chosen <= means for chosen in path.sets)
        ]
        free = tuple(path.id for path, opening in signed if opening.open and not path.needs)
        if free:
            return free, "yes", ""
        able = [(path, opening) for path, opening in signed if opening.open is not False]
        if able:
            needs = "; ".join(f"{path.id}: {_doubt(path, opening)}" for path, opening in able)
            return tuple(path.id for path, _ in able), "not shown", f"no chain shows it: {needs}"
        if unverified:
            who = ", ".join(unverified)
            return (), "not shown", f"the signature of the contract {who} was not verified"
        if unknown:
            return (), "no", f"{', '.join(unknown)} signed, and is no means of the facts"
        fits = [path.id for path in paths if self._fits(path, move)]
        used = ", ".join(sorted(means))
        if signed:
            shut = "; ".join(
                f"{path.id} waits for {path.lock}, and {opening.why}" for path, opening in signed
            )
            return (), "no", f"{used} signed, and {shut}"
        if fits:
            return (), "no", f"{used} do not meet the formula of {', '.join(fits)}"
        return (), "no", f"no path of {place} allows {move.target} and this amount; {used} signed"

    def _opening(self, path: Path, move: Move) -> Opening:
        """Return whether a path was open for the coins of its place that a move spends."""
        if path.lock == Lock():
            return Opening(True)
        chain, row = self._transactions[move.reference]
        coins = [leg for leg in row.legs if self._is_coin(leg, chain, path.place, move.left)]
        return self._clocks[chain].opening(path.lock, row, coins)

    def _is_coin(self, leg: Leg, chain: str, place: str, at: Instant) -> bool:
        """Return whether a leg is a coin that is spent and was of a place."""
        if leg.amount >= 0 or leg.contract != NATIVE:
            return False
        mine = self._index.place_of(chain, leg.address, at)
        return mine is not None and mine.place == place

    def _fits(self, path: Path, move: Move) -> bool:
        """Return whether destination and amount are within a path.

        What goes into a fund of several payers goes where the fund pays, back to them aside.
        """
        limit = path.up_to.get(move.asset)
        if limit is not None and move.amount > limit:
            return False
        paid = self._funds.get(move.target, [move])
        return not path.destinations or all(
            self._names(row) & path.destinations
            for row in paid
            if not row.is_fee and self.place(row.target) != path.place
        )

    def _names(self, move: Move) -> set[str]:
        """Return everything a policy may call where a move goes."""
        target = self.place(move.target)
        names = {move.target, target, move.target_address, move.target.partition(":")[2]}
        return (names | {f"class:{self._places.get(target, '')}"}) - {""}


def _doubt(path: Path, opening: Opening) -> str:
    """Return what of a path no chain shows."""
    waits = "" if opening.open else f"it waits for {path.lock}, and {opening.why}"
    return "; ".join(filter(None, (path.needs, waits)))


def _at(move: Move) -> str:
    return instant_text(move.left)


def _only(row: Exercise, entity: str) -> bool:
    """Return whether all that signed was had by the entity's people, and surely by nobody else."""
    return (
        bool(row.means)
        and not row.unknown
        and all(
            name in row.complete
            and row.holders[name]
            and all(entity in holder.entities for holder in row.holders[name])
            for name in row.means
        )
    )


def _without(row: Exercise, entity: str) -> bool:
    """Return whether something that signed was surely had by none of the entity's people."""
    return any(
        name in row.complete and not any(entity in h.entities for h in row.holders[name])
        for name in row.means
    )


def _untouched(row: Exercise, entity: str) -> bool:
    """Return whether nothing that signed was had by any of the entity's people, surely."""
    return (
        bool(row.means)
        and not row.unknown
        and all(
            name in row.complete and not any(entity in h.entities for h in row.holders[name])
            for name in row.means
        )
    )


def _doubts(rows: Iterable[Exercise], entity: str) -> tuple[str, ...]:
    """Return what keeps an answer from being shown, each sentence once."""
    said: dict[str, None] = {}
    empty = True
    for row in rows:
        empty = False
        if not row.means and not row.unknown:
            said[f"no signature of {row.move.reference} is in the files"] = None
        for key in row.unknown:
            said[f"nobody says whose {key} is, which signed {row.move.reference}"] = None
        for name in row.means:
            others = [h.person for h in row.holders[name] if entity not in h.entities]
            if not row.holders[name]:
                said[f"by the facts nobody had {name} at {_at(row.move)}, and it signed"] = None
            elif name not in row.complete:
                said[f"no completeness says that the holders of {name} are all known"] = None
            elif others and len(others) < len(row.holders[name]):
                said[f"{', '.join(others)} had {name} too at {_at(row.move)}"] = None
            elif others:
                said[f"{', '.join(others)} had {name} at {_at(row.move)}"] = None
    if empty:
        said["no move in scope is in the files"] = None
    return tuple(said)
