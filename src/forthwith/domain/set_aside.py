"""Files set aside: read, kept and listed, and not numbered, because they are nobody's documents.

What a system leaves in every folder, and what a list of known files (of the National Software
Reference Library, say) has by its digest. None is lost: each is counted and named with its reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SetAside:
    """One file that is no document."""

    #: The collected item ("S0001/000012"), and the steps inside it ("" = the item itself).
    item: str
    locator: str
    #: Where it lay, as `Document.path`.
    path: str
    custodian: str
    size: int
    md5: str
    sha256: str
    #: "a folder's view settings (.DS_Store)", "on the list of known files NSRLFile.txt".
    why: str
