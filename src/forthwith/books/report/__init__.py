"""The monthly report: figures with their rows, tables to print, amendments, and the check."""
