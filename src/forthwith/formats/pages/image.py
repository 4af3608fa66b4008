"""Read pictures: size, what the camera and the editor wrote, and words where OCR is installed.

Pixels are decoded only for OCR, so a decompression bomb has nothing to go off in. Whether a picture
is whole, and what lies behind its end, is for `picture_end`; metafiles, which hold text as text,
are for `metafile`.
"""

from __future__ import annotations

import contextlib
import io
import re
import warnings
from collections.abc import Iterator
from operator import add

from PIL import Image, TiffImagePlugin, UnidentifiedImageError

from forthwith.domain import fields
from forthwith.domain.errors import UnreadableError
from forthwith.domain.evidence import (
    ByteSource,
    Fault,
    FaultReason,
    FieldValue,
    Hint,
    Kind,
    Reading,
    TextMethod,
)
from forthwith.formats.bytes import xmlscan
from forthwith.formats.bytes.stream import whole
from forthwith.formats.bytes.values import count, field
from forthwith.formats.pages import metafile, ocr, picture_end, picture_words
from forthwith.formats.pages.picture_words import ERRORS
from forthwith.plain.charset import decode

MEDIA_TYPES = frozenset({"image/*", "image/svg+xml"})
_OURS = frozenset(
    {"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff", "image/webp",
     "image/x-icon", "image/jp2"}
)  # fmt: skip
#: Prefix of SVG's own elements, which some writers give them.
#: Elements of a drawing that lead out of it or show what lies elsewhere, and where.
_LEADING = re.compile(rf"<(?:a|image|feImage|use|script)(?=\s){xmlscan.ATTRIBUTES}>")
_TARGET = re.compile(r"\bhref\s*=\s*[\"']((?:https?:|ftp:|file:|mailto:|//)[^\"'<>]+)")
_PREFIX = re.compile(r"(</?)svg:")
_PICTURE = re.compile(r"<image[\s/>]")
_MOST_FRAMES = 2_000
#: Forms whose frames are pages.
_PAGED = frozenset({"TIFF", "DCX"})


def read(source: ByteSource, hint: Hint) -> Reading:
    """Read one picture. Raises UnreadableError when a common type turns out broken."""
    data = whole(source, hint)
    if hint.media_type == "image/svg+xml":
        return _drawing(data)
    if metafile.is_metafile(data):
        return _metafile(data, hint)
    try:
        return _picture(data, hint)
    except Image.DecompressionBombError as error:
        fault = Fault(FaultReason.TOO_LARGE, f"the picture was not opened: {error}")
    except UnidentifiedImageError as error:
        # A TIFF Pillow cannot open is a camera's raw format more often than a broken TIFF.
        if hint.media_type in _OURS and data[:4] not in {b"II*\0", b"MM\0*"}:
            detail = f"the file says it is {hint.media_type} and cannot be opened as such"
            raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
        detail = f"no reader for {hint.media_type or 'this picture'}; produced as a native"
        fault = Fault(FaultReason.UNSUPPORTED, detail)
    except ERRORS as error:
        if cut := picture_end.ending(data).cut:
            lost = Fault(FaultReason.TRUNCATED, f"the picture breaks off: {cut}", lost=True)
            raise UnreadableError(lost) from error
        detail = f"the picture is damaged ({type(error).__name__}: {error})"
        raise UnreadableError(Fault(FaultReason.CORRUPT, detail, lost=True)) from error
    return Reading(Kind.EDOC, hint.media_type or "application/octet-stream", faults=(fault,))


def _picture(data: bytes, hint: Hint) -> Reading:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            ended = picture_end.ending(data)
            faults = [*picture_end.faults(data, ended), *_strips(image, len(data))]
            values = [
                *count(fields.WIDTH, image.width, "image"),
                *count(fields.HEIGHT, image.height, "image"),
                *_frames(image, faults),
                *picture_words.said(image, data, faults),
            ]
            words = _words(image, hint, faults)
            media_type = hint.media_type or Image.MIME.get(image.format or "", "image/*")
    chunks = picture_words.chunks(data)
    faults += _layers(data)
    behind = picture_end.child(data, picture_end.start_behind(data, ended))
    return Reading(
        Kind.EDOC,
        media_type,
        "\n".join(filter(None, (words, *chunks))),
        TextMethod.OCR if words else TextMethod.EXTRACTED if chunks else TextMethod.NONE,
        tuple(values),
        tuple(faults),
        children=(lambda: iter((behind,))) if behind else None,
        declared=1 if behind else None,
    )


def _metafile(data: bytes, hint: Hint) -> Reading:
    """Read a Windows metafile: its words stand in it as text."""
    said = metafile.metafile(data)
    values = list(said.fields)
    # A metafile may claim any size; its words are read whatever it claims.
    with warnings.catch_warnings(), contextlib.suppress(*ERRORS, Image.DecompressionBombError):
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data)) as image:
            values += count(fields.WIDTH, image.width, "image")
            values += count(fields.HEIGHT, image.height, "image")
    if not said.text:
        detail = "shows a picture and holds no text; nothing here reads words off a metafile"
        said.faults.append(Fault(FaultReason.UNSUPPORTED, detail))
    method = TextMethod.EXTRACTED if said.text else TextMethod.NONE
    media_type = hint.media_type or "image/emf"
    return Reading(Kind.EDOC, media_type, said.text, method, tuple(values), tuple(said.faults))


def _strips(image: Image.Image, size: int) -> Iterator[Fault]:
    """Say that rows of a TIFF lie past the end of the file (TIFF 6.0, StripOffsets)."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        return
    for frame in range(_MOST_FRAMES):
        try:
            image.seek(frame)
            tags = image.tag_v2
            for place, length in ((273, 279), (324, 325)):
                ends = map(add, tags.get(place, ()), tags.get(length, ()))
                if (end := max(ends, default=0)) > size:
                    detail = f"{end - size:,} bytes of page {frame + 1} are missing"
                    yield Fault(FaultReason.TRUNCATED, f"the picture breaks off: {detail}")
                    return
        except EOFError:
            break
        except ERRORS:
            # `_frames` says that pages cannot be reached.
            break
    with contextlib.suppress(*ERRORS):
        image.seek(0)


def _layers(data: bytes) -> tuple[Fault, ...]:
    """Say that words lie in layers of a Photoshop file, which are not read."""
    if not data.startswith(b"8BPS") or b"8BIMTySh" not in data:
        return ()
    detail = "the picture has layers of text; only the picture as a whole is read"
    return (Fault(FaultReason.UNSUPPORTED, detail),)


def _frames(image: Image.Image, faults: list[Fault]) -> tuple[FieldValue, ...]:
    """Count frames: pages of a fax, pictures of an animation."""
    try:
        number = int(getattr(image, "n_frames", 1))
    except ERRORS as error:
        detail = f"the frames of the picture cannot be counted ({error})"
        faults.append(Fault(FaultReason.CORRUPT, detail))
        return ()
    return field(fields.PAGES, str(number) if number > 1 else "", "image")


def _words(image: Image.Image, hint: Hint, faults: list[Fault]) -> str:
    """Return the words of every frame; a Fault where nobody reads them."""
    if min(image.size) < ocr.FEWEST_PIXELS:
        return ""
    if lacking := ocr.lacking():
        detail = f"shows a picture and holds no text; {lacking}"
        faults.append(Fault(FaultReason.NO_TOOL, detail))
        return ""
    patience = ocr.Patience(hint.budget.limits.seconds)
    number = min(int(getattr(image, "n_frames", 1)), _MOST_FRAMES)
    # The pictures of an animation repeat one another; the pages of a fax or scan do not.
    number = number if image.format in _PAGED else 1
    frames: list[str] = []
    for index in range(number):
        if patience.over:
            detail = (
                f"words were read off {index} of {number} pages (limits.seconds in matter.toml)"
            )
            faults.append(Fault(FaultReason.TOO_SLOW, detail))
            break
        try:
            image.seek(index)
            if image.width * image.height > ocr.MOST_PIXELS:
                detail = f"page {index + 1} has {image.width:,} x {image.height:,} pixels"
                detail += "; its words were not read"
                faults.append(Fault(FaultReason.TOO_LARGE, detail))
            else:
                frames.append(ocr.ocr(image))
        except ERRORS as error:
            detail = f"frame {index + 1} of the picture could not be read ({error})"
            faults.append(Fault(FaultReason.CORRUPT, detail))
            break
    return "\f".join(frames).strip("\f")


def _drawing(data: bytes) -> Reading:
    """Read the words of an SVG drawing in their order: title, descriptions, text, pasted HTML."""
    content = decode(data)
    xml = _PREFIX.sub(r"\1", xmlscan.ready(content.text.encode()))
    names = ("title", "desc", "text", "foreignObject")
    inner = [words for name in names for _, words in xmlscan.elements(xml, name)]
    lines = [" ".join(xmlscan.strip(words.replace("<", " <")).split()) for words in inner]
    text = "\n".join(filter(None, lines))
    faults = list(content.faults())
    if not text and _PICTURE.search(xml):
        detail = "shows a picture and holds no text; nothing here reads words off a drawing"
        faults.append(Fault(FaultReason.UNSUPPORTED, detail))
    targets = [place for tag in _LEADING.findall(xml) for place in _TARGET.findall(tag)]
    links = dict.fromkeys(xmlscan.plain(place) for place in targets)
    return Reading(
        Kind.EDOC,
        "image/svg+xml",
        text=text,
        text_method=TextMethod.EXTRACTED if text else TextMethod.NONE,
        fields=field(fields.LINKS, links, "svg:href"),
        faults=tuple(faults),
    )
