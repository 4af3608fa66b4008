"""Pictures of the books as drawings: coverage, stakes of a place, a trace, a calendar of proofs."""
