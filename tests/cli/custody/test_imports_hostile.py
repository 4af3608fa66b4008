"""Exports from an untrusted hand: whatever stands in them, no lift ends in a traceback, drops a key
in silence, or says by itself that a list is complete.
"""

from __future__ import annotations

import copy
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from forthwith.domain.fact_tables import Lifted, Stamp
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions
from forthwith.exports.tables import csv as fact_csv
from tests.builders.iam import KEY, MADE, VENDOR, Iam, allow, arn, deny, document, trusts
from tests.cli.conftest import Command
from tests.exports.ethereum.test_roles import a_book, caller, modifier
from tests.exports.ethereum.test_safe import a_safe, place
from tests.exports.platform_policy.test_lift import a_rule, an_export, approved
from tests.exports.shamir.test_lift import DESCRIPTION

Path_ = tuple[Any, ...]
DIGEST = """
import hashlib, pathlib, sys
from forthwith.domain.fact_tables import Stamp
from forthwith.exports.kinds import KINDS
from forthwith.exports.options import ImportOptions
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    kind = path.name.partition(".")[0]
    lifted = KINDS[kind].lift([(path.name, path.read_bytes())], ImportOptions(Stamp("2023-01-01")))
    assert lifted.rows, lifted.faults
    print(kind, hashlib.sha256(repr(lifted).encode()).hexdigest())
"""
XPUB = (
    "xpub6ERApfZwUNrhLCkDtcHTcxd75RbzS1ed54G1LkBUHQVHQKqhMkhgbmJbZRkrgZw4koxb5JaHWkY4ALHY2grBGRj"
    "aDMzQLcgJvLJuZZvRcEL"
)


def an_account() -> dict[str, Any]:
    made = Iam().user("alice", allow("*")).user("bob", allow("kms:Sign", KEY), groups=["ops"])
    made.group("ops", deny("iam:*")).role("Support", trusts({"AWS": VENDOR}), allow("iam:*"))
    ((_, data), *_) = made.files()
    body: dict[str, Any] = json.loads(data)
    user, role = body["UserDetailList"][0], body["RoleDetailList"][0]
    admin = "arn:aws:iam::aws:policy/AdministratorAccess"
    user["AttachedManagedPolicies"] = [{"PolicyName": "x", "PolicyArn": admin}]
    user["PermissionsBoundary"] = {
        "PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": admin,
    }  # fmt: skip
    role["InstanceProfileList"] = [{"InstanceProfileName": "p", "Arn": arn("instance-profile/p")}]
    role["RoleLastUsed"] = {"LastUsedDate": MADE, "Region": "eu-west-1"}
    version = {"Document": document(allow("s3:*")), "VersionId": "v1", "IsDefaultVersion": True}
    policy = {"PolicyName": "m", "Arn": arn("policy/m"), "PolicyVersionList": [version]}
    body["Policies"] = [{**policy, "DefaultVersionId": "v1"}]
    return body


def a_policy() -> dict[str, Any]:
    within = {"users": ["ann"], "usersGroups": ["ops"]}
    every = {"ids": [["*", "*", "*"]]}
    amount = {"range": {"min": "1", "max": "5"}}
    parts = {"operators": within, "src": every, "dst": every, "designatedSigners": within}
    return an_export(a_rule(**parts, amount=amount, **approved(1, "desk")))


GUID = "11111111-1111-1111-1111-111111111111"
EXPORTS: dict[str, Any] = {
    "safe": a_safe(owners=[{"value": place(n), "name": "n"} for n in (1, 2, 3)], guard=place(4)),
    "policy-export": a_policy(),
    "shamir": DESCRIPTION,
    "aws-iam": an_account(),
    "gcp-iam": {
        "projects/p": {
            "bindings": [
                {"role": "roles/owner", "members": ["user:ann@bramble.example", "allUsers"],
                 "condition": {"title": "t", "expression": "x"}},
                {"role": "roles/editor", "members": ["group:ops@bramble.example"]},
            ],
            "etag": "x", "version": 3,
        },
        "projects/p/locations/eu/keyRings/r/cryptoKeys/k": {
            "bindings": [{"role": "roles/cloudkms.signer", "members": ["domain:b.example"]}],
        },
    },
    "azure-rbac": [
        {"principalId": GUID, "principalName": "ann@bramble.example", "principalType": "User",
         "roleDefinitionId": f"/x/roleDefinitions/{GUID}", "roleDefinitionName": "r",
         "scope": f"/subscriptions/{GUID}", "condition": "c", "createdOn": "2023-02-01T00:00:00Z"},
        {"id": f"/x/roleDefinitions/{GUID}", "roleName": "r",
         "permissions": [{"actions": ["*"], "notActions": ["*/read"], "dataActions": ["*"]}]},
        {"id": f"/subscriptions/{GUID}/resourceGroups/g/providers/Microsoft.KeyVault/vaults/v",
         "type": "Microsoft.KeyVault/vaults", "properties": {"accessPolicies": [
             {"objectId": GUID, "permissions": {"keys": ["sign"]}}]}},
        {"kid": "https://v.vault.azure.net/keys/k"},
        {"id": GUID, "displayName": "Ann", "userPrincipalName": "ann@bramble.example"},
    ],
    "permissions": a_book(modifier(caller(place(1), place(2), place(3), threshold=2))),
    "descriptor": {
        "name": "w", "addressType": "P2WSH", "network": "mainnet", "client": {"type": "public"},
        "quorum": {"requiredSigners": 1, "totalSigners": 1},
        "extendedPublicKeys": [{"name": "k", "bip32Path": "m/48'/0'", "xpub": XPUB, "xfp": "00a1"}],
    },
}  # fmt: skip
#: Where anything may stand: its own words, or a fault that names the part.
_FREE = ("Condition", "Principal")
JUNK: list[Any] = [
    None, True, 0, -1, 10**40, 1.5, "", " ", "\x00", "\ud800", "a,b", '"', "*", "x" * 5000, [], {},
    [[]], [None], {"": None}, "2023-13-45", "0x", "0x" + "0" * 40,
]  # fmt: skip


def places(value: Any, here: Path_ = ()) -> Iterator[Path_]:
    yield here
    inside = value if isinstance(value, dict | list) else ()
    for name, each in inside.items() if isinstance(inside, dict) else enumerate(inside):
        yield from places(each, (*here, name))


def at(value: Any, where: Path_) -> Any:
    for name in where:
        value = value[name]
    return value


def lifted(kind: str, data: bytes) -> Lifted:
    options = ImportOptions(Stamp("2023-01-01", "2024-01-01"))
    return KINDS[kind].lift([("export-2023-10-30.json", data)], options)


@pytest.mark.parametrize("kind", EXPORTS)
def test_a_key_nobody_knows_is_told_by_its_name_wherever_it_stands(kind: str) -> None:
    """It may be a condition: whoever reads the rows must know that it was there."""
    sound = lifted(kind, json.dumps(EXPORTS[kind]).encode())
    assert (sound.rows != (), sound.faults) == (True, ())
    for where in places(EXPORTS[kind]):
        body = copy.deepcopy(EXPORTS[kind])
        if isinstance(at(body, where), dict) and not set(where) & set(_FREE):
            at(body, where)["zzqq17"] = {"a": 1}
            found = lifted(kind, json.dumps(body).encode())
            assert "zzqq17" in " ".join((*found.unread, *map(str, found.faults))), where


@pytest.mark.parametrize("kind", EXPORTS)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_spoilt_exports_are_refused_or_become_rows_that_can_be_kept(kind: str, data) -> None:
    body = copy.deepcopy(EXPORTS[kind])
    for _ in range(data.draw(st.integers(1, 2))):
        if where := data.draw(st.sampled_from(list(places(body)))):
            at(body, where[:-1])[where[-1]] = copy.deepcopy(data.draw(st.sampled_from(JUNK)))
    text = json.dumps(body).encode()
    found = lifted(kind, text[: data.draw(st.sampled_from((None, len(text) // 2)))])

    assert not [row for row in found.rows if row.table == "completeness"]
    for table in {row.table for row in found.rows}:
        rows = [row for row in found.rows if row.table == table]
        again, faults = fact_csv.read(fact_csv.write(table, rows), f"{table}.csv")
        assert (len(again), faults) == (len(rows), ())


#: What is handed in for an export, whatever its kind.
SPOILT: dict[str, bytes] = {
    "empty": b"", "zero": b"\x00" * 40, "blank": b" \n\n", "object": b"{}", "list": b"[]",
    "lists": b"[[],[{}]]", "null": b"null", "number": b"1", "text": b'"x"', "stray": b'{"a":1}',
    "deep": b"[" * 5000, "bom": b"\xef\xbb\xbf", "utf16": "{}".encode("utf-16"),
    "table": b"a,b\n1\n", "quote": b'a,"b\n', "zip": b"PK\x03\x04",
    "long": b'{"a":"' + b"x" * 70_000 + b'"}',
}  # fmt: skip


@pytest.mark.parametrize("spoilt", SPOILT)
@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_without_any_option_ends_in_a_traceback(
    run: Command, tmp_path: Path, kind: str, spoilt: str
) -> None:
    """Each option left out, and one after another given, over files that are no export at all."""
    path = tmp_path / "export.json"
    sound = json.dumps(EXPORTS.get(kind, {"Employee ID": 1})).encode()
    days = ("--from", "2023-01-01", "--to", "2024-01-01")
    for data in (SPOILT[spoilt], sound[: len(sound) // 2] + SPOILT[spoilt]):
        path.write_bytes(data)
        for options in ((), days[:2], days[2:], days):
            done = run("-C", tmp_path, "custody", "import", kind, path, "--into", "x", *options)

            assert done.exit_code in {0, 1, 2}, (options, done.output)
            assert done.output.strip()
            assert bool(list(tmp_path.glob("x/*"))) == ("Written to" in done.stdout)
            shutil.rmtree(tmp_path / "x", ignore_errors=True)


def test_a_safe_without_its_past_asks_for_its_day(run: Command, tmp_path: Path) -> None:
    """Only its transactions would date it."""
    path = tmp_path / "export.json"
    path.write_text(json.dumps(EXPORTS["safe"]))

    done = run("-C", tmp_path, "custody", "import", "safe", path, "--into", "x")

    assert done.exit_code == 1
    assert "Say --from" in done.output


@pytest.mark.parametrize("kind", sorted(EXPORTS.keys() - {"safe"}))
def test_a_sound_export_whose_days_nobody_says_asks_for_them(
    run: Command, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps(EXPORTS[kind]))

    done = run("-C", tmp_path, "custody", "import", kind, path, "--into", "x")

    assert done.exit_code == 2
    assert "say --from" in done.stderr


def test_a_zero_byte_and_a_safe_without_owners_are_faults_of_the_export_itself() -> None:
    """Not of tables that nobody has seen: whoever exported it must be able to find the place."""
    head = b"Employee ID,Name,Company,Hire date\n"
    staff = lifted("hr", head + b"E1,Ana\x00,Bramble,2021-02-01\n")
    assert [(each.file, each.line) for each in staff.faults] == [("export-2023-10-30.json", 2)]
    book = a_book(modifier({**caller(place(1)), "owners": 1}))
    (fault,) = lifted("permissions", json.dumps(book).encode()).faults
    assert "Vault.onlyPayer has owners or a threshold that cannot be" in fault.what


def test_the_same_export_gives_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Otherwise an export imported twice is written twice, for its rows come in another order."""
    folder = tmp_path / "exports"
    folder.mkdir()
    source = {"srcType": "VAULT", "srcId": "0"}
    slices = an_export(
        a_rule(**source, amount=10, dstType="VAULT", **approved(3, "desk")),
        a_rule(**source, asset="BTC", periodSec=60, dstType="EXTERNAL_WALLET", dstId="abc"),
        a_rule(amount=100, periodSec=60),
        a_rule(**source, asset="BTC", amount=100, dstAddressType="WHITELISTED"),
    )
    many = a_book(modifier(*(caller(place(n), place(n + 1), threshold=1) for n in range(1, 30))))
    for kind, body in {**EXPORTS, "policy-export": slices, "permissions": many}.items():
        (folder / f"{kind}.2023-10-30.json").write_text(json.dumps(body), encoding="utf-8")
    digests = {
        subprocess.run(
            [sys.executable, "-c", DIGEST, str(folder)],
            env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }  # fmt: skip

    (digest,) = digests
    assert digest.count("\n") == len(EXPORTS)
