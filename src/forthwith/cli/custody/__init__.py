"""`custody`: the commands about who could move assets."""
