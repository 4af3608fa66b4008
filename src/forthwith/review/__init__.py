"""What a reviewer asks of the documents: search, privilege."""
