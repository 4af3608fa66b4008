"""Outlook: stores, single messages and winmail.dat over one layer of properties."""
