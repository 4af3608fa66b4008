"""Coding by forms: what a form asks, what is suggested, where codings contradict each other."""
