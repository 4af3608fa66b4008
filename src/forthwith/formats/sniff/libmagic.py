"""libmagic's opinion, asked last, in our vocabulary.

The library carried by PyPI `pylibmagic` is loaded under its own name before `import magic` looks
for one, so that no system libmagic is needed and nothing of the process is patched (importing
`pylibmagic` itself would change `ctypes` and the environment).
"""

from __future__ import annotations

import ctypes
import functools
import importlib
import importlib.util
from pathlib import Path
from typing import Any

_UNKNOWN = "application/octet-stream"
#: libmagic's words for ours.
_OURS = {
    "application/x-rar": "application/vnd.rar",
    "application/x-gzip": "application/gzip",
    "application/x-zstd": "application/zstd",
    "application/x-cdf": "application/x-ole-storage",
    "application/CDFV2": "application/x-ole-storage",
    "application/x-lzma": "application/x-lzma",
    "application/x-dosexec": "application/vnd.microsoft.portable-executable",
    "application/x-msaccess": "application/vnd.ms-access",
    "audio/x-wav": "audio/wav",
    "audio/x-flac": "audio/flac",
    "audio/x-aiff": "audio/aiff",
    "audio/x-m4a": "audio/mp4",
    "image/x-icon": "image/vnd.microsoft.icon",
    "image/x-ms-bmp": "image/bmp",
    "video/x-ms-wmv": "video/x-ms-asf",
}
#: Types with sniffing of our own that found otherwise: libmagic's word is not taken for them.
_NOT_TAKEN = frozenset(
    {
        "application/zip", "application/pdf", "application/mbox", "application/x-ole-storage",
        "application/gzip", "application/x-tar", "application/x-cpio", "application/x-lzma",
        "application/x-compress", "application/x-lz4", "application/zstd", "inode/x-empty",
    }
)  # fmt: skip


@functools.cache
def _magic() -> Any:
    """Return a python-magic object, or None where there is no libmagic."""
    carried = importlib.util.find_spec("pylibmagic")
    folder = Path(carried.origin).parent if carried is not None and carried.origin else None
    table = folder / "magic.mgc" if folder is not None else None
    try:
        if folder is not None:
            ctypes.CDLL(str(folder / "libmagic.so.1"), mode=ctypes.RTLD_GLOBAL)
        return importlib.import_module("magic").Magic(mime=True, magic_file=table and str(table))
    except (ImportError, OSError, AttributeError, TypeError, ValueError):
        return None


def opinion(head: bytes) -> str:
    """Return libmagic's type for these bytes in our vocabulary; octet-stream without one."""
    magic = _magic()
    if magic is None:
        return _UNKNOWN
    try:
        theirs = str(magic.from_buffer(head))
    except (importlib.import_module("magic").MagicException, ValueError, OSError):
        return _UNKNOWN
    ours = _OURS.get(theirs, theirs)
    taken = ours not in _NOT_TAKEN and not ours.startswith(("text/", "message/")) and "/" in ours
    return ours if taken else _UNKNOWN
