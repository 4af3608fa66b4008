"""Reading bytes: streams, instants, text values, marks; what every reader stands on."""
