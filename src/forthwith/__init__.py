"""forthwith: answers discovery about customer assets, and lets either side check the answer."""

import logging

# Libraries log advice for whoever programs with them, and Python prints what nobody handles: into
# the middle of a progress bar. Here what matters of a file is a fault; an application that sets up
# logging still gets all of it. Every process of ours imports this first, workers too.
for _library in ("pypdfium2", "pikepdf", "PIL", "olefile", "fontTools", "reportlab"):
    logging.getLogger(_library).addHandler(logging.NullHandler())
