"""How `produce` reaches evidence: a document's native bytes and its text, and nothing else.

The record implements it; nothing in `produce` opens a file of the matter. An implementation is
pickled into worker processes, so it carries what it needs to open the matter, not open handles.
"""

from __future__ import annotations

from typing import Protocol

from forthwith.domain.documents import Document
from forthwith.domain.evidence import Fault


class Access(Protocol):
    """Gives back what was collected and extracted, one document at a time."""

    def native(self, document: Document) -> bytes | Fault:
        """Return the document as collected, or the message written from its store's properties.

        The Fault says why the bytes cannot be had again.
        """
        ...

    def text(self, document: Document) -> str:
        """Return the whole text of the document, header lines of mail included."""
        ...
