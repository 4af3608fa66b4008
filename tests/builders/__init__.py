"""Builders make a sound thing in memory; a test breaks one part of it."""
