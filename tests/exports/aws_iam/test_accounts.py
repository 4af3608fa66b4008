"""Several accounts of one organization in one import: told apart, and joined where they trust."""

from __future__ import annotations

from typing import Any

from forthwith.domain.fact_tables import Lifted
from forthwith.exports.aws_iam.lift import lift
from forthwith.exports.options import ImportOptions
from tests.builders.aws_cli import (
    KEY_ID,
    assignment,
    describe_key,
    file,
    get_key_policy,
    instance,
    sign_on,
)
from tests.builders.iam import NUMBER, VENDOR, Iam, allow, arn, key_policy, trusts
from tests.exports.aws_iam.cases import STAMP, THE_KEY, certainly, possibly

HERE, THERE = f"iam:account/{NUMBER}", f"iam:account/{VENDOR}"


def elsewhere(iam: Iam) -> tuple[str, bytes]:
    """The export of an account like this one that is numbered as the vendor's."""
    ((_, data), *_) = iam.files()
    return "there.json", data.replace(f"::{NUMBER}:".encode(), f"::{VENDOR}:".encode())


def both(here: Iam, there: Iam, *files: tuple[str, bytes]) -> Lifted:
    made = lift([*here.files(), elsewhere(there), *files], ImportOptions(STAMP))
    assert not made.faults
    return made


def test_two_accounts_are_told_apart_and_the_administrator_of_one_is_not_of_the_other() -> None:
    """iam:root of both under one id would make each account's administrator the other's."""
    made = both(Iam().user("alice", allow("*")), Iam().user("alice").role("R", trusts("x")))

    assert certainly(made, f"{HERE}/user/alice", f"{HERE}/policy-admin")
    assert not possibly(made, f"{HERE}/user/alice", f"{THERE}/role/R")
    assert certainly(made, f"{THERE}/root", f"{THERE}/role/R")
    means = {row["id"] for row in made.rows if row.table == "means"}
    assert {f"{HERE}/root", f"{THERE}/root"} <= means
    assert not means & {"iam:root", "iam:policy-admin", "kms:*", "host:*", "bucket:*"}
    assert {row["id"] for row in made.rows if row.table == "people"} == {
        f"{HERE}/user/alice",
        f"{THERE}/user/alice",
    }


def test_a_role_open_to_another_account_is_reached_by_whom_that_account_lets() -> None:
    here = Iam().role("Vault", trusts({"AWS": arn("root", VENDOR)}))
    there = Iam().user("bob", allow("sts:AssumeRole")).user("cai").user("dee", allow("*"))
    made = both(here, there)
    vault = f"{HERE}/role/Vault"

    assert certainly(made, f"{THERE}/user/bob", vault)
    assert certainly(made, f"{THERE}/user/dee", vault)
    assert not possibly(made, f"{THERE}/user/cai", vault)
    assert certainly(made, THERE, vault)
    assert certainly(made, f"{THERE}/root", vault)


def test_a_role_that_names_one_of_another_account_needs_that_ones_own_policy() -> None:
    trusting = trusts({"AWS": [arn("role/Free", VENDOR), arn("role/Bound", VENDOR)]})
    there = Iam().role("Free", trusts("x"), allow("sts:AssumeRole")).role("Bound", trusts("x"))
    made = both(Iam().role("Vault", trusting), there)

    assert certainly(made, f"{THERE}/role/Free", f"{HERE}/role/Vault")
    assert not possibly(made, f"{THERE}/role/Bound", f"{HERE}/role/Vault")


def test_a_key_that_names_a_role_of_another_account_needs_that_ones_own_policy() -> None:
    named = key_policy(arn("role/Free", VENDOR), arn("role/Bound", VENDOR))
    there = Iam().role("Free", trusts("x"), allow("kms:Sign")).role("Bound", trusts("x"))
    made = both(
        Iam().user("alice"),
        there,
        file("key.json", describe_key()),
        file(f"{KEY_ID}.json", get_key_policy(named)),
    )

    assert certainly(made, f"{THERE}/role/Free", THE_KEY)
    assert not possibly(made, f"{THERE}/role/Bound", THE_KEY)


def test_a_key_known_by_its_id_alone_is_refused_while_it_may_be_of_either_account() -> None:
    policy = file(f"{KEY_ID}.json", get_key_policy(key_policy(arn("root"))))
    files = [*Iam().user("a").files(), elsewhere(Iam().user("b")), policy]
    made = lift(files, ImportOptions(STAMP))

    assert f"{KEY_ID}.json" in str(made.faults[0])
    assert not lift([*files, file("k.json", describe_key())], ImportOptions(STAMP)).faults


def test_a_right_to_every_machine_reaches_those_of_ones_own_account() -> None:
    there = Iam().user("bob", allow("ssm:*"))
    made = both(Iam().user("alice", allow("ssm:*")), there, file("ec2.json", instance()))
    host = f"host:arn:aws:ec2:eu-west-1:{NUMBER}:instance/i-0abc"

    assert certainly(made, f"{HERE}/user/alice", host)
    assert not possibly(made, f"{THERE}/user/bob", host)


def test_single_sign_on_gives_each_account_its_own_role() -> None:
    role = "AWSReservedSSO_Signing_0123456789abcdef"
    accounts = [Iam().user("x").role(role, trusts("x")) for _ in range(2)]
    files = dict(sign_on())
    given = [assignment("u-1"), assignment("u-2", account=VENDOR)]
    assigned = file("assigned.json", {"AccountAssignments": given})
    made = both(*accounts, *(files | dict([assigned])).items())

    assert certainly(made, "iam:sso-user/ann", f"{HERE}/role/{role}")
    assert not possibly(made, "iam:sso-user/ann", f"{THERE}/role/{role}")
    assert certainly(made, "iam:sso-user/bo", f"{THERE}/role/{role}")


def test_one_file_of_two_accounts_is_refused_and_so_is_one_that_is_cut_off() -> None:
    here = Iam().user("alice").export()
    mixed: dict[str, Any] = here | {"RoleDetailList": [{"Arn": arn("role/R", VENDOR)}]}
    made = lift([file("mixed.json", mixed)], ImportOptions(STAMP))
    assert "several accounts" in str(made.faults[0])

    cut = file("here.json", here | {"IsTruncated": True})
    made = lift([cut, elsewhere(Iam().user("b"))], ImportOptions(STAMP))
    assert "here.json" in str(made.faults[0])
    assert "cut off" in str(made.faults[0])


def test_an_account_imported_alone_keeps_its_short_ids_and_warns_of_a_second() -> None:
    made = lift(Iam().user("alice").files(), ImportOptions(STAMP))

    assert any(row["id"] == "iam:user/alice" for row in made.rows)
    assert any("in one import" in note for note in made.notes)
