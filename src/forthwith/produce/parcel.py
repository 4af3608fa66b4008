"""The files of a sealed volume on their way into a parcel, each held against the manifest.

Digests are taken from the very bytes that are packed. A file that is not the sealed one stops the
parcel, and so does one the manifest does not name.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from forthwith.domain.errors import ForthwithError
from forthwith.parcels.zips import Member

_PIECE = 2**20


class NotAsSealedError(ForthwithError):
    """A volume is not what was sealed, so it does not go out."""

    def __init__(self, volume: str, what: str) -> None:
        super().__init__(
            f"{volume} is not delivered: {what}. Nothing is handed over that is not what was "
            "sealed: put the volume back as it was; forthwith verify names everything that differs."
        )


@dataclass(frozen=True, slots=True)
class SealedFiles:
    """What a sealed volume holds, by its manifest."""

    name: str
    #: To be packed, in the order of their paths, under a folder of the volume's name.
    members: tuple[Member, ...]
    #: Bytes of all.
    size: int
    #: As the manifest counts them.
    documents: int


def sealed_files(folder: Path, manifest: str, beside: Mapping[str, str]) -> SealedFiles:
    """Return the files of the volume in `folder`, whose manifest has the SHA-256 `manifest`.

    `beside` are files it cannot name, SHA-256 by path: its seal and the stamp of that.
    Raises NotAsSealedError where other files lie there than the manifest names. What the files
    hold is looked at when the pieces of a member are taken: they raise it too.
    """
    name = folder.name
    place = f"DATA/{name}_MANIFEST.JSON"
    try:
        data = (folder / place).read_bytes()
    except OSError:
        raise NotAsSealedError(name, f"its manifest {place} cannot be read") from None
    if hashlib.sha256(data).hexdigest() != manifest:
        raise NotAsSealedError(name, f"its manifest {place} was changed")
    body = json.loads(data)
    digests = {row["path"]: (int(row["size"]), row["sha256"]) for row in body["files"]}
    digests[place] = (len(data), manifest)
    there = set(_files(folder, name))
    digests |= {
        path: ((folder / path).lstat().st_size, digest)
        for path, digest in beside.items()
        if path in there
    }
    if missing := sorted((digests.keys() | beside.keys()) - there):
        raise NotAsSealedError(name, f"{missing[0]} is missing{_more(missing)}")
    if added := sorted(there - digests.keys()):
        raise NotAsSealedError(name, f"{added[0]} was added after the seal{_more(added)}")
    members = tuple(
        Member(f"{name}/{path}", size, _Pieces(folder, path, size, digest))
        for path, (size, digest) in sorted(digests.items())
    )
    size = sum(member.size for member in members)
    return SealedFiles(name, members, size, int(body["counts"]["documents"]))


def _more(paths: list[str]) -> str:
    return f" (and {len(paths) - 1:,} more)" if len(paths) > 1 else ""


def _files(folder: Path, name: str) -> Iterator[str]:
    """Yield the path of every file. Raises NotAsSealedError at links, pipes and devices."""
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                path = Path(entry.path).relative_to(folder).as_posix()
                if entry.is_dir(follow_symlinks=False):
                    waiting.append(Path(entry.path))
                elif entry.is_file(follow_symlinks=False):
                    yield path
                else:
                    raise NotAsSealedError(name, f"{path} is a link or no file at all")


@dataclass(frozen=True, slots=True)
class _Pieces:
    """The bytes of one file, as they are packed; raises NotAsSealedError where they differ."""

    folder: Path
    path: str
    size: int
    sha256: str

    def __call__(self) -> Iterator[bytes]:
        digest, left = hashlib.sha256(), self.size
        for piece in self._read():
            digest.update(piece)
            left -= len(piece)
            if left < 0:
                break
            yield piece
        if left or digest.hexdigest() != self.sha256:
            raise NotAsSealedError(self.folder.name, f"{self.path} was changed")

    def _read(self) -> Iterator[bytes]:
        try:
            # A link put there since is not followed, and a pipe not waited for.
            flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            with open(self.folder / self.path, "rb", opener=lambda p, _: os.open(p, flags)) as file:
                if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                    raise NotAsSealedError(self.folder.name, f"{self.path} is no file")
                while piece := file.read(_PIECE):
                    yield piece
        except OSError as error:
            why = f"{self.path} cannot be read ({error.strerror})"
            raise NotAsSealedError(self.folder.name, why) from error
