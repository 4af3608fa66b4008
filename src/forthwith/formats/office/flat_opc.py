"""Flat OPC: a Word or PowerPoint package written as one XML file ([MS-DOCX] and ECMA-376-2, 8).

Each part stands in a `pkg:part`, as XML or as base64. The parts go into a package in memory, so
that one reader takes both forms.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
from html import escape

from forthwith.formats.bytes import xmlscan

_BASE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = frozenset(
    {
        _BASE + "wordprocessingml.document-flat-xml",
        _BASE + "presentationml.presentation-flat-xml",
        _BASE + "spreadsheetml.sheet-flat-xml",
    }
)
_DECLARED = re.compile(
    r"xmlns:([\w.-]+)\s*=\s*[\"']http://schemas\.microsoft\.com/office/2006/xmlPackage[\"']"
)
_NAMESPACE = "http://schemas.microsoft.com/office/2006/xmlPackage"
#: A fixed moment, so that the same file gives the same package.
_EPOCH = (1980, 1, 1, 0, 0, 0)


def is_flat(data: bytes) -> bool:
    """Tell whether bytes are a package written as XML."""
    start = data[:4096].replace(b"\0", b"")
    return _NAMESPACE.encode() in start and b":package" in start


def is_cut(data: bytes) -> bool:
    """Tell whether the file does not end with the end of its root."""
    return b":package>" not in data[-256:].replace(b"\0", b"")


def as_package(data: bytes) -> bytes:
    """Return the parts as a zip package; a part that is cut short is left as far as it goes."""
    xml = xmlscan.decoded(data)
    declared = _DECLARED.search(xml, 0, 16_384)
    prefix = re.escape(declared[1] if declared else "pkg")
    out = io.BytesIO()
    types = dict[str, str]()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as package:
        for tag, inner in xmlscan.elements(xml, f"{prefix}:part"):
            about = {key.rpartition(":")[2]: text for key, text in xmlscan.attributes(tag).items()}
            name = about.get("name", "").lstrip("/")
            if name and name not in types:
                types[name] = about.get("contentType", "")
                package.writestr(zipfile.ZipInfo(name, _EPOCH), _content(inner, prefix))
        tags = "".join(
            f'<Override PartName="/{escape(name)}" ContentType="{escape(kind)}"/>'
            for name, kind in types.items()
        )
        package.writestr(zipfile.ZipInfo("[Content_Types].xml", _EPOCH), f"<Types>{tags}</Types>")
    return out.getvalue()


def _content(inner: str, prefix: str) -> bytes:
    for _, xml in xmlscan.elements(inner, f"{prefix}:xmlData"):
        return xml.strip().encode("utf-8", "replace")
    binary = "".join(text for _, text in xmlscan.elements(inner, f"{prefix}:binaryData"))
    text = re.sub(r"[^A-Za-z0-9+/]", "", binary)
    # One sign of four alone is no byte: the file was cut there.
    text = text[:-1] if len(text) % 4 == 1 else text
    return base64.b64decode(text + "=" * (-len(text) % 4))
