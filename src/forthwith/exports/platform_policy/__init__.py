"""Policies of a custody platform: its rules in order, its users and groups."""
