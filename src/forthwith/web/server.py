"""One process that serves one room: where it listens, under which names, and how it ends."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import Any

import h11
import uvicorn
from cryptography import x509
from cryptography.x509.oid import NameOID
from uvicorn.protocols.http.h11_impl import H11Protocol

from forthwith.domain.errors import ForthwithError
from forthwith.plain import system_errors
from forthwith.web.app import create_app
from forthwith.web.guard import HEADERS, LOCAL_NAMES, Door
from forthwith.workflows.room.room import Room

#: Seconds in which a request's headers are to be whole; and in which the rest of a body may come
#: that was answered before it was there.
_HEADER_SECONDS, _REST_SECONDS = 20, 5
#: Seconds an idle connection is kept, and that what is being answered may take at the end.
_IDLE, _ENDING = 15, 20
#: Connections at a time, streams among them.
_AT_ONCE = 400


class NotReachableError(ForthwithError):
    """The room cannot be served where it should be."""


def is_local(host: str) -> bool:
    """Say whether a host is this machine's own loop, which nobody else reaches."""
    return host in LOCAL_NAMES


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens. Raises NotReachableError."""
    try:
        family, _, _, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(address)
            listener.listen(128)
        except OSError:
            listener.close()
            raise
    except OSError as refused:
        raise NotReachableError(
            f"The room cannot listen on {host}, port {port}: {system_errors.said(refused)} "
            f"Another room may be open there; give another port: --port {port + 1}"
        ) from refused
    return listener


def names_of(certificate: Path) -> frozenset[str]:
    """Return the host names a certificate is for. Raises NotReachableError."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
    except (OSError, ValueError) as wrong:
        raise NotReachableError(
            f"{certificate} cannot be used as the room's certificate: {wrong}. It takes PEM, with "
            "the room's own certificate first."
        ) from wrong
    try:
        names = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        listed = [
            *names.get_values_for_type(x509.DNSName),
            *map(str, names.get_values_for_type(x509.IPAddress)),
        ]
    except x509.ExtensionNotFound:
        listed = [str(n.value) for n in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    # A wildcard names no host: --name says which.
    return frozenset(name.lower() for name in listed if "*" not in name)


class _Patient(H11Protocol):
    """Waits for a request's headers, but not for ever: a slow one holds a connection."""

    _late: asyncio.TimerHandle | None = None
    #: Ends the wait for a body that was answered already.
    _rest: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Take what came; headers that are whole end the wait."""
        super().data_received(data)
        if self.conn.their_state is not h11.IDLE:
            self._stop()
        elif self._late is None:
            self._wait()
        if self._rest is not None and self.conn.their_state is not h11.SEND_BODY:
            self._rest.cancel()
            self._rest = None

    def on_response_complete(self) -> None:
        """End what was answered; a body that is still coming does not hold the connection."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and self._rest is None:
            self._rest = self.loop.call_later(_REST_SECONDS, self.transport.close)

    def connection_lost(self, exc: Exception | None) -> None:
        """End the waits."""
        self._stop()
        if self._rest is not None:
            self._rest.cancel()
        super().connection_lost(exc)

    def _wait(self) -> None:
        self._late = self.loop.call_later(_HEADER_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


def server(
    room: Room,
    door: Door,
    *,
    proxy: str = "",
    certificate: Path | None = None,
    key: Path | None = None,
) -> tuple[uvicorn.Server, Any]:
    """Return the server of a room, and its application; `run` it with a socket that listens."""
    app = create_app(room, door)
    config = uvicorn.Config(
        app,
        http=_Patient,
        ws="none",
        loop="asyncio",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        # What a proxy says of who asks is taken from that proxy alone.
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        timeout_keep_alive=_IDLE,
        timeout_graceful_shutdown=_ENDING,
        # Beyond this no sentence is said.
        limit_concurrency=2 * _AT_ONCE,
        h11_max_incomplete_event_size=HEADERS,
    )
    running = uvicorn.Server(config)
    app.state["ending"] = lambda: running.should_exit
    app.state["crowded"] = lambda: len(running.server_state.connections) > _AT_ONCE
    return running, app
