"""Directories of accounts: whose login is whose, what groups and admin roles give."""
