"""`forthwith room`: where it may be opened, how it is entered, and how it ends."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from forthwith.record.matter import Matter, SettingError
from forthwith.record.users import Users


@pytest.fixture
def matter(tmp_path: Path) -> Matter:
    return Matter.create(tmp_path / "northgate", name="Northgate")


def _run(matter: Matter, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "forthwith", "-C", str(matter.folder), "room", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _address(room: subprocess.Popen[str]) -> str:
    assert room.stdout is not None
    line = room.stdout.readline()
    found = re.search(r"https?://\S+", line)
    assert found is not None, line + (room.stderr.read() if room.stderr else "")
    return found[0]


def _end(room: subprocess.Popen[str]) -> tuple[str, str]:
    room.send_signal(signal.SIGINT)
    return room.communicate(timeout=60)


def test_the_account_it_runs_under_leads_and_is_let_in_once(matter: Matter) -> None:
    room = _run(matter, "--no-browser", "--port", str(_free_port()))
    link = _address(room)
    with httpx.Client() as browser:
        entered = browser.get(link)
        users = browser.get(httpx.URL(link).join("/api/list")).status_code
        again = httpx.get(link).status_code
    out, errors = _end(room)

    (user,) = Users(matter).every()
    roles = {grant.role for grant in Users(matter).grants(user.id)}
    assert (entered.status_code, again) == (200, 401)
    assert users != 401
    assert roles == {"lead", "admin"}
    assert (room.returncode, errors) == (0, "")
    assert "closed" in out


def test_a_port_that_is_taken_is_a_sentence(matter: Matter) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        out, errors = _run(matter, "--port", str(taken.getsockname()[1])).communicate(timeout=60)

    assert "give another port" in errors
    assert out == ""


@pytest.mark.parametrize(
    ("words", "why"),
    [
        pytest.param(["--host", "0.0.0.0"], "in the clear", id="every address, no TLS"),
        pytest.param(["--host", "room.halden.example"], "in the clear", id="a name, no TLS"),
        pytest.param(["--behind-proxy", "10.0.0.2"], "under which name", id="proxy, no name"),
        pytest.param(["--tls-cert", "a.pem"], "go together", id="a certificate alone"),
        pytest.param(
            ["--tls-cert", "a", "--tls-key", "b", "--behind-proxy", "c"], "leave one", id="both"
        ),
        pytest.param(["--tls-cert", "a", "--tls-key", "b"], "cannot be used", id="no such file"),
    ],
)
def test_where_others_could_read_along_no_room_is_opened(
    matter: Matter, words: list[str], why: str
) -> None:
    room = _run(matter, *words)
    out, errors = room.communicate(timeout=60)

    assert room.returncode == 2
    assert why in errors
    assert out == ""


def _certificate(folder: Path, *names: str) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
        .sign(key, hashes.SHA256())
    )
    cert, secret = folder / "room.pem", folder / "room.key"
    cert.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return cert, secret


def test_with_a_certificate_it_answers_under_the_names_in_it(
    matter: Matter, tmp_path: Path
) -> None:
    cert, key = _certificate(tmp_path, "room.halden.example", "localhost")
    port = str(_free_port())
    room = _run(
        matter, "--no-browser", "--tls-cert", str(cert), "--tls-key", str(key), "--port", port
    )
    _address(room)
    with httpx.Client(verify=False) as browser:
        ours = browser.get(f"https://localhost:{port}/enter")
        other = browser.get(f"https://localhost:{port}/enter", headers={"Host": "evil.test"})
    _end(room)

    assert ours.status_code == 200
    assert "__Host-forthwith-entering=" in ours.headers["set-cookie"]
    assert other.status_code == 421


def test_what_a_stranger_says_of_where_he_comes_from_is_not_believed(matter: Matter) -> None:
    port = str(_free_port())
    # The proxy is another address than the one that asks.
    room = _run(
        matter, "--behind-proxy", "192.0.2.9", "--name", "localhost", "--port", port, "--no-browser"
    )
    assert _address(room) == "https://localhost/"
    said = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "127.0.0.1", "Host": "localhost"}
    answer = httpx.get(f"http://127.0.0.1:{port}/enter", headers=said)
    _end(room)

    assert answer.status_code == 403


@pytest.mark.parametrize(
    "line",
    ["prot = 8600", "port = 70000", "port = 0.5", 'port = "8600"', "host = 1", "idle_minutes = 0"],
)
def test_a_setting_that_is_misspelt_is_refused(matter: Matter, line: str) -> None:
    toml = matter.folder / "matter.toml"
    toml.write_text(f"{toml.read_text()}\n[room]\n{line}\n")

    with pytest.raises(SettingError):
        Matter.open(matter.folder)
