"""What the operating system refuses, as one sentence with one cure."""

from __future__ import annotations

import errno
import os

#: Says something of a disk of ours and nothing of what is read.
OF_THE_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO})
_AGAIN = "then run the same command again; what was finished before is kept."
#: By errno(3): what happened, and what to do.
_SAID = {
    errno.ENOSPC: ("the disk is full", f"Make room, {_AGAIN}"),
    errno.EDQUOT: ("the disk quota is used up", f"Make room or have it raised, {_AGAIN}"),
    errno.EFBIG: (
        "the file would be larger than may be written here",
        f"Raise the limit of this shell (ulimit -f) or use another disk, {_AGAIN}",
    ),
    errno.EROFS: (
        "the file system is read-only",
        "Mount it for writing, or work on a copy of the matter.",
    ),
    errno.EACCES: ("permission denied", "Ask its owner for access, or work on a copy."),
    errno.EPERM: ("not permitted", "Ask its owner for access, or work on a copy."),
    errno.EMFILE: (
        "too many files are open at once",
        f"Raise the limit of this shell (ulimit -n), {_AGAIN}",
    ),
    errno.ENFILE: ("this machine has too many files open", f"Close other programs, {_AGAIN}"),
    errno.ENOMEM: ("there is no memory left", f"Close other programs, {_AGAIN}"),
    errno.EIO: ("the disk failed (input/output error)", f"Have the disk looked at, {_AGAIN}"),
    errno.ENOLCK: ("its file system cannot lock files", "Keep the matter on a local disk."),
    errno.ESTALE: ("the network share went away", f"Connect it anew, {_AGAIN}"),
}


def said(refused: OSError) -> str:
    """Return what was refused, where, and what to do: one sentence for a person, or two."""
    what, cure = _SAID.get(refused.errno or 0, (refused.strerror or str(refused), ""))
    where = " and ".join(
        os.fsencode(name).decode("utf-8", "backslashreplace")
        for name in (refused.filename, refused.filename2)
        if isinstance(name, str | bytes)
    )
    start = f"{where}: {what}." if where else f"{what[:1].upper()}{what[1:]}."
    return f"{start} {cure}".strip()
