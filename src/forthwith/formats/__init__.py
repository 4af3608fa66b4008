"""One format, one file: bytes to a Reading, and load files in both directions."""
