"""Tracing: where a claimed sum went, under five methods side by side (books.md section 7)."""

from forthwith.books.tracing.look_through import Reached, look_through
from forthwith.books.tracing.trace import Trace, TraceError, trace

__all__ = ["Reached", "Trace", "TraceError", "look_through", "trace"]
