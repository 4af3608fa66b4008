"""Import every reader once, so that worker processes start with all of them in memory."""

from forthwith.formats import readers

readers.module_for("")
