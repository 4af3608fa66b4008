"""Coming in: by password and by link, once, in equal words, and under a session of one's own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from litestar import get, post

from forthwith.domain.users import Role, Seer
from forthwith.record.matter import Matter
from forthwith.web import app as application
from forthwith.web.limits import Attempts, WaitError
from forthwith.web.routes.enter import local_path
from forthwith.workflows.room import entering, passwords
from tests.web.conftest import BY, PASSWORD, Browser, Place

DoorAt = Callable[..., Place]


@get("/api/test/me", sync_to_thread=False)
def _me(seer: Seer) -> dict[str, Any]:
    return {"login": seer.user.login, "roles": sorted(seer.roles)}


@post("/api/test/change", sync_to_thread=False)
def _change(data: dict[str, Any], seer: Seer) -> dict[str, Any]:
    return {"by": seer.user.login, **data}


@post("/test/change", sync_to_thread=False)
def _change_by_form(seer: Seer) -> dict[str, Any]:
    return {"by": seer.user.login}


@pytest.fixture
def place(door_at: DoorAt, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(application, "ALL", [*application.ALL, _me, _change, _change_by_form])
    place = door_at()
    place.user("ana", Role.LEAD, password=PASSWORD)
    return place


@pytest.fixture
def ana(place: Place) -> Browser:
    browser = place.browser()
    assert browser.sign_in("ana").status_code == 303
    browser.csrf = place.app.state["entrance"].found(_token(browser))[0].csrf
    return browser


def _token(browser: Browser) -> str:
    return browser.client.cookies.get("forthwith-8600") or ""


def test_a_password_lets_in_and_the_page_asked_for_comes_next(place: Place) -> None:
    browser = place.browser()

    asked = browser.get("/api/test/me", headers={"Accept": "text/html"})
    entered = browser.sign_in("ana", where="/documents?q=quorum")

    assert asked.status_code == 401
    assert entered.headers["location"] == "/documents?q=quorum"
    assert browser.get("/api/test/me").json() == {"login": "ana", "roles": ["lead"]}


def test_signed_out_a_page_leads_to_the_form_and_back(place: Place) -> None:
    answer = place.browser().get("/test/change?q=a%26b")

    # The route takes POST alone, which is known before who asks is.
    assert answer.status_code == 405


@pytest.mark.parametrize("login", ["ana", "nobody", "", "closed", "robot", "new"])
def test_whatever_is_wrong_with_a_login_it_is_refused_in_the_same_words(
    place: Place, login: str
) -> None:
    users = place.room.users
    users.disable(place.user("closed", password=PASSWORD), BY)
    users.add("robot", "Robot", "service", BY)
    place.user("new")

    answer = place.browser().sign_in(login, "not this password")

    assert answer.status_code == 401
    assert "do not fit together" in answer.text
    assert _cookie(answer, "forthwith-8600") == ""


@pytest.mark.parametrize("login", ["ana", "nobody", "new"])
def test_an_unknown_login_is_hashed_for_all_the_same(
    place: Place, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.user("new")
    hashed: list[str] = []
    fits = passwords.fits

    def counted(secret: str, plain: str) -> bool:
        hashed.append(secret.partition("$v=")[2].partition("$")[2].partition("$")[0])
        return fits(secret, plain)

    monkeypatch.setattr(passwords, "fits", counted)
    place.browser().sign_in(login, "not this password")

    assert hashed == ["m=65536,t=3,p=4"]


def _cookie(answer: Any, name: str) -> str:
    for header in answer.headers.get_list("set-cookie"):
        key, _, rest = header.partition("=")
        if key == name:
            return str(rest.partition(";")[0])
    return ""


def test_a_session_that_was_planted_is_not_the_one_that_is_begun(place: Place) -> None:
    browser = place.browser()
    browser.client.cookies.set("forthwith-8600", "planted", domain="127.0.0.1")

    entered = browser.sign_in("ana")

    assert _cookie(entered, "forthwith-8600") not in {"", "planted"}


def test_signing_in_again_ends_the_session_before(place: Place, ana: Browser) -> None:
    before = _token(ana)
    entrance = place.app.state["entrance"]

    ana.form("/enter", {"login": "ana", "password": PASSWORD})

    assert entrance.found(before) is None
    assert entrance.found(_token(ana)) is not None


def test_leaving_ends_the_session_here_and_in_the_browser(place: Place, ana: Browser) -> None:
    token = _token(ana)

    left = ana.form("/leave", {})

    assert left.headers["location"] == "/enter"
    assert left.headers["clear-site-data"] == '"cache"'
    assert place.app.state["entrance"].found(token) is None
    assert ana.get("/api/test/me").status_code == 401


def test_a_disabled_user_is_out_at_once(place: Place, ana: Browser) -> None:
    place.room.users.disable(place.room.users.by_login("ana"), BY)

    assert ana.get("/api/test/me").status_code == 401


def test_two_cookies_of_one_name_are_nobodys(place: Place, ana: Browser) -> None:
    token = _token(ana)
    header = {"Cookie": f"forthwith-8600={token}; forthwith-8600=planted"}

    assert place.browser().get("/api/test/me", headers=header).status_code == 401


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 201, id="from a page of the room"),
        pytest.param({"X-CSRF-Token": ""}, 403, id="no token"),
        pytest.param({"X-CSRF-Token": "a" * 43}, 403, id="another token"),
        pytest.param({"X-CSRF-Token": "\u00e9"}, 403, id="odd token"),
        pytest.param({"Origin": "http://evil.test"}, 403, id="another origin"),
        pytest.param({"Origin": "null"}, 403, id="a sandboxed frame"),
        pytest.param({"Origin": "http://127.0.0.1:9999"}, 403, id="another port"),
        pytest.param({"Origin": "https://127.0.0.1:8600"}, 403, id="another scheme"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, 403, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, 403, id="a sibling"),
        pytest.param({"Sec-Fetch-Site": "none"}, 403, id="typed"),
        pytest.param({"Content-Type": "text/plain"}, 415, id="JSON as text"),
        pytest.param({"Content-Type": "application/x-www-form-urlencoded"}, 415, id="form"),
    ],
)
def test_a_script_of_another_site_changes_nothing(
    ana: Browser, headers: dict[str, str], status: int
) -> None:
    given = {name: value.encode("utf-8") for name, value in headers.items()}

    answer = ana.ask("POST", "/api/test/change", {"a": 1}, **given)  # type: ignore[arg-type]

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        pytest.param("csrf={}", "application/x-www-form-urlencoded", 201, id="our form"),
        pytest.param("a=b", "application/x-www-form-urlencoded", 403, id="a form without"),
        pytest.param("csrf=no", "application/x-www-form-urlencoded", 403, id="a forged form"),
        pytest.param("csrf=x&csrf={}", "application/x-www-form-urlencoded", 403, id="two tokens"),
        pytest.param('{{"csrf": "{}"}}', "application/json", 415, id="JSON"),
        pytest.param("csrf={}", "text/plain", 415, id="plain text"),
        pytest.param("csrf={}", "multipart/form-data; boundary=x", 415, id="parts"),
    ],
)
def test_a_form_of_another_site_changes_nothing(
    ana: Browser, body: str, kind: str, status: int
) -> None:
    answer = ana.client.post(
        "/test/change", content=body.format(ana.csrf), headers={"Content-Type": kind}
    )

    assert answer.status_code == status


def test_nobody_is_signed_in_by_a_form_of_another_site(place: Place) -> None:
    other, browser = place.browser(), place.browser()
    other.open()

    answer = browser.form("/enter", {"csrf": other.csrf, "login": "ana", "password": PASSWORD})

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "given",
    [
        "https://evil.test/",
        "//evil.test",
        "/\\evil.test",
        "/%0d%0aSet-Cookie: a=b",
        "javascript:alert(1)",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        " //evil.test",
        "evil.test",
        "",
        "/enter",
        "/leave",
        "/api/list",
        "/" + "a" * 3_000,
        "/\u2215evil.test",
    ],
)
def test_signing_in_leads_nowhere_else(place: Place, given: str) -> None:
    expected = "/%0d%0aSet-Cookie: a=b"

    entered = place.browser().sign_in("ana", where=given)

    assert local_path(given) == "/" or given == expected
    assert entered.headers["location"] == "/"
    assert "a=b" not in str(entered.headers.get_list("set-cookie"))


def test_a_link_lets_in_once(place: Place) -> None:
    entrance = place.app.state["entrance"]
    key = entrance.link(place.room.users.by_login("ana"))
    first, second = place.browser(), place.browser()

    assert first.get(f"/enter/once/{key}").status_code == 200
    assert first.get("/api/test/me").json()["login"] == "ana"
    assert second.get(f"/enter/once/{key}").status_code == 401
    assert second.get("/api/test/me").status_code == 401


def test_a_link_is_over_after_ten_minutes(matter: Matter, place: Place) -> None:
    now = [1_000.0]
    entrance = entering.Entrance(place.room, lambda: now[0])
    key = entrance.link(place.room.users.by_login("ana"))
    now[0] += 601

    with pytest.raises(entering.NotKnownError):
        entrance.by_link(key)


def test_a_session_is_over_after_half_an_hour_without_a_question(place: Place) -> None:
    now = [1_000_000.0]
    entrance = entering.Entrance(place.room, lambda: now[0])
    token = entrance.begin(place.room.users.by_login("ana"), "password")
    now[0] += 29 * 60
    assert entrance.found(token) is not None
    now[0] += 29 * 60
    assert entrance.found(token) is not None
    now[0] += 31 * 60

    assert entrance.found(token) is None


def test_the_sixth_wrong_password_waits_and_says_how_long(place: Place) -> None:
    browser = place.browser()
    for _ in range(5):
        assert browser.sign_in("ana", "wrong wrong wrong").status_code == 401

    answer = browser.sign_in("ana")

    assert answer.status_code == 429
    assert "Wait 30 seconds" in answer.text or "Wait 29 seconds" in answer.text


@pytest.mark.parametrize(
    ("tries", "login", "address", "waits"),
    [
        pytest.param(4, "ana", "192.0.2.1", False, id="four of one login"),
        pytest.param(5, "ana", "192.0.2.1", True, id="five of one login"),
        pytest.param(5, "ANA", "192.0.2.1", True, id="in capitals"),
        pytest.param(5, "ana", "192.0.2.2", False, id="from elsewhere"),
        pytest.param(5, "ben", "192.0.2.1", False, id="another login"),
        pytest.param(20, "ben", "192.0.2.1", True, id="twenty of one address"),
        pytest.param(50, "ana", "192.0.2.2", True, id="fifty of one login from anywhere"),
    ],
)
def test_waits_are_by_login_and_by_address(
    tries: int, login: str, address: str, waits: bool
) -> None:
    attempts = Attempts(lambda: 0.0)
    for _ in range(tries):
        attempts.failed("ana", "192.0.2.1")

    if waits:
        with pytest.raises(WaitError):
            attempts.check(login, address)
    else:
        attempts.check(login, address)


def test_addresses_of_one_ipv6_network_count_as_one() -> None:
    attempts = Attempts(lambda: 0.0)
    for host in range(20):
        attempts.failed(f"user{host}", f"2001:db8:1:2::{host:x}")

    with pytest.raises(WaitError):
        attempts.check("ana", "2001:db8:1:2:ffff::1")
    attempts.check("ana", "2001:db8:1:3::1")


@pytest.mark.parametrize("password", ["short", "a" * 1_001, "anana-anana"])
def test_a_password_nobody_should_have_is_refused(place: Place, password: str) -> None:
    with pytest.raises(passwords.PasswordError):
        passwords.give(place.room.users, place.user("ben"), password, BY)


def test_a_password_is_the_same_however_its_accents_are_typed(place: Place) -> None:
    place.user("ben", password="caf\u00e9 caf\u00e9 caf\u00e9")

    assert place.browser().sign_in("ben", "cafe\u0301 " * 2 + "cafe\u0301").status_code == 303


def test_a_body_larger_than_its_route_takes_is_refused_in_a_sentence(ana: Browser) -> None:
    answer = ana.ask("POST", "/api/test/change", {"a": "x" * 70_000})

    assert answer.status_code == 413
    assert "65,536 bytes" in answer.json()["error"]


def test_a_body_that_does_not_say_its_size_is_held_to_it_too(ana: Browser) -> None:
    def parts() -> Any:
        for _ in range(70):
            yield b"x" * 1_000

    answer = ana.client.post(
        "/api/test/change",
        content=parts(),
        headers={"X-CSRF-Token": ana.csrf, "Content-Type": "application/json"},
    )

    assert answer.status_code == 413
