"""What a question asks: which people, which wallets and paths."""
