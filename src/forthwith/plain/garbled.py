"""Text that looks as if characters of it were lost or read in a wrong charset on the way."""

from __future__ import annotations

import re

#: UTF-8 read as Windows-1252 or Latin-1: "CafÃ©", "â€œ".
_MOJIBAKE = re.compile(r"[ÃÂ][\x80-\xbf¡-¿€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€[™œ\x9d˜“”¦]")


def looks_garbled(text: str) -> bool:
    """Return True where a character is lost (U+FFFD) or stands as two of a wrong charset."""
    return not text.isascii() and ("\ufffd" in text or _MOJIBAKE.search(text) is not None)
