"""Coinbase Prime's users, roles and wallets: who may initiate; how many approve is not said."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.custody.facts.rows import facts
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.options import ImportOptions
from forthwith.exports.platform_policy.lift import lift
from tests.exports.platform_policy.test_lift import rows

USERS = [
    {"id": "u1", "name": "Ann Veld", "email": "Ann@orrin.example", "portfolio_id": "p1",
     "entity_id": "e1", "roles": ["INITIATOR"]},
    {"id": "u2", "name": "Bo Lind", "email": "bo@orrin.example", "portfolio_id": "p1",
     "role": "APPROVER"},
    {"id": "u3", "name": "Cy Moe", "portfolio_id": "p1", "roles": ["AUDITOR"]},
]  # fmt: skip
WALLETS = [{"id": "v1", "name": "Vault", "symbol": "BTC", "type": "VAULT", "address": "bc1qv"}]


def taken(users: Any = USERS, wallets: Any = WALLETS, **more: Any) -> Lifted:
    bodies = {"users": {"users": users}, "wallets": {"wallets": wallets, "pagination": {}}, **more}
    files = [(f"{name}.json", json.dumps(body).encode()) for name, body in bodies.items()]
    found = lift(files, ImportOptions(Stamp("2024-01-01")))
    assert not facts(found.rows)[1]
    return found


def ways(found: Lifted) -> set[tuple[str, str]]:
    return {(row["formula"], row["scope"]) for row in rows(found, "policies", "software")}


def test_an_initiator_needs_the_consensus() -> None:
    """Its quorum is open: it is given to the approvers on a condition only."""
    found = taken()

    assert not found.unread
    assert ways(found) == {("all of (login:u1, quorum:consensus)", "")}
    (grant,) = rows(found, "grants")
    assert (grant["means"], grant["gives"]) == ("login:u2", "quorum:consensus")
    assert grant["condition"]
    (wallet,) = rows(found, "wallets")
    assert (wallet["id"], wallet["asset"], wallet["address"]) == ("prime:v1", "BTC", "bc1qv")


def test_a_role_nobody_knows_may_initiate() -> None:
    """On a condition."""
    odd = [*USERS, {"id": "u4", "name": "Di", "portfolio_id": "p1", "roles": ["WIZARD"]}]

    assert ("all of (login:u4, quorum:consensus)", "when=the role lets the user initiate") in ways(
        taken(odd)
    )


def test_a_wallet_the_consensus_does_not_move_is_open() -> None:
    """Web3 wallets sign elsewhere."""
    found = taken(wallets=[{**WALLETS[0], "type": "ONCHAIN"}])

    assert {formula for formula, _ in ways(found)} == {"unread:prime:v1/software"}


def test_users_without_wallets_are_refused() -> None:
    """They move nothing that is listed."""
    assert "no wallet" in taken(wallets=[]).faults[0].what


def test_what_is_not_read_is_named() -> None:
    """Keys of records, and lists of another kind."""
    book = {"addresses": [{"id": "a", "currency_symbol": "BTC", "mood": 1}], "activities": []}

    assert set(taken(book=book).unread) == {"book.json: activities", "addresses a.mood"}


def test_a_page_of_several_leaves_other_initiators_open() -> None:
    """They are on a page that is not here."""
    page = {"users": USERS, "pagination": {"has_next": True}}
    found = taken(wallets=WALLETS, users=[], more=page)

    assert ways(found) == {("all of (any of (login:*, login:u1), quorum:consensus)", "")}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(sorted({*USERS[0], *WALLETS[0]})), JSON)
def test_any_value_in_a_record_is_read_or_a_fault(key: str, value: Any) -> None:
    """Wrong shapes never leave as exceptions, and their rows read."""
    taken([{**USERS[0], key: value}, *USERS[1:]], [{**WALLETS[0], key: value}])
