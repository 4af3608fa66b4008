"""Ethereum: Safe owners and modules, roles of contracts, signed messages."""
