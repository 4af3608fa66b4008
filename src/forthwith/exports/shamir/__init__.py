"""Shares of a secret: SLIP-39 mnemonics and lists of shares."""
