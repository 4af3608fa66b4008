"""A recording with stretches made silent: the same length, nothing but its samples.

Of a WAV file the samples of a stretch become zero and every chunk but `fmt ` and `data` is left
out (titles, cue points, transcripts, pictures, positions: RIFF takes any). Of a format whose
samples are coded, nothing can be zeroed: ffmpeg, where it is installed, makes a WAV of it first;
without it the recording is withheld with a Fault.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from forthwith.domain.cell_ranges import SpanError, seconds, seconds_text
from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault, FaultReason
from forthwith.domain.redactions import Redaction, Shape
from forthwith.produce.redacted_text import sign
from forthwith.workers import programs

MEDIA_TYPE = "audio/vnd.wave"
_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
#: A sample that says nothing, by the form it is in; of PCM at most 8 bits wide, 128.
_SILENCE = {_A_LAW: 0xD5, _MU_LAW: 0xFF}
#: Last bytes of the identifiers of what WAVE_FORMAT_EXTENSIBLE holds.
_SUBTYPE_END = bytes.fromhex("000000001000800000aa00389b71")
_FFMPEG_SECONDS = 600.0
_HEADER = 44


@dataclass(frozen=True, slots=True)
class RebuiltSound:
    """A recording as it goes out."""

    #: WAV.
    data: bytes
    #: What stands in its text: when something was taken out, and why.
    text: str
    passages: tuple[()] = field(default=())


class _NotWavError(Exception):
    """Bytes that are no WAV file whose samples can be told."""


@dataclass(frozen=True, slots=True)
class _Wave:
    form: int
    channels: int
    rate: int
    #: Bytes of a sample of all channels, and bits of one.
    block: int
    bits: int
    data: bytes


def rebuilt(
    document: Document, data: bytes, redactions: Sequence[Redaction]
) -> RebuiltSound | Fault:
    """Return a recording anew with stretches made silent, or the Fault that bars it."""
    try:
        stretches = [
            (seconds(redaction.span), redaction)
            for redaction in redactions
            if redaction.covers and redaction.shape is Shape.SECONDS
        ]
    except SpanError as wrong:
        return Fault(FaultReason.DISAGREEMENT, f"seconds of it are redacted: {wrong}")
    try:
        wave = _read(data)
    except _NotWavError as odd:
        converted = _by_ffmpeg(document, data)
        if isinstance(converted, Fault):
            return converted
        try:
            wave = _read(converted)
        except _NotWavError:
            return Fault(FaultReason.UNSUPPORTED, f"seconds of it are redacted, and {odd}")
    silent = bytearray(wave.data)
    lines = []
    for (begin, end), redaction in stretches:
        # Samples that a stretch touches are silent whole.
        first = math.floor(begin * wave.rate) * wave.block
        last = min(math.ceil(end * wave.rate) * wave.block, len(silent))
        if first >= len(silent):
            detail = f"{redaction.span} s of it are redacted, and it ends before"
            return Fault(FaultReason.DISAGREEMENT, detail)
        silent[first:last] = _quiet(wave) * (last - first)
        lines.append(f"{seconds_text(begin, end)} s: {sign(redaction.reason)}")
    return RebuiltSound(_written(wave, bytes(silent)), "\n".join(lines))


def _quiet(wave: _Wave) -> bytes:
    if wave.form == _PCM and wave.bits <= 8:
        return b"\x80"
    return bytes([_SILENCE.get(wave.form, 0)])


def _read(data: bytes) -> _Wave:
    """Return form and samples of a WAV file (RIFF or RF64). Raises _NotWavError."""
    if data[:4] not in {b"RIFF", b"RF64"} or data[8:12] != b"WAVE":
        raise _NotWavError("it is no WAV file")
    chunks = dict(_chunks(data))
    form = chunks.get(b"fmt ", b"")
    if len(form) < 16 or b"data" not in chunks:
        raise _NotWavError("its samples cannot be told")
    kind, channels, rate, _, block, bits = struct.unpack("<HHIIHH", form[:16])
    if kind == _EXTENSIBLE and len(form) >= 40 and form[26:40] == _SUBTYPE_END:
        kind = struct.unpack("<H", form[24:26])[0]
    if kind not in {_PCM, _FLOAT, _A_LAW, _MU_LAW} or not (channels and rate and block and bits):
        raise _NotWavError("its samples are coded in a way that cannot be made silent")
    if block != channels * ((bits + 7) // 8):
        raise _NotWavError("its samples are not as wide as it says")
    samples = chunks[b"data"]
    return _Wave(kind, channels, rate, block, bits, samples[: len(samples) // block * block])


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the chunks, first ones first; a repeated one does not take the place of the first."""
    seen: set[bytes] = set()
    at = 12
    while at + 8 <= len(data):
        name, size = data[at : at + 4], struct.unpack("<I", data[at + 4 : at + 8])[0]
        if name == b"data" and size == 0xFFFFFFFF:
            size = len(data) - at - 8
        if name not in seen:
            seen.add(name)
            yield name, data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2


def _written(wave: _Wave, samples: bytes) -> bytes:
    pad = b"\0" * (len(samples) % 2)
    form = struct.pack(
        "<HHIIHH",
        wave.form,
        wave.channels,
        wave.rate,
        wave.rate * wave.block,
        wave.block,
        wave.bits,
    )
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form
    body += b"data" + struct.pack("<I", len(samples)) + samples + pad
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _by_ffmpeg(document: Document, data: bytes) -> bytes | Fault:
    """Return a recording as a WAV file made by ffmpeg, or the Fault that bars it."""
    if programs.FFMPEG.path() is None:
        detail = (
            f"seconds of it are redacted; {document.media_type or 'its format'} is coded, and "
            "without ffmpeg it cannot be made a WAV file"
        )
        return Fault(FaultReason.NO_TOOL, detail)
    with TemporaryDirectory() as place:
        folder = Path(place)
        source, target = folder / "source", folder / "sound.wav"
        source.write_bytes(data)
        arguments = (
            "-nostdin", "-v", "error", "-protocol_whitelist", "file", "-i", str(source), "-vn",
            "-sn", "-dn", "-map", "0:a:0", "-map_metadata", "-1", "-map_chapters", "-1",
            "-c:a", "pcm_s16le", "-f", "wav", str(target),
        )  # fmt: skip
        try:
            programs.run(programs.FFMPEG, arguments, folder, {}, _FFMPEG_SECONDS)
        except programs.TookTooLongError:
            return Fault(FaultReason.TOO_SLOW, "seconds of it are redacted; ffmpeg did not end")
        if not target.is_file():
            detail = "seconds of it are redacted, and ffmpeg could not read it"
            return Fault(FaultReason.CORRUPT, detail)
        return target.read_bytes()
