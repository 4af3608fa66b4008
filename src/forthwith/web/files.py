"""The files of the room's pages: scripts, style sheets, pictures, read once and kept in memory.

What is served is what was there when the room was opened, by exact name: no path of a request ever
reaches the disk.
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.params import FromPath

from forthwith.papers.html import COLOURS
from forthwith.workflows.room.room import NotShownError

_FOLDER = Path(__file__).parent / "static"
#: By the end of a name; a file of another kind is not served.
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as sent."""

    kind: str
    body: bytes
    #: Empty where packing saves nothing.
    packed: bytes
    etag: str


def read() -> Mapping[str, File]:
    """Return every file of the pages by its name under /static/."""
    texts = {
        path.relative_to(_FOLDER).as_posix(): path.read_bytes()
        for path in sorted(_FOLDER.rglob("*"))
        if path.suffix in _TYPES and path.is_file()
    }
    # Pages printed by `papers.html` share them.
    texts["tokens.css"] = COLOURS.encode()
    return {name: _file(name, body) for name, body in texts.items()}


def _file(name: str, body: bytes) -> File:
    packed = gzip.compress(body, 9, mtime=0)
    return File(
        _TYPES[Path(name).suffix],
        body,
        packed if len(packed) < len(body) else b"",
        f'"{hashlib.sha256(body).hexdigest()[:32]}"',
    )


@get("/static/{name:path}", opt={"open": True}, sync_to_thread=False)
def static_file(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[bytes]:
    """Send one file; a browser asks each time whether its copy is still the file."""
    files: Mapping[str, File] = request.app.state["files"]
    if (file := files.get(name.lstrip("/"))) is None:
        raise NotShownError("file")
    headers = {"Cache-Control": "no-cache", "ETag": file.etag, "Vary": "Accept-Encoding"}
    if file.etag in request.headers.get("If-None-Match", ""):
        return Response(b"", status_code=304, headers=headers, media_type=file.kind)
    body = file.body
    if file.packed and "gzip" in request.headers.get("Accept-Encoding", ""):
        body, headers["Content-Encoding"] = file.packed, "gzip"
    return Response(body, headers=headers, media_type=file.kind)
