"""Rich text, and mail bodies wrapped in it."""
