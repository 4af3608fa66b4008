"""Safes: one state as the service shows it, and the history that led there."""
