"""Custody: who, alone or together, could move which assets when, and what would prove otherwise.

Facts in, answers out: nothing here opens a file, a socket or a database.
"""
