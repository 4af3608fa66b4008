"""Document texts (EN04, EN07, TX02): in the encoding agreed, with words if the native has any."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterable, Mapping

from forthwith.check.context import CheckContext, Findings
from forthwith.check.files import Files
from forthwith.check.natives_opened import Opened


def encoding_of(data: bytes) -> str:
    """Return "utf-16", "utf-8", "cp1252", or "ascii", which agrees with the latter two."""
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if data.startswith(codecs.BOM_UTF8):
        return "utf-8"
    if data.isascii():
        return "ascii"
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def texts(seen: CheckContext, files: Files, opened: Mapping[int, Opened]) -> Findings:
    """Report empty texts of natives with words, and texts in another encoding than most."""
    encodings: dict[int, str] = {}
    for row, path in files.texts.items():
        try:
            data = seen.volume.folder.read(path)
        except OSError as error:
            yield seen.report("TX01", f"the text cannot be read: {error.strerror}", row=row)
            continue
        encodings[row] = encoding_of(data)
        native = opened.get(row)
        empty = not data.strip(b"\x00\xff\xfe\xef\xbb\xbf \t\r\n\x0c")
        if empty and native is not None and native.has_text and row not in seen.native_altered:
            yield seen.report("TX02", "its text is empty, its native is not", row=row, file=path)
    yield from _others(seen, files, encodings)
    if not seen.volume.standard.text.one_encoding_per_production:
        return
    counts = Counter(each for each in encodings.values() if each != "ascii")
    if len(counts) + ("utf-16" in counts and "ascii" in encodings.values()) < 2:
        return
    usual = counts.most_common(1)[0][0]
    for row, encoding in encodings.items():
        alike = encoding == usual or (encoding == "ascii" and usual != "utf-16")
        if not alike:
            path = files.texts[row]
            message = f"its text is in {encoding}, most others in {usual}"
            yield seen.report("EN04", message, row=row, file=path)


def _others(seen: CheckContext, files: Files, encodings: Mapping[int, str]) -> Findings:
    """Report texts in an encoding the standard does not name; ASCII agrees with most."""
    wanted = seen.volume.standard.text.encodings
    for row, encoding in encodings.items():
        if not listed(encoding, wanted):
            names = ", ".join(wanted)
            message = f"its text is in {encoding}; the standard names {names}"
            yield seen.report("EN07", message, row=row, file=files.texts[row])


def listed(encoding: str, wanted: Iterable[str]) -> bool:
    """Return True when bytes found to be in `encoding` may be in one of those wanted."""
    families = {name.split("-sig")[0].removesuffix("-le").removesuffix("-be") for name in wanted}
    if encoding == "ascii":
        return families != {"utf-16"}
    if encoding == "cp1252":
        # A single byte of either reads alike but for a few signs.
        return bool(families & {"cp1252", "iso8859-1"})
    return encoding.removesuffix("-le").removesuffix("-be") in families
