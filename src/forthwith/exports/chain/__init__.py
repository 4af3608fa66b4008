"""Blocks and transactions of Bitcoin and of Ethereum-like chains, from the files of a node."""
