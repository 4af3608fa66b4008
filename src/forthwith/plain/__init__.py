"""Small text helpers that several shelves need."""
