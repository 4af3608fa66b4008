"""The bodies of an Outlook message: plain, HTML, RTF, and which of them speaks.

[MS-OXBBODY] 2.1: a store keeps one to three of them. What is asked for is decoded then: an RTF body
costs a decompression, which most messages never need.
"""

from __future__ import annotations

from dataclasses import dataclass

from forthwith.domain.evidence import Fault
from forthwith.formats.mail.body import forms
from forthwith.formats.outlook.message import BODY, HTML, RTF, Message
from forthwith.formats.outlook.properties import INTERNET_CODE_PAGE, Properties
from forthwith.formats.pages.html import decode_html, text_of_html
from forthwith.formats.rtf.lzfu import decompressed
from forthwith.formats.rtf.wrapped_body import RtfBody, body_of
from forthwith.plain.charset import charset_of


@dataclass(slots=True)
class Bodies:
    """A message's bodies, each decoded when first asked for."""

    properties: Properties
    _html: str | None = None
    _rtf: RtfBody | None = None
    _source: tuple[bytes, tuple[Fault, ...]] | None = None

    @property
    def plain(self) -> str:
        """PidTagBody with CR LF as LF, or the text an RTF wraps; "" when neither."""
        text = self.properties.text(BODY)
        if text.strip():
            return text.replace("\r\n", "\n").replace("\r", "\n")
        if not self.stored_html and (rtf := self.rtf) is not None and rtf.kind != "html":
            return rtf.text
        return ""

    @property
    def stored_html(self) -> str:
        """PidTagHtml as text, or ""."""
        if self._html is None:
            self._html = self._decoded_html()
        return self._html

    def _decoded_html(self) -> str:
        value = self.properties.values.get(HTML, (0, None))[1]
        if isinstance(value, str):
            return value
        page = self.properties.number(INTERNET_CODE_PAGE)
        data = self.properties.binary(HTML).rstrip(b"\0")
        return decode_html(data, charset_of(page) if page else "").text if data else ""

    @property
    def html(self) -> str:
        """PidTagHtml, else the HTML an RTF wraps, else ""."""
        html = self.stored_html
        if html.strip():
            return html
        rtf = self.rtf
        return rtf.text if rtf is not None and rtf.kind == "html" else ""

    @property
    def rtf(self) -> RtfBody | None:
        """What the RTF holds, or None without RTF."""
        if self._rtf is None and (source := self.rtf_source):
            self._rtf = body_of(source)
        return self._rtf

    @property
    def rtf_source(self) -> bytes:
        """The RTF itself, decompressed, for rendering; b"" without."""
        if self._source is None:
            packed = self.properties.binary(RTF)
            self._source = decompressed(packed) if packed else (b"", ())
        return self._source[0]

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What was wrong with the RTF, if it was needed."""
        return self._source[1] if self._source is not None else ()

    @property
    def text(self) -> str:
        """The words of the body: plain with what only the HTML says, else from HTML or RTF."""
        if plain := self.plain.strip("\0"):
            return "\n\n".join(forms(plain, self.stored_html))
        if html := self.html:
            return text_of_html(html)
        return ""


def bodies_of(message: Message) -> Bodies:
    """Return the bodies of a message."""
    return Bodies(message.properties)
