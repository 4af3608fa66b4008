"""Checks of a privilege log as served: its elements, its families, and the documents it names."""
