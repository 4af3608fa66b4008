"""The files of a chat export, whether it lies as a zip or as a folder, each opened on demand.

Only what `slack` and `rsmf` need: names, order, bounded decoding. Ordinary zip archives are read
by their own module, which knows far more about broken and hostile ones.
"""

from __future__ import annotations

import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from functools import partial
from typing import IO

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import ByteSource, Child, Fault, FaultReason, Hint, Relation
from forthwith.formats.bytes.stream import whole, within_budget

_CHUNK = 1 << 20
#: Names exports go by, folders left off: where to look in a zip or a folder.
_NAMES = re.compile(
    r"_chat\.txt|.*whatsapp.*\.txt|messages?(?:_\d+)?\.json|result\.json|hangouts\.json|"
    # DiscordChatExporter ends a name with the channel's number.
    r".*\[\d{15,20}\]\.json",
    re.IGNORECASE,
)
#: A Slack export has people and at least one sort of channel. Users and groups side by side may be
#: anybody's; these names beside them are Slack's alone.
_PEOPLE = frozenset({"users.json", "org_users.json"})
_CHANNELS = frozenset({"channels.json", "mpims.json", "dms.json", "integration_logs.json"})
#: Below this size the ratio of expanded to stored bytes says nothing.
_RATIO_FROM = 10 * 2**20


def is_chat_name(name: str) -> bool:
    """Say whether a file's name is one that chat exports go by; its content decides."""
    return _NAMES.fullmatch(name) is not None


def is_slack(names: AbstractSet[str]) -> bool:
    """Say whether files of these names, side by side, are the lists of a Slack export."""
    return bool(names & _PEOPLE and names & _CHANNELS)


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the export."""

    #: Path as found.
    path: str
    #: The path, numbered where the zip holds it twice: names the member for ever.
    key: str
    size: int
    #: The bytes; does not count towards the budget, `child_of` does.
    load: Callable[[], bytes | Fault]


class _Window(io.RawIOBase):
    """A `ByteSource` as the seekable file that `zipfile` wants."""

    def __init__(self, source: ByteSource) -> None:
        super().__init__()
        self._source, self._at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at}.get(whence, self._source.size)
        if base + offset < 0:
            raise ValueError("a position before the start")
        self._at = base + offset
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        data = self._source.read(self._at, len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)


def zip_members(source: ByteSource, hint: Hint) -> list[Member]:
    """Return the files of a zip in its own order. Raises UnreadableError when it is no zip."""
    try:
        archive = zipfile.ZipFile(io.BufferedReader(_Window(source)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError) as error:
        detail = f"the export is not a readable zip ({error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    # Not `is_dir`: it raises IndexError at a member without a name.
    files = [info for info in archive.infolist() if not info.filename.endswith("/")]
    if len(files) > hint.budget.limits.children:
        detail = f"the zip lists {len(files):,} files (limits.children in matter.toml)"
        raise UnreadableError(Fault(FaultReason.TOO_MANY, detail, lost=True))
    return list(_numbered(archive, files, hint))


def _numbered(
    archive: zipfile.ZipFile, files: list[zipfile.ZipInfo], hint: Hint
) -> Iterator[Member]:
    counts: dict[str, int] = {}
    for info in files:
        counts[info.filename] = count = counts.get(info.filename, 0) + 1
        key = info.filename if count == 1 else f"{info.filename}#{count}"
        yield Member(info.filename, key, info.file_size, partial(_unzip, archive, info, hint))


def _unzip(archive: zipfile.ZipFile, info: zipfile.ZipInfo, hint: Hint) -> bytes | Fault:
    if info.flag_bits & 0x1:
        return Fault(FaultReason.ENCRYPTED, f"{info.filename!r} is encrypted", lost=True)
    try:
        with archive.open(info) as stream:
            return _bounded(stream, info, hint)
    except NotImplementedError as error:
        return Fault(FaultReason.UNSUPPORTED, f"{info.filename!r}: {error}", lost=True)
    except (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError) as error:
        return Fault(FaultReason.CORRUPT, f"{info.filename!r}: {error}", lost=True)
    except (RuntimeError, ValueError, OSError, IndexError) as error:
        return Fault(FaultReason.CORRUPT, f"{info.filename!r}: {error}", lost=True)


def _bounded(stream: IO[bytes], info: zipfile.ZipInfo, hint: Hint) -> bytes | Fault:
    limits, out = hint.budget.limits, bytearray()
    while chunk := stream.read(_CHUNK):
        out += chunk
        swollen = len(out) > max(_RATIO_FROM, info.compress_size * limits.ratio)
        if len(out) > limits.item_bytes or swollen:
            detail = f"{info.filename!r} expands past the limit after {len(out):,} bytes"
            return Fault(FaultReason.TOO_LARGE, detail, lost=True)
    return bytes(out)


def folder_members(members: Mapping[str, ByteSource], hint: Hint) -> list[Member]:
    """Return the files of an export lying as a folder, by path."""
    return [
        Member(path, path, members[path].size, partial(_from_folder, members[path], hint))
        for path in sorted(members)
    ]


def _from_folder(source: ByteSource, hint: Hint) -> bytes | Fault:
    try:
        return whole(source, hint)
    except UnreadableError as error:
        return error.fault


def child_of(member: Member, hint: Hint, step: str, relation: Relation, name: str = "") -> Child:
    """Return a member as a child; its name is the last part of its path unless another is known."""
    folder, _, last = member.path.rpartition("/")
    load = _faulted_with(step, within_budget(member.load, hint))
    return Child(step, name or last, relation, load, folder=folder)


def _faulted_with(step: str, load: Callable[[], bytes | Fault]) -> Callable[[], bytes | Fault]:
    def loaded() -> bytes | Fault:
        data = load()
        return replace(data, step=step) if isinstance(data, Fault) else data

    return loaded


def parsed_json(data: bytes | Fault, path: str) -> object | Fault:
    """Return the JSON value in `data`, or the Fault that says why there is none."""
    if isinstance(data, Fault):
        return data
    try:
        value: object = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Fault(FaultReason.UNDECODABLE, f"{path!r} is not UTF-8, so not read as JSON")
    except RecursionError:
        return Fault(FaultReason.TOO_DEEP, f"{path!r} nests too deeply to be read as JSON")
    except ValueError as error:
        return Fault(FaultReason.CORRUPT, f"{path!r} is not sound JSON: {error}")
    return value
