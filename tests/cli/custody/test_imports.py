"""`custody import`: rows into a folder or a matter, whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from forthwith.custody.facts.rows import facts
from forthwith.exports.kinds import KINDS
from forthwith.record import facts as fact_sets
from forthwith.record.matter import Matter
from forthwith.workflows.custody.facts import read_files
from forthwith.workflows.custody.imports import label_of
from tests.builders.directories import okta_group, okta_user
from tests.builders.iam import VENDOR, Iam, allow, trusts
from tests.cli.conftest import Command

HR = (
    "Employee ID,Name,Company,Hire date\n"
    "E1,Ana Ortega,Bramble Holdings Ltd.,2021-02-01\n"
    "E2,Bo Li,Northgate Ltd.,2022-05-01\n"
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "hr.csv").write_text(HR, encoding="utf-8")
    iam = Iam().user("alice", allow("*")).role("Support", trusts({"AWS": VENDOR}))
    for name, data in iam.files():
        (tmp_path / name).write_bytes(data)
    return tmp_path


@pytest.fixture
def empty(place: Path, run: Command) -> Path:
    """A matter with nothing in it, and exports beside it."""
    assert run("init", place / "m").exit_code == 0
    return place / "m"


def told(run: Command, home: Path, *words: str | Path) -> tuple[int, dict[str, Any]]:
    done = run("-C", home, "custody", "import", *words, "--json")
    return done.exit_code, json.loads(done.output)


def test_rows_go_into_a_folder_and_read_back_as_facts(place: Path, run: Command) -> None:
    words = ("aws-iam", "iam.json", "extra.json", "--from", "2023-06-17", "--into", "facts")
    status, body = told(run, place, *words)

    assert status == 0
    tables = ("people", "same_as", "means", "possessions", "grants")
    assert body["files"] == [f"{table}.aws-iam-iam.csv" for table in tables]
    found = read_files((each.name, each.read_bytes()) for each in (place / "facts").iterdir())
    made, faults = facts(found.rows)
    assert not faults
    assert len(made.means) == body["rows"]["means"]
    assert len(made.grants) == body["rows"]["grants"]


def test_rows_go_into_the_open_matter_as_one_set(empty: Path, run: Command) -> None:
    status, body = told(run, empty, "hr", "../hr.csv", "--cites", "BTS0001")

    assert (status, body["place"]) == (0, "facts/0001")
    files = dict(fact_sets.files(Matter.open(empty)))
    assert set(files) == {f"facts/0001/{name}" for name in body["files"]}
    assert b"BTS0001" in files["facts/0001/people.hr-hr.csv"]


def test_the_same_import_twice_changes_nothing(empty: Path, run: Command) -> None:
    told(run, empty, "hr", "../hr.csv")
    status, body = told(run, empty, "hr", "../hr.csv")

    assert (status, body["new"]) == (0, False)
    assert len(fact_sets.files(Matter.open(empty))) == 4


def test_a_file_of_the_folder_is_never_overwritten(place: Path, run: Command) -> None:
    words = ("hr", "hr.csv", "--into", "facts")
    told(run, place, *words)
    before = {each.name: each.read_bytes() for each in (place / "facts").iterdir()}
    assert told(run, place, *words)[1]["new"] is False
    status, body = told(run, place, *words, "--cites", "BTS0002")

    assert (status, body["new"]) == (0, True)
    assert "people.hr-hr-2.csv" in body["files"]
    for name, data in before.items():
        assert (place / "facts" / name).read_bytes() == data


def test_outside_a_matter_a_folder_must_be_named(place: Path, run: Command) -> None:
    done = run("-C", place, "custody", "import", "hr", "hr.csv")

    assert done.exit_code == 2
    assert "--into DIR" in done.output


def test_an_export_without_days_needs_the_first_one(place: Path, run: Command) -> None:
    words = ("-C", place, "custody", "import", "aws-iam", "iam.json", "--into", "facts")
    done = run(*words)

    assert done.exit_code == 2
    assert "say --from" in done.output
    assert not (place / "facts").exists()


@pytest.mark.parametrize(
    "words",
    [("--from", "17/06/2023"), ("--from", "2023-06-17", "--to", "2023-06-17")]
    + [("--from", "2023-06-17", each) for each in ("--complete", "--wallet=w", "--days=day-first")]
    + [("--from", "2023-06-17", "--standing", "hearsay")],
)
def test_options_that_cannot_be_are_refused(place: Path, run: Command, words: Any) -> None:
    given = ("aws-iam", "iam.json", "--into", "facts", *words)
    done = run("-C", place, "custody", "import", *given)

    assert done.exit_code == 2
    assert not (place / "facts").exists()


def test_what_nobody_read_is_printed_and_the_import_is_whole(place: Path, run: Command) -> None:
    lines = HR.splitlines()
    more = [lines[0] + ",Shoe size", *(line + ",9" for line in lines[1:])]
    (place / "hr.csv").write_text("\n".join(more), encoding="utf-8")
    done = run("-C", place, "custody", "import", "hr", "hr.csv", "--into", "facts")

    assert done.exit_code == 0
    assert "Not read: hr.csv: column 'Shoe size'" in done.output
    assert (place / "facts" / "people.hr-hr.csv").exists()


def test_many_unread_parts_alike_are_counted_and_all_stand_in_json(
    place: Path, run: Command
) -> None:
    iam = Iam()
    for number in range(9):
        iam.user(f"u{number}", Tags=[])
    (place / "iam.json").write_bytes(iam.files()[0][1])
    words = ("aws-iam", "iam.json", "--from", "2023-06-17", "--into", "facts")
    done = run("-C", place, "custody", "import", *words)

    assert "Not read: Tags, 9 times, first user/u0.Tags" in done.output
    assert len(told(run, place, *words)[1]["unread"]) == 9


def test_a_dry_run_prints_the_rows_and_writes_nothing(place: Path, run: Command) -> None:
    """Without a matter or a folder too; rows at fault beside those there are named."""
    done = run("-C", place, "custody", "import", "hr", "hr.csv", "--dry-run")
    assert done.exit_code == 0
    assert "people.hr-hr.csv:\nid,name,standing,cites,disputed,note\nE1,Ana Ortega," in done.output
    assert "nothing was written" in done.output

    status, body = told(run, place, "hr", "hr.csv", "--dry-run", "--into", "facts")
    assert (status, body["new"], body["place"]) == (0, False, "")
    assert [row["id"] for row in body["tables"]["people"]] == ["E1", "E2"]
    assert not (place / "facts").exists()

    told(run, place, "hr", "hr.csv", "--into", "facts")
    (place / "hr.csv").write_text(HR.replace("Ana Ortega", "Cy Ng"), encoding="utf-8")
    status, body = told(run, place, "hr", "hr.csv", "--dry-run", "--into", "facts")
    assert status == 1
    assert "something else" in body["faults"][0]["what"]


def test_a_dry_run_shows_no_sign_that_would_turn_the_terminal(place: Path, run: Command) -> None:
    (place / "hr.csv").write_text(HR.replace("Ana Ortega", "Ana \x1b[2J"), encoding="utf-8")
    done = run("-C", place, "custody", "import", "hr", "hr.csv", "--dry-run")

    assert "\x1b" not in done.output


def test_what_an_import_says_of_itself_is_in_the_rows_it_made(place: Path, run: Command) -> None:
    """The answer is read by somebody who never saw the import."""
    _, body = told(
        run, place, "aws-iam", "iam.json", "extra.json", "--from", "2023-06-17", "--dry-run"
    )

    assert body["notes"]
    for row in body["tables"]["grants"]:
        assert all(note in row["note"] for note in body["notes"])
    assert not any(row.get("note") for row in body["tables"]["means"])


def test_the_next_step_is_whose_the_accounts_are_and_names_the_folder(
    place: Path, run: Command
) -> None:
    """An answer about accounts that nobody has tied to people is *not shown* for a dull reason."""
    words = ("aws-iam", "iam.json", "extra.json", "--from", "2023-06-17", "--into", "facts")
    done = run("-C", place, "custody", "import", *words)

    assert "Next: forthwith custody people --facts facts, then" in done.output
    assert "forthwith custody ask --facts facts" in done.output


def test_a_faulty_export_writes_nothing(place: Path, run: Command) -> None:
    (place / "hr.csv").write_text(HR.replace("2021-02-01", "03/04/2021"), encoding="utf-8")
    status, body = told(run, place, "hr", "hr.csv", "--into", "facts")

    assert (status, body["rows"], body["files"]) == (1, {}, [])
    assert body["faults"][0]["line"] == 2
    assert not (place / "facts").exists()


def test_rows_that_contradict_those_there_are_refused(place: Path, run: Command) -> None:
    words = ("hr", "hr.csv", "--into", "facts")
    told(run, place, *words)
    (place / "hr.csv").write_text(HR.replace("Ana Ortega", "Cy Ng"), encoding="utf-8")
    status, body = told(run, place, *words)

    assert status == 1
    assert "something else" in body["faults"][0]["what"]
    assert "a folder of its own" in body["faults"][0]["do"], "nobody renames ids of an export"
    assert len(list((place / "facts").iterdir())) == 4


def test_two_workspaces_that_number_alike_are_told_of(place: Path, run: Command) -> None:
    """Vault 0 of one and vault 0 of another would be one wallet, and nobody would know."""
    rules = [{"type": "TRANSFER", "action": "ALLOW", "asset": "*", "srcType": "VAULT"}]
    body = {"rules": rules, "vaultAccounts": [{"id": "0", "name": "Hot"}]}
    (place / "one.json").write_text(json.dumps(body))
    (place / "two.json").write_text(json.dumps({**body, "rules": rules * 2}))
    words = ("--from", "2023-06-17", "--into", "facts")

    _, first = told(run, place, "policy-export", "one.json", *words)
    _, again = told(run, place, "policy-export", "one.json", *words)
    _, other = told(run, place, "policy-export", "two.json", *words)

    assert not any("there already" in note for note in (*first["notes"], *again["notes"]))
    assert any("vault:0" in note and "two workspaces" in note for note in other["notes"])


def test_faults_that_were_there_before_are_not_this_imports(place: Path, run: Command) -> None:
    (place / "facts").mkdir()
    (place / "facts" / "possessions.csv").write_text(
        "person,means,from,to,standing\nghost,nothing,2023-01-01,,sworn\n", encoding="utf-8"
    )

    assert told(run, place, "hr", "hr.csv", "--into", "facts")[0] == 0


@pytest.mark.parametrize(
    ("named", "files", "right"),
    [
        ("hr", ["iam.json", "extra.json"], "aws-iam"),
        ("shamir", ["okta.json"], "directory"),
        ("policy-export", ["okta.json"], "directory"),
        ("aws-iam", ["hr.csv"], "hr"),
        ("directory", ["azure.json"], "azure-rbac"),
    ],
)
def test_a_file_given_under_the_wrong_kind_is_told_the_right_one(
    place: Path, run: Command, named: str, files: list[str], right: str
) -> None:
    """Forty faults about columns that an IAM export lacks do not say that it is one."""
    subscription = "/subscriptions/00000000-0000-0000-0000-000000000001"
    scope = f"{subscription}/resourceGroups/r/providers/Microsoft.KeyVault/vaults/v"
    number = "14b46e9e-c2b7-41b4-b07b-48a6ebf60603"
    role = f"{subscription}/providers/Microsoft.Authorization/roleDefinitions/{number}"
    assigned = {"principalId": number, "principalType": "User", "roleDefinitionId": role}
    (place / "azure.json").write_text(json.dumps([{**assigned, "id": "a", "scope": scope}]))
    (place / "okta.json").write_text(json.dumps([okta_user("00u1", "Ann Veld")]))

    status, body = told(run, place, named, *files, "--from", "2023-06-17", "--into", "facts")

    assert status == 1
    assert body["faults"][0]["what"] == f"it is no {named} but an export of kind {right}"
    assert f"custody import {right} {files[0]}" in body["faults"][0]["do"]
    assert not (place / "facts").exists()


@pytest.mark.parametrize("name", ["lost.json", "."])
def test_what_is_no_file_could_not_be_done(place: Path, run: Command, name: str) -> None:
    done = run("-C", place, "custody", "import", "hr", name, "--into", "facts")

    assert done.exit_code == 2
    assert "Nothing was imported" in done.output


def test_a_file_past_the_limit_is_refused_in_a_sentence(
    place: Path, run: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("forthwith.workflows.custody.imports._LARGEST", 10)
    done = run("-C", place, "custody", "import", "hr", "hr.csv", "--into", "facts")

    assert done.exit_code == 2
    assert "is larger than" in done.output


@pytest.mark.parametrize("kind", sorted(KINDS))
@pytest.mark.parametrize("data", [b"", b"{}", b"[" * 10_000, b"\xff\x00", b'{"a": NaN}'])
def test_no_kind_of_export_breaks_on_rubbish(
    place: Path, run: Command, kind: str, data: bytes
) -> None:
    (place / "x.json").write_bytes(data)
    words = (kind, "x.json", "--from", "2023-06-17", "--into", "facts")
    status, body = told(run, place, *words)

    assert (status, body["files"]) == (1, [])
    assert body["faults"]


def test_an_importers_doubt_is_not_shown_by_accepting_disputes(place: Path, run: Command) -> None:
    """Nobody disputed it: a policy limited to listed addresses says nothing of one that is not."""
    export = {
        "rules": [{"type": "TRANSFER", "action": "ALLOW", "asset": "*",
                   "operators": {"users": ["u"]}, "dstAddressType": "WHITELISTED"}],
        "users": [{"id": "u", "name": "Ann Veld", "role": "SIGNER", "enabled": True}],
        "vaultAccounts": [{"id": "10", "name": "Hot"}],
    }  # fmt: skip
    (place / "fb.json").write_text(json.dumps(export), encoding="utf-8")
    words = ("fb.json", "--from", "2024-01-01", "--into", "facts")
    assert told(run, place, "policy-export", *words)[0] == 0
    scope = "wallet=vault:10, destination=bc1qoutside"
    days = ("--from", "2024-01-01", "--to", "2024-02-01", "--accept-disputed")
    done = run("custody", "ask", "--facts", place / "facts", "--who", "people=user:u", "--scope",
               scope, *days)  # fmt: skip

    assert "Answer: not shown" in done.output


def test_a_map_says_which_field_is_what(place: Path, run: Command) -> None:
    """For a platform nobody wrote code for; `--map` means nothing to another kind."""
    (place / "rules.csv").write_text("Who,What\nann,BTC\n", encoding="utf-8")
    rules = "rules: {initiators: Who, asset: What, signing: platform, otherwise: deny}"
    (place / "map.yaml").write_text(rules, encoding="utf-8")
    words = ("rules.csv", "--map", "map.yaml", "--from", "2023-06-17", "--into", "facts")
    status, body = told(run, place, "platform", *words)

    assert status == 0
    assert body["rows"]["policies"] == 2
    assert run("-C", place, "custody", "import", "policy-export", *words).exit_code == 2


@pytest.mark.parametrize(
    "name, label",
    [("Q3 export (2).csv", "q3-export-2"), ("王.csv", "export"), ("a" * 99 + ".json", "a" * 60)],
)
def test_a_label_is_a_plain_part_of_a_file_name(name: str, label: str) -> None:
    assert label_of(Path(name)) == label


def test_an_office_gets_its_code_from_the_command(place: Path, run: Command) -> None:
    """The cure that the fault prints is the one that is typed."""
    offices = ("Office", '"New York, NY"', "Zug")
    lines = zip(HR.strip().splitlines(), offices, strict=True)
    with_office = "\n".join(f"{line},{office}" for line, office in lines)
    (place / "hr.csv").write_text(with_office, encoding="utf-8")
    words = ("hr", "hr.csv", "--into", "facts", "--from", "2023-06-17")
    assert told(run, place, *words)[0] == 1
    codes = ("--location", "New York, NY=us-ny", "--location", "Zug=CH")
    status, body = told(run, place, *words, *codes)

    assert (status, body["faults"]) == (0, [])
    assert "US-NY" in (place / "facts" / "affiliations.hr-hr.csv").read_text(encoding="utf-8")
    for wrong in ("Zug", "Zug=Switzerland", "=CH", "Zug=XX"):
        done = run("-C", place, "custody", "import", *words, "--location", wrong)
        assert "OFFICE=CODE" in done.output


def test_a_directory_of_several_files_is_one_import(place: Path, run: Command) -> None:
    (place / "users.json").write_text(json.dumps([okta_user("u1", "Ann Veld")]), encoding="utf-8")
    (place / "groups.json").write_text(json.dumps([okta_group("g1", "Vault")]), encoding="utf-8")
    members = {"groupId": "g1", "members": [okta_user("u1", "Ann Veld")]}
    (place / "members.json").write_text(json.dumps(members), encoding="utf-8")
    files = ("users.json", "groups.json", "members.json")
    status, body = told(run, place, "directory", *files, "--into", "facts", "--from", "2023-06-17")

    assert (status, body["faults"]) == (0, [])
    assert body["rows"]["grants"] == 1


def test_the_folder_of_a_file_says_of_which_group_it_is(place: Path, run: Command) -> None:
    """A dump by address has a users.json in every group's folder."""
    (place / "g" / "00gV").mkdir(parents=True)
    everybody = [okta_user("u1", "Ann Veld"), okta_user("u2", "Bo Li")]
    (place / "users.json").write_text(json.dumps(everybody), encoding="utf-8")
    (place / "groups.json").write_text(json.dumps([okta_group("00gV", "V")]), encoding="utf-8")
    members = place / "g" / "00gV" / "users.json"
    members.write_text(json.dumps(everybody[:1]), encoding="utf-8")
    files = ("users.json", "groups.json", "g/00gV/users.json")
    status, body = told(run, place, "directory", *files, "--into", "facts", "--from", "2023-06-17")

    assert (status, body["rows"]["grants"]) == (0, 1)
