"""Tracing: where a claimed sum went, under five methods side by side (books.md section 7)."""

from forthwith.books.tracing.look_through import Reached, look_through

__all__ = ["Reached", "look_through"]
