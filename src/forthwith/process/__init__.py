"""From items to documents in families: fields, text, identity, faults."""
