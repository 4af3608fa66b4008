"""The application: its routes, what stands before them, and how an error is said.

One process serves one matter. A refusal is the sentence of the error, as a page or as JSON by what
was asked for; what is not there and what is not shown are answered alike. A defect is logged here
with its traceback, and the browser is told a number to quote.
"""

from __future__ import annotations

import errno
import logging
import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

from litestar import Litestar, MediaType, Request, Response, Router
from litestar.datastructures import State
from litestar.exceptions import HTTPException, ValidationException
from litestar.plugins.jinja import JinjaTemplateEngine
from litestar.template.config import TemplateConfig

from forthwith.domain.errors import ForthwithError
from forthwith.plain import system_errors
from forthwith.record.documents import DerivedChangedError, NotProcessedError
from forthwith.record.evidence import EvidenceMissingError
from forthwith.record.matter import MatterBusyError
from forthwith.record.tables import DatabaseError, MatterChangedError
from forthwith.review.search.query import QueryError
from forthwith.web import context, files, sessions
from forthwith.web.guard import Door, Guard
from forthwith.web.limits import Attempts, WaitError, bounded
from forthwith.web.routes import ALL
from forthwith.web.routes.forms import clock
from forthwith.web.sessions import NotSignedInError
from forthwith.web.shell import page
from forthwith.workers.sandbox import NoSandboxError, SandboxFailedError
from forthwith.workers.supervisor import WorkerFailedError, WorkersKilledError
from forthwith.workflows.room.entering import Entrance
from forthwith.workflows.room.pages import PagesBusyError
from forthwith.workflows.room.passkeys import PasskeyRefusedError, Passkeys
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

_HERE = Path(__file__).parent
_log = logging.getLogger("forthwith.room")
#: From without to within, each around every route.
_LAYERS: list[Any] = [bounded, sessions.known]
#: Refusals that say nothing of what was asked: it may be done in a moment, or once mended.
_NOT_NOW = (
    PagesBusyError, WorkersKilledError, DerivedChangedError, NotProcessedError,
    EvidenceMissingError, MatterBusyError, MatterChangedError, SandboxFailedError, NoSandboxError,
)  # fmt: skip
#: Seconds after which to ask again.
_MOMENT = 5
_NOT_HERE = "There is no page of this name here. Check the address."
_SAID = {
    400: "What was sent cannot be read as what this address takes. Nothing was done.",
    404: _NOT_HERE,
    405: "This address is not asked that way. Go back to the page and repeat it there.",
    413: "This is more than can be taken at once. Send less, or in parts.",
}


def create_app(room: Room, door: Door | None = None) -> Litestar:
    """Return the application over one room; without a door, as it is reached on this machine."""
    door = door or Door()
    engine = JinjaTemplateEngine(_HERE / "templates")
    engine.engine.autoescape = True
    engine.engine.filters["clock"] = clock
    app = Litestar(
        # A path of two handlers must come to the application at once: registered one by one the
        # first would be sent to a thread twice, and answer with a coroutine.
        route_handlers=[Router(path="/", route_handlers=[*ALL, files.static_file])],
        template_config=TemplateConfig(instance=engine),
        state=State(
            {
                "room": room,
                "matter": room.matter.settings.name,
                "door": door,
                "files": files.read(),
                "entrance": Entrance(room, idle_minutes=door.idle_minutes),
                "passkeys": Passkeys(room.users),
                "attempts": Attempts(),
            }
        ),
        dependencies=context.DEPENDENCIES,
        middleware=_LAYERS,
        exception_handlers={
            ForthwithError: _said,
            NotSignedInError: _said_sign_in,
            ValidationException: _said_unfit,
            HTTPException: _said_http,
            RecursionError: _said_deep,
            OSError: _said_system,
            MemoryError: _said_system,
            Exception: _said_defect,
        },
        # Bodies are held to their route's size by `limits`, which knows it before they come.
        request_max_body_size=None,
        openapi_config=None,
        logging_config=None,
    )
    # Outside of everything, so that not even an error of the router goes out without its headers.
    app.asgi_handler = Guard(  # type: ignore[assignment]
        app.asgi_handler,  # type: ignore[arg-type]
        door,
        lambda: app.state.get("crowded", bool)(),
    )
    return app


def _said(request: Request[Any, Any, Any], error: ForthwithError) -> Response[Any]:
    """Say an error of ours: not there, not allowed, or what was asked cannot be done."""
    if isinstance(error, DatabaseError):
        # Where the database lies is nobody's business but the log's.
        _log.error("%s", error)
        return _not_now(request, f"The matter cannot be asked just now: {error.short}")
    if isinstance(error, WorkerFailedError):
        # With the trace of what failed.
        return _said_defect(request, error)
    if isinstance(error, _NOT_NOW):
        # A matter in which nothing is read yet is no trouble.
        if not isinstance(error, NotProcessedError):
            _log.error("%s", error)
        return _not_now(request, str(error))
    if isinstance(error, QueryError):
        # The page points at the place itself.
        return answer(request, 422, f"{error.what}. {error.instead}.", at=error.position)
    kinds = (
        (NotShownError, 404),
        (RefusedError, 403),
        (PasskeyRefusedError, 403),
        (WaitError, 429),
    )
    status = next((status for kind, status in kinds if isinstance(error, kind)), 422)
    return answer(request, status, str(error))


def _said_sign_in(request: Request[Any, Any, Any], error: NotSignedInError) -> Response[Any]:
    """Send a page to the form and back; tell a script."""
    if request.method != "GET" or _wants_json(request):
        return answer(request, 401, error.detail)
    asked = request.scope["path"]
    if query := request.scope["query_string"]:
        asked = f"{asked}?{query.decode('latin-1')}"
    return Response(
        b"", status_code=303, headers={"Location": f"/enter?next={quote(asked, safe='/')}"}
    )


def _said_unfit(request: Request[Any, Any, Any], error: ValidationException) -> Response[Any]:
    """Say which part of what was sent does not fit."""
    extra = error.extra if isinstance(error.extra, list) else []
    parts = [f"{part.get('key') or 'the body'}: {part.get('message')}" for part in extra]
    what = "; ".join(parts) or "its form is not the one expected here"
    return answer(request, 400, f"What was sent does not fit ({what}). Nothing was done.")


def _said_deep(request: Request[Any, Any, Any], error: RecursionError) -> Response[Any]:
    """Say that what was sent is nested deeper than anything the room asks for."""
    _kept(request, error)
    return answer(request, 400, "What was sent is nested too deeply. Nothing was done.")


def _said_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if error.status_code >= 500:
        return _said_defect(request, error)
    sentence = _SAID.get(error.status_code) if type(error).__module__.startswith("litestar") else ""
    return answer(request, error.status_code, sentence or error.detail or "This cannot be done.")


def _said_system(request: Request[Any, Any, Any], error: OSError | MemoryError) -> Response[Any]:
    """Say what the machine refuses, without where: that is for the log."""
    number = _kept(request, error)
    code = errno.ENOMEM if isinstance(error, MemoryError) else error.errno or errno.EIO
    return _not_now(
        request,
        f"This was not done (number {number}): the machine the room runs on refused something. "
        f"{system_errors.said(OSError(code, os.strerror(code)))}",
    )


def _not_now(request: Request[Any, Any, Any], sentence: str) -> Response[Any]:
    """Say what may be otherwise in a moment."""
    said = answer(request, 503, sentence)
    said.headers["Retry-After"] = str(_MOMENT)
    return said


def _kept(request: Request[Any, Any, Any], error: Exception) -> str:
    """Keep in the log what happened; returns the number to find it by."""
    number = secrets.token_hex(4)
    _log.error("defect %s at %s %s", number, request.method, request.url.path, exc_info=error)
    return number


def _said_defect(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Keep what happened for whoever runs the room, and tell the browser a number."""
    number = _kept(request, error)
    return answer(
        request,
        500,
        f"Something is wrong in forthwith itself, and this was not done (number {number}). Try it "
        "again; whoever runs the room finds the number in its log.",
    )


def answer(
    request: Request[Any, Any, Any], status: int, sentence: str, **more: int
) -> Response[Any]:
    """Return one sentence, as a page or as JSON with what else is to be known of it."""
    if _wants_json(request):
        body = {"error": sentence, **more}
        return Response(body, status_code=status, media_type=MediaType.JSON)
    return page(request, "error.html", status=status, sentence=sentence)


def _wants_json(request: Request[Any, Any, Any]) -> bool:
    path = request.scope["path"]
    return path.startswith("/api/") or "application/json" in request.headers.get("accept", "")
