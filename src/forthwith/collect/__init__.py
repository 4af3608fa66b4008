"""From a source to items: what lay where, with its bytes and digest."""
