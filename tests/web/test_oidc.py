"""The office's own sign-in: a real provider over the loop, and what it says that proves nothing."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey

from forthwith.domain.users import Role
from forthwith.web.guard import Door
from forthwith.web.oidc import Provider, ProviderError
from tests.web.conftest import Browser, Place

Change = Callable[["Office", dict[str, Any]], "str | None"]


class Office:
    """An OpenID provider: discovery, keys, codes that serve once, ID tokens."""

    def __init__(self) -> None:
        self.keys = {"RS256": RSAKey.generate_key(2048, {"kid": "r"}),
                     "ES256": ECKey.generate_key("P-256", {"kid": "e"})}  # fmt: skip
        self.algorithm = "ES256"
        #: What a test changes of the claims; a string it returns is the token itself.
        self.change: Change = lambda office, claims: None
        self.found: dict[str, Any] = {}
        self.codes: dict[str, dict[str, str]] = {}
        office = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._say(office.keys_said() if "keys" in self.path else office.said())

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                given = {name: value[0] for name, value in parse_qs(body).items()}
                answer = office.token(given)
                self._say(answer or {"error": "invalid_grant"}, 200 if answer else 400)

            def _say(self, said: dict[str, Any], status: int = 200) -> None:
                body = json.dumps(said).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def said(self) -> dict[str, Any]:
        ends = {"authorization_endpoint": "auth", "token_endpoint": "token", "jwks_uri": "keys"}
        addresses = {name: f"{self.issuer}/{end}" for name, end in ends.items()}
        return {"issuer": self.issuer, **addresses, **self.found}

    def keys_said(self) -> dict[str, Any]:
        return {"keys": [key.as_dict(private=False) for key in self.keys.values()]}

    def agreed(self, address: str, login: str = "ana") -> dict[str, str]:
        """Let somebody in who was sent here; returns what their browser brings back."""
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self.codes[code] = {**asked, "login": login}
        return {"code": code, "state": asked["state"]}

    def token(self, given: dict[str, str]) -> dict[str, Any] | None:
        asked = self.codes.pop(given.get("code", ""), None)
        verifier = hashlib.sha256(given.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge:
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer, "aud": "room", "sub": "7", "exp": now + 300, "iat": now,
            "nonce": asked["nonce"], "preferred_username": asked["login"],
        }  # fmt: skip
        token = self.change(self, claims)
        key = self.keys[self.algorithm]
        token = token or jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)
        return {"access_token": "a", "token_type": "Bearer", "id_token": token}


@pytest.fixture
def office() -> Iterator[Office]:
    office = Office()
    yield office
    office.server.shutdown()
    office.server.server_close()


@pytest.fixture
def place(door_at: Callable[..., Place], office: Office) -> Place:
    provider = Provider.of(Path(), {"oidc_issuer": office.issuer, "oidc_client": "room"})
    place = door_at(Door(oidc=provider))
    place.user("ana", Role.LEAD)
    return place


def _sent(browser: Browser) -> str:
    return str(browser.get("/enter/oidc?next=/documents").headers["location"])


def _back(browser: Browser, answer: dict[str, str]) -> Any:
    return browser.get("/enter/oidc/back", params=answer)


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_the_office_lets_in_whom_the_matter_knows(
    place: Place, office: Office, algorithm: str
) -> None:
    office.algorithm = algorithm
    browser = place.browser()

    entered = _back(browser, office.agreed(_sent(browser)))

    assert entered.status_code == 200, entered.text
    assert "url=/documents" in entered.text
    assert browser.client.cookies.get("forthwith-8600")


def _with(**claims: Any) -> Change:
    def change(office: Office, there: dict[str, Any]) -> None:
        there.update(claims)

    return change


def _unsigned(office: Office, claims: dict[str, Any]) -> str:
    parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."


def _by_public_key(office: Office, claims: dict[str, Any]) -> str:
    public = OctKey.import_key(office.keys["RS256"].as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": "r"}, claims, public, algorithms=["HS256"])


def _strange_key(kid: str) -> Change:
    def change(office: Office, claims: dict[str, Any]) -> str:
        key = ECKey.generate_key("P-256", {"kid": kid})
        return jwt.encode({"alg": "ES256", "kid": kid}, claims, key)

    return change


BAD = [
    pytest.param(_with(aud="another"), id="another audience"),
    pytest.param(_with(aud=["room", "another"]), id="two audiences and no party"),
    pytest.param(_with(azp="another"), id="another party"),
    pytest.param(_with(iss="https://evil.test"), id="another issuer"),
    pytest.param(_with(nonce="another"), id="another nonce"),
    pytest.param(_with(nonce=None), id="no nonce"),
    pytest.param(_with(exp=1), id="over"),
    pytest.param(_with(exp=None), id="never over"),
    pytest.param(_with(exp="tomorrow"), id="over in words"),
    pytest.param(_with(iat=9_999_999_999), id="of the future"),
    pytest.param(_with(preferred_username=["ana"]), id="a login that is none"),
    pytest.param(_unsigned, id="alg none"),
    pytest.param(_by_public_key, id="HS256 by the public key"),
    pytest.param(_strange_key("unknown"), id="an unknown key"),
    pytest.param(_strange_key("e"), id="another key of the same id"),
    pytest.param(lambda office, claims: "nonsense", id="nonsense"),
]


@pytest.mark.parametrize("change", BAD)
def test_what_does_not_hold_lets_nobody_in(place: Place, office: Office, change: Change) -> None:
    office.change = change
    browser = place.browser()

    answer = _back(browser, office.agreed(_sent(browser)))

    assert answer.status_code == 401
    assert 'role="alert"' in answer.text
    assert not browser.client.cookies.get("forthwith-8600")


def test_an_answer_serves_once_and_its_own_browser_alone(place: Place, office: Office) -> None:
    browser, other = place.browser(), place.browser()
    answer = office.agreed(_sent(browser))
    _sent(other)
    stolen = office.agreed(_sent(browser))

    assert _back(other, stolen).status_code == 401
    assert _back(browser, stolen).status_code == 401
    assert _back(browser, {**answer, "state": "guess"}).status_code == 401


def test_a_code_serves_once(place: Place, office: Office) -> None:
    browser = place.browser()
    answer = office.agreed(_sent(browser))
    assert _back(browser, answer).status_code == 200
    again = place.browser()
    state = office.agreed(_sent(again))["state"]

    assert _back(again, {"code": answer["code"], "state": state}).status_code == 401


def test_an_answer_of_another_provider_is_none(place: Place, office: Office) -> None:
    browser = place.browser()
    answer = office.agreed(_sent(browser))

    assert _back(browser, {**answer, "iss": "https://evil.test"}).status_code == 401


@pytest.mark.parametrize(
    "found",
    [{"issuer": "https://evil.test"}, {"jwks_uri": "http://evil.test/keys"}, {"jwks_uri": None}],
    ids=["another issuer", "keys in the clear", "no keys"],
)
def test_a_provider_that_is_not_what_was_named_is_not_asked(
    place: Place, office: Office, found: dict[str, Any]
) -> None:
    office.found = found

    assert place.browser().get("/enter/oidc").status_code == 503


@pytest.mark.parametrize("login", ["nobody", "robot", "closed"])
def test_whom_the_matter_does_not_let_in_stays_outside(
    place: Place, office: Office, login: str
) -> None:
    users = place.room.users
    users.add("robot", "", "service", ("root", "test"))
    users.disable(place.user("closed"), ("root", "test"))
    browser = place.browser()

    answer = _back(browser, office.agreed(_sent(browser), login))

    assert answer.status_code == 403
    assert "this matter does not" in answer.text


def test_a_mail_address_counts_only_verified(place: Place, office: Office) -> None:
    place.app.state["door"].oidc.login = "email"
    office.change = _with(email="ana", email_verified=False)
    browser = place.browser()

    assert _back(browser, office.agreed(_sent(browser))).status_code == 401


def test_without_what_it_needs_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("forthwith.web.oidc._GONE", True)

    with pytest.raises(ProviderError, match=r"forthwith\[oidc\]"):
        Provider.of(Path(), {"oidc_issuer": "https://login.halden.example", "oidc_client": "room"})
