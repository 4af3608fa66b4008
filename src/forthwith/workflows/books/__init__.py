"""Desks of the books: folders and matters opened, answers joined, papers made."""
