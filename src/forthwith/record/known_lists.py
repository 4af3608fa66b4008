"""What lists of known files had of a matter: kept beside the journal, which commits to it.

The lists themselves (the NSRL's has hundreds of millions of rows) are not kept, but their SHA-256
is, and which files of the matter they had: so every later run sets the same files aside, and
whoever has the list can repeat it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator
from pathlib import Path

import sqlalchemy as sa

from forthwith.domain.errors import ForthwithError
from forthwith.plain import regular_files
from forthwith.record import interrupted, journal
from forthwith.record.matter import Matter

FOLDER = "known"
_ACTION = "known files"


class KnownFilesChangedError(ForthwithError):
    """What a list had is not what the journal commits to."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} is missing or was changed since it was written: which files are set aside is "
            "not known. Put it back from a copy of the matter."
        )


def keep(matter: Matter, path: Path, entries: int, matched: Collection[str]) -> None:
    """Keep what the list at `path` has of the matter: SHA-256 of each of its files."""
    text = "".join(f"{digest}\n" for digest in sorted(matched)).encode()
    own = hashlib.sha256(text).hexdigest()
    place = matter.folder / FOLDER / f"{own}.txt"
    place.parent.mkdir(exist_ok=True)
    interrupted.write_whole(place, text)
    with path.open("rb") as file:
        whole = hashlib.file_digest(file, "sha256").hexdigest()
    body = {
        "list": path.name,
        "sha256": whole,
        "entries": entries,
        "matched": len(matched),
        "kept": own,
    }
    with matter.writing() as connection:
        journal.append(connection, _ACTION, body)


def known(matter: Matter, connection: sa.Connection) -> dict[str, str]:
    """Return the SHA-256 of each known file of a matter with the name of its list.

    Raises KnownFilesChangedError.
    """
    files: dict[str, str] = {}
    for entry in journal.of(connection, _ACTION):
        body = entry.facts()
        place = matter.folder / FOLDER / f"{body['kept']}.txt"
        text = place.read_bytes() if place.is_file() else b""
        if hashlib.sha256(text).hexdigest() != body["kept"]:
            raise KnownFilesChangedError(place)
        for digest in text.decode("ascii").split():
            files.setdefault(digest, body["list"])
    return files


def broken(matter: Matter, connection: sa.Connection) -> Iterator[str]:
    """Yield a sentence for each kept list that is gone or changed, and for each other file there.

    A file that is what its name says was left by an interrupted run: nothing reads it.
    """
    folder = matter.folder / FOLDER
    kept = {f"{entry.facts()['kept']}.txt" for entry in journal.of(connection, _ACTION)}
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    for name in sorted(kept | there):
        try:
            sound = regular_files.digest_regular(folder / name) == name.removesuffix(".txt")
        except FileNotFoundError:
            yield f"{FOLDER}/{name}: it is missing; which files are set aside is not known"
            continue
        except OSError:
            sound = False
        if name in kept and not sound:
            yield f"{FOLDER}/{name}: it was changed; which files are set aside is not known"
        elif not sound and not name.startswith("."):
            yield f"{FOLDER}/{name}: no list of known files the journal tells of; nothing reads it"
