"""Tracing: where a claimed sum went, under five methods side by side.

`trace` follows one claim through the moves of a reckoning; `look_through` says what of payments
reaches an affiliate; `diagram` is a trace as its picture has it.
"""

from forthwith.books.tracing.diagram import TraceDiagram, diagram
from forthwith.books.tracing.look_through import Reached, look_through
from forthwith.books.tracing.trace import Trace, TraceError, trace

__all__ = [
    "Reached",
    "Trace",
    "TraceDiagram",
    "TraceError",
    "diagram",
    "look_through",
    "trace",
]
