"""What an interrupted command left, between the journal and its place: found, and moved there.

A volume, an overlay, a set of facts and a paper are written whole under a name of their own, then
told of in the journal, then renamed:

    staging/VOL001                  volumes/VOL001
    facts/.new-0002                 facts/0002             (the same in books/)
    papers/.responses-1.pdf.new     papers/responses-1.pdf

So what the journal does not tell of never has a name that counts, and may be thrown away by whoever
writes there next; and what it tells of is whole at one of two places.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from forthwith.plain import regular_files
from forthwith.record import journal

_Moves = Callable[[Any], Iterator[tuple[Path, Path]]]

#: How the name of a set of facts or books begins until the journal tells of it.
NEW_FACTS = ".new-"
_NEW_PAPER = ".new"
#: How the name of a time stamp ends, which waits in `staging/`.
STAMP = ".TSR"
#: Where the papers of a matter lie, unless they were written elsewhere.
PAPERS = "papers"


def waiting(folder: Path, connection: sa.Connection) -> list[tuple[Path, Path]]:
    """Return what the journal tells of and still lies where it was written, with its place.

    A time stamp takes the place of an earlier one; of anything else what is there stays.
    """
    named = [
        (left, place)
        for left, place in (
            *_volumes(folder, connection),
            *_fact_sets(folder, connection, "facts"),
            *_fact_sets(folder, connection, "books"),
            *_papers(folder, connection),
        )
        if not os.path.lexists(place) or _same(left, place)
    ]
    return [*named, *_stamps(folder, connection)]


def move(left: Path, place: Path) -> None:
    """Give a file or a folder its name, for good; what has that name already stays. Raises OSError.

    A file is linked to its name, which fails where there is one; a folder is renamed, which fails
    where another holds anything.
    """
    place.parent.mkdir(exist_ok=True)
    if _same(left, place):
        # Interrupted between the new name and the end of the old one.
        left.unlink()
    elif left.is_dir() or left.suffix == STAMP:
        left.replace(place)
    else:
        _name(left, place)
    sync(place.parent)


def _name(left: Path, place: Path) -> None:
    try:
        place.hardlink_to(left)
    except FileExistsError:
        raise
    except OSError:
        # A file system without links.
        if os.path.lexists(place):
            raise FileExistsError(place) from None
        left.rename(place)
    else:
        left.unlink()


def write_whole(path: Path, data: bytes) -> None:
    """Write a file that appears whole or not at all, over one that is there."""
    partial = path.with_name(f".{path.name}{_NEW_PAPER}")
    write_new(partial, data)
    partial.replace(path)
    sync(path.parent)


def write_new(path: Path, data: bytes) -> None:
    """Write a file anew that nobody reads under this name; it is on disk afterwards."""
    path.unlink(missing_ok=True)
    with path.open("xb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())


def new_paper(place: Path) -> Path:
    """Return where a paper lies until the journal tells of it."""
    return place.with_name(f".{place.name}{_NEW_PAPER}")


def sync(folder: Path) -> None:
    """Return once the names in a folder are on disk."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def papers_folder(folder: Path, body: Mapping[str, object]) -> Path | None:
    """Return where a paper was written; None where its entry does not say."""
    return None if (where := body.get("folder")) is None else folder / str(where)


def _volumes(folder: Path, connection: sa.Connection) -> Iterator[tuple[Path, Path]]:
    staging = folder / "staging"
    if not _names(staging):
        return

    def moves(key: str) -> _Moves:
        def of(body: Any) -> Iterator[tuple[Path, Path]]:
            name = _plain(body[key])
            if _is(staging / name / "DATA" / f"{name}_MANIFEST.JSON", body["manifest"]):
                yield staging / name, folder / "volumes" / name

        return of

    yield from _told(connection, "seal", moves("volume"))
    yield from _told(connection, "overlay", moves("name"))


def _fact_sets(folder: Path, connection: sa.Connection, shelf: str) -> Iterator[tuple[Path, Path]]:
    facts = folder / shelf
    if not any(name.startswith(NEW_FACTS) for name in _names(facts)):
        return

    def moves(body: Any) -> Iterator[tuple[Path, Path]]:
        left = facts / f"{NEW_FACTS}{body['set']:04d}"
        if all(_is(left / _plain(file["name"]), file["sha256"]) for file in body["files"]):
            yield left, facts / f"{body['set']:04d}"

    yield from _told(connection, shelf, moves)


def _papers(folder: Path, connection: sa.Connection) -> Iterator[tuple[Path, Path]]:
    def moves(act: Any) -> Iterator[tuple[Path, Path]]:
        into = papers_folder(folder, act["body"])
        for name, digest in act["body"]["sha256"].items():
            if into is not None and _is(left := new_paper(into / _plain(name)), digest):
                yield left, into / name

    yield from _told(connection, "ledger paper", moves)


def _stamps(folder: Path, connection: sa.Connection) -> Iterator[tuple[Path, Path]]:
    staging = folder / "staging"
    if not _names(staging):
        return

    def moves(act: Any) -> Iterator[tuple[Path, Path]]:
        volume = folder / "volumes" / _plain(act["key"])
        for path, digest in act["body"]["beside"].items():
            if _is(left := staging / _plain(Path(path).name), digest):
                yield left, volume / "DATA" / left.name

    yield from _told(connection, "ledger seal stamp", moves)


def _told(connection: sa.Connection, action: str, moves: _Moves) -> Iterator[tuple[Path, Path]]:
    """Yield the moves of the entries of one kind; of one that was changed, `verify` tells."""
    for entry in journal.of(connection, action):
        with contextlib.suppress(ValueError, KeyError, TypeError, AttributeError):
            yield from list(moves(entry.facts()))


def _plain(name: str) -> str:
    """Return a name that stays in its folder. Raises ValueError."""
    if not name or name.startswith(".") or set("/\\\0") & set(name):
        raise ValueError(name)
    return name


def _is(path: Path, sha256: str) -> bool:
    with contextlib.suppress(OSError):
        return regular_files.digest_regular(path) == sha256
    return False


def _same(left: Path, place: Path) -> bool:
    """Return True for two names of one file."""
    with contextlib.suppress(OSError):
        return os.path.samestat(left.lstat(), place.lstat())
    return False


def _names(folder: Path) -> list[str]:
    with contextlib.suppress(OSError):
        return [path.name for path in folder.iterdir()]
    return []
