"""The Chromium that tests drive: the machine's, else the one inside npm's `@sparticuz/chromium`.

Run as a program (`python -m tests.browser.chromium`, which `make test` does), it sees to it that
one is there: nothing to do where the machine has one, else about 70 MB into `.venv-browser`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

from tests.npm import NotInstalledError, installed

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / ".venv-browser"
_MACHINE = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
#: To take another one, and ("none") to look as a machine without any does.
_CHOSEN = "FORTHWITH_CHROMIUM"
_FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}/fonts</dir><cachedir>{folder}/font-cache</cachedir></fontconfig>
"""
#: No sandbox of its own: it runs as whoever runs the tests, in containers too. Nothing leaves the
#: machine by itself, so that a listener hears only what a page under test asks for.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass(frozen=True, slots=True)
class Chromium:
    """A browser to start."""

    path: str
    #: What it needs of its surroundings beyond what is there.
    environment: dict[str, str] = field(default_factory=dict)


def found() -> Chromium | None:
    """Return the browser to drive; None where there is none yet."""
    chosen = os.environ.get(_CHOSEN, "")
    if chosen and chosen != "none":
        return Chromium(chosen)
    if not chosen:
        for name in _MACHINE:
            if path := shutil.which(name):
                return Chromium(path)
    binary = FOLDER / "chromium"
    if not binary.is_file():
        return None
    return Chromium(str(binary), _surroundings(binary))


def _surroundings(binary: Path) -> dict[str, str]:
    """Return where its fonts are, and its libraries where the machine lacks some."""
    surroundings = {"FONTCONFIG_FILE": str(FOLDER / "fonts.conf")}
    needs = subprocess.run(["ldd", binary], capture_output=True, text=True, check=False).stdout
    if "not found" in needs:
        surroundings["LD_LIBRARY_PATH"] = str(FOLDER / "lib")
    return surroundings


def set_up() -> Chromium:
    """Return the browser to drive, fetched first where there is none. Raises NotInstalledError."""
    if browser := found():
        return browser
    if sys.platform != "linux" or os.uname().machine != "x86_64":
        raise NotInstalledError("the pinned Chromium is for Linux on x86-64")
    packed = installed(ROOT / "requirements" / "chromium", seconds=600) / "@sparticuz/chromium/bin"
    made = Path(tempfile.mkdtemp(prefix=".venv-browser-", dir=ROOT))
    try:
        _unpack(packed, made)
        with suppress(OSError):
            made.rename(FOLDER)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    browser = found()
    if browser is None:
        raise NotInstalledError(f"{FOLDER} could not be written")
    return browser


def _unpack(packed: Path, folder: Path) -> None:
    import brotli

    def opened(name: str) -> bytes:
        content: bytes = brotli.decompress((packed / name).read_bytes())
        return content

    for name in ("al2023", "swiftshader", "fonts"):
        with tarfile.open(fileobj=BytesIO(opened(f"{name}.tar.br"))) as archive:
            archive.extractall(folder, filter="data")
    # The one that comes with it looks only where its makers' machines have their fonts.
    (folder / "fonts.conf").write_text(_FONTS.format(folder=FOLDER))
    binary = folder / "chromium"
    binary.write_bytes(opened("chromium.br"))
    binary.chmod(0o755)


if __name__ == "__main__":
    try:
        set_up()
    except NotInstalledError as reason:
        # The tests that need one say so again, each by name; all others can run.
        print(f"No browser for tests/browser: {reason}", file=sys.stderr)
        sys.exit(1 if os.environ.get("CI") == "true" else 0)
