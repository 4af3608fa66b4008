"""The letter that says what a production lacks, its findings over time, and the reply."""
