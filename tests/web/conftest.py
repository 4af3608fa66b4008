"""A matter with people in it, and browsers that have signed in to its room."""

from __future__ import annotations

import asyncio
import atexit
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from litestar import Litestar

from forthwith.domain.users import Grant, Role, Scope, Seer, User, in_force
from forthwith.record.matter import Matter
from forthwith.record.users import Users
from forthwith.web.app import create_app
from forthwith.web.guard import Door

BY = ("root", "test")
#: Requests of tests are answered one after the other.
_LOOP = asyncio.new_event_loop()
atexit.register(_LOOP.close)
PASSWORD = "orchard lantern 90"


class PeopleOnly:
    """A room without documents, for what is asked before any of them is."""

    def __init__(self, matter: Matter) -> None:
        self.matter = matter
        self.users = Users(matter)

    def seer(self, login: str, known_by: str) -> Seer:
        user = self.users.by_login(login)
        assert user is not None
        return Seer(user, in_force(self.users.grants(user.id), "2026-03-01"), known_by)


class _InProcess(httpx.BaseTransport):
    """Asks an application in this process, one request after the other."""

    def __init__(self, app: Any) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()

        async def asked() -> httpx.Response:
            transport = httpx.ASGITransport(self._app, raise_app_exceptions=False)
            sent = httpx.Request(
                request.method, request.url, headers=request.headers, content=_parts(request)
            )
            answer = await transport.handle_async_request(sent)
            body = b"".join([part async for part in answer.stream])
            headers = [(name, value) for name, value in answer.headers.raw]
            return httpx.Response(answer.status_code, headers=headers, content=body)

        return _LOOP.run_until_complete(asked())


async def _parts(request: httpx.Request) -> AsyncIterator[bytes]:
    for at in range(0, len(request.content), 50_000):
        yield request.content[at : at + 50_000]


@dataclass
class Browser:
    """A client that sends what a browser would from a page of the room."""

    client: httpx.Client
    csrf: str = ""

    def get(self, path: str, **more: Any) -> Any:
        return self.client.get(path, follow_redirects=False, **more)

    def form(self, path: str, fields: dict[str, str], **more: Any) -> Any:
        return self.client.post(
            path, data={"csrf": self.csrf, **fields}, follow_redirects=False, **more
        )

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask as a script of a page does."""
        given = {"X-CSRF-Token": self.csrf, "Origin": "http://127.0.0.1:8600", **headers}
        return self.client.request(method, path, json=body, headers=given, follow_redirects=False)

    def open(self, path: str = "/enter") -> Any:
        """Load a page, and keep the token in its head."""
        page = self.get(path)
        self.csrf = page.text.partition('name="csrf" content="')[2].partition('"')[0]
        return page

    def sign_in(self, login: str, password: str = PASSWORD, where: str = "/") -> Any:
        self.open()
        return self.form("/enter", {"login": login, "password": password, "next": where})


@dataclass
class Place:
    """A room, and who comes to it."""

    room: Any
    app: Litestar
    address: str = "http://127.0.0.1:8600"

    def browser(self) -> Browser:
        return Browser(httpx.Client(transport=_InProcess(self.app), base_url=self.address))

    def user(self, login: str, *roles: Role, password: str = "") -> User:
        from forthwith.workflows.room.passwords import give as set_password

        user = self.room.users.add(login, login.title(), "human", BY)
        for role in roles:
            self.room.users.grant(Grant(user.id, role, Scope()), BY)
        if password:
            set_password(self.room.users, user, password, BY)
        return user


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    return Matter.create(tmp_path / "northgate", name="Northgate")


@pytest.fixture
def door_at(matter: Matter) -> Callable[..., Place]:
    """Open a room's door."""

    def opened(door: Door | None = None, address: str = "http://127.0.0.1:8600") -> Place:
        room: Any = PeopleOnly(matter)
        return Place(room, create_app(room, door), address)

    return opened
