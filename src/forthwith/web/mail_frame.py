# ruff: noqa: SIM905 - a list of words is read as one
"""A mail's HTML as sent, made into a page that can neither run, fetch, send nor lead anywhere.

Three layers, each enough alone for what is known today: an allow-list (here), the frame's own
policy (`POLICY`), and the sandbox of the frame that shows it. Nothing that names an address is
kept: a link has no href, and a picture only its bytes, which came with the mail.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
from collections.abc import Mapping
from urllib.parse import unquote, unquote_to_bytes

import nh3

from forthwith.produce.imaging.message import Shown

#: Of the frame alone; the sandbox without a word allows nothing.
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'self'; sandbox"
)
TAGS = frozenset(
    "a abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt "
    "em font h1 h2 h3 h4 h5 h6 hr i img ins kbd li ol p pre q s samp small span strike strong sub "
    "sup table tbody td tfoot th thead tr tt u ul var".split()
)
#: Elements of which not even the words are kept: they are none that a reader would have seen.
_DROPPED = frozenset(
    "script style noscript template title head iframe object embed svg math noembed noframes "
    "xmp plaintext textarea select audio video canvas portal fencedframe".split()
)
_EVERYWHERE = frozenset({"align", "bgcolor", "dir", "height", "lang", "style", "valign", "width"})
ATTRIBUTES: Mapping[str, frozenset[str]] = {
    "*": _EVERYWHERE,
    "img": frozenset({"alt", "border", "src"}),
    "font": frozenset({"color", "face", "size"}),
    "table": frozenset({"border", "cellpadding", "cellspacing"}),
    "td": frozenset({"colspan", "rowspan"}),
    "th": frozenset({"colspan", "rowspan"}),
    "col": frozenset({"span"}),
    "colgroup": frozenset({"span"}),
    "ol": frozenset({"start", "type"}),
    "ul": frozenset({"type"}),
    "li": frozenset({"value"}),
}
PROPERTIES = frozenset(
    "background-color border color font-family font-size font-style font-weight margin padding "
    "text-align text-decoration white-space".split()
)
#: Numbers, words, colours; no address, no escape, no comment, no other function.
_VALUE = re.compile(r"(?:[\w\s#%.,+-]|\b(?:rgb|rgba|hsl|hsla)\([\d\s.,%/]*\))*", re.ASCII)
_PLAIN = re.compile(r"[\w\s#%.,+:;-]*", re.ASCII)
_LONGEST_STYLE, _LONGEST_VALUE = 4_000, 200
#: Bytes of all pictures on one page.
_PICTURES = 24 * 2**20
#: Characters of HTML that are made safe; what is longer is seen as page images.
_LONGEST = 20_000_000
_KINDS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"BM", "bmp"),
)
_LOOK = """\
:root { color-scheme: light; background: #fff; color: #111 }
body { margin: 16px; font: 15px/1.4 system-ui, sans-serif; overflow-wrap: anywhere }
pre { white-space: pre-wrap; font: 13px/1.4 ui-monospace, monospace }
img { max-width: 100% }
a { text-decoration: underline }
"""


def page_of(shown: Shown) -> str:
    """Return one HTML page with every body of a message, or pages of a web archive."""
    pictures = _Pictures(shown.parts or {})
    parts = []
    for body in shown.bodies:
        if body.html:
            parts.append(cleaned(body.html, pictures))
        if body.plain:
            parts.append(f"<pre>{html.escape(body.plain)}</pre>")
    inside = "<hr>".join(parts)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>As sent</title>'
        f"<style>{_LOOK}</style></head><body>{inside}</body></html>"
    )


def cleaned(text: str, pictures: _Pictures | None = None) -> str:
    """Return the part of some HTML that is on the allow-list."""
    found = pictures or _Pictures({})

    def attribute(element: str, name: str, value: str) -> str | None:
        if element == "img" and name == "src":
            return found.address(value)
        if name == "style":
            return style(value) or None
        if name == "alt":
            return value
        return value if len(value) <= _LONGEST_VALUE and _PLAIN.fullmatch(value) else None

    return nh3.clean(
        # NUL and what is no character may be read one way here and another there.
        re.sub("[\x00\ufeff\ufffe\uffff\ud800-\udfff]", "", text[:_LONGEST]),
        tags=set(TAGS),
        clean_content_tags=set(_DROPPED),
        attributes={element: set(names) for element, names in ATTRIBUTES.items()},
        attribute_filter=attribute,
        strip_comments=True,
        link_rel=None,
        generic_attribute_prefixes=set(),
        url_schemes={"data", "cid"},
    )


def style(text: str) -> str:
    """Return the declarations of a style attribute that are allowed, in order."""
    kept = []
    for declaration in text[:_LONGEST_STYLE].split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip().lower(), value.strip().replace('"', "").replace("'", "")
        allowed = colon and name in PROPERTIES and len(value) <= _LONGEST_VALUE
        if allowed and _VALUE.fullmatch(value):
            kept.append(f"{name}:{value}")
    return ";".join(kept)


class _Pictures:
    """The pictures that came with a message: its parts, and those in the addresses themselves."""

    def __init__(self, parts: Mapping[str, bytes]) -> None:
        self._parts = parts
        self._room = _PICTURES

    def address(self, source: str) -> str | None:
        """Return the data: address of a picture; None for whatever is elsewhere or is none."""
        source = source.strip()
        data: bytes | None
        if source[:5].lower() == "data:":
            data = _data_of(source)
        elif source[:4].lower() == "cid:":
            name = unquote(source[4:]).strip("<>")
            data = self._parts.get(name, self._parts.get(source[4:]))
        else:
            data = self._parts.get(source)
        kind = "" if data is None else _kind_of(data)
        if data is None or not kind or len(data) > self._room:
            return None
        self._room -= len(data)
        return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def _kind_of(data: bytes) -> str:
    """Return what picture some bytes are, by themselves alone; "" for no raster picture."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    return next((kind for head, kind in _KINDS if data.startswith(head)), "")


def _data_of(address: str) -> bytes | None:
    """Decode a data: address (RFC 2397); None when it is damaged."""
    head, comma, body = address.partition(",")
    if not comma:
        return None
    if not head.lower().rstrip().endswith(";base64"):
        return unquote_to_bytes(body)
    compact = "".join(unquote(body).split())
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4))
    except (binascii.Error, ValueError):
        return None
