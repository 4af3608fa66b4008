"""Lists and documents over the wire: whoever asks gets what the mask leaves, and no byte more."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pytest

from forthwith.domain.users import Right
from forthwith.web.app import create_app
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.room import Room
from tests.builders import matter_of_forty
from tests.builders.matter_of_forty import BY, LOGINS
from tests.web.conftest import PASSWORD, Browser, Place


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    room = matter_of_forty.room_of(tmp_path_factory.mktemp("forty"))
    for user in room.users.every():
        set_password(room.users, user, PASSWORD, BY)
    return room


@pytest.fixture(scope="module")
def place(room: Room) -> Place:
    return Place(room, create_app(room))


@pytest.fixture(scope="module")
def browsers(place: Place) -> dict[str, Browser]:
    signed_in = {}
    for login in LOGINS:
        signed_in[login] = place.browser()
        assert signed_in[login].sign_in(login).status_code == 303
    return signed_in


@pytest.mark.parametrize("login", LOGINS)
def test_each_document_is_there_for_whom_the_mask_shows_it(
    room: Room, browsers: dict[str, Browser], login: str
) -> None:
    seer = room.seer(login, "password")
    listed, opened = room.mask(seer, Right.LIST), room.mask(seer, Right.OPEN)
    for at, control in enumerate(room.standing().columns.controls):
        answers = {
            "": (browsers[login].get(f"/api/documents/{control}"), listed[at]),
            "/text": (browsers[login].get(f"/api/documents/{control}/text"), opened[at]),
        }
        for answer, shown in answers.values():
            assert answer.status_code == (200 if shown else 404)
            if not shown:
                absent = browsers[login].get("/api/documents/FW99999999")
                assert answer.text.replace(control, "N") == absent.text.replace("FW99999999", "N")


@pytest.mark.parametrize("login", LOGINS)
def test_nothing_an_answer_says_names_a_hidden_document(
    room: Room, browsers: dict[str, Browser], login: str
) -> None:
    seer = room.seer(login, "password")
    controls = list(room.standing().columns.controls)
    listed = room.mask(seer, Right.LIST)
    hidden = [control for at, control in enumerate(controls) if not listed[at]]
    paths = [
        "/api/list?n=200",
        "/api/list?q=key&view=family&n=200",
        "/api/facets",
        "/api/histogram",
    ]
    paths += [
        f"/api/documents/{control}?q=key" for at, control in enumerate(controls) if listed[at]
    ]
    for path in paths:
        said = browsers[login].get(path).text
        assert not [control for control in hidden if control in said], path


def test_strips_hold_what_is_shown_and_count_nothing_else(
    room: Room, browsers: dict[str, Browser]
) -> None:
    columns = room.standing().columns
    for login in ("lead", "walled", "batched"):
        listed = room.mask(room.seer(login, "password"), Right.LIST)
        for place in listed.nonzero()[0]:
            said = browsers[login].get(f"/api/documents/{columns.controls[place]}").json()
            family = [at for at in listed.nonzero()[0] if columns.top[at] == columns.top[place]]
            assert said["family_total"] == len(family)
            if len(family) > 1:
                assert {member["place"] for member in said["family"]} == set(family)
            same = {
                at
                for at in listed.nonzero()[0]
                if at == place
                or (columns.group[at] >= 0 and columns.group[at] == columns.group[place])
                or (columns.content[at] >= 0 and columns.content[at] == columns.content[place])
            }
            assert said["copies_total"] == len(same)
            paths = next(value for name, value, _ in said["fields"] if name == "Paths")
            alike = [at for at in same if columns.group[at] >= 0 or at == place]
            assert len(paths.split("\n")) <= len(alike)


def test_a_query_that_cannot_be_read_is_answered_with_its_place(
    browsers: dict[str, Browser],
) -> None:
    answer = browsers["lead"].get("/api/list", params={"q": "key AND AND"})

    assert answer.status_code == 422
    assert answer.json()["at"] == 8
    assert "\n" not in answer.json()["error"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/list?n=201", "/api/list?n=0", "/api/list?at=-1", "/api/list?at=x",
        f"/api/list?q={'a' * 8001}", "/api/list?sort=who", "/api/list?view=tree",
        "/api/documents/FW00000001/text?n=999999", "/api/documents/FW00000001/text?at=-5",
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(
    browsers: dict[str, Browser], path: str
) -> None:
    answer = browsers["lead"].get(path)

    assert answer.status_code in {400, 422}
    assert answer.json()["error"].endswith(".")


@pytest.mark.parametrize(
    "control", ["FW0", "%00", "..%2f..", "%ff%fe", "FW00000001%00", "x" * 3000, "'%20OR%201=1--"]
)
def test_odd_numbers_are_not_there(browsers: dict[str, Browser], control: str) -> None:
    for path in (f"/api/documents/{control}", f"/native/{control}"):
        assert browsers["lead"].get(path).status_code in {400, 404}


def test_without_a_session_there_is_nothing(place: Place) -> None:
    for path in ("/api/list", "/api/facets", "/api/histogram", "/api/documents/FW00000001"):
        assert place.browser().get(path).status_code == 401


def test_a_native_is_a_file_to_keep(room: Room, browsers: dict[str, Browser]) -> None:
    columns, store = room.standing().columns, room.standing().store
    alone = next(at for at in range(len(columns)) if store.row(at).name == "f0.txt")
    inside = next(at for at in range(len(columns)) if columns.parent[at] >= 0)
    for at in (alone, inside):
        control = columns.controls[at]
        answer = browsers["lead"].get(f"/native/{control}")
        assert answer.status_code == 200
        assert answer.content.decode().split() == store.text(at)[0].split()
        assert answer.headers["content-type"] == "application/octet-stream"
        assert answer.headers["content-disposition"] == f'attachment; filename="{control}"'
        assert "sandbox" in answer.headers["content-security-policy"]
        refused = browsers["observer"].get(f"/native/{control}")
        assert refused.status_code == 404


def test_a_lost_document_has_no_native_and_says_why(
    room: Room, browsers: dict[str, Browser]
) -> None:
    """It was collected, so its bytes are given out; only what was never had is refused."""
    columns = room.standing().columns
    lost = next(at for at in range(len(columns)) if columns.fault[at] == 2)
    said: dict[str, Any] = browsers["lead"].get(f"/api/documents/{columns.controls[lost]}").json()

    assert said["lost"]
    assert said["faults"][0].endswith(".")
    assert browsers["lead"].get(f"/native/{columns.controls[lost]}").content.startswith(b"%PDF")


def test_a_window_is_small(browsers: dict[str, Browser]) -> None:
    whole = browsers["lead"].get("/api/list?n=100").content

    assert len(gzip.compress(whole)) < 15_000


def test_who_may_list_only_is_told_no_text_and_no_coding(
    room: Room, browsers: dict[str, Browser], tmp_path: Path
) -> None:
    coded = [control for control in room.standing().columns.controls if room.codings.now(control)]

    for control in coded:
        said = browsers["observer"].get(f"/api/documents/{control}?q=key").json()
        assert (said["coding"], said["text_hits"], said["text_length"]) == (None, [], 0)
    assert browsers["observer"].get("/api/list?q=coded:yes").json()["total"] == 0
    assert browsers["observer"].get("/api/list?q=NOT%20key").json()["total"] == 0
    assert not any(row[9] for row in browsers["observer"].get("/api/list?n=200").json()["rows"])
