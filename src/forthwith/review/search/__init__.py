"""Search: tokens, index, the query language and its exact evaluation."""
