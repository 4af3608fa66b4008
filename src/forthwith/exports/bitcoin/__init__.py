"""Bitcoin output descriptors, miniscript and wallet files: what a wallet needs to be spent."""
