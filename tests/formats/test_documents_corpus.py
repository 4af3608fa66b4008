"""Real documents: known words are found, and nothing but UnreadableError is ever raised."""

from __future__ import annotations

from pathlib import Path

import pytest

from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import Child, Hint, InMemory, Reading
from forthwith.formats.office import legacy, odf, ooxml
from forthwith.formats.pages import html, pdf, plain
from forthwith.formats.rtf import reader as rtf

READERS = {
    "docx": ooxml, "docm": ooxml, "xlsx": ooxml, "xlsm": ooxml, "pptx": ooxml, "ppsx": ooxml,
    "doc": legacy, "xls": legacy, "ppt": legacy, "xlsb": legacy,
    "odt": odf, "ods": odf, "odp": odf, "odg": odf, "rtf": rtf, "pdf": pdf, "html": html,
    "txt": plain, "csv": plain,
}  # fmt: skip
#: Words known to be in a file, hidden ones among them.
KNOWN = {
    "testWORD_features.docx": ("[Deleted by Unknown Author", "bibendum", "[Hidden: inceptos]"),
    "testPPT_various2.pptx": ("[Hidden slide 9]", "Slide2Comment", "NotesWordArtPage2"),
    "testPPT_masterText.pptx": ("Text that I added to the master slide",),
    "testEXCEL_extra_metadata.xls": ("[Very hidden sheet: very-hidden-sheet]",),
    "testComment.ppt": ("[Comment by Michael McCandless: Here is a comment]",),
    "testComment.xlsx": ("Here is a comment",),
    "testComment.rtf": ("[Comment by Michael McCandless on 2011-09-17: Here is a comment]",),
    "testRTFWordPadCzechCharacters.rtf": ("Předpokládá se",),
    "testEXCEL_dateFormats.xlsx": ("2018-09-20",),
    "testMasterFooter.odp": ("Master footer is here",),
}
EMBEDDED = {
    "testWPSAttachment.docx": 9, "testWPSAttachment.doc": 9, "testWPSAttachment.xls": 9,
    "testWPSAttachment.ppt": 9, "testRTFEmbeddedFiles.rtf": 14, "testWORD_embeded.doc": 3,
    "testPPT_embedded_two_slides.pptx": 6, "testPDFFileEmbInAnnotation.pdf": 1,
}  # fmt: skip


def read(path: Path) -> Reading | None:
    reader = READERS[path.suffix[1:].lower()]
    try:
        reading: Reading = reader.read(InMemory(path.read_bytes()), Hint(name=path.name))
        return reading
    except UnreadableError:
        return None


def files(corpora: Path) -> list[Path]:
    paths = sorted((corpora / "documents").rglob("*"))
    return [path for path in paths if path.is_file() and path.suffix[1:].lower() in READERS]


@pytest.mark.corpus
def test_nothing_throws_and_every_object_is_accounted_for(corpora: Path) -> None:
    for path in files(corpora)[::3]:
        if (reading := read(path)) is not None:
            reading.text.encode()
            children = list(reading.children()) if reading.children else []
            assert len(children) == (reading.declared or 0), path.name


@pytest.mark.corpus
def test_known_words_are_found(corpora: Path) -> None:
    by_name = {path.name: path for path in files(corpora)}
    for name, words in KNOWN.items():
        reading = read(by_name[name])
        assert reading is not None
        for word in words:
            assert word in reading.text, (name, word)


@pytest.mark.corpus
def test_embedded_files_come_out(corpora: Path) -> None:
    by_name = {path.name: path for path in files(corpora)}
    for name, number in EMBEDDED.items():
        reading = read(by_name[name])
        assert reading is not None
        assert reading.children is not None
        children = [child for child in reading.children() if isinstance(child, Child)]
        assert len(children) == number, name
        assert all(child.load() for child in children)
