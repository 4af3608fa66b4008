"""The tables of facts about who could move assets: their columns, and one row as written.

A row is text with a place; what it means is `custody`'s to say. Files of rows are read and written
by `formats`, and so are the exports of wallets and platforms that become the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: Best first; a question names the worst it accepts.
STANDINGS = ("proved", "inspected", "system record", "document", "sworn", "narrative")
#: Columns that every table has after its own.
COMMON = ("standing", "cites", "disputed", "note")

TIES = ("employer", "payer", "reporting_line", "location", "credential")
MEANS_KINDS = (
    "key", "share", "copy", "backup", "device", "credential", "role", "host", "vendor_path",
    "seed", "passphrase",
)  # fmt: skip
#: What a row of `same_as` joins or parts: two ids of people, two of means, a person and a text.
SAMENESS = ("person", "means", "alias")
OWNERSHIP = ("owned_by", "controlled_by")
#: What completeness speaks of beside a means: "person:ID" and so on; `EVERYTHING` stands alone.
COMPLETE_OF = ("person", "wallet", "ways", "class", "asset")
#: The wallets listed are all there are.
EVERYTHING = "everything"
PATHS = ("signing", "software", "recovery", "host", "policy_change")


@dataclass(frozen=True, slots=True)
class Table:
    """One table: its own columns in order, and which of them may be empty."""

    name: str
    columns: tuple[str, ...]
    optional: frozenset[str] = frozenset()

    @property
    def header(self) -> tuple[str, ...]:
        """Return all columns, the common ones last."""
        return (*self.columns, *COMMON)


def _table(name: str, columns: str, optional: str = "") -> Table:
    return Table(name, tuple(columns.split()), frozenset(optional.split()))


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table("entities", "id name from to alias_of", "from to alias_of"),
        _table("ownership", "entity owner kind from to", "to"),
        _table("people", "id name"),
        _table("same_as", "kind a b is from to", "from to"),
        _table("affiliations", "person entity kind value from to", "entity value to"),
        _table(
            "means",
            "id kind label of public_key fingerprint address",
            "label of public_key fingerprint address",
        ),
        _table("possessions", "person means from to", "to"),
        _table("completeness", "means from to", "to"),
        #: `means` may be a formula: whoever meets it has `gives`.
        _table("grants", "means gives from to condition", "to condition"),
        _table("wallets", "id asset class address", "asset class address"),
        _table("policies", "wallet path formula scope from to", "scope to"),
        _table(
            "approvals",
            "wallet path formula enforced_by group above up_to scope from to",
            "enforced_by group above up_to scope to",
        ),
        _table(
            "inspections", "id device when by witnessed_by observed digest", "witnessed_by digest"
        ),
        _table("destructions", "means when witnessed_by", "witnessed_by"),
        _table("proofs", "address message signature when"),
        _table(
            "statements",
            "id speaker paper sentence claim as_of from to basis",
            "paper claim as_of from to basis",
        ),
    )
}


@dataclass(frozen=True, slots=True)
class FactRow:
    """One row as written: a cell that is not there is an empty text."""

    table: str
    cells: Mapping[str, str]
    #: File name as a person would look for it, and the 1-based line the row begins on.
    file: str = ""
    line: int = 0

    @property
    def place(self) -> str:
        """Return where the row stands: "possessions.csv:4"."""
        return f"{self.file}:{self.line}" if self.file else self.table

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()


@dataclass(frozen=True, slots=True)
class RowFault:
    """What is wrong with a row or a file of rows: where, what, and what to do about it."""

    file: str
    #: 1-based; 0 when the fault is about the file as a whole.
    line: int
    #: One plain sentence without its full stop.
    what: str
    #: What the person should do, likewise.
    do: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.what}. {self.do}."


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an export does not say of itself: its days, its standing, and what to cite for it."""

    start: str
    end: str = ""
    standing: str = "system record"
    cites: str = ""

    def cells(self) -> dict[str, str]:
        """Return the cells every dated row takes from it."""
        return {"from": self.start, "to": self.end, **self.undated()}

    def undated(self) -> dict[str, str]:
        """Return the cells of a row that has no period."""
        return {"standing": self.standing, "cites": self.cites}


@dataclass(frozen=True, slots=True)
class Lifted:
    """What an export became: rows, what in it nobody took, and what a person must know."""

    rows: tuple[FactRow, ...]
    #: "SafeInfo.nonce": keys and parts the lift did not use, each named, never dropped.
    unread: tuple[str, ...] = ()
    #: Sentences: what was assumed, what the export cannot say.
    notes: tuple[str, ...] = ()
    #: What could not be read at all; rows are then not to be relied on.
    faults: tuple[RowFault, ...] = field(default=())
