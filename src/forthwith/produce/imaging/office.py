"""Office documents as PDF, by LibreOffice where it is installed.

It runs in a private folder with a private home and profile, macros off, under a time limit and the
rules of `workers.programs`, and nothing of it stays behind. Without it, office files get a
slip-sheet.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from forthwith.formats.sniff.media_names import row_of
from forthwith.workers import programs
from forthwith.workers.programs import LIBREOFFICE

#: Seconds one conversion may take.
SECONDS = 120
#: Macro security "very high": only code from trusted places, and there are none.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
</oor:items>
"""


class ConversionError(ValueError):
    """LibreOffice did not turn a document into PDF."""


def available() -> bool:
    """Say whether LibreOffice is installed."""
    return LIBREOFFICE.path() is not None


def as_pdf(data: bytes, media_type: str, seconds: float = SECONDS) -> bytes:
    """Convert an office document. Raises ConversionError with a plain sentence."""
    if not available():
        raise ConversionError("LibreOffice is not installed")
    with tempfile.TemporaryDirectory(prefix="forthwith-office-") as folder:
        home = Path(folder)
        source = home / f"document.{row_of(media_type).opened_as or 'bin'}"
        source.write_bytes(data)
        profile = home / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_SETTINGS, encoding="utf-8")
        _run(home, source, seconds)
        written = home / "document.pdf"
        if not written.is_file():
            raise ConversionError(
                "LibreOffice made no PDF of it: it cannot load it, or is not installed whole"
            )
        return written.read_bytes()


def _run(home: Path, source: Path, seconds: float) -> None:
    arguments = [
        f"-env:UserInstallation={(home / 'profile').as_uri()}",
        "--headless", "--norestore", "--nolockcheck",
        "--convert-to", "pdf", "--outdir", str(home), str(source),
    ]  # fmt: skip
    environment = {"HOME": str(home), "TMPDIR": str(home), "PATH": os.environ.get("PATH", ""),
                   "LANG": "C.UTF-8", "SAL_USE_VCLPLUGIN": "svp"}  # fmt: skip
    try:
        programs.run(LIBREOFFICE, arguments, home, environment, seconds)
    except programs.TookTooLongError:
        raise ConversionError(f"LibreOffice took longer than {seconds:.0f} seconds") from None
