"""A stretch of a recording is silent, and nothing but samples goes out."""

from __future__ import annotations

import io
import struct
import wave

import pytest

from forthwith.domain.evidence import Fault
from forthwith.domain.redactions import Redaction, Shape
from forthwith.produce.redacted_sound import RebuiltSound, rebuilt
from forthwith.workers import programs
from tests.builders.documents import document
from tests.builders.redacted import SECRET, sound


def over(*spans: str) -> list[Redaction]:
    return [
        Redaction(at, "FW00000001", Shape.SECONDS, 0, None, span, "PII")
        for at, span in enumerate(spans, 1)
    ]


def made(data: bytes, *spans: str) -> RebuiltSound | Fault:
    return rebuilt(document(media_type="audio/wav"), data, over(*spans))


def test_the_length_stays_and_the_stretch_is_silent() -> None:
    done = made(sound(), "0.5-1", "3-99")
    assert isinstance(done, RebuiltSound)
    assert SECRET.encode() not in done.data
    with wave.open(io.BytesIO(done.data)) as read:
        assert read.getnframes() == 32_000
        frames = read.readframes(32_000)
    assert set(frames[8_000:16_000]) == {0}
    assert set(frames[48_000:]) == {0}
    assert 0 not in {frames[7_999], frames[16_001], frames[47_999]}


@pytest.mark.parametrize(
    ("form", "bits", "silence"), [(1, 8, 0x80), (3, 32, 0), (6, 8, 0xD5), (7, 8, 0xFF), (1, 24, 0)]
)
def test_silence_is_that_of_the_form(form: int, bits: int, silence: int) -> None:
    block = bits // 8
    head = struct.pack("<HHIIHH", form, 1, 100, 100 * block, block, bits)
    samples = b"\x11" * (100 * block)
    body = b"WAVEfmt " + struct.pack("<I", 16) + head + b"data" + struct.pack("<I", len(samples))
    done = made(b"RIFF" + struct.pack("<I", 0) + body + samples, "0.25-0.5")
    assert isinstance(done, RebuiltSound)
    assert set(done.data[44 + 25 * block : 44 + 50 * block]) == {silence}
    assert done.data[44 : 44 + 25 * block] == samples[: 25 * block]


@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"ID3\x04" + b"\0" * 500, sound()[:30], sound().replace(b"data", b"junk")],
)
def test_what_cannot_be_made_silent_is_withheld(
    data: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(programs.Program, "path", lambda _: None)
    assert isinstance(made(data, "0-1"), Fault)


def test_a_stretch_past_the_end_is_refused() -> None:
    assert isinstance(made(sound(), "7-9"), Fault)
    assert isinstance(made(sound(), "9-7"), Fault)
