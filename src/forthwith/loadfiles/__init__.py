"""Load files in both directions (DAT, OPT, LFP), and rows of a delivered volume."""
