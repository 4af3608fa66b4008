"""Permission books: real ones against a plain recount, made ones for each doubt."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from forthwith.custody.answers.answers import Answer, Question, Verdict
from forthwith.custody.answers.ask import ask
from forthwith.custody.facts.facts import Facts
from forthwith.custody.facts.rows import facts
from forthwith.custody.questions.groups import parse as parse_who
from forthwith.custody.questions.scope import Scope
from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.domain.period import Period
from forthwith.exports.ethereum.roles import lift
from forthwith.exports.options import ImportOptions

STAMP = Stamp("2023-01-01", cites="KEEL0007")
CONTRACT, ADMIN, OTHER = ("0x" + digit * 40 for digit in "abc")
ANN, BEN, CHO, SAFE = ("0x" + digit * 40 for digit in "1234")


def caller(place: str, *owners: str, threshold: int | None = 0, **more: Any) -> dict[str, Any]:
    body = {"address": place, "owners": list(owners), **more}
    return body if threshold is None else {**body, "signersThreshold": threshold}


def modifier(*callers: dict[str, Any], functions: Any = ("pay",), **more: Any) -> dict[str, Any]:
    body = {"modifier": "onlyPayer", "addresses": list(callers), **more}
    return body if functions is None else {**body, "functions": list(functions)}


def a_book(*modifiers: dict[str, Any], **changed: Any) -> dict[str, Any]:
    """One pool with one contract."""
    contract = {"address": CONTRACT, "modifiers": list(modifiers), **changed}
    return {"MAIN": {"contracts": {"Vault": contract}, "roles": {}}}


def lifted(*books: Any) -> Lifted:
    """Books of 1 January, 1 February and so on."""
    files = [
        (f"2023-{month:02}-01.json", book if isinstance(book, bytes) else json.dumps(book).encode())
        for month, book in enumerate(books, 1)
    ]
    return lift(files, ImportOptions(STAMP))


def cells(found: Lifted, table: str) -> list[dict[str, str]]:
    return [dict(row.cells) for row in found.rows if row.table == table]


def sound(found: Lifted) -> Facts:
    made, faults = facts(found.rows)
    assert not faults, faults[:3]
    return made


def asked(made: Facts, people: set[str], when: date, scope: str = "class=function") -> Answer:
    question = Question(
        parse_who(f"people={','.join(sorted(people))}"),
        Scope.parse(scope),
        Period(when, when + timedelta(1)),
    )
    return ask(made, question, gaps_listed=0)


def shown(made: Facts, people: set[str], when: date, scope: str = "class=function") -> set[str]:
    """Functions the set could call, as `ask` says."""
    answer = asked(made, people, when, scope)
    return {
        wallet
        for wallet, runs in answer.wallets
        if any(run.verdict is Verdict.SHOWN for run in runs)
    }


# A recount of the real books: straight from the JSON, sharing nothing with the lift.


def contracts_of(book: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for pool, body in book.items():
        if "TENDERLY" not in pool:
            for section in (body, *(each for each in body.values() if isinstance(each, dict))):
                found += list(section.get("contracts", {}).items())
    return found


def acting_of(contracts: list[tuple[str, dict[str, Any]]], people: set[str]) -> set[str]:
    """The people and the Safes whose threshold they meet."""
    acting = set(people)
    for entry in (
        each for _, body in contracts for part in body["modifiers"] for each in part["addresses"]
    ):
        owners = {owner.lower() for owner in entry["owners"]}
        needed = entry.get("signersThreshold") or len(owners)
        if owners and len(owners & people) >= needed:
            acting.add(entry["address"].lower())
    return acting


def letting(part: dict[str, Any], acting: set[str]) -> set[str]:
    """Who of those acting a modifier lets through."""
    here = {each["address"].lower() for each in part["addresses"] if "chain" not in each}
    return here & acting


def recount(book: dict[str, Any], people: set[str]) -> set[str]:
    """Functions a set of addresses can call, or put other code behind."""
    contracts = contracts_of(book)
    acting = acting_of(contracts, people)
    changes = {"upgrade", "upgradeAndCall", "changeProxyAdmin", "setAddressAsProxy"}
    upgraded = acting | {
        body.get("address", "").lower()
        for _, body in contracts
        for part in body["modifiers"]
        if changes & set(part.get("functions", ())) and letting(part, acting)
    }
    lists: dict[str, list[set[str]]] = {}
    able = set()
    for name, body in contracts:
        place = body["address"].lower() if "address" in body else f"contract:{name}"
        for part in body["modifiers"]:
            calls = {f"{place}.{function}" for function in part.get("functions", ())}
            able |= calls if body.get("proxyAdmin", "").lower() in upgraded - {""} else set()
            for call in calls:
                lists.setdefault(call, []).append(letting(part, acting))
    return able | {call for call, every in lists.items() if set.intersection(*every)}


@pytest.fixture(scope="module")
def real(corpora: Path) -> tuple[Facts, dict[date, dict[str, Any]]]:
    folder = corpora / "custody" / "aave-permissions"
    files = [(each.name, each.read_bytes()) for each in sorted(folder.glob("*.json"))]
    assert len(files) > 5
    found = lift(files, ImportOptions(STAMP))
    assert not found.faults
    return sound(found), {date.fromisoformat(name[:10]): json.loads(data) for name, data in files}


def address_sets(book: dict[str, Any]) -> list[set[str]]:
    """Single callers, a Safe's owners in part and in whole, and everybody."""
    callers: dict[str, list[str]] = {}
    for _, contract in contracts_of(book):
        for part in contract["modifiers"]:
            for entry in part["addresses"]:
                callers[entry["address"].lower()] = [each.lower() for each in entry["owners"]]
    single = sorted(place for place in callers if int(place, 16))[:: max(1, len(callers) // 6)]
    made = [{place} for place in single]
    for owners in sorted(owners for owners in callers.values() if owners)[:3]:
        made += [set(owners[:size]) for size in {1, len(owners) // 2 or 1, len(owners)}]
    return [*made, {place for place in callers if int(place, 16)}]


@pytest.mark.corpus
def test_ask_says_for_any_address_set_which_functions_it_could_call(
    real: tuple[Facts, dict[date, dict[str, Any]]],
) -> None:
    """On days of observation and between them, against the recount."""
    made, books = real
    days = sorted(books)
    found = 0
    for number in (0, 4, 6, len(days) - 1):
        when = days[number]
        known = {person.id for person in made.people}
        for people in address_sets(books[when]):
            expected = recount(books[when], people)
            asking = people & known
            assert shown(made, asking, when) == expected, (when, people)
            found += len(expected)
    assert found > 1000


@pytest.mark.corpus
def test_a_state_holds_until_the_next_book_and_no_longer(
    real: tuple[Facts, dict[date, dict[str, Any]]],
) -> None:
    """The day before the next book has the earlier state; the day after the last has none."""
    made, books = real
    days = sorted(books)
    people = {person.id for person in made.people}
    before, after = books[days[4]], books[days[5]]
    for book, when in ((before, days[5] - timedelta(1)), (after, days[5])):
        everybody = {
            entry["address"].lower()
            for _, contract in contracts_of(book)
            for part in contract["modifiers"]
            for entry in part["addresses"]
        }
        assert shown(made, people & everybody, when) == recount(book, everybody & people)
    assert recount(before, people) != recount(after, people)
    assert not shown(made, people, days[-1] + timedelta(1))


@pytest.mark.corpus
def test_nothing_is_excluded_by_a_book(
    real: tuple[Facts, dict[date, dict[str, Any]]],
) -> None:
    """No book says that it lists every caller."""
    made, books = real
    answer = asked(made, {made.people[0].id}, sorted(books)[3])

    assert not made.completeness
    assert not any(run.verdict is Verdict.EXCLUDED for _, runs in answer.wallets for run in runs)


@pytest.mark.corpus
def test_simulated_forks_are_named_and_left_out(corpora: Path) -> None:
    """What a proposal would do on a fork was never so on the chain."""
    name = "2024-10-01_06df7fe6.json"
    found = lift(
        [(name, (corpora / "custody" / "aave-permissions" / name).read_bytes())],
        ImportOptions(STAMP),
    )

    assert found.unread == ("ETHERFI_TENDERLY: permissions of a simulated fork",)
    assert not any("TENDERLY" in row["class"] for row in found.rows)


# Made books.


def test_a_function_is_a_wallet_with_its_callers() -> None:
    """Class function, with contract and pool as further classes."""
    found = lifted(a_book(modifier(caller(ANN), caller(BEN))))

    (wallet,) = cells(found, "wallets")
    assert wallet["id"] == f"{CONTRACT}.pay"
    assert wallet["class"].split("|") == ["function", "Vault", "MAIN", "Vault.pay"]
    (policy,) = cells(found, "policies")
    assert policy["formula"] == f"any of (key:{ANN}, key:{BEN})"
    assert policy["path"] == "signing"


def test_runs_of_the_same_state_are_one_row() -> None:
    """January and February alike, March not, April as before."""
    one, two = a_book(modifier(caller(ANN))), a_book(modifier(caller(BEN)))
    rows = cells(lifted(one, one, two, one), "policies")

    assert sorted((row["formula"], row["from"], row["to"]) for row in rows) == [
        (f"key:{ANN}", "2023-01-01", "2023-03-01"),
        (f"key:{ANN}", "2023-04-01", "2023-04-02"),
        (f"key:{BEN}", "2023-03-01", "2023-04-01"),
    ]


def test_the_last_state_holds_as_told() -> None:
    """One day of itself, or until a day."""
    book = a_book(modifier(caller(ANN)))
    file = [("2023-01-01.json", json.dumps(book).encode())]

    def ends(found: Lifted) -> set[str]:
        return {row["to"] for row in cells(found, "policies")}

    assert ends(lift(file, ImportOptions(STAMP))) == {"2023-01-02"}
    assert ends(lift(file, ImportOptions(Stamp("2023-01-01", "2023-06-01")))) == {"2023-06-01"}


def test_a_single_book_without_a_day_in_its_name_takes_the_stamps() -> None:
    """Of several nobody could say which of them is of that day."""
    data = json.dumps(a_book(modifier(caller(ANN)))).encode()
    stamped = lift([("book.json", data)], ImportOptions(STAMP))

    assert {row["from"] for row in cells(stamped, "policies")} == {"2023-01-01"}


def test_a_book_without_a_day_or_of_a_day_taken_is_a_fault() -> None:
    """Two states of one day cannot both hold."""
    data = json.dumps(a_book(modifier(caller(ANN)))).encode()
    found = lift(
        [("2023-01-01 a.json", data), ("2023-01-01 b.json", data), ("c.json", data)],
        ImportOptions(STAMP),
    )

    assert [fault.what for fault in found.faults] == [
        "Two books are of 2023-01-01",
        "It has no day in its name",
    ]


def test_an_unreadable_book_ends_the_state_before_it() -> None:
    """On its day something was seen, and nobody can say what."""
    book = a_book(modifier(caller(ANN)))
    found = lifted(book, b"{", book)

    assert len(found.faults) == 1
    assert {(row["from"], row["to"]) for row in cells(found, "policies")} == {
        ("2023-01-01", "2023-02-01"),
        ("2023-03-01", "2023-03-02"),
    }


def test_a_safe_acts_by_its_owners_at_the_threshold() -> None:
    """Two of three may call; one may not be shown to."""
    made = sound(lifted(a_book(modifier(caller(SAFE, ANN, BEN, CHO, threshold=2)))))
    when = date(2023, 1, 1)

    assert shown(made, {ANN, CHO}, when) == {f"{CONTRACT}.pay"}
    assert not shown(made, {ANN}, when)
    assert shown(made, {SAFE}, when) == {f"{CONTRACT}.pay"}


def test_without_a_threshold_only_all_owners_are_shown() -> None:
    """Early books give owners alone; any number of them may be enough."""
    found = lifted(a_book(modifier(caller(SAFE, ANN, BEN, threshold=None))))
    made = sound(found)

    assert shown(made, {ANN, BEN}, date(2023, 1, 1))
    assert not shown(made, {ANN}, date(2023, 1, 1))
    conditions = [row for row in cells(found, "grants") if row.get("condition")]
    assert [row["means"] for row in conditions] == [f"any of (key:{ANN}, key:{BEN})"]
    assert any("no threshold" in note for note in found.notes)


def test_lists_that_differ_are_disputed_where_they_differ() -> None:
    """Two pools list the same contract: who is in one only is not shown."""
    book = a_book(modifier(caller(ANN), caller(BEN)))
    book["SIDE"] = a_book(modifier(caller(ANN)))["MAIN"]
    found = lifted(book)

    assert {(row["formula"], row.get("disputed", "")) for row in cells(found, "policies")} == {
        (f"key:{ANN}", ""),
        (f"key:{BEN}", "yes"),
    }
    assert not shown(sound(found), {BEN}, date(2023, 1, 1))
    assert any("not alike" in note for note in found.notes)


def test_a_proxy_administrator_may_put_other_code_behind_the_function() -> None:
    """And so may whoever may tell the administrator to."""
    book = a_book(modifier(caller(ANN)), proxyAdmin=ADMIN)
    upgrade = modifier(caller(BEN), functions=["upgrade"])
    book["MAIN"]["contracts"]["Admin"] = {"address": ADMIN, "modifiers": [upgrade]}
    made, when = sound(lifted(book)), date(2023, 1, 1)

    pay = f"wallet={CONTRACT}.pay"
    assert shown(made, {BEN}, when, f"{pay}, path=policy_change")
    assert not shown(made, {BEN}, when, f"{pay}, path=signing")
    assert not shown(made, {ANN}, when, f"{pay}, path=policy_change")


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("pay", "signing"),
        ("setReserveFactor", "signing"),
        ("transfer", "signing"),
        ("transferOwnership", "policy_change"),
        ("grantRole", "policy_change"),
        ("setPoolImpl", "policy_change"),
        ("upgradeAndCall", "policy_change"),
        ("setEmergencyAdmin", "policy_change"),
    ],
)
def test_changes_of_owner_role_or_code_are_policy_changes(function: str, path: str) -> None:
    """By the names such functions usually have."""
    found = lifted(a_book(modifier(caller(ANN), functions=[function])))

    assert [row["path"] for row in cells(found, "policies")] == [path]


def test_roles_are_listed_with_their_members() -> None:
    """Who administers roles may change them."""
    book = a_book(modifier(caller(ANN)))
    book["MAIN"]["roles"] = {
        "role": {"PAYER": [ANN, BEN], "DEFAULT_ADMIN": [CHO], "NOBODY": []},
        "latestBlockNumber": 1,
    }
    found = lifted(book)

    roles = {row["wallet"]: row for row in cells(found, "policies") if "role:" in row["wallet"]}
    assert roles["role:MAIN/roles/PAYER"]["formula"] == f"any of (key:{ANN}, key:{BEN})"
    assert roles["role:MAIN/roles/DEFAULT_ADMIN"]["path"] == "policy_change"
    assert "role:MAIN/roles/NOBODY" not in roles
    assert not found.unread


def test_a_caller_of_another_chain_is_another_caller() -> None:
    """The same digits on another chain may be another's contract."""
    made = sound(lifted(a_book(modifier(caller(ANN, chain="137")))))

    assert {person.id for person in made.people} == {f"{ANN}@137"}
    assert shown(made, {f"{ANN}@137"}, date(2023, 1, 1))


def test_a_modifier_without_functions_is_not_lost() -> None:
    """The book says that something is guarded, and not what."""
    found = lifted(a_book(modifier(caller(ANN), functions=None)))

    (wallet,) = cells(found, "wallets")
    assert wallet["id"] == f"{CONTRACT}.*onlyPayer"
    assert wallet["class"].startswith("modifier|")
    assert any("names no function" in note for note in found.notes)


def test_the_zero_address_is_nobody() -> None:
    """A right given up is nobody's."""
    found = lifted(a_book(modifier(caller("0x" + "0" * 40))))

    assert not cells(found, "policies")
    assert any("lists nobody" in note for note in found.notes)


def test_what_is_not_read_is_named() -> None:
    """At every level of the book."""
    book = a_book(modifier(caller(ANN, delay=5), timelock="1 day"), audited=True)
    book["MAIN"]["motto"] = "x"

    assert lifted(book).unread == (
        "MAIN.contracts.Vault.audited",
        "MAIN.contracts.Vault.onlyPayer.timelock",
        "MAIN.contracts.Vault.onlyPayer.delay",
        "MAIN.motto",
    )


@pytest.mark.parametrize(
    "entry",
    [
        caller("0x12"),
        caller("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"),
        caller(SAFE, ANN, threshold=2),
        caller(SAFE, ANN, ANN, threshold=1),
        caller(SAFE, "ann", threshold=1),
        caller(SAFE, ANN, threshold=True),
        {"address": None, "owners": []},
    ],
)
def test_an_impossible_caller_is_a_fault(entry: dict[str, Any]) -> None:
    """Short, mistyped (EIP-55), or a Safe that cannot be."""
    assert lifted(a_book(modifier(entry))).faults
    assert not lifted(a_book(modifier(caller(SAFE, ANN, threshold=1)))).faults


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"{}", b'{"A": 5}', b'{"A": {"contracts": []}}', b"[" * 9999, b'{"A":{},"A":{}}',
     b'{"A": {"contracts": {"V": {"modifiers": [5, {"addresses": 7}, {"addresses": [3]}]}}}}'],
)  # fmt: skip
def test_hostile_bytes_are_a_fault_or_named(data: bytes) -> None:
    """Never a traceback, never silence."""
    found = lifted(data)

    assert found.faults or found.unread
    assert not cells(found, "policies")
