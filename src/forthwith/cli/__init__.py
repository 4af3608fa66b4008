"""The command line: composes the rooms, holds no rules of its own."""
