"""What the demo asks and leaves undone."""

import pytest

from forthwith.example import discovery
from forthwith.example.discovery import TypedError
from forthwith.formats.served import requests as requests_served


def test_served_papers_read_back_as_they_were_asked(tmp_path) -> None:
    for path, each in zip(discovery.write_served(tmp_path), discovery.sets(), strict=True):
        found = requests_served.read(path.name, path.read_bytes())

        assert [text for _, text in found.requests] == each["ask"]
        assert [number for number, _ in found.requests] == [
            str(at) for at in range(1, len(each["ask"]) + 1)
        ]


def test_served_papers_are_the_same_each_time(tmp_path) -> None:
    one, other = (discovery.write_served(tmp_path / name) for name in "ab")

    assert [each.read_bytes() for each in one] == [each.read_bytes() for each in other]


def point(code: str, request: str = "", bates: str = "", about: tuple[str, ...] = ()) -> dict:
    return {"code": code, "request": request, "bates": bates, "about": list(about)}


SOUND = [
    point("RQ02", "First RFPs/8"),
    point("RQ01", "Second RFPs/1"),
    point("RQ01", "Second RFPs/2"),
    point("RQ05", about=("Ortega, Marisol", "2022-12")),
    point("RQ06", bates="NORTHGATE00000082"),
]


def test_the_letter_names_exactly_what_was_left_undone() -> None:
    def told(points: list[dict]) -> str:
        return discovery.failure({"findings": dict(enumerate(points))})

    assert told(SOUND) == ""
    assert "RQ02" in told(SOUND[1:])
    assert "FM01" in told([*SOUND, point("FM01", bates="NORTHGATE00000001")])
    assert told([*SOUND[:-1], point("RQ06", bates="OTHER0001")])


def test_a_command_that_fails_stops_the_demo_with_its_words(tmp_path) -> None:
    with pytest.raises(TypedError, match=r"forthwith -C .* requests.*not a matter"):
        discovery.typed("-C", tmp_path, "requests")
