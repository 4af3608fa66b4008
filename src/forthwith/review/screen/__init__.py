"""The privilege screen: what speaks for a document being privileged, and where it says so."""
