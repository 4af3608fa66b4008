"""The letter names exactly what was seeded; a cure counts when the new volume shows it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from forthwith.check import run as check
from forthwith.check.responses.answered_requests import UnmatchedResponsesError
from forthwith.cli.deficiency import deficiency
from forthwith.cli.main import main
from forthwith.cli.reply import reply
from forthwith.domain.requests import RESPONSES_FORM
from forthwith.standards import loader
from tests.builders import evidence, fact_folder, volume
from tests.builders.volume import FAULTS, LEDGER, LUNCH, VolumeBuilder

DAY = ("--day", "2024-03-01")
#: One of each area: families, natives, fields, numbers, images, text, the volume, the load file.
SOME = ["FM01", "FM04", "NT02", "MD08", "BT04", "IM01", "TX02", "VO05", "LF02"]


def typed(command: Any, *words: object) -> tuple[int, str]:
    done = CliRunner().invoke(command, [str(each) for each in words], catch_exceptions=False)
    return done.exit_code, done.output


def broken(*codes: str) -> VolumeBuilder:
    builder = volume.sound()
    for code in codes:
        next(each for each in FAULTS if each.code == code).seed(builder)
    return builder


def asked(folder: Path, into: Path, *words: object) -> dict[str, Any]:
    status, output = typed(deficiency, folder, "--into", into, "--json", *DAY, *words)
    found: dict[str, Any] = json.loads(output)
    assert status == (1 if found["findings"] else 0)
    return found


def test_a_sound_volume_has_no_point(tmp_path: Path) -> None:
    folder = volume.sound().write(tmp_path)
    status, output = typed(deficiency, folder, "--into", tmp_path / "out", *DAY)

    assert (status, "0 points" in output) == (0, True)


@pytest.mark.parametrize("code", SOME)
def test_the_letter_names_exactly_the_seeded_fault(code: str, tmp_path: Path) -> None:
    folder = broken(code).write(tmp_path)
    found = asked(folder, tmp_path / "out")
    fault = next(each for each in FAULTS if each.code == code)

    assert [(each["code"], each["bates"]) for each in found["findings"].values()] == [
        (code, fault.bates)
    ]
    letter = (tmp_path / "out/deficiency.txt").read_text("utf-8-sig")
    assert f"({code})" in letter
    assert (fault.bates or "VOL001") in letter
    assert "F-0001" in (tmp_path / "out/findings.csv").read_text("utf-8-sig")


def test_the_letter_comes_in_three_forms_the_same_for_the_same_files(tmp_path: Path) -> None:
    folder = broken("FM01").write(tmp_path)
    for place in ("one", "two"):
        asked(folder, tmp_path / place)

    for name in ("docx", "pdf", "txt", "json"):
        first = (tmp_path / "one" / f"deficiency.{name}").read_bytes()
        assert first == (tmp_path / "two" / f"deficiency.{name}").read_bytes()


def test_both_sides_count_the_same(tmp_path: Path) -> None:
    folder = volume.sound().write(tmp_path)
    [seen] = asked(folder, tmp_path / "out")["volumes"]

    assert seen["counts"] == check(folder, loader.load()).counts


def test_requests_without_a_response_are_points(tmp_path: Path) -> None:
    served = tmp_path / "First RFPs.csv"
    served.write_text("number,text\n1,All plans.\n2,All keys.\n3,All minutes.\n")
    responses = tmp_path / "responses.json"
    responses.write_text(
        json.dumps(
            {
                "1": {"text": "See", "ranges": [["NGT_00000001", "NGT_00000007", "VOL001"]]},
                "2": {"objections": [{"ground": "overbroad", "withheld": None}]},
            }
        )
    )
    folder = volume.sound().write(tmp_path)
    found = asked(folder, tmp_path / "out", "--requests", served, "--responses", responses)

    assert [(each["code"], each["request"]) for each in found["findings"].values()] == [
        ("RQ03", "First RFPs/2"),
        ("RQ01", "First RFPs/3"),
    ]


def asked_set(folder: Path, name: str, *texts: str) -> Path:
    """Write a set of requests numbered from 12."""
    rows = "".join(f"{at},{text}\n" for at, text in enumerate(texts, 12))
    return fact_folder.write(folder / f"{name}.csv", "number,text", *rows.splitlines())


def served_set(folder: Path, name: str, kind: str, **bodies: dict[str, Any]) -> Path:
    """Write the file that is served beside a paper of responses; n12 answers number 12."""
    responses = {number.removeprefix("n"): body for number, body in bodies.items()}
    whole = {"form": RESPONSES_FORM, "set": {"name": name, "kind": kind}, "responses": responses}
    return fact_folder.write(folder / "responses-1.json", json.dumps(whole))


GOOD = {"text": "See", "ranges": [["NGT_00000001", "NGT_00000007", "VOL001"]]}
SWORN = {"text": "In the vault.", "verifier": "Marisol Ortega"}


def two_sets(tmp_path: Path, answer: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the points of two sets, fully answered but for interrogatory 12."""
    plans = asked_set(tmp_path, "one", "All plans.")
    keys = asked_set(tmp_path, "First Interrogatories", "Where are the keys?")
    found = asked(
        volume.sound().write(tmp_path), tmp_path / "out",
        "--requests", f"First RFPs={plans}", "--requests", keys,
        "--responses", served_set(tmp_path / "a", "First RFPs", "rfp", n12=GOOD),
        "--responses", served_set(tmp_path / "b", "First Interrogatories", "interrogatory",
                                  n12=answer),
    )  # fmt: skip
    return [(each["code"], each["request"]) for each in found["findings"].values()]


def test_two_sets_with_full_answers_have_no_point(tmp_path: Path) -> None:
    assert two_sets(tmp_path, SWORN) == []
    letter = " ".join((tmp_path / "out/deficiency.txt").read_text("utf-8-sig").split())
    assert "First RFPs (1); First Interrogatories (1)." in letter


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({}, "RQ01"),
        ({"text": "In the vault."}, "RQ09"),
        ({**SWORN, "ranges": [["NGT_00000012", "NGT_00000014", "VOL001"]]}, "RQ08"),
    ],
)
def test_an_answer_to_12_of_one_set_hides_nothing_in_12_of_another(
    answer: dict[str, Any], code: str, tmp_path: Path
) -> None:
    assert two_sets(tmp_path, answer) == [(code, "First Interrogatories/12")]


def test_responses_to_a_set_nobody_named_stop(tmp_path: Path) -> None:
    folder, served = volume.sound().write(tmp_path), asked_set(tmp_path, "served", "All plans.")
    responses = served_set(tmp_path, "First RFPs", "rfp", n12=GOOD, n13=GOOD)
    words = [folder, "--into", tmp_path / "out", "--requests", served, "--responses"]
    with pytest.raises(UnmatchedResponsesError, match='--requests "First RFPs=FILE"'):
        typed(deficiency, *words, responses)

    assert typed(deficiency, *words, f"served={responses}", *DAY)[0] == 0
    letter = " ".join((tmp_path / "out/deficiency.txt").read_text("utf-8-sig").split())
    assert "to numbers that none of its requests has: 13." in letter


def test_people_and_documents_that_are_missing_are_points(tmp_path: Path) -> None:
    builder = volume.sound()
    row = builder.row(LUNCH)
    row.text = (row.cells["OCRPATH"], b"Lunch?\nThe quorum is in quorum-change.docx.\n")
    folder = builder.write(tmp_path)
    found = asked(folder, tmp_path / "out", "--custodian", "Wei Lee", "--holder", "Marisol Ortega")[
        "findings"
    ]

    assert [(each["code"], each["bates"]) for each in found.values()] == [
        ("RQ04", ""),
        ("RQ06", LUNCH),
    ]
    assert "quorum-change.docx" in found["F-0002"]["message"]


def test_holders_of_the_facts_are_asked_for_with_days_and_pages(tmp_path: Path) -> None:
    """Ortega has documents; Adeyemi held two keys; Lindqvist is named twice and asked for once."""
    folder = volume.sound().write(tmp_path)
    facts = fact_folder.fact_folder(tmp_path / "facts")
    (facts / "readme.md").write_text("About these tables.")
    words = ("--facts", facts, "--holder", "Lindqvist, Per", "--holder", "Ana Roe")
    found = asked(folder, tmp_path / "out", *words)["findings"]

    assert [each["code"] for each in found.values()] == ["RQ07"] * 3
    lindqvist, adeyemi, roe = (each["message"] for each in found.values())
    assert "held: k2 (key), from 2023-01-01 on (NGT00000022)" in lindqvist
    assert "; k1 (key), from 2023-09-01 through 2023-09-30 (NGT00000024)" in adeyemi
    assert roe.startswith("Ana Roe held means of control")
    letter = " ".join((tmp_path / "out/deficiency.txt").read_text("utf-8-sig").split())
    assert "readme.md is not a table of facts and was not read." in letter
    # Asked for another year, none of it counts.
    period = ("--period", "2022-01-01", "2022-12-31", "--facts", facts)
    codes = {e["code"] for e in asked(folder, tmp_path / "2022", *period)["findings"].values()}
    assert "RQ07" not in codes


def test_looking_again_keeps_the_ids(tmp_path: Path) -> None:
    folder = broken("FM01", "MD08").write(tmp_path)
    first = asked(folder, tmp_path / "out")
    assert asked(folder, tmp_path / "out") == first


def answered(tmp_path: Path, *words: object) -> tuple[int, dict[str, Any]]:
    status, output = typed(
        reply, tmp_path / "out/deficiency.json", "--into", tmp_path / "back", "--json", *DAY, *words
    )
    return status, json.loads(output)["findings"]


def test_a_cure_that_the_new_volume_shows_is_verified(tmp_path: Path) -> None:
    asked(broken("FM01").write(tmp_path / "first"), tmp_path / "out")
    cured = volume.sound().write(tmp_path / "second")
    status, found = answered(tmp_path, "--set", "F-0001", "cured", cured)

    assert (status, found["F-0001"]["state"]) == (0, "verified")
    assert LEDGER in (tmp_path / "back/reply.txt").read_text("utf-8-sig")


def test_a_cure_that_the_new_volume_does_not_show_stays_unverified(tmp_path: Path) -> None:
    asked(broken("FM01").write(tmp_path / "first"), tmp_path / "out")
    still = broken("FM01").write(tmp_path / "second")
    status, found = answered(tmp_path, "--set", "F-0001", f"cured {still}")

    assert (status, found["F-0001"]["state"]) == (1, "cured")
    assert found["F-0001"]["because"] == f"{LEDGER} is not in VOL001"
    assert "not verified" in (tmp_path / "back/reply.txt").read_text("utf-8-sig")


def test_a_point_can_be_disputed_or_withheld_and_an_open_one_keeps_the_status(
    tmp_path: Path,
) -> None:
    asked(broken("MD08", "BT04", "FM01").write(tmp_path / "first"), tmp_path / "out")
    words = ("--set", "F-0001", "not a deficiency because the page is void",
             "--set", "F-0002", "withheld because it is privileged")  # fmt: skip
    status, found = answered(tmp_path, *words)

    assert status == 1
    assert [(each["state"], each["says"], each["because"]) for each in found.values()] == [
        ("disputed", "not a deficiency", "the page is void"),
        ("disputed", "withheld", "it is privileged"),
        ("open", "", ""),
    ]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("F-0009", "cured VOL009"), "There is no finding"),
        (("F-0001", "cured VOL009"), "There is no volume"),
        (("F-0001", "we are sorry"), "not understood"),
    ],
)
def test_an_answer_to_nothing_is_refused(words: tuple[str, str], why: str, tmp_path: Path) -> None:
    asked(broken("MD08").write(tmp_path / "first"), tmp_path / "out")
    done = CliRunner().invoke(reply, [str(tmp_path / "out/deficiency.json"), "--set", *words])

    assert why in str(done.exception)
    assert not (tmp_path / "out/reply.txt").exists()


def test_the_receiver_counts_what_the_producer_counted(tmp_path: Path) -> None:
    """The producer tallies while it writes; the receiver has the folder alone."""
    memo = ("memo.txt", b"The wallets were moved on Tuesday.\n")
    mails = {f"m{n}_eml": evidence.mail(f"Mail {n}", memo) for n in range(3)}
    ours = evidence.write(tmp_path / "a", plan_txt=b"A plan.\n", again_txt=b"A plan.\n", **mails)
    matter = evidence.matter(tmp_path / "m", ours, custodian="Ortega, Marisol").folder
    for words in (["process"], ["produce", "VOL001", "--day", "2023-06-17"]):
        done = CliRunner().invoke(main, ["-C", str(matter), *words], catch_exceptions=False)
        assert done.exit_code == 0, done.output
    manifest = json.loads((matter / "volumes/VOL001/DATA/VOL001_MANIFEST.JSON").read_text())
    found = asked(matter / "volumes/VOL001", tmp_path / "out")

    [seen] = found["volumes"]
    assert seen["counts"] == {name: manifest["counts"][name] for name in seen["counts"]}
    assert found["findings"] == {}


def test_relative_files_lie_in_the_folder_given_with_c(tmp_path: Path) -> None:
    """Volumes, papers, logs, facts and the register alike."""
    folder, served = broken("MD08").write(tmp_path), asked_set(tmp_path, "served", "All plans.")
    fact_folder.fact_folder(tmp_path / "facts")
    words = ["-C", tmp_path, "deficiency", folder.name, "--requests", served.name,
             "--facts", "facts", "--into", "out"]  # fmt: skip
    assert typed(main, *words)[0] == 1

    status, output = typed(main, "-C", tmp_path, "reply", "out/deficiency.json",
                           "--set", "F-0001", f"cured {folder.name}")  # fmt: skip
    assert status == 1
    assert "finds it again" in output
    assert (tmp_path / "out/reply.txt").exists()
