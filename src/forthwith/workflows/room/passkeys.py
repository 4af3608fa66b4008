"""Passkeys: a key of somebody's own device in place of a password.

A passkey is made for one name of the room, and proves nothing under another. The person is
verified by the device itself (its PIN, a finger) each time. A challenge serves one browser, once,
within five minutes. Which user it is, the passkey says; that user must have added it here.

Source: Web Authentication Level 3, 7.1 (adding) and 7.2 (signing in).
"""

from __future__ import annotations

import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from forthwith.domain.users import User
from forthwith.record.users import PasskeyError, Users
from forthwith.workflows.room.passwords import RoomNotInstalledError

try:
    import webauthn
    from webauthn.helpers import base64url_to_bytes as bytes_of
    from webauthn.helpers import bytes_to_base64url as text_of
    from webauthn.helpers.cose import COSEAlgorithmIdentifier as Algorithm
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )
except ImportError as gone:
    _GONE: ImportError | None = gone
else:
    _GONE = None

_SECONDS, _WAITING = 5 * 60, 10_000
LONGEST_NAME = 60


class PasskeyRefusedError(PasskeyError):
    """A passkey does not let in; why is not said, for whoever asks may not be whose it is."""

    def __init__(self) -> None:
        super().__init__(
            "This passkey does not let you in here. It may belong to another room, have been "
            "removed, or have taken too long. Try again, or sign in with your password."
        )


@dataclass(frozen=True, slots=True)
class Site:
    """Where the room is reached, as a browser sees it."""

    #: "room.halden.example": the name a passkey is made for.
    name: str
    #: "https://room.halden.example".
    origin: str


@dataclass(frozen=True, slots=True)
class _Asked:
    challenge: bytes
    #: Handle of the user a passkey is being added to; b"" where somebody signs in.
    handle: bytes
    until: float


class Passkeys:
    """Adds passkeys to users of one room, and lets in by them."""

    def __init__(self, users: Users, clock: Callable[[], float] = time.time) -> None:
        self._users = users
        self._clock = clock
        #: Digest of what only one browser has, and what it is for -> what was asked of it.
        self._asked: dict[str, _Asked] = {}
        self._lock = threading.Lock()

    def offered(self) -> bool:
        """Say whether anybody who may come in has a passkey."""
        return any(
            self._users.passkeys(user) for user in self._users.every() if not user.disabled_at
        )

    def adding(self, user: User, site: Site, matter: str, browser: str) -> dict[str, Any]:
        """Return what a browser makes a passkey by; `browser` is what only it has."""
        _there()
        kept = self._users.passkeys(user)
        # Not the user's id: two matters under one name would take each other's passkeys away.
        handle = bytes_of(kept[0]["handle"]) if kept else secrets.token_bytes(32)
        options = webauthn.generate_registration_options(
            rp_id=site.name,
            rp_name=f"forthwith: {matter}",
            user_id=handle,
            user_name=f"{user.login} ({matter})",
            user_display_name=user.name,
            challenge=self._challenge("add", browser, handle),
            timeout=_SECONDS * 1000,
            authenticator_selection=AuthenticatorSelectionCriteria(
                resident_key=ResidentKeyRequirement.REQUIRED,
                user_verification=UserVerificationRequirement.REQUIRED,
            ),
            exclude_credentials=[
                PublicKeyCredentialDescriptor(id=bytes_of(passkey["id"])) for passkey in kept
            ],
            supported_pub_key_algs=_algorithms(),
        )
        return dict(json.loads(webauthn.options_to_json(options)))

    def add(
        self,
        user: User,
        site: Site,
        browser: str,
        name: str,
        made: Mapping[str, Any],
        by: tuple[str, str],
    ) -> str:
        """Add a passkey a browser made, and return its name. Raises PasskeyError."""
        asked = self._taken("add", browser)
        name = " ".join(name.split())[:LONGEST_NAME] or "Passkey"
        kept = self._users.passkeys(user)
        if asked is None or (kept and bytes_of(kept[0]["handle"]) != asked.handle):
            raise PasskeyError("Adding the passkey took too long. Nothing was added; begin again.")
        try:
            _unframed(made)
            proved = webauthn.verify_registration_response(
                credential=dict(made),
                expected_challenge=asked.challenge,
                expected_rp_id=site.name,
                expected_origin=site.origin,
                require_user_verification=True,
                supported_pub_key_algs=_algorithms(),
            )
        except Exception as wrong:  # what a stranger sends fails in more ways than it names
            raise PasskeyError(
                "What the browser made is no passkey for this room. Nothing was added; try again."
            ) from wrong
        passkey = {
            "id": text_of(proved.credential_id),
            "key": text_of(proved.credential_public_key),
            "handle": text_of(asked.handle),
            "name": name,
            "site": site.name,
            "added": datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="seconds"),
            "sign_count": proved.sign_count,
        }
        self._users.add_passkey(user, passkey, by)
        return name

    def entering(self, site: Site, browser: str) -> dict[str, Any]:
        """Return what a browser shows its passkeys for."""
        _there()
        options = webauthn.generate_authentication_options(
            rp_id=site.name,
            challenge=self._challenge("enter", browser, b""),
            timeout=_SECONDS * 1000,
            user_verification=UserVerificationRequirement.REQUIRED,
        )
        return dict(json.loads(webauthn.options_to_json(options)))

    def enter(self, site: Site, browser: str, shown: Mapping[str, Any]) -> User:
        """Return the user a passkey proves. Raises PasskeyRefusedError."""
        if (asked := self._taken("enter", browser)) is None:
            raise PasskeyRefusedError
        try:
            _unframed(shown)
            passkey_id, handle = text_of(bytes_of(shown["id"])), shown["response"]["userHandle"]
            user, passkey = self._whose(passkey_id, text_of(bytes_of(handle)))
            proved = webauthn.verify_authentication_response(
                credential=dict(shown),
                expected_challenge=asked.challenge,
                expected_rp_id=site.name,
                expected_origin=site.origin,
                credential_public_key=bytes_of(passkey["key"]),
                # The count is held to below, where it is kept, at once with keeping it.
                credential_current_sign_count=-1,
                require_user_verification=True,
            )
        except Exception as wrong:  # what a stranger sends fails in more ways than it names
            raise PasskeyRefusedError from wrong
        if not self._users.passkey_used(user, passkey["id"], proved.new_sign_count):
            raise PasskeyRefusedError
        return user

    def _whose(self, passkey_id: str, handle: str) -> tuple[User, Mapping[str, Any]]:
        """Return the user whose passkey this is, if they may come in. Raises LookupError."""
        for user in self._users.every():
            if user.kind == "human" and not user.disabled_at:
                for passkey in self._users.passkeys(user):
                    if passkey["id"] == passkey_id and passkey["handle"] == handle:
                        return user, passkey
        raise LookupError(passkey_id)

    def _challenge(self, purpose: str, browser: str, handle: bytes) -> bytes:
        """Return a challenge for one browser; the one it had for this purpose serves no more."""
        challenge, now, key = secrets.token_bytes(32), self._clock(), _key(purpose, browser)
        with self._lock:
            self._asked.pop(key, None)
            while self._asked and (
                len(self._asked) >= _WAITING or next(iter(self._asked.values())).until <= now
            ):
                del self._asked[next(iter(self._asked))]
            self._asked[key] = _Asked(challenge, handle, now + _SECONDS)
        return challenge

    def _taken(self, purpose: str, browser: str) -> _Asked | None:
        """Return what was asked of a browser, which is spent now whatever it answered."""
        with self._lock:
            asked = self._asked.pop(_key(purpose, browser), None)
        return asked if asked is not None and self._clock() < asked.until else None


def _key(purpose: str, browser: str) -> str:
    return hashlib.sha256(f"{purpose} {browser}".encode()).hexdigest()


def _algorithms() -> list[Algorithm]:
    return [
        Algorithm.ECDSA_SHA_256, Algorithm.EDDSA, Algorithm.RSASSA_PKCS1_v1_5_SHA_256,
    ]  # fmt: skip


def _unframed(credential: Mapping[str, Any]) -> None:
    """Refuse what was shown inside a frame of another site. Raises ValueError."""
    told = json.loads(bytes_of(credential["response"]["clientDataJSON"]))
    if told.get("crossOrigin") or told.get("topOrigin"):
        raise ValueError("shown inside a frame of another site")


def _there() -> None:
    """Raise RoomNotInstalledError where passkeys cannot be read."""
    if _GONE is not None:
        raise RoomNotInstalledError("A passkey") from _GONE
