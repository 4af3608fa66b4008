"""Pictures as values: shapes at places, drawn the same way into a page and into a PNG."""
