"""Papers of the answering side, composed of blocks."""
