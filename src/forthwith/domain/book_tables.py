"""The tables of the books: what is owed, where value lies, who is whose, as people type them."""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.domain.fact_tables import Table


def _table(name: str, columns: str, optional: str = "") -> Table:
    return Table(name, tuple(columns.split()), frozenset(optional.split()) | {"standing"})


#: A row of the books without a standing is a business record as given: "system record".
DEFAULT_STANDING = "system record"

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        _table("assets", "id decimals chain contract", "chain contract"),
        _table(
            "places", "place kind chain address_or_account holder class from to",
            "chain holder from to",
        ),
        _table("customer_accounts", "account class entity from to", "entity from to"),
        _table("deposit_addresses", "account chain address from to", "from to"),
        _table(
            "customer_ledger",
            "row booked_at effective_at account asset amount kind reference memo",
            "booked_at reference memo",
        ),
        _table(
            "place_ledger",
            "entry booked_at effective_at from_place to_place asset amount from_group to_group "
            "kind reference",
            "booked_at from_place to_place from_group to_group kind reference",
        ),
        _table("openings", "place asset group amount at"),
        _table("entities", "id name from to alias_of", "from to alias_of"),
        _table("affiliates", "entity of from to", "from to"),
        _table("bank_parties", "account entity"),
        _table(
            "claims", "claim asset place reference amount claimant stop follow",
            "amount claimant stop follow",
        ),
        _table("caps", "payee month asset amount", "month"),
        _table("duties", "duty question parameters from to", "parameters from to"),
        _table("proofs", "address message signature when", "when"),
        _table("completeness", "means from to", "to"),
        _table(
            "statements_of_the_exchange", "id speaker made_on about text claim",
            "speaker made_on about text claim",
        ),
    )
}  # fmt: skip

PLACE_KINDS = ("bank account", "address", "safe", "descriptor")
CLASSES = ("customer", "house", "affiliate", "vendor")
GROUPS = (*CLASSES, "unknown")
ACCOUNT_CLASSES = ("outsider", "affiliated_lp", "house")
LEDGER_KINDS = (
    "opening", "deposit", "withdrawal", "chargeback", "trade", "fee", "transfer", "reversal",
    "adjustment", "reward",
)  # fmt: skip
