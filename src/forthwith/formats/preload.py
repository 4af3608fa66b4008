"""Import every reader once, so that worker processes start with all of them in memory.

Libraries that are looked for by programs of the machine (ldconfig, a linker) are looked for here: a
worker that is shut in can run none, and would go on as if the library were not there.
"""

from forthwith.formats import readers
from forthwith.formats.archives import libarchive_stream
from forthwith.formats.sniff import media_type

readers.module_for("")
libarchive_stream.library()
media_type.libmagic()
