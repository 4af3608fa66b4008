"""Questions answered over both bounds: shown, excluded or not shown, with what is missing."""
