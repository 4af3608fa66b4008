"""What a web page holds beside the words it shows: form values, comments, frames, data: URIs.

Nothing is fetched or run. Words stand in marks; files that the page carries in itself (RFC 2397)
are children, each once: pictures it shows, and whatever it offers to open or save.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from html import unescape
from urllib.parse import quote, unquote_to_bytes

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from forthwith.domain.evidence import Child, Fault, FaultReason, Relation
from forthwith.formats.bytes.values import mark
from forthwith.plain.charset import decode, encodable

#: Kinds of data: URI that are words of the page and no files.
_PAGES = frozenset({"text/html", "application/xhtml+xml", "text/plain", ""})
#: What pages are dressed with.
_DRESS = (
    "font/", "application/font", "application/x-font", "text/css", "text/javascript",
    "application/javascript", "application/x-javascript", "application/vnd.ms-fontobject",
)  # fmt: skip
_DATA = re.compile(
    r"data:([\w.+-]+/[\w.+-]+)?((?:;[\w.+-]+(?:=[^;,\s\"'<>()]*)?)*),", re.IGNORECASE
)
#: One that is no picture, where a page may offer it.
_NO_PICTURE = re.compile(r"=\s*[\"']?data:(?!image/|font/)[\w.+-]+/", re.IGNORECASE)
#: Attributes that may hold one; `style` has it inside url(), `srcset` in a list.
_HOLDING = ("src", "href", "data", "srcdoc", "poster", "background", "xlink:href", "action")
_IN_STYLE = re.compile(r"url\(\s*[\"']?(data:[^\"')\s]+)", re.IGNORECASE)
#: A comment; an element whose content is no markup; a tag that may say something.
_FEW = (
    r"!--(?!>)|(?i:(script|style|textarea|title|xmp|noembed)(?=[\s/>])"
    r"|(input|option|optgroup|area|applet|meta|iframe|frame|embed|object)(?=[\s/>])"
)
_TOKEN_OF_FEW = re.compile(rf"<(?:{_FEW}|(\Z)))")
_TOKEN_OF_ANY = re.compile(
    rf"<(?:{_FEW}|(\w[\w:-]*)(?=\s[^<>]*?(?:title|summary|srcdoc)\s*=|\s[^<>]*?data:)))"
)
#: Where an element ends whose content is no markup.
_END_OF = {
    name: re.compile(f"</{name}", re.IGNORECASE)
    for name in ("script", "style", "textarea", "title", "xmp", "noembed")
}
_WORD = re.compile(r"\w")
#: What in the source of a page makes any element one to look at.
_ON_ANY = ("title=", "title =", "summary=", "summary =", "srcdoc", "data:")
_ATTRIBUTE = re.compile(r"[\s/]*([^\s\"'<>/=]+)(?:\s*=\s*([\"']|[^\s\"'>]+)?)?")
#: A comment that only older programs of Microsoft take for a part of the page.
_CONDITION = re.compile(r"\A\s*\[if[^\]]*\]>|<!\[endif\]\s*\Z", re.IGNORECASE)
_REFRESH = re.compile(r"\burl\s*=\s*[\"']?\s*([^\"'\s]+)", re.IGNORECASE)
#: What servers keep in hidden fields for themselves.
_OF_SERVER = re.compile(
    r"__(?:VIEWSTATE|EVENT|REQUESTVERIFICATION|PREVIOUSPAGE|LASTFOCUS)|csrf|authenticity_token",
    re.IGNORECASE,
)
#: Frames in frames that are read as words of the page; one deeper is a child.
_MOST_DEEP = 4
#: Characters compared before words of attributes are no longer looked for in the text.
_MOST_LOOKED_AT = 500_000_000


@dataclass(frozen=True, slots=True)
class Carried:
    """One file the page carries."""

    name: str
    media_type: str
    data: bytes
    relation: Relation


@dataclass(frozen=True, slots=True)
class Beside:
    """Everything beside the words of a page."""

    marks: tuple[str, ...] = ()
    #: By step.
    files: Mapping[str, Carried] | None = None
    #: Where the page or a frame of it lies.
    links: tuple[str, ...] = ()

    @property
    def embedded(self) -> int:
        """How many of the files are not shown in the page."""
        files = (self.files or {}).values()
        return sum(file.relation is Relation.EMBEDDED for file in files)

    def children(self) -> Iterator[Child]:
        """Yield each file."""
        for step, file in (self.files or {}).items():
            load = partial(bytes, file.data)
            yield Child(step, file.name, file.relation, load, file.media_type)


#: What in the source of a page calls for a closer look; most pages of mail have none of it.
_CALLS = (
    "<input", "<option", "<iframe", "<frame", "<embed", "<object", "<!--", "data:", "title=",
    "title =", "refresh", "summary=", "summary =", "<area", "<optgroup", "<template",
)  # fmt: skip


class _Shown:
    """The text a page shows; looking for words in it stops when it has cost enough."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = _MOST_LOOKED_AT

    def __contains__(self, words: str) -> bool:
        self._left -= len(self._text)
        return self._left > 0 and words in self._text


def beside(html: str, text: str, depth: int = 0) -> Beside:
    """Return what a page holds beside the text it shows (`text`)."""
    lowered = html.lower()
    if not any(call in lowered for call in _CALLS):
        return Beside()
    marks = dict[str, None]()
    files = dict[str, Carried]()
    links = list[str]()
    shown = _Shown(text)
    carries = "data:" in lowered or "srcdoc" in lowered
    token = _TOKEN_OF_ANY if any(name in lowered for name in _ON_ANY) else _TOKEN_OF_FEW
    for name, words, about in _tokens(html, token):
        if not name:
            marks |= dict.fromkeys(_comment(words))
            continue
        marks |= dict.fromkeys(_said(name, about, words, shown))
        links += _elsewhere(name, about)
        for uri in _uris(about) if carries else ():
            named = about.get("download", "")
            marks |= dict.fromkeys(_taken(uri, name, named, files, depth))
    for sheet in _inside(html, "style") if carries else ():
        for uri in _IN_STYLE.findall(sheet):
            marks |= dict.fromkeys(_taken(uri, "style", "", files, depth))
    for name, what in (("template", "Template"), ("noframes", "Where there are no frames")):
        for inner in _inside(html, name):
            marks |= dict.fromkeys(_words(what, inner, files, depth))
    return Beside(tuple(marks), files, tuple(dict.fromkeys(links)))


def not_taken(html: str) -> tuple[Fault, ...]:
    """Return a Fault for each file that the HTML of a message carries in itself.

    The pictures it shows are drawn with it. Any other file is offered to be opened or saved and is
    no attachment: it stays where it is, in the native.
    """
    if not _NO_PICTURE.search(html):
        return ()
    files = (beside(html, html).files or {}).values()
    return tuple(
        Fault(
            FaultReason.UNSUPPORTED,
            f"its HTML carries the file {file.name[:100]!r} ({file.media_type[:60]}, "
            f"{len(file.data):,} bytes) in itself; it stays in the native and was not read",
        )
        for file in files
        if file.relation is Relation.EMBEDDED
    )


def _inside(html: str, name: str) -> Iterator[str]:
    """Yield what stands in each element `name`, up to the first end of one; in one pass."""
    opening = re.compile(rf"<{name}\b[^>]*>", re.IGNORECASE)
    closing = re.compile(rf"</{name}\b", re.IGNORECASE)
    at = 0
    while (start := opening.search(html, at)) is not None:
        end = closing.search(html, start.end())
        yield html[start.end() : end.start() if end else len(html)]
        if end is None:
            return
        at = end.end()


def _tokens(html: str, pattern: re.Pattern[str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield (tag, text up to the next tag, attributes), and ("", words, {}) of each comment.

    One pass over the source: looking for elements in the tree costs the square of their number.
    """
    at = 0
    while (token := pattern.search(html, at)) is not None:
        raw, at = token[1], token.end()
        if raw:
            end = _END_OF[raw.lower()].search(html, at)
            at = end.end() if end else len(html)
            continue
        if html.startswith("<!--", token.start()):
            stop = html.find("-->", at)
            yield "", html[at : stop if stop >= 0 else None], {}
            at = stop + 3 if stop >= 0 else len(html)
            continue
        about, at = _attributes(html, at)
        if at < 0:
            return
        after = html.find("<", at)
        yield (token[2] or token[3]).lower(), html[at + 1 : after if after >= 0 else None], about


def _attributes(html: str, at: int) -> tuple[dict[str, str], int]:
    """Return the attributes from `at`, and where their tag ends; -1 where a quote never does."""
    about = dict[str, str]()
    while (found := _ATTRIBUTE.match(html, at)) is not None:
        name, value = found[1].lower(), found[2] or ""
        at = found.end()
        if value in {'"', "'"}:
            end = html.find(value, at)
            if end < 0:
                return about, -1
            value, at = html[at:end], end + 1
        if name not in about:
            about[name] = (unescape(value) if "&" in value else value).strip()
    end = html.find(">", at)
    return about, end


def _comment(words: str) -> Iterator[str]:
    """Yield the words of a comment; markup in it is taken away, sheets and settings whole."""
    what = "Conditional comment" if _CONDITION.search(words) else "Comment in the source"
    text = _CONDITION.sub("", words)
    if "<" in text:
        for settings in list(_inside(text, "xml")):
            text = text.replace(settings, "", 1)
        text = extract_plain_text(HTMLTree.parse(text), alt_texts=True, links=False)
    if _WORD.search(text):
        yield mark(what, " ".join(text.split()))


def _said(name: str, about: dict[str, str], text: str, shown: _Shown) -> Iterator[str]:
    """Yield the value of a form field that the text does not show, and words of attributes."""
    if name == "input":
        yield from _input(about)
    elif name == "option":
        words = unescape(text).strip()
        if "selected" in about and (words or about.get("label")):
            yield mark("Chosen", words or about["label"])
        elif not words:
            yield from _attribute(about, "value", "Choice", shown)
    elif name == "optgroup":
        yield from _attribute(about, "label", "Choices", shown)
    yield from _attribute(about, "title", "Tooltip", shown)
    yield from _attribute(about, "summary", "Alternative text", shown)
    if name in {"area", "input", "applet"}:
        yield from _attribute(about, "alt", "Alternative text", shown)


def _input(about: dict[str, str]) -> Iterator[str]:
    kind, name = about.get("type", "text").lower(), about.get("name", "")
    value = about.get("value", "")
    if kind in {"checkbox", "radio"}:
        if "checked" in about:
            yield mark("Ticked", " ".join(filter(None, (name, value))))
    elif kind == "hidden" and value and not _OF_SERVER.search(name):
        yield mark(f"Hidden field {name}".rstrip(), value)


def _attribute(about: dict[str, str], name: str, what: str, shown: _Shown) -> Iterator[str]:
    if not (value := about.get(name)):
        return
    words = " ".join(value.split())
    if _WORD.search(words) and words not in shown:
        yield mark(what, words)


def _elsewhere(name: str, about: dict[str, str]) -> Iterator[str]:
    """Yield where a page sends its reader, and where its frames lie."""
    if name == "meta" and about.get("http-equiv", "").lower() == "refresh":
        if place := _REFRESH.search(about.get("content", "")):
            yield place[1]
    elif name in {"iframe", "frame", "embed", "object"}:
        target = about.get("src") or about.get("data") or ""
        if re.match(r"https?:|file:|//", target, re.IGNORECASE):
            yield target


def _uris(about: dict[str, str]) -> Iterator[str]:
    """Yield each data: URI of an element; HTML of a frame as one."""
    for name in _HOLDING:
        value = about.get(name, "")
        if name == "srcdoc" and value:
            yield f"data:text/html;charset=utf-8,{quote(value)}"
        elif value[:5].lower() == "data:":
            yield value
    yield from _IN_STYLE.findall(about.get("style", ""))
    for uri in re.findall(r"data:\S+", about.get("srcset", "")):
        yield uri.rstrip(",")


def _taken(uri: str, tag: str, named: str, files: dict[str, Carried], depth: int) -> Iterator[str]:
    """Put the file of a data: URI among the files; yield its words when it is a page or text."""
    if (head := _DATA.match(uri)) is None:
        return
    kind = (head[1] or "").lower()
    data = _decoded(uri[head.end() :], base64_="base64" in (head[2] or "").lower())
    if kind in _PAGES and not named and tag != "a" and depth < _MOST_DEEP:
        charset = re.search(r"charset=([\w-]+)", head[2] or "", re.IGNORECASE)
        text = decode(data, charset[1] if charset else "").text
        plain = kind in {"", "text/plain"}
        yield from [mark("Frame", text)] if plain else _words("Frame", text, files, depth)
    elif data and not kind.startswith(_DRESS):
        picture = kind.startswith(("image/", "audio/", "video/")) and tag != "a"
        relation = Relation.INLINE if picture else Relation.EMBEDDED
        ending = kind.rpartition("/")[2].partition("+")[0]
        step = f"data:{hashlib.sha256(data).hexdigest()[:16]}"
        name = named or f"data{len(files) + 1}.{ending or 'txt'}"
        files.setdefault(step, Carried(encodable(name), kind, data, relation))


def _decoded(text: str, *, base64_: bool) -> bytes:
    raw = unquote_to_bytes(text)
    if not base64_:
        return raw
    raw = re.sub(rb"[^A-Za-z0-9+/]", b"", raw.translate(bytes.maketrans(b"-_", b"+/")))
    raw = raw[:-1] if len(raw) % 4 == 1 else raw
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return b""


def _words(what: str, html: str, files: dict[str, Carried], depth: int) -> Iterator[str]:
    """Yield the words of a page inside the page, and those beside them."""
    tree = HTMLTree.parse(encodable(html))
    body = tree.body
    text = " ".join(((body.text or "") if body is not None else "").split())
    if text:
        yield mark(what, text)
    if depth >= _MOST_DEEP:
        return
    inner = beside(html, text, depth + 1)
    yield from inner.marks
    for step, file in (inner.files or {}).items():
        files.setdefault(step, file)
