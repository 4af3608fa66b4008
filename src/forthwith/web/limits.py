"""Limits: how much a request may carry and how long it may take, how often signing in may fail.

A route that takes more than a page's form says so: `opt={"body": 2_000_000}`, in bytes.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from litestar import Request
from litestar.exceptions import HTTPException

from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count
from forthwith.web.guard import App, Message, Receive, Scope, Send

#: Bytes of a body, where a route does not ask for more: a form, a coding with its note.
BODY = 64 * 1024
#: Failures without a wait: of one login from one address, of one address, of one login.
_FREE = {"pair": 5, "address": 20, "login": 50}
_FIRST_WAIT, _LONGEST_WAIT = 30, 15 * 60
#: Seconds after which a failure is forgotten.
_MEMORY = 60 * 60
#: Keys kept; whoever fills it up pushes out the oldest, and waits by address all the same.
_KEPT = 20_000


class TooLargeError(HTTPException):
    """A body is larger than its route takes."""

    status_code = 413

    def __init__(self, most: int) -> None:
        super().__init__(
            detail=f"This is more than can be taken at once: at most {most:,} bytes. "
            "Send less, or in parts."
        )


class TooSlowError(HTTPException):
    """A body did not come in time."""

    status_code = 408

    def __init__(self, seconds: float) -> None:
        super().__init__(
            detail=f"The request was not whole after {seconds:.0f} seconds. Send it again."
        )


def bounded(app: App) -> App:
    """Return the application with every body held to its route's size, and to its time."""

    async def bound(scope: Scope, receive: Receive, send: Send) -> None:
        most = int(scope["route_handler"].opt.get("body", BODY))
        seconds: float = scope["app"].state["door"].body_seconds
        for name, value in scope["headers"]:
            if name == b"content-length" and (not value.isdigit() or int(value) > most):
                raise TooLargeError(most)
        taken, ended = 0, False
        last = asyncio.get_running_loop().time() + seconds

        async def counted() -> Message:
            nonlocal taken, ended
            if ended:
                # Nothing more comes but word that the browser has gone, whenever that is.
                return await receive()
            try:
                async with asyncio.timeout_at(last):
                    message = await receive()
            except TimeoutError as late:
                raise TooSlowError(seconds) from late
            if message["type"] == "http.request":
                taken += len(message.get("body", b""))
                ended = not message.get("more_body", False)
                if taken > most:
                    raise TooLargeError(most)
            return message

        await app(scope, counted, send)

    return bound


class WaitError(ForthwithError):
    """Signing in failed too often."""

    def __init__(self, seconds: int) -> None:
        wait = count(seconds, "second") if seconds < 90 else count(-(-seconds // 60), "minute")
        super().__init__(
            f"Signing in failed too often. Wait {wait}, then try again; whoever leads the room can "
            "set a new password."
        )
        self.seconds = seconds


@dataclass(slots=True)
class _Failures:
    number: int
    last: float
    #: Until when nothing is tried.
    until: float = 0.0


class Attempts:
    """How often signing in failed, by login and by address; a login nobody has counts alike."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._failures: dict[tuple[str, str], _Failures] = {}

    def check(self, login: str, address: str) -> None:
        """Let an attempt pass, or say how long to wait. Raises WaitError."""
        now = self._clock()
        waits = [
            failures.until - now
            for key in _keys(login, address)
            if (failures := self._failures.get(key)) is not None
        ]
        if (longest := max(waits, default=0.0)) > 0:
            raise WaitError(int(longest) + 1)

    def failed(self, login: str, address: str) -> int:
        """Note a failure; returns for how many seconds nothing more is tried, 0 for none."""
        now, longest = self._clock(), 0
        for key in _keys(login, address):
            failures = self._failures.pop(key, None)
            if failures is None or now - failures.last > _MEMORY:
                failures = _Failures(0, now)
            failures.number += 1
            failures.last = now
            if (over := failures.number - _FREE[key[0]]) >= 0:
                wait = min(_FIRST_WAIT * 2 ** min(over, 10), _LONGEST_WAIT)
                failures.until = now + wait
                longest = max(longest, wait)
            # Last again, so that the first is the oldest.
            self._failures[key] = failures
        while len(self._failures) > _KEPT:
            del self._failures[next(iter(self._failures))]
        return longest

    def number(self, login: str, address: str) -> int:
        """Return how often a login failed from one address."""
        failures = self._failures.get(_keys(login, address)[0])
        return failures.number if failures else 0

    def succeeded(self, login: str, address: str) -> None:
        """Forget the failures of a login from one address."""
        self._failures.pop(_keys(login, address)[0], None)


def _keys(login: str, address: str) -> tuple[tuple[str, str], ...]:
    login, network = login.casefold()[:200], _network(address)
    return ("pair", f"{network} {login}"), ("address", network), ("login", login)


def _network(address: str) -> str:
    """Return the address as one household has it: of IPv6 the first 64 bits."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, 64), strict=False))
    return str(found)


def address_of(request: Request[Any, Any, Any]) -> str:
    """Return the address a request came from, "" where there is none."""
    return request.client.host if request.client else ""
