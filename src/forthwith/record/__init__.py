"""What a matter keeps: evidence, journal, decisions, documents; and where work runs."""
