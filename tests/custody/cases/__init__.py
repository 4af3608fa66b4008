"""Registers of hostile experts: what each is about stands in the name of its test."""
