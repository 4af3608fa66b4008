"""Claims of privilege, the checks of a log before it is served, and the log."""
