"""Every route of the room against a table written here: who is shown what, and who may not act.

The routes are the application's own, so one that stands in no row of `ROUTES` fails. What each
person is shown is said in `SHOWN` by plain sentences over the documents, and by nothing of `walls`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from litestar.routes import HTTPRoute

from forthwith.domain.batches import Batch
from forthwith.domain.coding import Pass
from forthwith.domain.documents import Document
from forthwith.domain.users import Grant, Role, Scope, Side
from forthwith.record import quarantine, received
from forthwith.record.codings import Save
from forthwith.record.documents import DocumentTable
from forthwith.review.privilege.claims import Basis
from forthwith.web.app import create_app
from forthwith.workflows import clawback_notice
from forthwith.workflows.privilege import ClaimOptions, claim
from forthwith.workflows.room.passwords import give as set_password
from forthwith.workflows.room.quarantine import put_away
from forthwith.workflows.room.room import Room
from tests.builders import evidence, matter_of_forty
from tests.builders.matter_of_forty import BY
from tests.web.conftest import PASSWORD, Browser, Place


@dataclass(frozen=True, slots=True)
class Route:
    """How one route is asked, and of whom it is answered."""

    #: "list" or "open": the right without which a document of its address is not there; "" for a
    #: route that names no document, whose answer then names none that is hidden.
    right: str = ""
    #: Whether whoever has not signed in is answered.
    anyone: bool = False
    #: Query of its address.
    query: str = ""
    #: Sent as JSON; as a form where the route is a page's.
    body: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Status of an answer about a document that is shown; 0 where that rests on more.
    shown: int = 200
    #: Parts of its address, save `control`.
    parts: Mapping[str, str] = field(default_factory=dict)
    #: Whether it answers as long as the page is open.
    stream: bool = False
    #: Whose it is, by `STAFF`; "" for everybody's, or where it rests on the document.
    staff: str = ""


_SAMPLE = {"kind": "qc", "documents": "5", "bar": "10", "side": "ours", "seed": "1"}
_CODING = {"body": {"responsive": "yes"}, "pass": "first"}
#: Method and path of every route there may be.
ROUTES: dict[tuple[str, str], Route] = {
    ("GET", "/static/{name}"): Route(anyone=True, parts={"name": "room.css"}),
    ("GET", "/enter"): Route(anyone=True),
    ("POST", "/enter"): Route(anyone=True, body={"login": "x", "password": "y"}),
    ("GET", "/enter/once/{key}"): Route(anyone=True, parts={"key": "none"}),
    ("GET", "/enter/oidc"): Route(anyone=True),
    ("GET", "/enter/oidc/back"): Route(anyone=True),
    ("POST", "/leave"): Route(anyone=True),
    ("POST", "/api/passkey/begin"): Route(anyone=True),
    ("POST", "/api/passkey/enter"): Route(anyone=True, body={"answer": {}}),
    ("GET", "/me"): Route(),
    ("POST", "/me/password"): Route(body={"old": "", "new": ""}),
    ("POST", "/me/passkeys/remove"): Route(body={"id": ""}),
    ("POST", "/me/sessions"): Route(body={}),
    ("POST", "/api/me/passkeys/begin"): Route(body={}),
    ("POST", "/api/me/passkeys"): Route(body={"answer": {}}),
    ("GET", "/api/list"): Route(query="n=200"),
    ("GET", "/api/facets"): Route(),
    ("GET", "/api/histogram"): Route(),
    ("GET", "/api/documents/{control}"): Route("list", query="q=key"),
    ("GET", "/api/documents/{control}/text"): Route("open", query="q=key"),
    ("GET", "/native/{control}"): Route("open"),
    ("GET", "/api/pages/{control}"): Route("open", shown=0),
    ("GET", "/page/{control}/{index}/{name}"): Route(
        "open", parts={"index": "0", "name": "x.png"}, shown=0
    ),
    ("GET", "/api/words/{control}/{index}"): Route("open", parts={"index": "0"}, shown=0),
    ("GET", "/api/lights/{control}/{index}"): Route("open", parts={"index": "0"}, shown=0),
    ("GET", "/api/hits/{control}"): Route("open", query="q=key", shown=0),
    ("GET", "/mail/{control}"): Route("open", shown=0),
    ("GET", "/documents"): Route(),
    ("GET", "/documents/{control}"): Route("list", shown=0),
    ("GET", "/api/events"): Route(stream=True),
    ("GET", "/"): Route(),
    ("GET", "/api/forms"): Route(),
    ("PUT", "/api/forms/{name}"): Route(staff="manage", body={"marks": []}, parts={"name": "ours"}),
    ("GET", "/api/codings/last"): Route(),
    ("GET", "/api/codings/{control}"): Route("open"),
    ("PUT", "/api/codings/{control}"): Route(
        "open", body=_CODING, headers={"If-Match": "0"}, shown=0
    ),
    ("POST", "/api/codings/bulk"): Route(staff="code", body={"select": {"query": ""}, "body": {}}),
    ("POST", "/api/codings/undo"): Route(),
    ("GET", "/api/batches"): Route(),
    ("GET", "/api/batches/{batch}"): Route(parts={"batch": "B0001"}),
    ("POST", "/api/batches/take"): Route(staff="code"),
    ("POST", "/api/batches/cut"): Route(staff="manage", body={"query": "", "name": "x"}),
    ("POST", "/api/batches/{batch}/take"): Route(staff="code", parts={"batch": "B0009"}),
    ("POST", "/api/batches/{batch}/give"): Route(parts={"batch": "B0009"}),
    ("POST", "/api/batches/{batch}/done"): Route(parts={"batch": "B0009"}),
    ("POST", "/api/batches/{batch}/offer"): Route(
        staff="manage", parts={"batch": "B0009"}, body={"logins": []}
    ),
    ("GET", "/api/redactions/{control}"): Route("open"),
    ("GET", "/api/sheets/{control}"): Route("open", shown=0),
    ("POST", "/api/redactions/{control}"): Route(
        "open", body={"shape": "page", "page": 1, "reason": "PII"}, shown=0
    ),
    ("PUT", "/api/redactions/{control}"): Route("open", body={"id": 1}, shown=0),
    ("DELETE", "/api/redactions/{control}"): Route("open", query="id=1", shown=0),
    ("POST", "/api/redactions/undo"): Route(),
    ("POST", "/api/redactions/decide"): Route(staff="redact", body={"accept": True}),
    ("POST", "/api/redactions/search"): Route(
        staff="draw", body={"query": "saxifrage", "reason": "PII"}
    ),
    ("GET", "/redactions"): Route(staff="draw"),
    ("GET", "/api/conflicts"): Route(),
    ("GET", "/api/samples"): Route(staff="manage"),
    ("GET", "/api/samples/{sample}"): Route(staff="manage", parts={"sample": "Q0009"}),
    ("POST", "/api/samples"): Route(staff="manage", body={"kind": "qc"}),
    ("GET", "/batches"): Route(),
    ("GET", "/batches/{batch}"): Route(parts={"batch": "B0001"}),
    ("POST", "/batches/take"): Route(staff="code"),
    ("POST", "/batches/cut"): Route(
        staff="manage", body={"query": "key", "name": "x", "pass": "first"}
    ),
    ("POST", "/batches/{batch}/{act}"): Route(
        staff="code", parts={"batch": "B0009", "act": "take"}
    ),
    ("GET", "/conflicts"): Route(),
    ("GET", "/quality"): Route(staff="manage"),
    ("POST", "/quality/draw"): Route(staff="manage", body=_SAMPLE),
    ("GET", "/ranking"): Route(staff="manage"),
    ("POST", "/ranking"): Route(staff="manage", body={"name": "keys", "mark": "nothing"}),
    ("GET", "/ranking/{name}"): Route(staff="manage", parts={"name": "none"}),
    ("POST", "/ranking/{name}/next"): Route(staff="manage", parts={"name": "none"}),
    ("POST", "/ranking/{name}/stop"): Route(staff="manage", parts={"name": "none"}),
    ("GET", "/ranking/{name}/certificate/{file}"): Route(
        staff="manage", parts={"name": "none", "file": "T0009.txt"}
    ),
    ("GET", "/journal"): Route(staff="journal"),
    ("POST", "/journal/verify"): Route(staff="journal"),
    ("GET", "/chronology"): Route(),
    ("POST", "/chronology"): Route(staff="code", body={"day": "", "sentence": ""}),
    ("GET", "/chronology/chronology.{form}"): Route(parts={"form": "docx"}),
    ("GET", "/chronology/{event}"): Route(parts={"event": "E0009"}),
    ("POST", "/chronology/{event}"): Route(
        staff="code", parts={"event": "E0009"}, body={"sentence": ""}
    ),
    ("POST", "/chronology/{event}/remove"): Route(staff="code", parts={"event": "E0009"}),
    ("GET", "/exhibits"): Route(),
    ("POST", "/exhibits"): Route(body={"name": ""}),
    ("GET", "/exhibits/binder.pdf"): Route(),
    ("GET", "/exhibits/{name}/exhibit.pdf"): Route(parts={"name": "none"}),
    ("POST", "/exhibits/{name}/withdraw"): Route(parts={"name": "none"}),
    ("GET", "/productions/draft"): Route(staff="draft"),
    ("GET", "/api/draft"): Route(staff="draft"),
    ("GET", "/api/draft/page/{control}/{number}"): Route("open", parts={"number": "1"}, shown=0),
    ("POST", "/api/draft/look"): Route(
        staff="draft", body={"control": "FW99999999", "page": 1, "verdict": "good"}, shown=0
    ),
    ("GET", "/received"): Route(),
    ("GET", "/received/{volume}"): Route(parts={"volume": "HAL002"}),
    ("POST", "/received/{volume}/point"): Route(staff="challenge", parts={"volume": "HAL002"}),
    ("POST", "/received/clawback"): Route(staff="manage", body={"custodian": "lead"}),
    ("POST", "/api/received/point"): Route(
        staff="challenge", body={"select": {"query": "bates:ZZ1"}, "says": "nothing"}, shown=0
    ),
    ("GET", "/privilege"): Route(staff="screen", query="decided=1"),
    ("POST", "/privilege"): Route(staff="claim", body={"control": "none", "outcome": "refused"}),
    ("GET", "/api/privilege"): Route(staff="screen", query="decided=true&n=200"),
    ("POST", "/api/privilege/{control}"): Route(
        "open", body={"outcome": "refused", "because": "saxifrage"}, shown=0
    ),
    ("GET", "/privilege-log"): Route(staff="challenge"),
    ("POST", "/privilege-log"): Route(
        staff="challenge", body={"entry": "none", "ground": "description", "says": ""}
    ),
    ("POST", "/privilege-log/file"): Route(staff="challenge", body={"log": "", "of": "none"}),
    ("GET", "/users"): Route(staff="users"),
    ("POST", "/users"): Route(staff="users", body={"login": ""}),
    ("POST", "/users/{login}/{act}"): Route(
        staff="users", parts={"login": "nobody-here", "act": "disable"}
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One document as the sentences of `SHOWN` ask of it."""

    control: str
    name: str
    custodian: str
    holders: frozenset[str]
    theirs: bool
    sha256: str
    family: str
    #: Names of the batches it is in, and their passes.
    batches: frozenset[str]
    passes: frozenset[str]
    #: Whether its coding says that it is privileged.
    privileged: bool


@dataclass(frozen=True)
class World:
    """A room with people of every kind, and what each document is."""

    place: Place
    rows: tuple[Row, ...]
    browsers: dict[str, Browser]

    def family(self, meant: set[str]) -> set[str]:
        """Return controls with their families."""
        tops = {row.family for row in self.rows if row.control in meant}
        return {row.control for row in self.rows if row.family in tops}

    def copies(self, meant: set[str]) -> set[str]:
        """Return controls with every copy of them."""
        digests = {row.sha256 for row in self.rows if row.control in meant}
        return {row.control for row in self.rows if row.sha256 in digests}

    def where(self, meets: Callable[[Row], bool]) -> set[str]:
        """Return the controls of rows that meet something."""
        return {row.control for row in self.rows if meets(row)}

    @property
    def walled(self) -> set[str]:
        """Return the numbers that walls around single documents name."""
        users = self.place.room.users
        grants = [grant for user in users.every() for grant in users.grants(user.id)]
        return {control for grant in grants for control in grant.scope.documents}

    @property
    def clawed(self) -> set[str]:
        """Return what the notice takes away."""
        return self.where(lambda row: row.theirs and row.name in GONE)


_MEMO = " ".join(
    f"On day {day} share {day * 7} of the key went to vault {day * 13} under seal {day * 31}."
    for day in range(1, 40)
).encode()
#: A second copy of the memo, of ours, which stays.
OURS = {"z9_txt": _MEMO}
#: What comes beside the forty: the notice names the first mail; its memo hangs on another too, and
#: a draft of it lies loose.
THEIRS = {
    "named_eml": evidence.mail("Saxifrage", ("memo.txt", _MEMO), ("annex.txt", b"Saxifrage two")),
    "other_eml": evidence.mail("Forwarded", ("same.txt", _MEMO), ("beside.txt", b"Beside it.")),
    "redraft_txt": _MEMO.replace(b"vault 13 ", b"a vault ") + b" A draft of saxifrage.",
}
GONE = {"named.eml", "memo.txt", "annex.txt", "other.eml", "same.txt", "beside.txt", "redraft.txt"}
#: Places of documents that are claimed as privileged, with their families.
CLAIMED = (5, 15)
_NONE: Callable[[World], set[str]] = lambda world: set()  # noqa: E731 - a row of the table
_ALL: Callable[[World], set[str]] = lambda world: {row.control for row in world.rows}  # noqa: E731

#: Login -> roles with scopes; then what is listed, and what is opened, a claw-back aside.
PEOPLE: dict[str, list[tuple[Role, Scope]]] = {
    "reviewer": [(Role.REVIEWER, Scope())],
    "idle": [(Role.REVIEWER, Scope())],
    "second": [(Role.SECOND, Scope(passes=frozenset({"second"})))],
    "boss": [(Role.LEAD, Scope())],
    "producer": [(Role.PRODUCTION, Scope())],
    "administrator": [(Role.ADMIN, Scope())],
    "monitor": [(Role.MONITOR, Scope())],
    "watcher": [(Role.OBSERVER, Scope())],
    "counsel": [(Role.PRIVILEGE, Scope())],
    "over": [(Role.LEAD, Scope(until="2020-01-01"))],
    "scoped": [(Role.LEAD, Scope(custodians=frozenset({"Li, Bo"})))],
    "one-side": [(Role.LEAD, Scope(sides=frozenset({Side.OURS})))],
    "two-roles": [(Role.SECOND, Scope(passes=frozenset({"second"}))), (Role.MONITOR, Scope())],
    "off-person": [(Role.LEAD, Scope()), (Role.WALL, Scope(custodians=frozenset({"Li, Bo"})))],
    "off-batch": [(Role.LEAD, Scope()), (Role.WALL, Scope(batches=frozenset({"B0002"})))],
    "off-side": [(Role.PRODUCTION, Scope()), (Role.WALL, Scope(sides=frozenset({Side.THEIRS})))],
    "off-all": [(Role.LEAD, Scope()), (Role.WALL, Scope(sides=frozenset(Side)))],
    "keeper": [(Role.LEAD, Scope())],
}
SHOWN: dict[str, tuple[Callable[[World], set[str]], Callable[[World], set[str]]]] = {
    "reviewer": (lambda w: w.family(w.where(lambda r: bool(r.batches & {"done", "out"}))),) * 2,
    "idle": (_NONE, _NONE),
    "second": (lambda w: w.family(w.where(lambda r: "second" in r.passes)),) * 2,
    "boss": (_ALL, _ALL),
    "producer": (_ALL, _ALL),
    "administrator": (_NONE, _NONE),
    "monitor": (lambda w: w.where(lambda r: r.theirs),) * 2,
    "watcher": (_ALL, _NONE),
    "counsel": (
        lambda w: (
            w.family({w.rows[place].control for place in CLAIMED}) | w.where(lambda r: r.privileged)
        ),
    ) * 2,
    "over": (_NONE, _NONE),
    "scoped": (lambda w: w.where(lambda r: r.custodian == "Li, Bo"),) * 2,
    "one-side": (lambda w: w.where(lambda r: not r.theirs),) * 2,
    "two-roles": (
        lambda w: w.where(lambda r: r.theirs) | w.family(w.where(lambda r: "second" in r.passes)),
    ) * 2,
    "off-person": (lambda w: w.where(lambda r: "Li, Bo" not in r.holders),) * 2,
    "off-batch": (
        lambda w: _ALL(w) - w.family(w.where(lambda r: "Second" in r.batches)),
    ) * 2,
    "off-side": (lambda w: w.where(lambda r: not r.theirs),) * 2,
    "off-all": (_NONE, _NONE),
    "keeper": (_ALL, _ALL),
}  # fmt: skip


def _rows(room: Room) -> Iterator[Row]:
    documents: list[Document] = list(DocumentTable(room.matter, whole=True).ask())
    parents = {document.control_number: document.parent for document in documents}
    kinds = {document.control_number: document.kind for document in documents}
    batches = [(batch, set(room.batches.documents(batch.id))) for batch in room.batches.every()]
    holders: dict[str, set[str]] = {}
    for document in documents:
        holders.setdefault(document.sha256, set()).add(document.custodian)
    for document in documents:
        top = document.control_number
        while (above := parents[top]) and kinds[above] != "container":
            top = above
        coding = room.codings.now(document.control_number)
        yield Row(
            document.control_number,
            document.name,
            document.custodian,
            frozenset(holders[document.sha256]) | {document.custodian},
            document.source > "S0002",
            document.sha256,
            top,
            frozenset(b.name for b, inside in batches if document.control_number in inside),
            frozenset(str(b.pass_) for b, inside in batches if document.control_number in inside),
            coding is not None and coding.body.get("privilege", "none") != "none",
        )


def _opened(folder: Path, theirs: Mapping[str, bytes]) -> Room:
    """Return the room with everybody in it, and what they did."""
    room = matter_of_forty.room_of(folder, OURS, theirs)
    controls = list(room.standing().columns.controls)
    for login, roles in PEOPLE.items():
        user = room.users.add(login, login.title(), "human", BY)
        set_password(room.users, user, PASSWORD, BY)
        for role, scope in roles:
            room.users.grant(Grant(user.id, role, scope), BY)
    # One done, one taken, and one given back, which is no longer shown.
    more = controls[len(controls) - len(GONE) :] if theirs else []
    back, done, out = (
        room.batches.enter(Batch("", name, Pass.FIRST), inside, BY).id
        for name, inside in (
            ("back", controls[28:31]),
            ("done", controls[13:16]),
            ("out", [*controls[16:19], *more[:3]]),
        )
    )
    room.batches.take(back, "reviewer", BY)
    room.batches.give_back(back, BY)
    room.batches.take(done, "reviewer", BY)
    room.batches.done(done, BY)
    room.batches.take(out, "reviewer", BY)
    options = ClaimOptions(
        basis=(Basis.ATTORNEY_CLIENT,), description="Advice.", by="Reyes", with_family=True
    )
    claim(room.case, [controls[place] for place in CLAIMED], options)
    marks = {"responsive": "yes", "hot": True, "note": "saxifrage"}
    for control in more:
        room.codings.save([Save(control, 0, Pass.FIRST, "", "theirs", 0, marks)], BY)
    if theirs:
        with room.matter.engine.connect() as connection:
            number = received.numbers(connection)[more[0]].first
        (folder / "notice.txt").write_text(number)
        with room.matter.locked():
            put_away(room.case, clawback_notice.read(folder / "notice.txt"), "keeper", BY)
    return room


def _signed_in(room: Room) -> World:
    place = Place(room, create_app(room))
    browsers = {}
    for login in PEOPLE:
        browsers[login] = browser = place.browser()
        assert browser.sign_in(login).status_code == 303
        token = browser.client.cookies.get("forthwith-8600") or ""
        browser.csrf = place.app.state["entrance"].found(token)[0].csrf
    return World(place, tuple(_rows(room)), browsers)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return _signed_in(_opened(tmp_path_factory.mktemp("routes"), THEIRS))


@pytest.fixture(scope="module")
def twin(tmp_path_factory: pytest.TempPathFactory) -> World:
    """The same matter, to which what was called back never came."""
    return _signed_in(_opened(tmp_path_factory.mktemp("twin"), {}))


def shown(world: World, login: str) -> tuple[set[str], set[str]]:
    """Return what somebody is to find listed, and what opens."""
    listed, opened = (meant(world) for meant in SHOWN[login])
    gone = set() if login == "keeper" else world.clawed
    return listed - gone, opened - gone


def _routes(world: World) -> set[tuple[str, str]]:
    return {
        (method, re.sub(r":\w+\}", "}", route.path_format.replace(":path}", "}")))
        for route in world.place.app.routes
        if isinstance(route, HTTPRoute)
        for method in route.methods
        if method != "OPTIONS"
    }


def _path(path: str, row: Route, control: str = "") -> str:
    filled = path.format(control=control, **row.parts)
    return f"{filled}?{row.query}" if row.query else filled


def _ask(world: World, login: str, method: str, path: str, row: Route, control: str = "") -> Any:
    browser, where = world.browsers[login], _path(path, row, control)
    if method == "GET":
        return browser.get(where)
    if path.startswith("/api/"):
        return browser.ask(method, where, dict(row.body), **row.headers)
    return browser.form(where, {key: str(value) for key, value in row.body.items()})


def _there(world: World, *, control: bool, unsafe: bool = False) -> list[tuple[str, str, Route]]:
    return [
        (method, path, ROUTES[method, path])
        for method, path in sorted(_routes(world))
        if ("{control}" in path) == control
        and (method != "GET") == unsafe
        and not ROUTES[method, path].stream
    ]


def test_every_route_has_a_row(world: World) -> None:
    assert _routes(world) - ROUTES.keys() == set(), "say in ROUTES how it is asked, and of whom"


def test_the_room_has_families_copies_both_sides_and_something_clawed_back(world: World) -> None:
    rows = world.rows
    assert len(rows) >= 40
    assert any(row.family != row.control for row in rows)
    assert len({row.sha256 for row in rows}) < len(rows)
    assert {row.theirs for row in rows} == {True, False}
    with world.place.room.matter.engine.connect() as connection:
        away = {row.control: row.how for row in quarantine.rows(connection)}
    assert away.keys() == world.clawed
    assert sorted(away.values()) == [
        "copy",
        "family",
        "family",
        "family",
        "family",
        "named",
        "near copy",
    ]
    assert any(not row.theirs and row.name == "z9.txt" for row in rows)


@pytest.mark.parametrize("login", PEOPLE)
def test_a_document_is_there_for_whom_it_is_shown_and_absent_for_all_others(
    world: World, login: str
) -> None:
    listed, opened = shown(world, login)
    for method, path, row in _there(world, control=True):
        seen = listed if row.right == "list" else opened
        absent = _ask(world, login, method, path, row, "FW99999999")
        assert absent.status_code == 404
        for document in world.rows:
            if document.control in seen and row.shown == 0:
                continue
            answer = _ask(world, login, method, path, row, document.control)
            where = f"{path} of {document.control} for {login}"
            if document.control in seen:
                assert answer.status_code == row.shown, where
            else:
                assert answer.status_code == 404, where
                assert _unnamed(answer, document.control) == _unnamed(absent, "FW99999999"), where


def _unnamed(answer: Any, control: str) -> tuple[str, list[tuple[str, str]]]:
    """Return an answer without the number it was asked by, and without what is drawn at random."""
    headers = [(name, value) for name, value in answer.headers.items() if name != "content-length"]
    return answer.text.replace(control, "N"), headers


@pytest.mark.parametrize("login", PEOPLE)
def test_no_answer_names_a_document_that_is_hidden(world: World, login: str) -> None:
    listed, _ = shown(world, login)
    hidden = {row.control for row in world.rows} - listed
    for method, path, row in _there(world, control=False):
        answer = _ask(world, login, method, path, row)
        # A wall around single documents is read by whoever keeps the walls, by its numbers.
        walls = world.walled if path == "/users" and answer.status_code == 200 else set()
        named = {control for control in hidden - walls if control in answer.text}
        assert answer.status_code < 500, path
        assert named == set(), f"{method} {path} for {login}"
    for document in sorted(listed):
        answer = world.browsers[login].get(f"/api/documents/{document}?q=key")
        named = {control for control in hidden if control in answer.text}
        assert named == set(), f"document {document} for {login}"


@pytest.mark.parametrize("login", PEOPLE)
def test_every_count_is_of_what_is_shown(world: World, login: str) -> None:
    listed, opened = shown(world, login)
    browser = world.browsers[login]
    found = browser.get("/api/list?n=200").json()
    days = browser.get("/api/histogram").json()
    facets = browser.get("/api/facets").json()
    sides = {row.control: "theirs" if row.theirs else "ours" for row in world.rows}

    assert found["total"] == len(listed)
    assert {row[1] for row in found["rows"]} == listed
    assert sum(number for _, number in days["days"]) + days["undated"] == len(listed)
    for side, number in facets.get("side", []):
        assert number == sum(sides[control] == side for control in listed)
    for query in ("key", "cold", "share OR wallet"):
        answer = browser.get(f"/api/list?n=200&q={query}")
        if answer.status_code == 200:
            assert {row[1] for row in answer.json()["rows"]} <= opened, query


@pytest.mark.parametrize("login", ["boss", "watcher", "reviewer"])
def test_all_is_as_if_what_was_called_back_had_never_come(
    world: World, twin: World, login: str
) -> None:
    asked = [
        f"/api/{what}?n=200&q={quote(query)}&sort={sort}"
        for query, sort in (
            *((query, "number") for query in ("", "side:theirs", "coded:yes", *RARE)),
            *(("", sort) for sort in ("date", "family", "name", "from")),
        )
        for what in ("list", "facets", "histogram")
    ]
    pages = [f"/documents/{row.control}" for row in twin.rows]
    about = [f"/api{page}?q=key" for page in pages]
    for path in (
        *asked,
        *about,
        *pages,
        "/api/conflicts",
        "/conflicts",
        "/api/samples",
        "/quality",
    ):
        one, other = (place.browsers[login].get(path) for place in (world, twin))
        assert one.status_code == other.status_code, path
        assert _alike(one, world, login) == _alike(other, twin, login), path


#: Queries for what stands in nothing but what was called back, and in the copy of ours.
RARE = (
    "saxifrage", "saxif*", "saxifrrage~2", "vault w/3 seal", "re:saxi.*", "subject:Forwarded",
    "name:annex.txt", "bates:HAL000037..HAL000060", "mark:note=saxifrage", "mark:hot",
    "saxifrage AND (",
)  # fmt: skip


def _alike(answer: Any, world: World, login: str) -> str:
    """Return an answer without the token, what is random of its session, and what was painted."""
    text = answer.text.replace(world.browsers[login].csrf, "TOKEN")
    # Known as soon as anybody looked at its pages, in whichever of the two rooms.
    text = re.sub(r'"pages":-?\d+,"hits_to":\d+,"hits":\[(?:\[[^]]*\],?)*\]', "", text)
    return re.sub(r'"(?:etag|digest|state|key)": ?"[0-9a-f]+"|\d{4}-\d\d-\d\dT[\d:.+]+', "", text)


_LEADS = {
    "boss", "keeper", "scoped", "one-side", "off-person", "off-batch", "off-all", "monitor",
    "two-roles",
}  # fmt: skip
#: Whose a route is, whatever the documents: by the table of roles of docs/room.md.
STAFF: dict[str, set[str]] = {
    "manage": _LEADS,
    "challenge": _LEADS,
    "code": {*_LEADS, "reviewer", "idle", "second", "counsel"},
    # Monitors neither redact nor propose it.
    "redact": {*_LEADS - {"monitor"}, "second", "counsel", "producer", "off-side"},
    "draw": {
        *_LEADS - {"monitor"},
        "second",
        "counsel",
        "producer",
        "off-side",
        "reviewer",
        "idle",
    },
    "screen": {*_LEADS - {"monitor"}, "second", "counsel", "reviewer", "idle"},
    "claim": {*_LEADS - {"monitor"}, "second", "counsel"},
    "journal": {*_LEADS, "producer", "off-side", "administrator"},
    "users": {"administrator"},
    "draft": {*_LEADS, "producer", "off-side"},
}


@pytest.mark.parametrize("login", PEOPLE)
def test_a_route_is_refused_to_whoever_has_no_role_for_it(world: World, login: str) -> None:
    for (method, path), row in ROUTES.items():
        if row.staff and (method == "GET" or login not in STAFF[row.staff]):
            answer = _ask(world, login, method, path, row)
            refused = login not in STAFF[row.staff]
            assert (answer.status_code == 403) == refused, f"{method} {path} for {login}"


@pytest.mark.parametrize("login", PEOPLE)
def test_nobody_acts_on_what_is_hidden(world: World, login: str) -> None:
    _, opened = shown(world, login)
    for method, path, row in _there(world, control=True, unsafe=True):
        absent = _ask(world, login, method, path, row, "FW99999999")
        assert absent.status_code in {403, 404}
        for document in world.rows:
            if document.control not in opened:
                answer = _ask(world, login, method, path, row, document.control)
                assert answer.status_code == absent.status_code
                assert _unnamed(answer, document.control) == _unnamed(absent, "FW99999999")


def test_whoever_has_not_signed_in_is_shown_the_way_in_and_nothing_else(world: World) -> None:
    stranger = world.place.browser()
    for (method, path), row in sorted(ROUTES.items()):
        if (method, path) not in _routes(world) or row.anyone:
            continue
        answer = stranger.client.request(method, _path(path, row, world.rows[0].control))
        assert answer.status_code in {303, 401}, f"{method} {path}"


def test_no_unsafe_route_is_served_without_the_token_of_the_session(world: World) -> None:
    browser = world.browsers["boss"]
    for method, path in sorted(_routes(world)):
        if method == "GET":
            continue
        row = ROUTES[method, path]
        where = _path(path, row, world.rows[0].control)
        given = {"json": dict(row.body)} if path.startswith("/api/") else {"data": {"a": "b"}}
        for headers in (
            {},
            {"X-CSRF-Token": "x"},
            {"X-CSRF-Token": browser.csrf, "Origin": "null"},
        ):
            answer = browser.client.request(method, where, headers=headers, **given)
            assert answer.status_code == 403, f"{method} {path}"
            assert "This was not done" in answer.text


def test_no_route_takes_more_than_its_size(world: World) -> None:
    browser = world.browsers["boss"]
    for method, path in sorted(_routes(world)):
        where = _path(path, ROUTES[method, path], world.rows[0].control)
        kind = (
            "application/json"
            if path.startswith("/api/")
            else ("application/x-www-form-urlencoded")
        )
        answer = browser.client.request(
            method,
            where,
            content=b"x" * 25_000_000,
            headers={"Content-Type": kind, "X-CSRF-Token": browser.csrf},
        )
        assert answer.status_code == 413, f"{method} {path}"
        assert "more than can be taken" in answer.text
