"""Statements of banks: CAMT, MT940, OFX, BAI2 and CSV, to entries and balances."""
