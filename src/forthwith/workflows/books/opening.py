"""Files of the books to the books: each recognised by what it holds, read, and joined.

A file that nothing here reads is named in a note; one that cannot be read whole is a fault, and
then nothing is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from forthwith.domain.bank import BankRead
from forthwith.domain.chain import ChainRead
from forthwith.domain.errors import ForthwithError
from forthwith.domain.fact_tables import RowFault
from forthwith.exports.bank import bai2, camt, mt940, ofx
from forthwith.exports.chain import bitcoin_blocks, bitcoin_json, evm_etl, evm_json

#: Faults printed before the rest is only counted.
SHOWN = 20
_MAPPING = ".mapping."
_STATEMENTS: Mapping[str, Callable[[bytes, str], BankRead]] = {
    "camt": camt.read, "mt940": mt940.read, "ofx": ofx.read, "bai2": bai2.read,
}  # fmt: skip
_CHAINS: Mapping[str, Callable[[Sequence[tuple[str, bytes]]], ChainRead]] = {
    "bitcoin-blocks": bitcoin_blocks.read, "bitcoin-json": bitcoin_json.read,
    "evm-json": evm_json.read, "evm-etl": evm_etl.read,
}  # fmt: skip


class BooksFaultyError(ForthwithError):
    """Rows or files are at fault, so no answer is given."""

    def __init__(self, faults: Sequence[RowFault]) -> None:
        rest = f"\n… and {len(faults) - SHOWN:,} more." if len(faults) > SHOWN else ""
        lines = "\n".join(map(str, faults[:SHOWN]))
        super().__init__(
            "The books are at fault, so nothing is answered from them. Mend these and ask again:"
            f"\n{lines}{rest}"
        )
        self.faults = tuple(faults)
