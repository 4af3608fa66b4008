"""Sworn sentences: what each claims, and how it stands against the facts."""
