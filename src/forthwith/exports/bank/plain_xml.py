"""XML without its traps: well-formed, no DTD, and every `<` the beginning of a tag.

A statement of a million entries is read by looking for its tags, which is right only where nothing
else looks like one. So a parser that fetches and expands nothing (expat) goes over the whole file
first; comments, CDATA and instructions are then taken out, and namespace prefixes off the names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from forthwith.plain import charset

_DECLARED = re.compile(rb"""^\s*<\?xml[^>]{0,200}?encoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_PREFIX = re.compile(r"<(/?)[^<>\s/:\"'!?]+:")
_LOOSE = re.compile(r"<(/?[^<>\s\"'=]+)\s+>")
_REFERENCE = re.compile(r"&(?:#x([0-9A-Fa-f]+)|#([0-9]+)|(amp|lt|gt|quot|apos));")
_SAMPLE = 1_000_000
_NAMED = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
_INSIDE_TAG = r"""(?:[^<>"']|"[^"]*"|'[^']*')*?"""
_ATTRIBUTES = rf"(?:\s{_INSIDE_TAG})?"
_NODE = re.compile(rf"<([^\s<>/?!]+)({_ATTRIBUTES})(?:/>|>([^<]*)(</\1>)?)")


class Node(NamedTuple):
    """One element: its local name, its attributes as written, and what lies inside."""

    name: str
    attributes: str
    #: Markup, or the text of a leaf with its references still in it.
    inside: str


@dataclass(frozen=True, slots=True)
class PlainXml:
    """The text of an XML file, safe to look for tags in."""

    text: str
    #: Why it cannot be read at all: a sentence; then `text` is empty.
    refused: str = ""
    #: Where and why it breaks off; `text` is what stands before.
    broken: str = ""
    #: Characters that no byte of its charset explains.
    undecodable: int = 0
    charset: str = "utf-8"


class _DtdError(Exception):
    """The file declares a document type; nothing in it is expanded or fetched."""


def plain_xml(data: bytes) -> PlainXml:
    """Return the text of an XML file. Nothing is raised, fetched or expanded."""
    text, label, undecodable = _decoded(data)
    rest = text.encode("utf-8", "replace")
    documents: list[str] = []
    broken = ""
    while rest and not broken:
        # Some exports put one document behind the other into one file.
        try:
            length, plain, broken = _checked(rest)
        except _DtdError:
            why = "it declares a document type (DOCTYPE), which no bank statement has"
            return PlainXml("", why, charset=label)
        if plain and not broken:
            documents.append(text if not documents else rest.decode("utf-8"))
            break
        whole = rest[:length]
        documents.append(whole.decode("utf-8", "ignore") if plain else _rewritten(whole))
        rest = rest[length:].lstrip()
        if broken and documents[-1] and rest.startswith(b"<?xml"):
            broken = ""
    text = documents[0] if len(documents) == 1 else "".join(documents)
    # A writer has one habit: its first megabyte shows it.
    if "xmlns:" in text or _PREFIX.search(text, 0, _SAMPLE):
        text = _PREFIX.sub(r"<\1", text)
    if _LOOSE.search(text, 0, _SAMPLE):
        text = _LOOSE.sub(r"<\1>", text)
    return PlainXml(text, "", broken, undecodable, label)


def _checked(encoded: bytes) -> tuple[int, bool, str]:
    """Return how many bytes are well-formed, whether only tags stand in them, and what ends them.

    Raises _DtdError.
    """
    other: list[str] = []
    parser = expat.ParserCreate("utf-8")

    def refuse(*_: object) -> None:
        raise _DtdError

    parser.StartDoctypeDeclHandler = refuse
    parser.CommentHandler = other.append
    parser.StartCdataSectionHandler = lambda: other.append("")
    parser.ProcessingInstructionHandler = lambda *_: other.append("")
    try:
        parser.Parse(encoded, True)
    except expat.ExpatError as wrong:
        where = f"line {wrong.lineno}, column {wrong.offset + 1}"
        return parser.ErrorByteIndex, not other, f"{where}: {expat.ErrorString(wrong.code)}"
    return len(encoded), not other, ""


def _decoded(data: bytes) -> tuple[str, str, int]:
    declared = match[1].decode("ascii") if (match := _DECLARED.match(data[:400])) else ""
    if declared.lower() in ("", "utf-8", "utf8"):
        try:
            return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8").strip(), "utf-8", 0
        except UnicodeDecodeError:
            pass
    found = charset.decode(data, declared)
    return found.text.lstrip("\ufeff").strip(), found.charset, found.undecodable


def _rewritten(encoded: bytes) -> str:
    """Return the same elements and texts with nothing beside them."""
    parts: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        parts.append(f"<{name}")
        parts.extend(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        parts.append(">")

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: parts.append(f"</{name}>")
    parser.CharacterDataHandler = lambda text: parts.append(escape(text))
    # Where it breaks off, the first pass has said so; what came before is kept.
    with suppress(expat.ExpatError):
        parser.Parse(encoded, True)
    return "".join(parts)


def nodes(text: str) -> Iterator[Node]:
    """Yield the elements that stand directly in a piece of markup, each whole."""
    place = 0
    while match := _NODE.search(text, place):
        name, attributes, inside, leaf = match.groups()
        place = match.end()
        if inside is None or leaf:
            yield Node(name, attributes, inside or "")
            continue
        begin = match.start(3)
        end = closing(text, name, place)
        if end < 0:
            return
        place = text.find(">", end) + 1
        yield Node(name, attributes, text[begin:end])


def closing(text: str, name: str, start: int, stop: int | None = None) -> int:
    """Return where the closing tag of an element begins that is open at `start`; -1 if nowhere."""
    stop = len(text) if stop is None else stop
    end = text.find(f"</{name}>", start, stop)
    if end >= 0 and (text.find(f"<{name}", start, end) < 0 or not _begins(name)(text, start, end)):
        return end
    depth = 1
    tag = _tag(name)
    while match := tag.search(text, start, stop):
        depth += -1 if match[1] else (0 if match[2] or match[3] else 1)
        if not depth:
            return match.start()
        start = match.end()
    return -1


@lru_cache(256)
def _tag(name: str) -> re.Pattern[str]:
    return re.compile(rf"<(/?){re.escape(name)}(?:(/?)>|\s{_INSIDE_TAG}(/?)>)")


@lru_cache(256)
def _begins(name: str) -> Callable[[str, int, int], re.Match[str] | None]:
    return re.compile(rf"<{re.escape(name)}[\s/>]").search


def unescaped(text: str) -> str:
    """Return the text of a leaf with its references resolved and its spaces made single."""
    if "&" in text:
        text = _REFERENCE.sub(_character, text)
    return " ".join(text.split())


def _character(match: re.Match[str]) -> str:
    sixteen, ten, name = match.groups()
    if name:
        return _NAMED[name]
    try:
        return chr(int(sixteen, 16) if sixteen else int(ten))
    except (ValueError, OverflowError):
        return "\ufffd"
