"""From documents to a Bates-numbered volume."""
