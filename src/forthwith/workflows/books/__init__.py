"""Acts on the books: open, ask, report, check."""
