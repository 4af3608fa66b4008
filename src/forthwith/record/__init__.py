"""What a matter keeps: evidence, journal, decisions, documents."""
