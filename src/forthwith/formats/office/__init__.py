"""Office files, old and new: text with what is hidden in it, properties, embedded objects."""
