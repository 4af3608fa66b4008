"""Archives that were delivered (AR): can whoever gets them open them.

A zip file may stand in place of the volume's folder, or lie among its files beside what the load
files name. It is not unpacked here; its directory says how every member is packed, and some ways
receivers refuse. A native that is an archive was kept so, and is judged as a native.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from forthwith.check.context import CheckContext, Findings
from forthwith.check.volume import VolumeUnreadableError
from forthwith.domain.finding import Finding
from forthwith.formats.archives.zip_directory import find_directory
from forthwith.formats.archives.zip_methods import ForbiddenMethod, forbidden_methods
from forthwith.parcels.parts import JoinedFile
from forthwith.standards import catalogue
from forthwith.standards.loader import Standard

#: How a zip file begins, an empty one and one cut in parts included; and a program that may hold
#: one, to unpack itself.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08", b"PK00PK")
_PROGRAM = b"MZ"


def packed(seen: CheckContext, strays: Sequence[str]) -> Findings:
    """Report archives among the files no load file names that are packed in a refused way."""
    for path in strays:
        for code, message in _judged(seen.volume.folder.root / path):
            seen.closed.add(path)
            yield seen.report(code, f"{path} {message}, and no load file names it", file=path)


def of_archive(path: Path, standard: Standard, *parts: Path) -> tuple[Finding, ...]:
    """Return what is wrong with an archive that stands in a volume's place.

    `parts` are the further ones of an archive cut into parts. Raises VolumeUnreadableError where
    nothing is wrong: then it can be unpacked, and its folder checked.
    """
    findings = tuple(
        catalogue.finding(
            code, f"{path.name} {message}", standard, file=path.name, volume=path.stem
        )
        for code, message in _judged(*(part.resolve() for part in (path, *parts)))
    )
    if not findings:
        raise VolumeUnreadableError(
            f"{path} is not a folder. Give the folder of one volume; an archive is unpacked first."
        )
    return findings


def refused(*parts: Path) -> bool:
    """Return True for an archive, or the parts of one, that some receivers cannot open."""
    return any(True for _ in _judged(*(part.resolve() for part in parts)))


def _judged(*parts: Path) -> Iterator[tuple[str, str]]:
    """Yield code and message for each kind of refusal; nothing for what is no zip file."""
    with JoinedFile(*parts) as source:
        head = source.read(0, 6)
        if not head.startswith((*_ZIP, _PROGRAM)):
            return
        if head.startswith(_PROGRAM) and find_directory(source) is None:
            return
        methods = forbidden_methods(source)
    refused = [method for method in methods if method.named]
    if refused:
        yield "AR01", f"{_members(refused)}, which 7-Zip cannot open"
    if others := [method for method in methods if not method.named]:
        yield "AR02", f"{_members(others)}, which not every program opens"


def _members(methods: Sequence[ForbiddenMethod]) -> str:
    names = " and ".join(dict.fromkeys(method.method for method in methods))
    first = methods[0].path
    if len(methods) == 1:
        return f"has the member {first} packed as {names}"
    return f"has {len(methods):,} members packed as {names} (the first is {first})"
