"""Dated, cited rows turned into facts, and what is read off them before any question is asked."""
