"""Encrypted 7z archives, opened with a password: the same archive, written without encryption.

libarchive reads 7z and cannot decrypt it. So the streams are decrypted here, the coder of the
encryption is taken out of the folders that have it, and libarchive is given what remains. Where the
names are encrypted too, so is the header; its checksum then proves the password, else the first
member does. Sources: 7-Zip, 7zFormat.txt, and 7zAES (AES-256, CBC; SHA-256 over salt, password and
a counter, 2^n times).
"""

from __future__ import annotations

import hashlib
import lzma
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from forthwith.domain.evidence import ByteSource
from forthwith.formats.archives.rar_7z_headers import SEVEN_ZIP
from forthwith.formats.bytes.aes import Aes

_START = 32
_AES, _COPY, _LZMA, _LZMA2 = b"\x06\xf1\x07\x01", b"\0", b"\x03\x01\x01", b"\x21"
_END, _HEADER, _PROPERTIES, _MAIN, _PACKED, _FOLDERS = 0, 1, 2, 4, 6, 7
_SIZES, _DIGESTS, _FOLDER, _UNPACK_SIZES, _ENCODED = 9, 10, 11, 12, 0x17
#: 2 to the power of this many rounds of hashing; 7-Zip writes 19, and takes no more than 24.
_MOST_ROUNDS = 24
_MOST_HEADER = 64 * 2**20
_MOST = 1_000_000
#: What broken headers raise.
_BROKEN = (IndexError, ValueError, struct.error, lzma.LZMAError, OverflowError, MemoryError)


@dataclass(frozen=True, slots=True)
class _Coder:
    ident: bytes
    ins: int
    outs: int
    properties: bytes | None


@dataclass(frozen=True, slots=True)
class _Folder:
    """Coders and how their streams are joined; streams are counted through all coders."""

    coders: tuple[_Coder, ...]
    #: (stream in, stream out) that are one.
    binds: tuple[tuple[int, int], ...]
    #: Streams in that are stored.
    stored: tuple[int, ...]
    #: Bytes of each stream out.
    sizes: tuple[int, ...] = ()
    crc: int | None = None

    @property
    def encrypted(self) -> bool:
        return any(coder.ident == _AES for coder in self.coders)


@dataclass(slots=True)
class _Streams:
    """Where stored streams lie and what decodes them."""

    position: int
    sizes: list[int]
    folders: list[_Folder]
    #: Where in the header this was said.
    begins: int = 0


@dataclass(slots=True)
class _Cursor:
    data: bytes
    at: int = 0

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def take(self, length: int) -> bytes:
        if not 0 <= length <= len(self.data) - self.at:
            raise ValueError("the header ends early")
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self) -> int:
        """Read a number whose first byte says by its leading bits how many bytes follow."""
        first, value = self.byte(), 0
        for place in range(8):
            mask = 0x80 >> place
            if not first & mask:
                return value | (first & (mask - 1)) << 8 * place
            value |= self.byte() << 8 * place
        return value

    def count(self) -> int:
        if (number := self.number()) > _MOST:
            raise ValueError("more parts than any archive has")
        return number

    def expect(self, kind: int) -> None:
        if self.byte() != kind:
            raise ValueError("the header is of another form")

    def digests(self, number: int) -> list[int | None]:
        """Read checksums: which there are, then those."""
        defined = [True] * number
        if not self.byte():
            bits = self.take(-(-number // 8))
            defined = [bool(bits[place // 8] << place % 8 & 0x80) for place in range(number)]
        return [struct.unpack("<I", self.take(4))[0] if there else None for there in defined]


def _streams(cursor: _Cursor) -> _Streams:
    """Read PackInfo and CodersInfo."""
    begins = cursor.at
    cursor.expect(_PACKED)
    position, number = cursor.number(), cursor.count()
    sizes: list[int] = []
    while (kind := cursor.byte()) != _END:
        if kind == _SIZES:
            sizes = [cursor.number() for _ in range(number)]
        elif kind == _DIGESTS:
            cursor.digests(number)
        else:
            raise ValueError("the header is of another form")
    cursor.expect(_FOLDERS)
    cursor.expect(_FOLDER)
    number = cursor.count()
    cursor.expect(0)  # not external
    folders = [_folder(cursor) for _ in range(number)]
    cursor.expect(_UNPACK_SIZES)
    folders = [
        replace(folder, sizes=tuple(cursor.number() for coder in folder.coders
                                    for _ in range(coder.outs)))
        for folder in folders
    ]  # fmt: skip
    while (kind := cursor.byte()) != _END:
        if kind != _DIGESTS:
            raise ValueError("the header is of another form")
        crcs = cursor.digests(len(folders))
        folders = [replace(folder, crc=crc) for folder, crc in zip(folders, crcs)]
    return _Streams(position, sizes, folders, begins)


def _folder(cursor: _Cursor) -> _Folder:
    coders = []
    for _ in range(min(cursor.count(), 32)):
        flags = cursor.byte()
        ident = cursor.take(flags & 15)
        ins, outs = (cursor.count(), cursor.count()) if flags & 16 else (1, 1)
        coders.append(_Coder(ident, ins, outs, cursor.take(cursor.count()) if flags & 32 else None))
    ins, outs = sum(coder.ins for coder in coders), sum(coder.outs for coder in coders)
    binds = tuple((cursor.count(), cursor.count()) for _ in range(outs - 1))
    bound = {inside for inside, _ in binds}
    stored = tuple(place for place in range(min(ins, 64)) if place not in bound)
    if ins - len(binds) != 1:
        stored = tuple(cursor.count() for _ in range(min(ins - len(binds), 64)))
    return _Folder(tuple(coders), binds, stored)


def _spelt(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else b"\xff" + number.to_bytes(8, "little")


def _written(streams: _Streams) -> bytes:
    """Write PackInfo and CodersInfo as `_streams` reads them."""
    parts = [bytes([_PACKED]), _spelt(streams.position), _spelt(len(streams.sizes))]
    parts += [bytes([_SIZES]), *map(_spelt, streams.sizes), bytes([_END])]
    parts += [bytes([_FOLDERS, _FOLDER]), _spelt(len(streams.folders)), b"\0"]
    for folder in streams.folders:
        parts.append(_spelt(len(folder.coders)))
        for coder in folder.coders:
            wide, told = (coder.ins, coder.outs) != (1, 1), coder.properties is not None
            parts += [bytes([len(coder.ident) | wide << 4 | told << 5]), coder.ident]
            parts += [_spelt(coder.ins), _spelt(coder.outs)] if wide else []
            if coder.properties is not None:
                parts += [_spelt(len(coder.properties)), coder.properties]
        parts += [_spelt(place) for bind in folder.binds for place in bind]
        parts += map(_spelt, folder.stored if len(folder.stored) > 1 else ())
    parts.append(bytes([_UNPACK_SIZES]))
    parts += [_spelt(size) for folder in streams.folders for size in folder.sizes]
    if any(folder.crc is not None for folder in streams.folders):
        bits = "".join("0" if folder.crc is None else "1" for folder in streams.folders)
        length = -(-len(bits) // 8)
        parts += [bytes([_DIGESTS, 0]), int(bits.ljust(8 * length, "0"), 2).to_bytes(length, "big")]
        parts += [struct.pack("<I", f.crc) for f in streams.folders if f.crc is not None]
    return b"".join([*parts, bytes([_END])])


@dataclass(slots=True)
class _Keys:
    """Keys of one password, each made once: making one is slow on purpose."""

    password: bytes
    made: dict[tuple[int, bytes], bytes] = field(default_factory=dict)

    def cipher(self, coder: _Coder) -> tuple[Aes, bytes]:
        """Return the cipher a coder's properties call for, and the block its chain begins with."""
        data = _Cursor(coder.properties or b"")
        first = data.byte()
        second = data.byte() if first & 0xC0 else 0
        salt = data.take((first >> 7 & 1) + (second >> 4))
        before = data.take((first >> 6 & 1) + (second & 15))
        place = (first & 0x3F, salt)
        if place not in self.made:
            self.made[place] = self._key(*place)
        return Aes(self.made[place]), before.ljust(16, b"\0")

    def _key(self, rounds: int, salt: bytes) -> bytes:
        start = salt + self.password
        if rounds == 0x3F:
            return start[:32].ljust(32, b"\0")
        if rounds > _MOST_ROUNDS:
            raise ValueError("more rounds of hashing than 7-Zip takes")
        digest, step = hashlib.sha256(), min(2**rounds, 2**16)
        block = np.empty((step, len(start) + 8), dtype=np.uint8)
        block[:, : len(start)] = np.frombuffer(start, dtype=np.uint8)
        for at in range(0, 2**rounds, step):
            counter = np.arange(at, at + step, dtype="<u8").view(np.uint8)
            block[:, len(start) :] = counter.reshape(step, 8)
            digest.update(block.data)
        return digest.digest()


def _without(folder: _Folder, place: int) -> tuple[_Folder, int, int]:
    """Take the coder at `place` out; returns its stored stream and the bytes it decrypts to too."""
    coders = folder.coders
    inside = sum(coder.ins for coder in coders[:place])
    outside = sum(coder.outs for coder in coders[:place])
    if (coders[place].ins, coders[place].outs) != (1, 1) or inside not in folder.stored:
        raise ValueError("encryption in another place than before all else")
    stream, size = folder.stored.index(inside), folder.sizes[outside]
    if len(coders) == 1:
        return replace(folder, coders=(_Coder(_COPY, 1, 1, None),)), stream, size
    [fed] = [into for into, out in folder.binds if out == outside]

    def moved(number: int, gone: int) -> int:
        return number - (number > gone)

    binds = ((moved(i, inside), moved(o, outside)) for i, o in folder.binds if o != outside)
    stored = (moved(fed if old == inside else old, inside) for old in folder.stored)
    return (
        _Folder(
            coders[:place] + coders[place + 1 :],
            tuple(binds),
            tuple(stored),
            folder.sizes[:outside] + folder.sizes[outside + 1 :],
            folder.crc,
        ),
        stream,
        size,
    )


def _decrypted(
    streams: _Streams, stored: Sequence[bytes], keys: _Keys
) -> tuple[list[_Folder], list[bytes]]:
    """Return folders without encryption, and all stored streams as they are then."""
    folders, plain, first = [], list(stored), 0
    for folder in streams.folders:
        number = len(folder.stored)
        while folder.encrypted:
            place = next(at for at, coder in enumerate(folder.coders) if coder.ident == _AES)
            cipher, before = keys.cipher(folder.coders[place])
            folder, stream, size = _without(folder, place)
            plain[first + stream] = cipher.chained(plain[first + stream], before)[:size]
        folders.append(folder)
        first += number
    return folders, plain


def _stored(source: ByteSource, streams: _Streams) -> list[bytes]:
    parts, at = [], _START + streams.position
    for size in streams.sizes:
        parts.append(source.read(at, size))
        at += size
    return parts


@dataclass(frozen=True, slots=True)
class Encrypted7z:
    """A 7z archive in which something is encrypted."""

    source: ByteSource
    #: Of the header as it is stored: plain, or an encoded one that is encrypted.
    header: bytes

    @classmethod
    def of(cls, source: ByteSource) -> Encrypted7z | None:
        """Look into an archive; None where nothing is encrypted or its header is broken."""
        try:
            header = _header(source)
            main = _main(header) if header[0] == _HEADER else _streams(_Cursor(header, 1))
        except _BROKEN:
            return None
        encrypted = any(folder.encrypted for folder in main.folders)
        return cls(source, header) if encrypted else None

    def opened(self, passwords: Iterable[str], sound: Callable[[bytes], bool]) -> bytes | None:
        """Return the archive without encryption, by the first password that fits; None if none.

        `sound` tells whether the first member of a candidate comes out whole.
        """
        for password in passwords:
            try:
                candidate = self._candidate(_Keys(password.encode("utf-16-le")))
            except _BROKEN:
                continue
            if candidate is not None and sound(candidate):
                return candidate
        return None

    def _candidate(self, keys: _Keys) -> bytes | None:
        header = self.header
        while header[0] == _ENCODED:
            decoded = _decoded(self.source, header, keys)
            if decoded is None:
                return None
            header = decoded
        cursor = _Cursor(header)
        main = _main(header, cursor)
        if not all(_may_be(self.source, main, keys)):
            return None
        folders, plain = _decrypted(main, _stored(self.source, main), keys)
        if not all(_may_be_whole(main.folders, folders, plain)):
            return None
        written = _written(_Streams(0, [len(stream) for stream in plain], folders))
        whole = header[: main.begins] + written + header[cursor.at :]
        data = b"".join(plain)
        rest = struct.pack("<QQI", len(data), len(whole), zlib.crc32(whole))
        start = SEVEN_ZIP + b"\0\4" + struct.pack("<I", zlib.crc32(rest)) + rest
        return start + data + whole


def _may_be_whole(
    before: Sequence[_Folder], after: Sequence[_Folder], plain: Sequence[bytes]
) -> Iterator[bool]:
    """Yield whether the checksum of each folder that is only encrypted is that of its bytes.

    libarchive compares the checksums of members, and passes over those of folders.
    """
    first = 0
    for was, folder in zip(before, after):
        if was.encrypted and [coder.ident for coder in folder.coders] == [_COPY]:
            yield folder.crc in {None, zlib.crc32(plain[first])}
        first += len(folder.stored)


def _header(source: ByteSource) -> bytes:
    """Return the header, decoded as far as it is not encrypted."""
    offset, size = struct.unpack_from("<QQ", source.read(0, _START), 12)
    if not 0 < size <= _MOST_HEADER:
        raise ValueError("a header longer than any archive needs")
    header = source.read(_START + offset, size)
    while header[0] == _ENCODED:
        if any(folder.encrypted for folder in _streams(_Cursor(header, 1)).folders):
            return header
        decoded = _decoded(source, header, _Keys(b""))
        if decoded is None:
            raise ValueError("the header is not what its checksum says")
        header = decoded
    return header


def _decoded(source: ByteSource, header: bytes, keys: _Keys) -> bytes | None:
    """Decode an encoded header; None where it is not what its checksum says."""
    streams = _streams(_Cursor(header, 1))
    folders, plain = _decrypted(streams, _stored(source, streams), keys)
    [folder], [data] = folders, plain
    [coder] = folder.coders
    if folder.sizes[-1] > _MOST_HEADER:
        raise ValueError("a header longer than any archive needs")
    if coder.ident != _COPY:
        data = lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[_filter(coder)]).decompress(
            data, folder.sizes[-1]
        )
    data = data[: folder.sizes[-1]]
    sound = folder.crc is None or zlib.crc32(data) == folder.crc
    return data if sound and data[:1] in {bytes([_HEADER]), bytes([_ENCODED])} else None


def _filter(coder: _Coder) -> dict[str, int]:
    properties = coder.properties or b""
    if coder.ident == _LZMA2:
        bits = properties[0]
        size = 0xFFFFFFFF if bits == 40 else (2 | bits & 1) << (bits // 2 + 11)
        return {"id": lzma.FILTER_LZMA2, "dict_size": min(size, _MOST_HEADER)}
    if coder.ident != _LZMA:
        raise ValueError("a header packed in a way that is not known")
    first, size = struct.unpack("<BI", properties)
    rest, low = divmod(first, 9)
    high, position = rest % 5, rest // 5
    return {
        "id": lzma.FILTER_LZMA1, "lc": low, "lp": high, "pb": position,
        "dict_size": min(max(size, 4096), _MOST_HEADER),
    }  # fmt: skip


def _main(header: bytes, cursor: _Cursor | None = None) -> _Streams:
    """Read the main streams of a plain header, and leave the cursor behind them."""
    cursor = cursor or _Cursor(header)
    cursor.expect(_HEADER)
    kind = cursor.byte()
    if kind == _PROPERTIES:
        while cursor.byte() != _END:
            cursor.take(cursor.count())
        kind = cursor.byte()
    if kind != _MAIN:
        raise ValueError("the header has no streams of its own")
    return _streams(cursor)


def _may_be(source: ByteSource, main: _Streams, keys: _Keys) -> Iterator[bool]:
    """Yield, for each encrypted folder, whether its first block is one its packing begins with.

    This spares decrypting everything for a wrong password: LZMA begins with a zero, LZMA2 with a
    chunk that forgets what came before.
    """
    at, first = _START + main.position, 0
    for folder in main.folders:
        ciphers = [coder for coder in folder.coders if coder.ident == _AES]
        packing = {coder.ident for coder in folder.coders} & {_LZMA, _LZMA2}
        if len(folder.coders) == 2 and len(ciphers) == 1 and packing:
            cipher, before = keys.cipher(ciphers[0])
            block = cipher.chained(source.read(at, 16), before)[:1]
            if packing == {_LZMA}:
                yield block == b"\0"
            else:
                yield block in {b"\0", b"\1"} or block >= b"\xe0"
        for size in main.sizes[first : first + len(folder.stored)]:
            at += size
        first += len(folder.stored)
