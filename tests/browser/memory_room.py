"""A room without a matter: any number of documents by arithmetic, codings in memory.

It answers the JSON of the real routes, so that what needs a million documents, a lost one or one of
5,000 pages is tried on the real scripts; what the server itself does is tested on a real matter.
"""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get, post, put
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import State
from litestar.params import FromPath, FromQuery, JSONBody
from litestar.response import ServerSentEvent, ServerSentEventMessage, Template
from litestar.template.config import TemplateConfig
from PIL import Image, ImageDraw

import forthwith.web
from forthwith.domain.users import Grant, Role, Seer, User
from forthwith.web import files
from forthwith.web.guard import POLICY
from forthwith.web.shell import page

HERE = Path(forthwith.web.__file__).parent
FORM = {
    "id": "ours",
    "version": 1,
    "blind": False,
    "marks": [
        {
            "name": "responsive",
            "label": "Responsive",
            "kind": "one",
            "required_if": {"always": True},
            "keys": {"r": "yes", "t": "no"},
            "choices": [
                {"value": "yes", "label": "Yes", "key": "1"},
                {"value": "no", "label": "No", "key": "2"},
                {"value": "unsure", "label": "Needs another look", "key": "3"},
            ],
            "suggest": "",
            "privilege": False,
        },
        {"name": "hot", "label": "Hot", "kind": "flag", "keys": {"h": ""}, "choices": []},
        {
            "name": "privilege",
            "label": "Privilege",
            "kind": "one",
            "required_if": {"responsive": "yes"},
            "keys": {"v": ""},
            "privilege": True,
            "choices": [
                {"value": "none", "label": "None", "key": "1"},
                {"value": "attorney-client", "label": "Attorney-client", "key": "2"},
                {"value": "work-product", "label": "Work product", "key": "3"},
            ],
        },
        {
            "name": "issues",
            "label": "Issues",
            "kind": "many",
            "keys": {},
            "choices": [
                {"value": "keys", "label": "Who holds keys", "key": "1"},
                {"value": "moves", "label": "Movements of assets", "key": "2"},
            ],
        },
        {"name": "note", "label": "Note", "kind": "text", "keys": {"e": ""}, "choices": []},
    ],
}
WORDS = ("Please", "move", "the", "signing", "key", "before", "the", "quorum", "is", "met.")
SUBJECTS = (
    "Wallet quorum and who signs on Friday",
    "Re: Wallet quorum and who signs on Friday",
    "Balances of customers at the end of March",
    "ledger-2023-Q1.xlsx",
    "Minutes of the meeting with Reyes & Holm",
    "تحويل المفاتيح إلى المحفظة الباردة",
    "🔑🔑 keys 🚀 for the vault",
)
PEOPLE = ("M. Ortega", "J. Halden", "S. Reyes", "K. Lindqvist")
KINDS = ("email", "xlsx", "pdf", "chat")


def number(at: int) -> str:
    return f"FW{at + 1:08d}"


@dataclass
class MemoryRoom:
    """What is in it, and what was done to it."""

    total: int = 40
    codings: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    #: What is said of single documents beside what arithmetic says.
    special: dict[str, dict[str, Any]] = field(default_factory=dict)
    text: Callable[[int], str] = lambda at: (
        f"Subject: {SUBJECTS[at % len(SUBJECTS)]}\n\n{' '.join(WORDS)}\n\n"
        "> an older line\n> the key\n"
    )
    puts: list[tuple[str, int]] = field(default_factory=list)
    bulks: list[dict[str, Any]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    closed: bool = False

    def row(self, at: int) -> list[Any]:
        control = number(at)
        special = self.special.get(control, {})
        now = self.codings.get(control)
        return [
            at,
            control,
            "theirs" if at % 17 == 16 else "ours",
            KINDS[at % 4],
            f"2023-{at // 28 % 12 + 1:02d}-{at % 28 + 1:02d}",
            PEOPLE[at % 4],
            special.get("subject", SUBJECTS[at % len(SUBJECTS)]),
            PEOPLE[(at + 1) % 4],
            special.get("pages", at % 3 + 1),
            now[-1]["body"] if now else {},
            ["lost"] if special.get("lost") else [],
        ]

    def document(self, at: int, query: str) -> dict[str, Any]:
        control = number(at)
        row = self.row(at)
        first = at - at % 3
        family = [self.row(n) for n in range(first, min(first + 3, self.total))]
        codings = self.codings.get(control, [])
        text = self.text(at)
        hits = [[0, 620, 300, 200, 60], [0, 1500, 1800, 200, 60]] if query else []
        return {
            "control": control,
            "version": len(codings),
            "subject": row[6],
            "day": row[4],
            "from": row[7],
            "kind": row[3],
            "custodian": row[5],
            "side": row[2],
            "pages": row[8],
            "digest": f"d{at}",
            "fields": [["SUBJECT", row[6], "mail:Subject"], ["MD5", "0" * 32, "computed"]],
            "family": family,
            "copies": [self.row((at + 7) % self.total)] if at % 5 == 0 else [],
            "thread": [self.row(n) for n in range(at, min(at + 4, self.total))],
            "hits": hits,
            "hits_to": row[8],
            "text_hits": [
                [n, n + 3] for n in range(len(text)) if query and text.startswith("key", n)
            ],
            "highlights": [[text.find("quorum"), text.find("quorum") + 6, "term"]]
            if "quorum" in text
            else [],
            "legend": [{"kind": "term", "label": "terms"}],
            "coding": codings[-1] if codings else None,
            "form": FORM,
            "may_code": True,
            **self.special.get(control, {}),
        }

    def put(
        self, control: str, version: int, body: dict[str, Any], who: str = "ortega"
    ) -> dict[str, Any]:
        codings = self.codings.setdefault(control, [])
        codings.append(
            {
                "version": len(codings) + 1,
                "who": who,
                "at": "2026-01-05T10:00:00Z",
                "pass": "first",
                "body": body,
                "batch": "",
                "because": "",
            }
        )
        self.puts.append((control, version))
        return {"version": len(codings), "next": None}


@lru_cache(maxsize=64)
def painted(at: int, page: int) -> bytes:
    picture = Image.new("1", (2550, 3300), 1)
    draw = ImageDraw.Draw(picture)
    for line in range(40):
        for place, word in enumerate(WORDS):
            draw.text((200 + place * 215, 300 + line * 70), word, fill=0, font_size=44)
    draw.text((200, 160), f"{number(at)} page {page + 1}", fill=0, font_size=60)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


@get(["/documents", "/documents/{control:str}"], media_type=MediaType.HTML, sync_to_thread=False)
def pages(request: Request[Any, Any, Any], control: str = "") -> Template:
    name = "document.html" if control else "list.html"
    return page(request, name, "documents", control=control)


@get("/api/list", sync_to_thread=False)
def listed(
    state: State,
    q: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    at: FromQuery[int] = 0,
    n: FromQuery[int] = 100,
) -> Response[Any]:
    room: MemoryRoom = state["memory"]
    room.asked.append(f"list {at}")
    if q.endswith("AND"):
        return Response(
            {"error": "AND needs something after it.", "at": len(q) - 3}, status_code=422
        )
    total = 0 if q == "nothing" else room.total
    places = range(at, min(at + n, total))
    if sort.startswith("-"):
        places = range(total - 1 - at, max(-1, total - 1 - at - n), -1)
    return Response({"total": total, "first": at, "rows": [room.row(place) for place in places]})


@get("/api/facets", sync_to_thread=False)
def facets(state: State, q: FromQuery[str] = "") -> dict[str, Any]:
    room: MemoryRoom = state["memory"]
    return {
        "coded": [["no", room.total - len(room.codings)], ["yes", len(room.codings)]],
        "side": [["ours", room.total], ["theirs", 2]],
        "kind": [[kind, room.total // 4] for kind in KINDS],
        "custodian": [[name, room.total // 4] for name in (*PEOPLE, "Northgate Trading")],
    }


@get("/api/histogram", sync_to_thread=False)
def histogram(q: FromQuery[str] = "") -> dict[str, Any]:
    return {"days": [[19400 + n, 3 + n * 7 % 40] for n in range(0, 330, 2)], "undated": 4}


@get("/api/documents/{control:str}", sync_to_thread=False)
def document(state: State, control: FromPath[str], q: FromQuery[str] = "") -> Response[Any]:
    room: MemoryRoom = state["memory"]
    room.asked.append(f"document {control}")
    at = int(control[2:]) - 1 if control[2:].isdigit() else -1
    if not 0 <= at < room.total:
        return Response({"error": f"There is no document {control} here."}, status_code=404)
    return Response(room.document(at, q))


@get("/api/documents/{control:str}/text", sync_to_thread=False)
def text(
    state: State, control: FromPath[str], at: FromQuery[int] = 0, n: FromQuery[int] = 60000
) -> dict[str, Any]:
    room: MemoryRoom = state["memory"]
    whole = room.special.get(control, {}).get("text", room.text(int(control[2:]) - 1))
    return {"text": whole[at : at + n], "total": len(whole)}


@get("/page/{control:str}/{place:int}/{name:str}", sync_to_thread=True)
def image(control: FromPath[str], place: FromPath[int], name: FromPath[str]) -> Response[bytes]:
    answer = Response(painted(int(control[2:]) - 1, place), media_type="image/png")
    answer.headers["Cache-Control"] = "private, max-age=3600, immutable"
    return answer


@get("/api/words/{control:str}/{place:int}", sync_to_thread=False)
def words(control: FromPath[str], place: FromPath[int]) -> list[Any]:
    return [
        [word, 200 + n * 215, 300 + line * 70, 190, 50]
        for line in range(40)
        for n, word in enumerate(WORDS)
    ]


@get("/api/codings/{control:str}", sync_to_thread=False)
def history(state: State, control: FromPath[str]) -> dict[str, Any]:
    room: MemoryRoom = state["memory"]
    return {"codings": room.codings.get(control, [])}


@put("/api/codings/{control:str}", sync_to_thread=False)
def save(
    state: State,
    control: FromPath[str],
    request: Request[Any, Any, Any],
    data: JSONBody[dict[str, Any]],
) -> Response[Any]:
    room: MemoryRoom = state["memory"]
    if request.headers.get("x-csrf-token") != "token":
        return Response({"error": "The page is stale."}, status_code=403)
    version = int(request.headers["if-match"])
    codings = room.codings.get(control, [])
    if version != len(codings):
        return Response({"error": "Coded meanwhile.", "theirs": codings[-1]}, status_code=409)
    return Response(room.put(control, version, data["body"]))


@post("/api/codings/bulk", status_code=200, sync_to_thread=False)
def bulk(state: State, data: JSONBody[dict[str, Any]]) -> dict[str, Any]:
    room: MemoryRoom = state["memory"]
    room.bulks.append(data)
    controls = data["select"].get("controls") or [number(at) for at in range(room.total)]
    if "token" not in data:
        coded = sum(control in room.codings for control in controls)
        return {
            "token": "t1",
            "documents": len(controls),
            "families": 1,
            "coded": coded,
            "conflicts": 0,
        }
    for control in controls:
        room.put(control, len(room.codings.get(control, [])), data["body"])
    return {"saved": len(controls)}


@post("/api/codings/undo", status_code=200, sync_to_thread=False)
def undo(state: State) -> dict[str, Any]:
    room: MemoryRoom = state["memory"]
    control, _ = room.puts[-1]
    codings = room.codings[control]
    room.put(control, len(codings), codings[-2]["body"] if len(codings) > 1 else {})
    return {"control": control, "version": len(codings)}


@get("/api/forms", sync_to_thread=False)
def forms() -> dict[str, Any]:
    return {"forms": [FORM]}


@get("/api/events", sync_to_thread=False)
def events(state: State) -> ServerSentEvent:
    room: MemoryRoom = state["memory"]

    async def told() -> AsyncIterator[ServerSentEventMessage]:
        seen = len(room.puts)
        while not room.closed:
            for control, version in room.puts[seen:]:
                about = json.dumps({"control": control, "version": version + 1})
                yield ServerSentEventMessage(data=about, event="coding")
            seen = len(room.puts)
            await asyncio.sleep(0.05)

    return ServerSentEvent(told())


def known(request: Request[Any, Any, Any]) -> None:
    user = User("U0001", "ortega", "M. Ortega")
    request.scope["seer"] = Seer(user, (Grant("U0001", Role.LEAD),), "password")  # type: ignore[typeddict-unknown-key]
    request.scope["csrf"] = "token"  # type: ignore[typeddict-unknown-key]


def guarded(response: Response[Any]) -> Response[Any]:
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("Cache-Control", "no-cache")
    return response


def application(room: MemoryRoom) -> Litestar:
    """Return the real pages and scripts over it."""
    engine = JinjaTemplateEngine(HERE / "templates")
    engine.engine.autoescape = True
    return Litestar(
        [
            pages,
            listed,
            facets,
            histogram,
            document,
            text,
            image,
            words,
            history,
            save,
            bulk,
            undo,
            forms,
            events,
            files.static_file,
        ],
        template_config=TemplateConfig(instance=engine),
        state=State({"memory": room, "files": files.read(), "matter": "In re Northgate Trading"}),
        before_request=known,
        after_request=guarded,
        openapi_config=None,
    )
