"""The application: its routes, its policy for browsers, and how an error is said.

One process serves one matter. Every answer forbids the browser to fetch, run or frame anything that
is not ours; a refusal is the sentence of the error, as a page or as JSON by what was asked for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from litestar import Litestar, MediaType, Request, Response, get
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.static_files import create_static_files_router
from litestar.template.config import TemplateConfig

from forthwith.domain.errors import ForthwithError
from forthwith.papers.html import COLOURS
from forthwith.web import context
from forthwith.web.routes import ALL
from forthwith.web.shell import page
from forthwith.workflows.room.room import NotShownError, RefusedError, Room

_HERE = Path(__file__).parent
#: Of every page of the room (the frame of a mail has a narrower one: `routes.mail`).
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; require-trusted-types-for 'script'"
)


@get("/static/tokens.css", media_type="text/css", sync_to_thread=False)
def colours() -> str:
    """Return the colours, which pages printed by `papers.html` share."""
    return COLOURS


def create_app(room: Room) -> Litestar:
    """Return the application over one room."""
    engine = JinjaTemplateEngine(_HERE / "templates")
    engine.engine.autoescape = True
    return Litestar(
        route_handlers=[
            *ALL,
            create_static_files_router(path="/static", directories=[_HERE / "static"]),
            colours,
        ],
        template_config=TemplateConfig(instance=engine),
        state=State({"room": room}),
        dependencies=context.DEPENDENCIES,
        exception_handlers={ForthwithError: _said, HTTPException: _said_http},
        after_request=_guarded,
        openapi_config=None,
    )


def _guarded(response: Response[Any]) -> Response[Any]:
    """Set what no handler may forget; one that is narrower stands."""
    response.headers.setdefault("Content-Security-Policy", POLICY)
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    response.headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
    response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _said(request: Request[Any, Any, Any], error: ForthwithError) -> Response[Any]:
    """Say an error of ours: not there, not allowed, or what was asked cannot be done."""
    status = (
        404 if isinstance(error, NotShownError) else 403 if isinstance(error, RefusedError) else 422
    )
    return _answer(request, status, str(error))


def _said_http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    return _answer(request, error.status_code, error.detail or "This cannot be done.")


def _answer(request: Request[Any, Any, Any], status: int, sentence: str) -> Response[Any]:
    if request.url.path.startswith("/api/"):
        return Response({"error": sentence}, status_code=status, media_type=MediaType.JSON)
    return page(request, "error.html", status=status, sentence=sentence)
