"""What a painted page looks like, as one short word: the same word is the same page.

A redaction is drawn on a page as it is painted. It keeps the page's fingerprint, and is burnt only
into a page of the same one: where another release, another font or another reading of the file
paints the page differently, the box may lie over other words.
"""

from __future__ import annotations

import hashlib

from PIL.Image import Image

from forthwith.produce.imaging.tone import bilevel


def fingerprint(page: Image) -> str:
    """Return 32 hex digits of SHA-256 over a page as `Pages.paint` returns it, in black and white.

    Without a number or a legend, and before it is encoded: so it is the same whatever standard the
    page is produced by.
    """
    ink = bilevel(page)
    about = f"{ink.width} {ink.height}\n".encode()
    return hashlib.sha256(about + ink.tobytes()).hexdigest()[:32]
