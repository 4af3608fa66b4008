"""The second reader of Outlook stores: two that do not know each other must see the same.

Runs in the worker after our own reading. When the second reader dies on a store, that is its own
place in the account (`MARK`): the store is read again without it, and the Fault says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from forthwith.domain.evidence import Budget, ByteSource, Fault, FaultReason, Hint, Limits
from forthwith.domain.nodes import Node
from forthwith.formats.outlook import libpff, pst
from forthwith.process.walk import Walker
from forthwith.record.workers import Beat

_STORE = "application/vnd.ms-outlook-pst"
MARK = "#second reader"


def reconciled(
    nodes: list[Node], source: ByteSource, walker: Walker, beat: Beat, key: str
) -> list[Node]:
    """Return the nodes of a unit, its store with a Fault for each difference between readers."""
    if not nodes or nodes[0].locator or nodes[0].media_type != _STORE:
        return nodes
    if any(fault.lost for fault in nodes[0].faults):
        return nodes
    found = walker.guard(lambda: _faults(source, walker.limits, beat, key, walker.poison))
    # Asking a second reader is no loss of the first: whatever went wrong is a note.
    faults = (replace(found, lost=False),) if isinstance(found, Fault) else found
    return [replace(nodes[0], faults=(*nodes[0].faults, *faults)), *nodes[1:]]


def _faults(
    source: ByteSource, limits: Limits, beat: Beat, key: str, poison: Mapping[str, Fault]
) -> tuple[Fault, ...]:
    if MARK in poison:
        detail = f"the second reader could not be asked: {poison[MARK].detail}"
        return (Fault(FaultReason.DISAGREEMENT, detail),)
    if not libpff.available():
        return ()
    beat.at(f"{key}\n{MARK}")
    theirs = libpff.listed(source)
    if theirs is None:
        return (Fault(FaultReason.DISAGREEMENT, "the second reader (libpff) cannot open it"),)
    ours = pst.seen(source, Hint("", _STORE, Budget(limits)))
    return libpff.reconcile(ours, theirs)
