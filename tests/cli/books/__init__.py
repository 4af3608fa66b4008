"""The commands of the books, as typed."""
