"""Read plain text: text, CSV, JSON, XML source and their kin, in any charset.

The text is the file itself, markup and all. HTML has its own reader; so has RTF.
"""

from __future__ import annotations

import re

from forthwith.domain.evidence import ByteSource, Hint, Kind, Reading, TextMethod
from forthwith.formats.bytes.stream import whole
from forthwith.plain.charset import decode

MEDIA_TYPES = frozenset(
    {
        "text/*", "text/plain", "text/csv", "text/tab-separated-values", "text/xml",
        "text/markdown", "text/css", "text/javascript", "text/x-python", "text/x-script.python",
        "text/x-c",
        "text/x-c++", "text/x-java", "text/x-shellscript", "text/x-makefile", "text/x-msdos-batch",
        "text/x-php", "text/x-perl", "text/x-ruby", "text/x-diff", "text/x-tex", "text/x-log",
        "text/x-file", "text/x-algol68", "text/x-asm", "text/x-pascal", "text/x-m4", "text/troff",
        "text/x-bytecode", "text/x-forth", "text/x-lisp", "text/x-po", "text/sgml", "text/vtt",
        "text/x-ssa", "text/x-web-markdown", "text/x-objective-c", "text/x-sql", "text/texmacs",
        "text/rfc822-headers", "text/enriched", "text/yaml", "text/x-yaml", "text/x-ms-regedit",
        "message/delivery-status", "message/disposition-notification",
        "application/json", "application/x-ndjson", "application/xml", "application/javascript",
        "application/x-yaml", "application/yaml", "application/sql", "application/x-sh",
        "application/x-subrip", "application/rdf+xml", "application/atom+xml",
        "application/rss+xml", "application/pgp-keys", "application/x-tex", "application/csv",
        "application/x-setupscript", "application/x-wine-extension-ini", "application/toml",
    }
)  # fmt: skip
_XML_DECLARATION = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._:-]{1,40})")


def read(source: ByteSource, hint: Hint) -> Reading:
    """Return the whole text. Raises UnreadableError past `limits.item_bytes`."""
    data = whole(source, hint)
    declaration = _XML_DECLARATION.match(data[:400])
    content = decode(data, declaration[1].decode("ascii") if declaration else "")
    return Reading(
        Kind.EDOC,
        hint.media_type or "text/plain",
        text=content.text,
        text_method=TextMethod.EXTRACTED,
        fields=(content.field(),),
        faults=content.faults(),
    )
