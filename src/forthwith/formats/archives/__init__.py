"""Archives and compressed files: what they hold, byte for byte, with its account."""
