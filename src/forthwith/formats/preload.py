"""Import every reader once, so that worker processes start with all of them in memory.

Libarchive and libmagic are looked for here too: the search runs a program of the system (ldconfig),
and a worker, which reads what strangers wrote, runs none.
"""

from forthwith.formats import readers
from forthwith.formats.archives import libarchive_stream
from forthwith.formats.sniff import media_type

readers.module_for("")
libarchive_stream.library()
media_type.preload()
