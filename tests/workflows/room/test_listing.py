"""Lists against a plain reading of every document, for people who are shown different parts."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner, Result

from forthwith.cli.main import main
from forthwith.domain.users import Right
from forthwith.record.room_store import NO_DAY
from forthwith.workflows.room import listing
from forthwith.workflows.room.listing import ListError
from forthwith.workflows.room.room import Room
from tests.builders import matter_of_forty
from tests.builders.matter_of_forty import LOGINS, QUERIES, Plain


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Room:
    return matter_of_forty.room_of(tmp_path_factory.mktemp("forty"))


@pytest.fixture(scope="module")
def plain(room: Room) -> list[Plain]:
    return matter_of_forty.plain(room)


def expected(room: Room, plain: list[Plain], login: str, query: str) -> list[int]:
    """Return the places somebody is shown of a query, without index and store."""
    seer = room.seer(login, "password")
    meets, metadata = QUERIES[query]
    mask = room.mask(seer, Right.LIST)
    if not metadata:
        mask = mask & room.mask(seer, Right.OPEN)
    if login == "blind":
        # In a batch of quality control nobody is shown what others coded.
        plain = [replace(row, coding=None) for row in plain]
    return [place for place, row in enumerate(plain) if mask[place] and meets(row)]


@pytest.mark.parametrize("login", LOGINS)
def test_totals_and_rows_are_those_of_a_plain_reading(
    room: Room, plain: list[Plain], login: str
) -> None:
    seer = room.seer(login, "password")
    for query in QUERIES:
        wanted = expected(room, plain, login, query)

        window = listing.window(room, seer, query, n=200)

        assert [row[0] for row in window.rows] == wanted, query
        assert window.total == len(wanted)


@pytest.mark.parametrize("login", LOGINS)
def test_counts_by_value_and_day_are_those_of_a_plain_reading(
    room: Room, plain: list[Plain], login: str
) -> None:
    seer = room.seer(login, "password")
    opened = room.mask(seer, Right.OPEN)
    for query in QUERIES:
        rows = [(place, plain[place]) for place in expected(room, plain, login, query)]

        facets = {name: dict(pairs) for name, pairs in listing.facets(room, seer, query).items()}
        days, undated = listing.histogram(room, seer, query)

        assert facets["custodian"] == Counter(row.document.custodian for _, row in rows)
        assert facets["kind"] == Counter(row.document.kind.value for _, row in rows)
        assert facets["side"] == Counter("theirs" if row.theirs else "ours" for _, row in rows)
        assert sum(facets["fault"].values()) == len(rows)
        shown = login != "blind"
        coded = Counter("yes" if row.coding and shown else "no" for at, row in rows if opened[at])
        assert facets.get("coded", {}) == coded
        epoch = date(1970, 1, 1).toordinal()
        of_days = Counter(date.fromisoformat(row.day).toordinal() - epoch for _, row in rows)
        assert (dict(days), undated) == (of_days, 0)


@pytest.mark.parametrize("sort", [f"{sign}{name}" for sign in ("", "-") for name in listing.SORTS])
def test_each_order_is_stable_and_leaves_what_has_no_value_to_the_end(
    room: Room, plain: list[Plain], sort: str
) -> None:
    columns = room.standing().columns
    name, down = sort.removeprefix("-"), sort.startswith("-")

    def folded(text: str) -> str:
        return " ".join(text.split()).casefold()

    def key(place: int) -> object:
        document, coding = plain[place].document, plain[place].coding
        title = document.text_of("subject") or document.text_of("title") or document.name
        return {
            "control": place,
            "day": None if columns.day[place] == NO_DAY else plain[place].day,
            "custodian": folded(document.custodian),
            "subject": folded(title),
            "from": folded(document.text_of("from")) or None,
            "pages": None if columns.pages[place] < 0 else int(columns.pages[place]),
            "size": document.size,
            "kind": document.kind.value,
            "coded": coding.id if coding else None,
        }[name]

    everything = range(len(plain))
    with_value = [place for place in everything if key(place) is not None]
    # Sorting the other way keeps equal ones in order of number.
    wanted = sorted(with_value, key=key, reverse=down)  # type: ignore[arg-type]
    wanted += [place for place in everything if key(place) is None]

    rows = listing.window(room, room.seer("lead", "password"), "", sort, n=200).rows

    assert [row[0] for row in rows] == wanted


@pytest.mark.parametrize("login", LOGINS)
@pytest.mark.parametrize("sort", ["", "-subject", "day"])
def test_families_stand_together_with_what_is_shown_of_them(
    room: Room, plain: list[Plain], login: str, sort: str
) -> None:
    seer = room.seer(login, "password")
    listed = room.mask(seer, Right.LIST)
    tops = [row.document.family for row in plain]
    for query in ("key", "mark:responsive=yes", "side:theirs"):
        met = set(expected(room, plain, login, query))
        met_tops = {tops[place] for place in met}
        wanted = {place for place in range(len(plain)) if tops[place] in met_tops and listed[place]}

        rows = listing.window(room, seer, query, sort, n=200, shape="family").rows
        places = [row[0] for row in rows]

        assert set(places) == wanted
        runs = [
            tops[at] for n, at in enumerate(places) if n == 0 or tops[places[n - 1]] != tops[at]
        ]
        assert len(runs) == len(set(runs))
        assert {row[0] for row in rows if "family" in row[10]} == wanted - met


def test_who_codes_blind_is_shown_no_coding_of_others(room: Room) -> None:
    seer = room.seer("blind", "password")
    for sort in ("", "coded", "-coded"):
        rows = listing.window(room, seer, "", sort, n=200).rows
        assert len(rows) >= 10
        assert not any(row[9] for row in rows)
        assert [row[0] for row in rows] == sorted(row[0] for row in rows)


def test_windows_cut_one_list(room: Room) -> None:
    seer = room.seer("lead", "password")
    whole = listing.window(room, seer, "", "-day", n=200)

    parts = [listing.window(room, seer, "", "-day", at, 7).rows for at in range(0, 60, 7)]

    assert [row for part in parts for row in part] == list(whole.rows)
    beyond = listing.window(room, seer, "", "-day", 10**9, 7)
    assert (beyond.rows, beyond.total, beyond.first) == ([], whole.total, whole.total)


def test_neighbours_are_those_of_the_list(room: Room) -> None:
    seer = room.seer("walled", "password")
    view = room.view(seer)
    result = listing.found(room, view, "key OR cold", "-subject")
    places = result.places.tolist()
    tops = view.standing.columns.top
    controls = view.standing.columns.controls
    for at, place in enumerate(places):
        beside = listing.beside(view, result, place)
        assert (beside["at"], beside["total"]) == (at, len(places))
        assert beside["next"] == (controls[places[at + 1]] if at + 1 < len(places) else "")
        assert beside["previous"] == (controls[places[at - 1]] if at else "")
        later = [other for other in places[at:] if tops[other] != tops[place]]
        assert beside["next_family"] == (controls[later[0]] if later else "")


def test_a_save_is_in_the_next_answer(room: Room) -> None:
    seer = room.seer("lead", "password")
    before = listing.window(room, seer, "coded:no", n=200)
    control = before.rows[0][1]
    from forthwith.domain.coding import Pass
    from forthwith.record.codings import Save

    room.codings.save(
        [Save(control, 0, Pass.FIRST, "", "ours", 0, {"hot": True})], ("lead", "password")
    )

    after = listing.window(room, seer, "coded:no", n=200)
    assert after.total == before.total - 1
    assert control in [row[1] for row in listing.window(room, seer, "mark:hot=yes").rows]
    assert listing.window(room, seer, "", "-coded").rows[0][1] == control


@pytest.mark.parametrize("sort", ["number", "--day", "day desc", "-"])
def test_an_order_there_is_not_is_refused_with_those_there_are(room: Room, sort: str) -> None:
    if sort == "-":
        assert listing.window(room, room.seer("lead", ""), "", sort).total
        return
    with pytest.raises(ListError, match="custodian"):
        listing.window(room, room.seer("lead", ""), "", sort)


# The same by command

_ASKED = "key OR quorum OR same"


def _typed(*words: str) -> Result:
    return CliRunner().invoke(main, words)


@pytest.mark.parametrize("login", LOGINS)
def test_somebodys_search_is_their_list(room: Room, login: str) -> None:
    home, view = room.matter.folder, room.view(room.seer(login, "a test"))
    controls = view.standing.columns.controls
    listed = {controls[int(place)] for place in view.mask(Right.LIST).nonzero()[0]}
    for query, side in ((_ASKED, ""), ("type:email", ""), (_ASKED, "theirs")):
        wanted = [controls[int(place)] for place in listing.found(room, view, query).places]
        if side:
            columns = view.standing.columns
            wanted = [name for name in wanted if columns.theirs[columns.place[name]]]
        also = ("--side", side) if side else ()
        asked = ("-C", str(home), "search", query, *also, "--as", login)

        printed = _typed(*asked, "--json", "--limit", "0")
        rows = [json.loads(line) for line in printed.stdout.splitlines()]
        assert [row["control_number"] for row in rows] == wanted
        assert {row["family"] for row in rows} <= {*listed, ""}
    whole = _typed(*asked, "--family", "--json", "--limit", "0").stdout.splitlines()
    assert {json.loads(line)["control_number"] for line in whole} <= listed
    count = json.loads(_typed(*asked, "--count", "--json").stdout)
    assert (count["documents"], count["with_family"]) == (len(wanted), len(whole))


def test_what_is_hidden_is_highlighted_as_what_was_never_there(room: Room) -> None:
    view = room.view(room.seer("walled", "a test"))
    controls, mask = view.standing.columns.controls, view.mask(Right.OPEN)
    hidden = controls[int((~mask).nonzero()[0][0])]
    asked = ("-C", str(room.matter.folder), "search", _ASKED, "--as", "walled", "--highlight")

    absent, walled = _typed(*asked, "FW99999999"), _typed(*asked, hidden)
    assert absent.exit_code == walled.exit_code == 2
    assert walled.output.replace(hidden, "FW99999999") == absent.output
    shown = controls[int(mask.nonzero()[0][0])]
    assert _typed(*asked, shown).exit_code == 0
