"""`books` and `liabilities`: the commands about what is owed and held."""
