"""OCR: where language data is looked for, what is said where it is not, and the real engine."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont

from forthwith.domain.evidence import Hint, InMemory, TextMethod
from forthwith.formats.pages import ocr, pdf
from tests.builders import pdf as build


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A machine without language data, whose systems' folders lie in the returned one."""
    for name in ("TESSDATA_PREFIX", "CONDA_PREFIX", "PROGRAMFILES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(ocr, "SHARES", (tmp_path / "usr" / "share",))
    return tmp_path


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / f"{name}.traineddata").write_bytes(b"data")
    return folder


@pytest.mark.parametrize(
    "place",
    [
        "usr/share/tesseract-ocr/5/tessdata",
        "usr/share/tesseract-ocr/4.00/tessdata",
        "usr/share/tesseract-ocr/tessdata",
        "usr/share/tesseract/tessdata",
        "usr/share/tessdata",
        "venv/share/tessdata",
    ],
)
def test_language_data_is_found_where_systems_put_it(bare: Path, place: str) -> None:
    """Debian, Fedora, Arch and wheels each have a place of their own."""
    folder = put(bare / place, "osd", "deu", "eng")

    assert ocr.language_data() == (folder, "eng+deu")


@pytest.mark.parametrize("inner", ["", "tessdata"])
def test_what_is_set_comes_first(bare: Path, inner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before version 4 the variable named the folder above."""
    put(bare / "usr/share/tessdata", "eng")
    folder = put(bare / "mine" / inner, "jpn")
    monkeypatch.setenv("TESSDATA_PREFIX", str(bare / "mine"))

    assert ocr.language_data() == (folder, "jpn")


def test_conda_comes_before_the_system(bare: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(bare / "usr/share/tessdata", "deu")
    folder = put(bare / "conda/share/tessdata", "eng")
    monkeypatch.setenv("CONDA_PREFIX", str(bare / "conda"))

    assert ocr.language_data() == (folder, "eng")


def test_an_engine_without_language_data_says_what_to_set(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """'Not installed' sends whoever has just installed it round in a circle."""
    put(bare / "usr/share/tessdata", "osd")
    monkeypatch.setattr(ocr, "_engine", lambda: None)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())

    assert ocr.lacking() == "OCR: no language data found; set TESSDATA_PREFIX"
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert ocr.lacking() == "OCR (forthwith[ocr]) is not installed"


@pytest.mark.ocr
def test_a_scanned_page_is_read_by_the_real_engine() -> None:
    """Run by `make ocr`, which installs the engine and English beside the project's own tools."""
    pytest.importorskip("tesserocr", reason="tesserocr is not installed; see `make ocr`")
    assert ocr.lacking() == ""
    page = Image.new("L", (1600, 400), 255)
    font = ImageFont.load_default(size=64)
    ImageDraw.Draw(page).text((80, 120), "We owe one million to customers", fill=0, font=font)
    reading = pdf.read(InMemory(build.scan(page)), Hint())

    assert reading.text == "We owe one million to customers"
    assert (reading.text_method, reading.faults) == (TextMethod.OCR, ())
