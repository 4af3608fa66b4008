"""What a room answers while the machine it runs on, or whoever works on the matter, is in its way.

A refusal that may be otherwise in a moment is 503 with a sentence and when to ask again, wherever
it arises; no path of the machine, no trace of a worker is in it.
"""

from __future__ import annotations

import contextlib
import errno
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from litestar import get
from litestar.params import FromPath

from forthwith.record import tables
from forthwith.record.documents import DerivedChangedError
from forthwith.record.matter import Matter
from forthwith.record.tables import DatabaseError, MatterChangedError
from forthwith.web import app as application
from forthwith.web.app import create_app
from forthwith.workers.supervisor import WorkerFailedError
from forthwith.workflows.room.pages import PagesBusyError
from forthwith.workflows.room.passwords import give as set_password
from tests.builders import reviewed_room as made
from tests.web.conftest import PASSWORD, Browser, Place

SECRET = "/srv/matters/northgate"


@get("/api/test/{what:str}", opt={"open": True}, sync_to_thread=True)
def _failing(what: FromPath[str]) -> dict[str, Any]:
    raise {
        "disk": OSError(errno.ENOSPC, "No space left on device", SECRET),
        "gone": FileNotFoundError(errno.ENOENT, "No such file or directory", SECRET),
        "odd": OSError(SECRET),
        "memory": MemoryError(),
        "database": DatabaseError(sa.make_url(f"sqlite:///{SECRET}"), "it is locked"),
        "written": MatterChangedError(),
        "derived": DerivedChangedError("derived/documents.parquet is gone"),
        "pages": PagesBusyError(),
        "worker": WorkerFailedError("the disk is full", f"\nTraceback: {SECRET}"),
    }[what]


@pytest.mark.parametrize(
    ("what", "status", "says"),
    [
        ("disk", 503, "The disk is full."),
        ("gone", 503, "No such file or directory."),
        ("odd", 503, "input/output error"),
        ("memory", 503, "There is no memory left."),
        ("database", 503, "it is locked"),
        ("written", 503, "Another forthwith command wrote"),
        ("derived", 503, "Run `forthwith process`"),
        ("pages", 503, "could not be drawn yet"),
        ("worker", 500, "Something is wrong"),
    ],
)
def test_trouble_of_the_machine_is_a_sentence_and_no_place(
    door_at: Callable[..., Place],
    monkeypatch: pytest.MonkeyPatch,
    what: str,
    status: int,
    says: str,
) -> None:
    monkeypatch.setattr(application, "ALL", [*application.ALL, _failing])

    answer = door_at().browser().get(f"/api/test/{what}")

    assert answer.status_code == status
    assert says in answer.json()["error"]
    assert SECRET not in answer.text
    assert ("retry-after" in answer.headers) == (status == 503)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A room of ten documents, and its application; whatever is taken away comes back."""
    room = made.room(tmp_path_factory.mktemp("room"))
    user = room.users.by_login("lead")
    assert user is not None
    set_password(room.users, user, PASSWORD, made.BY)
    yield Place(room, create_app(room))
    room.close()


@pytest.fixture(scope="module")
def lead(place: Place) -> Browser:
    browser = place.browser()
    assert browser.sign_in("lead").status_code == 303
    browser.open("/")
    return browser


def test_without_a_free_connection_every_route_says_so(
    place: Place, lead: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = place.room.matter.engine
    monkeypatch.setattr(engine.pool, "_timeout", 0.05)
    with contextlib.ExitStack() as taken:
        for _ in range(5 + tables._MOST_CONNECTIONS):
            taken.enter_context(engine.connect())
        for path in ("/api/list", "/documents", "/api/batches"):
            answer = lead.get(path)
            assert answer.status_code == 503
            assert "too many ask it at once" in answer.text
            assert answer.headers["retry-after"] == "5"

    assert lead.get("/api/list").status_code == 200


def test_a_database_that_another_program_has_locked_is_said(
    place: Place, lead: Browser, tmp_path: Path
) -> None:
    engine = place.room.matter.engine
    control = made.controls(place.room)[0]

    def hasten(connection: Any, *_: object) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    sa.event.listen(engine, "checkout", hasten)
    other = sqlite3.connect(str(engine.url.database))
    other.execute("BEGIN IMMEDIATE")
    try:
        answer = lead.ask("PUT", f"/api/codings/{control}", {"body": made.NO}, **{"If-Match": "0"})
    finally:
        other.rollback()
        other.close()
        sa.event.remove(engine, "checkout", hasten)
        engine.dispose()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "locked" in answer.json()["error"]
    assert str(tmp_path) not in answer.text
    assert place.room.codings.now(control) is None


def test_with_derived_gone_the_room_says_so_until_it_is_made_again(
    place: Place, lead: Browser, tmp_path: Path
) -> None:
    control = made.controls(place.room)[0]
    paths = ["/api/list?q=wallets", f"/api/documents/{control}/text", f"/api/hits/{control}?q=plan"]
    assert [lead.get(path).status_code for path in paths] == [200] * 3
    derived = place.room.matter.derived
    kept = tmp_path / "kept"
    derived.rename(kept)

    for path in paths:
        answer = lead.get(path)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "forthwith process" in answer.text

    shutil.copytree(kept, derived)
    assert [lead.get(path).status_code for path in paths] == [200] * 3


def test_a_store_and_index_that_are_gone_are_made_again(place: Place, lead: Browser) -> None:
    control = made.controls(place.room)[0]
    before = lead.get(f"/api/documents/{control}/text").json()
    for name in ("room", "search"):
        shutil.rmtree(place.room.matter.derived / name)

    assert lead.get(f"/api/documents/{control}/text").json() == before
    assert lead.get("/api/list?q=wallets").json()["total"] > 0


def test_a_store_taken_away_under_a_thread_is_a_sentence(place: Place) -> None:
    """A thread that asks for the first time opens a connection of its own."""
    store = type(place.room.standing().store)(place.room.standing().store.path)
    store.path.unlink()

    with pytest.raises(DerivedChangedError, match="gone"):
        store.row(0)


def test_a_pool_made_anew_is_of_the_same_database(tmp_path: Path) -> None:
    engine = Matter.create(tmp_path / "m", name="Northgate").engine
    engine.dispose()
    pool: Any = engine.pool

    assert pool.url == engine.url
