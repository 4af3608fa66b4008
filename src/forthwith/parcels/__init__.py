"""Parcels: what carries a volume from one side to the other, in both directions.

A zip file of its files (`zips`), encrypted for whoever may open it (`age`, `openpgp`, or the zip
file's own AES), cut into parts (`parts`). Which volume may go, and what is in one that came, is for
others.
"""
