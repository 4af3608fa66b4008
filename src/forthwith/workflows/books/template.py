"""The empty tables of the books: what a row of each says, column by column, and an example.

The examples are one small arrangement, whose people and companies are invented: an exchange with
one bank account for its customers, one wallet, two customers.
"""

from __future__ import annotations

from collections.abc import Mapping

from forthwith.domain.book_tables import TABLES
from forthwith.workflows.table_templates import TableTemplates, TableText

_COMMON: Mapping[str, str] = {
    "standing": (
        "how well the row is evidenced, best first: proved, inspected, system record, document, "
        "sworn, narrative; empty: system record"
    ),
    "cites": "where the evidence is: Bates numbers or digests, separated by ; (may be empty)",
    "disputed": "yes when the other side denies the row (may be empty)",
    "note": "what every answer that rests on the row must say beside it (may be empty)",
}
_INSTANT = "the instant with its zone, as 2026-01-31T23:50:00Z or 2026-02-01T00:50:00+01:00"
_FROM = "the first day or instant from which it is so; empty: ever since"
_TO = "the first day or instant at which it is no longer so; empty: still"
_AMOUNT = "digits, at most one point, no grouping, no more places than the asset has"
_ASSET = "an id of assets"
_PLACE = "a place of places"
_GROUP = "customer, house, affiliate, vendor or unknown"
_WALLET = "bc1q4u3l6wn8m0x0r5lz0g0tjkd3xq0x7vq3f6c9hz"

_TEXTS: Mapping[str, TableText] = {
    "assets": TableText(
        "one currency, one coin, or one token contract on one chain; USDC on two chains is two.",
        {
            "id": "its name in all other tables: USD, BTC, USDC-base",
            "decimals": "places of its smallest unit: 2 for cents, 8 for BTC, 18 for ETH",
            "chain": "bitcoin, bitcoin-regtest, evm-1 …; empty for a currency",
            "contract": "the token's contract, 0x…; empty for a coin or a currency",
        },
        (
            {"id": "USD", "decimals": "2"},
            {"id": "BTC", "decimals": "8", "chain": "bitcoin"},
        ),
    ),
    "places": TableText(
        "one address or account of a place; a wallet is several rows with one place.",
        {
            "place": "where value lies and mixes: the id of a wallet (custody's) or an account",
            "kind": "bank account, address, safe or descriptor",
            "chain": "as in assets; empty for a bank account",
            "address_or_account": "the address, or the number or IBAN of the account",
            "holder": "an id of entities",
            "class": "customer, house, affiliate or vendor",
            "from": _FROM,
            "to": _TO,
        },
        (
            {"place": "fbo", "kind": "bank account", "address_or_account": "5511009922",
             "holder": "TARN", "class": "customer", "from": "2025-01-01"},
            {"place": "hot", "kind": "address", "chain": "bitcoin", "address_or_account": _WALLET,
             "holder": "TARN", "class": "customer", "from": "2025-01-01"},
        ),
    ),
    "customer_accounts": TableText(
        "one account of the customers' ledger.",
        {
            "account": "its id",
            "class": "outsider, affiliated_lp (a liquidity provider of the group) or house",
            "entity": "an id of entities, where the account is one's",
            "from": _FROM,
            "to": _TO,
        },
        (
            {"account": "C0001", "class": "outsider", "from": "2025-03-01"},
            {"account": "P0001", "class": "affiliated_lp", "entity": "TARNH"},
        ),
    ),
    "deposit_addresses": TableText(
        "an address given to one customer to pay in to.",
        {
            "account": "an account of customer_accounts",
            "chain": "as in assets",
            "address": "the address",
            "from": _FROM,
            "to": _TO,
        },
        ({"account": "C0001", "chain": "bitcoin", "address": _WALLET, "from": "2025-03-01"},),
    ),
    "customer_ledger": TableText(
        "one row of what a customer is owed; the balance is the sum of all rows.",
        {
            "row": "its id",
            "booked_at": f"when it was written: {_INSTANT}; empty: when it took effect",
            "effective_at": f"when it counts: {_INSTANT}",
            "account": "an account of customer_accounts",
            "asset": _ASSET,
            "amount": f"{_AMOUNT}; - in front where the customer is owed less",
            "kind": "opening, deposit, withdrawal, chargeback, trade, fee, transfer, reversal, "
                    "adjustment or reward",
            "reference": "what the bank or the chain calls the movement: its id there",
            "memo": "words",
        },
        (
            {"row": "L1", "booked_at": "2025-12-31T23:59:59Z",
             "effective_at": "2025-12-31T23:59:59Z", "account": "C0001", "asset": "USD",
             "amount": "1000.00", "kind": "opening"},
            {"row": "L2", "booked_at": "2026-01-05T09:00:00Z",
             "effective_at": "2026-01-05T09:00:00Z", "account": "C0001", "asset": "USD",
             "amount": "-250.00", "kind": "withdrawal", "reference": "W26000017"},
        ),
    ),
    "place_ledger": TableText(
        "one movement between places in the exchange's own books, and for whom it lay there.",
        {
            "entry": "its id",
            "booked_at": f"when it was written: {_INSTANT}; empty: when it took effect",
            "effective_at": f"when it counts: {_INSTANT}",
            "from_place": f"{_PLACE}; empty: from outside",
            "to_place": f"{_PLACE}; empty: to outside",
            "asset": _ASSET,
            "amount": _AMOUNT,
            "from_group": f"for whom it lay where it came from: {_GROUP}",
            "to_group": f"for whom it lies where it went: {_GROUP}",
            "kind": "withdrawal, sweep, network_fee, fee, expense, loan … in your words",
            "reference": "what the bank or the chain calls the movement",
        },
        (
            {"entry": "J1", "effective_at": "2026-01-05T23:59:59Z", "from_place": "fbo",
             "asset": "USD", "amount": "250.00", "from_group": "customer",
             "to_group": "customer", "kind": "withdrawal", "reference": "W26000017"},
        ),
    ),
    "openings": TableText(
        "what lay in a place for a group when the books begin.",
        {
            "place": _PLACE,
            "asset": _ASSET,
            "group": _GROUP,
            "amount": _AMOUNT,
            "at": _INSTANT,
        },
        (
            {"place": "fbo", "asset": "USD", "group": "customer", "amount": "1000.00",
             "at": "2025-12-31T23:59:59Z"},
        ),
    ),
    "entities": TableText(
        "a person or company, or another name of one for a time.",
        {
            "id": "a short name; other tables use it",
            "name": "its name in words, as banks write it",
            "from": _FROM,
            "to": _TO,
            "alias_of": "the id of the entity that this is another name of",
        },
        (
            {"id": "TARN", "name": "Tarn Custody Ltd"},
            {"id": "TARNH", "name": "Tarn Holding Ltd"},
        ),
    ),
    "affiliates": TableText(
        "an entity is an affiliate of another.",
        {"entity": "an id of entities", "of": "an id of entities", "from": _FROM, "to": _TO},
        ({"entity": "TARNH", "of": "TARN", "from": "2024-01-01"},),
    ),
    "bank_parties": TableText(
        "whose an account at a bank is that is not the exchange's own.",
        {"account": "the number or IBAN as statements write it", "entity": "an id of entities"},
        ({"account": "9900112233", "entity": "TARNH"},),
    ),
    "claims": TableText(
        "a sum to be traced: a movement, or a part of one.",
        {
            "claim": "its id",
            "asset": _ASSET,
            "place": "where it came in",
            "reference": "the movement's reference there, or opening",
            "amount": f"{_AMOUNT}; empty: the whole movement",
            "claimant": "whose it is said to be, in words",
            "stop": "places, or class:customer: what reaches them is restored",
            "follow": "places to follow, separated by spaces; empty: every place with witnesses",
        },
        ({"claim": "K1", "asset": "USD", "place": "fbo", "reference": "W26000017"},),
    ),
    "caps": TableText(
        "what may be paid to a payee in a month in the ordinary course.",
        {
            "payee": "an id of entities",
            "month": "as 2026-01; empty: every month",
            "asset": _ASSET,
            "amount": _AMOUNT,
        },
        ({"payee": "TARNH", "asset": "USD", "amount": "5000.00"},),
    ),
    "duties": TableText(
        "a paragraph of an order, bound to a question that the books can answer.",
        {
            "duty": "its id",
            "question": "fully_backed(USD), segregated(USD), no_payment(TARN, TARNH) …",
            "parameters": "key=value, separated by ;",
            "from": _FROM,
            "to": _TO,
        },
        ({"duty": "order-4", "question": "segregated(USD)", "from": "2026-01-01",
          "cites": "EXA00000012"},),
    ),
    "proofs": TableText(
        "a message signed by an address: it names the address, a block's height and its hash.",
        {
            "address": "the address whose key signed",
            "message": "the message as signed",
            "signature": "the signature as given",
            "when": "the day or the instant it was made",
        },
        ({"address": _WALLET,
          "message": f"Tarn controls {_WALLET} at bitcoin block 930000 000000000000000000013c7a",
          "signature": "AkcwRAIgExample", "when": "2026-01-30T22:00:00Z", "standing": "proved"},),
    ),
    "completeness": TableText(
        "a list is whole: nobody else is owed, nothing else is held.",
        {"means": "accounts (all customer accounts) or places", "from": _FROM, "to": _TO},
        ({"means": "accounts", "from": "2026-01-01", "standing": "sworn",
          "cites": "EXA00000013"},),
    ),
    "statements_of_the_exchange": TableText(
        "one sentence the exchange gave, with its claim typed.",
        {
            "id": "its id",
            "speaker": "who said it",
            "made_on": "the day it was said",
            "about": "the month or the day it speaks of, as 2026-01",
            "text": "the sentence, word for word",
            "claim": "fully_backed(USD), segregated(USD), cannot_verify(USD) …",
        },
        ({"id": "S1", "speaker": "Ilse Maro", "made_on": "2026-02-05", "about": "2026-01",
          "text": "All customer money was held one to one.", "claim": "fully_backed(USD)",
          "standing": "sworn", "cites": "EXA00000014"},),
    ),
}  # fmt: skip

#: The templates of all tables of the books.
TEMPLATES = TableTemplates(
    TABLES,
    _TEXTS,
    _COMMON,
    (
        "A time runs from its first instant (from) up to and without the first instant out (to).",
        "Statements of banks and files of chains lie beside these tables as they are.",
    ),
)
