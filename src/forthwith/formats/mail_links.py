"""Links in a mail body to files that lie in a cloud: what is sent instead of an attachment.

Only links whose shape names a file or folder of a known service count. Nothing is fetched.
"""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

_URL = re.compile(r"https?://[^\s\"'<>\\^`{|}\x00-\x1f]{4,4000}", re.IGNORECASE)
_CLOUD = re.compile(
    r"""^(?:
      [\w-]+\.sharepoint\.(?:com|us|cn|de)/.+
    | (?:\w+\.)?onedrive\.live\.com/.* | 1drv\.ms/.+ | d\.docs\.live\.net/.+
    | drive\.google\.com/(?:file|open|drive|folder|uc|a/).*
    | docs\.google\.com/(?:a/[^/]+/)?
      (?:document|spreadsheets?|presentation|forms|drawings|uc|file)/?.*
    | (?:www\.|dl\.)?dropbox(?:usercontent)?\.com/
      (?:s|sh|scl|t|l|u|transfer|request|home)/.*
    | db\.tt/.+
    | (?:[\w-]+\.)*box\.(?:com|net)/(?:s|v|file|folder|shared|notes)/.+
    | (?:www\.)?icloud\.com/(?:iclouddrive|attachment|pages|numbers|keynote).*
    | we\.tl/.+ | (?:[\w-]+\.)?wetransfer\.com/downloads/.+
    | (?:[\w-]+\.)?sharefile\.(?:com|eu)/(?:d|share)[/-].+
    | (?:[\w-]+\.)?egnyte\.com/(?:dl|fl|h-s)/.+ | mega\.(?:nz|co\.nz)/.+
    )$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_TRAILING = ".,;:!?)]}>*_"
#: Services that wrap a link, and the query field that holds it.
_WRAPPERS = {"safelinks.protection.outlook.com": "url", "www.google.com": "q"}
_MOST = 1000


def cloud_links(plain: str, page: str) -> tuple[str, ...]:
    """Return each link to a cloud file once, in order of appearance, as written or unwrapped."""
    found: dict[str, None] = {}
    if "://" in plain:
        _gather(found, plain)
    if "://" in page:
        _gather(found, html.unescape(page) if "&" in page else page)
    return tuple(found)


def _gather(found: dict[str, None], text: str) -> None:
    for each in _URL.findall(text):
        if len(found) >= _MOST:
            return
        link = _unwrapped(each.rstrip(_TRAILING))
        if _CLOUD.match(link.partition("://")[2]):
            found[link] = None


def _unwrapped(link: str) -> str:
    lower = link.lower()
    if not any(wrapper in lower for wrapper in _WRAPPERS):
        return link
    try:
        parts = urlsplit(link)
        host = (parts.hostname or "").lower()
        for wrapper, name in _WRAPPERS.items():
            if host.endswith(wrapper) and (held := parse_qs(parts.query).get(name)):
                return held[0]
    except ValueError:
        # A broken IPv6 host or too many query fields: the link stays as written.
        return link
    return link
