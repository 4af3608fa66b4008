"""Signing in at the office's own provider: OpenID Connect, authorization code with PKCE.

The provider says who somebody is; what they may do stands in the matter alone. Whoever the provider
names and the matter does not know stays outside. Tokens are used once and kept nowhere.

Sources: OpenID Connect Core 1.0, sections 3.1.2 and 3.1.3.7; RFC 7636 (PKCE); RFC 9207 (`iss`).
"""

from __future__ import annotations

import secrets
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit

from forthwith.domain.errors import ForthwithError
from forthwith.web.guard import LOCAL_NAMES

try:
    # It asks for its warnings to be shown whatever others ask, and then warns of a library to come.
    import authlib.deprecate
    import httpx

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", authlib.deprecate.AuthlibDeprecationWarning)
        from authlib.integrations.httpx_client import OAuth2Client
    from joserfc import jwt
    from joserfc.jwk import KeySet
except ModuleNotFoundError:
    _GONE = True
else:
    _GONE = False

_SECONDS, _WAITING, _LEEWAY = 10 * 60, 1_000, 60
#: Signatures taken: those with a key of the provider's that it publishes.
_SIGNED = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"]


class ProviderError(ForthwithError):
    """The provider cannot be asked, or what it says proves nothing."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What was begun, until the browser comes back."""

    attempt: str
    nonce: str
    verifier: str
    where: str
    until: float


@dataclass(slots=True)
class Provider:
    """One provider, as `matter.toml` names it."""

    issuer: str
    client: str
    secret: str
    #: The claim that holds the login: "preferred_username", or "email" (which must be verified).
    login: str = "preferred_username"
    #: What the button says.
    words: str = "Sign in with the office"
    clock: Callable[[], float] = time.time
    _asked: dict[str, _Asked] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def of(cls, home: Path, told: Mapping[str, Any]) -> Self:
        """Return the provider that settings name. Raises ProviderError."""
        if _GONE:
            raise ProviderError('Signing in by OIDC needs more: pip install "forthwith[oidc]"')
        issuer, client = str(told["oidc_issuer"]), str(told.get("oidc_client", ""))
        parts = urlsplit(issuer)
        if parts.scheme != "https" and parts.hostname not in LOCAL_NAMES:
            raise ProviderError(f"[room] oidc_issuer is {issuer!r}; it takes an https:// address")
        if not client:
            raise ProviderError("[room] oidc_client is missing: the id the provider gave this room")
        secret = ""
        if path := told.get("oidc_secret_file"):
            try:
                secret = (home / str(path)).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as wrong:
                raise ProviderError(f"[room] oidc_secret_file cannot be read: {wrong}") from wrong
        provider = cls(issuer, client, secret)
        provider.login = str(told.get("oidc_login", provider.login))
        provider.words = str(told.get("oidc_words", provider.words))
        return provider

    def begin(self, back: str, attempt: str, where: str) -> str:
        """Return the address at the provider that a browser is sent to. Raises ProviderError."""
        found = self._found()
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        with self._client(back) as client:
            address, state = client.create_authorization_url(
                found["authorization_endpoint"], nonce=nonce, code_verifier=verifier
            )
        now = self.clock()
        with self._lock:
            self._asked = {key: one for key, one in self._asked.items() if one.until > now}
            while len(self._asked) >= _WAITING:
                del self._asked[next(iter(self._asked))]
            self._asked[state] = _Asked(attempt, nonce, verifier, where, now + _SECONDS)
        return str(address)

    def end(self, back: str, attempt: str, answer: Mapping[str, str]) -> tuple[str, str]:
        """Return the login the provider vouches for, and where to go. Raises ProviderError."""
        with self._lock:
            asked = self._asked.pop(answer.get("state", ""), None)
        if asked is None or asked.until <= self.clock() or not attempt or asked.attempt != attempt:
            raise ProviderError(
                "This sign-in was not begun here, or took longer than ten minutes. Begin again."
            )
        if answer.get("error") or not answer.get("code"):
            raise ProviderError("The provider let nobody in. Begin again, or ask its help desk.")
        if answer.get("iss", self.issuer) != self.issuer:
            raise ProviderError("Another provider answered than was asked. Nobody was let in.")
        found = self._found()
        try:
            with self._client(back) as client:
                token = client.fetch_token(
                    found["token_endpoint"],
                    code=answer["code"],
                    code_verifier=asked.verifier,
                    grant_type="authorization_code",
                )
                keys = KeySet.import_key_set(
                    client.request("GET", found["jwks_uri"], withhold_token=True).json()
                )
            claims = jwt.decode(str(token["id_token"]), keys, algorithms=_SIGNED).claims
        except Exception as wrong:  # the rim: a provider fails in ways of three libraries
            raise self._broken(wrong) from wrong
        return self._login_in(claims, asked.nonce), asked.where

    def _login_in(self, claims: Mapping[str, Any], nonce: str) -> str:
        """Return the login of an ID token (OpenID Connect Core 3.1.3.7). Raises ProviderError."""
        now, audience = self.clock(), claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, issued = claims.get("exp"), claims.get("iat")
        sound = (
            claims.get("iss") == self.issuer
            and self.client in audiences
            and (len(audiences) == 1 or claims.get("azp") == self.client)
            and claims.get("azp", self.client) == self.client
            and isinstance(expires, int | float)
            and now < expires + _LEEWAY
            and isinstance(issued, int | float)
            and issued < now + _LEEWAY
            and secrets.compare_digest(str(claims.get("nonce", "")).encode(), nonce.encode())
        )
        login = claims.get(self.login)
        if not sound or not isinstance(login, str) or not login:
            raise ProviderError("What the provider said does not hold. Nobody was let in.")
        if self.login == "email" and claims.get("email_verified") is not True:
            raise ProviderError("The provider has not verified this mail address.")
        return login

    def _found(self) -> Mapping[str, Any]:
        """Return what the provider says of itself. Raises ProviderError."""
        where = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            answer = httpx.get(where, timeout=10, follow_redirects=False)
            answer.raise_for_status()
            found = answer.json()
            if found["issuer"] != self.issuer:
                raise ValueError("it says that it is another issuer")
            for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
                parts = urlsplit(str(found[key]))
                if parts.scheme != "https" and parts.hostname not in LOCAL_NAMES:
                    raise ValueError(f"its {key} is not https")
        except (httpx.HTTPError, KeyError, ValueError, TypeError) as wrong:
            raise self._broken(wrong) from wrong
        return dict(found)

    def _client(self, back: str) -> OAuth2Client:
        return OAuth2Client(
            self.client,
            self.secret or None,
            scope="openid profile email",
            redirect_uri=back,
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self.secret else "none",
            timeout=10,
        )

    def _broken(self, wrong: Exception) -> ProviderError:
        return ProviderError(
            f"The office's sign-in cannot be used just now ({type(wrong).__name__}). Try again, or "
            "sign in with a password; whoever runs the room can look at the provider."
        )
