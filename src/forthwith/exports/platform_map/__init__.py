"""Exports of any custody platform, read with a map that says which field is what."""
