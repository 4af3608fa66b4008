"""HTML as blocks: a bounded walk over resiliparse's tree; nothing is run and nothing is fetched.

Scripts and styles are dropped, everything else a reader could see is drawn, hidden text included.
Remote images become boxes with their address. Gathering blocks is `imaging_builder`.
"""

from __future__ import annotations

from typing import Any

from resiliparse.parse.html import HTMLTree, NodeType

from forthwith.domain.evidence import Fault, FaultReason
from forthwith.produce.imaging.blocks import Block
from forthwith.produce.imaging.html_builder import Builder, Pictures

#: Bounds against hostile documents: nodes walked, characters parsed.
NODES = 300_000
CHARACTERS = 20_000_000
_DROPPED = frozenset({"script", "style", "head", "template", "title", "meta", "link", "colgroup"})
#: Their content is for readers that cannot show what they embed, and is raw markup in the tree.
_UNSEEN = frozenset({"iframe", "noembed", "noframes"})
_FOREIGN = frozenset({"iframe", "object", "embed", "video", "audio", "source", "frame"})


def html_blocks(html: str, pictures: Pictures) -> tuple[tuple[Block, ...], tuple[Fault, ...]]:
    """Return an HTML document as blocks, and a Fault when it was too large to draw whole."""
    cut = len(html) > CHARACTERS
    tree = HTMLTree.parse(html[:CHARACTERS])
    builder = Builder(pictures)
    document = tree.document
    root = None if document is None else document.first_child
    while root is not None and root.type != NodeType.ELEMENT:
        root = root.next
    whole = root is None or _walk(root, builder)
    builder.flush()
    faults: tuple[Fault, ...] = ()
    if cut or not whole:
        sentence = (
            f"only the first {CHARACTERS:,} characters and {NODES:,} nodes of the HTML body are "
            "on the page images; the text file and the native hold the whole"
        )
        builder.notice(f"[{sentence}]")
        faults = (Fault(FaultReason.TOO_LARGE, sentence),)
    return (*builder.blocks, *builder.notes.blocks()), faults


def _walk(root: Any, builder: Builder) -> bool:
    """Walk the tree without recursion; False when it has more nodes than the bound."""
    node, depth = root, 0
    spans: list[tuple[int, int]] = []
    for _ in range(NODES):
        child = _enter(node, builder, spans)
        if child is not None:
            node, depth = child, depth + 1
            continue
        while node.next is None:
            node, depth = node.parent, depth - 1
            if depth < 0 or node is None:
                return True
            _leave(node, builder, spans)
            if depth == 0:
                return True
        if depth == 0:
            return True
        node = node.next
    _close_all(builder, spans)
    return False


def _enter(node: Any, builder: Builder, spans: list[tuple[int, int]]) -> Any:
    """Take one node; return its first child when that is to be walked next."""
    if node.type == NodeType.TEXT:
        builder.text(node.value or "")
        return None
    if node.type != NodeType.ELEMENT or node.tag in _DROPPED:
        return None
    tag = node.tag
    attributes = {name: node.getattr(name) or "" for name in node.attrs}
    child = node.first_child
    if tag in _UNSEEN:
        child = None
    if tag in _FOREIGN and (source := attributes.get("src") or attributes.get("data")):
        builder.notice(f"[embedded content not fetched: {builder.notes.refer(source)}]")
    builder.enter(tag, attributes)
    if tag in {"td", "th"}:
        spans.append((_span_of(attributes, "colspan"), _span_of(attributes, "rowspan")))
    if child is None:
        _leave(node, builder, spans)
    return child


def _leave(node: Any, builder: Builder, spans: list[tuple[int, int]]) -> None:
    _close(node.tag, builder, spans)


def _close(tag: str, builder: Builder, spans: list[tuple[int, int]]) -> None:
    builder.leave(tag)
    if tag in {"td", "th"}:
        builder.close_cell(*spans.pop())


def _close_all(builder: Builder, spans: list[tuple[int, int]]) -> None:
    """Close what the bound left open, so that open tables reach the page."""
    while builder.frames:
        _close(builder.frames[-1].tag, builder, spans)


def _span_of(attributes: dict[str, str], name: str) -> int:
    value = attributes.get(name, "1").strip()
    return max(1, min(int(value), 100)) if value.isascii() and value.isdigit() else 1
