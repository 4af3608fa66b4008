"""What a file is that was taken for another: a sentence for whoever picked the wrong one."""

from __future__ import annotations

import re

_MARKS = (
    (b"PK\x03\x04", "a ZIP archive", "Unpack it and import the files within"),
    (b"\x1f\x8b", "a gzip archive", "Unpack it and import the file within"),
    (b"7z\xbc\xaf", "a 7-Zip archive", "Unpack it and import the files within"),
    (b"%PDF", "a PDF", "Ask the bank for the statement as CAMT, MT940, OFX, BAI2 or CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Word file", "Save it as CSV and import it as bank-csv"),
)
_TEXTS = (
    (re.compile(r"\s*(?:\{1:|:20:|:940:|:942:)"), "MT940 or MT942", "mt940"),
    (re.compile(r"\s*(?:OFXHEADER|<\?OFX|<OFX\b|<\?xml[^>]*>\s*(?:<\?OFX|<OFX\b))", re.IGNORECASE),
     "OFX", "ofx"),
    (re.compile(r"\s*01\s*,[^\n]*,[^\n]*/?\s*\n\s*(?:02|88)\s*,"), "BAI2", "bai2"),
    (re.compile(r"\s*(?:<\?xml\b[^>]*>)?(?:[^<]|<[!?])*<(?:[\w.-]+:)?(?:Document|DataPDU|BizMsg|"
                r"BkToCstmr\w+)\b"), "ISO 20022 XML", "camt"),
    (re.compile(r"\s*(?:<!DOCTYPE html|<html)", re.IGNORECASE), "a web page", ""),
    (re.compile(r"\s*[\[{]"), "JSON", ""),
)  # fmt: skip


def misnamed(data: bytes, text: str, wanted: str) -> tuple[str, str]:
    """Return what a file is that is not `wanted` ("camt", "bai2"), and what to do about it.

    `text` is its beginning, decoded. Two plain sentences without their full stops.
    """
    for mark, what, do in _MARKS:
        if data.startswith(mark):
            return f"it is {what}", do
    if not text.strip("\0\ufeff \t\r\n"):
        return "it is empty", "Ask the bank for the file again"
    for shape, what, kind in _TEXTS:
        if kind != wanted and shape.match(text):
            do = f"Import it as {kind}" if kind else "Ask the bank for the statement's own file"
            return f"it looks like {what}", do
    begin = " ".join(text.split())[:40]
    return f"it begins with {begin!r}", "Check that this is the file the bank sent"
