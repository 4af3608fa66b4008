"""`docs/checks.md`: every check for people, from the same data the checks run by.

After a change: python -m forthwith.check.catalogue_docs > docs/checks.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from forthwith.check.catalogue import AREAS, CHECKS, cited
from forthwith.standards import loader

_HEAD = """# Checks

`forthwith check` reads the load files of a volume, opens every delivered file, and reports what it
finds under the codes below. A code stands for ever. A sound volume has no finding at all; one fault
gives one finding, at its Bates number, without its echoes: a lost attachment is not told again as a
gap, a stray page and a wrong range.

Counts are computed from the delivered files alone, so that both sides get the same ones.
*Documents* are rows; *families* are documents that stand alone and parents with all beneath them;
*pages* are lines of the image pointer file; *natives* are natives present; *unique* families
differ in the digests of their natives, taken in order (a family without any counts as unique).
The standard says which digest that is: {digest} under the SEC's.

Checks ask for columns by their role, so every standard is checked alike; the names below are those
of {title}. What rests on a column that a standard does without is listed as *not
checked*.

`{volume}_TRANSMITTAL.*`, `{volume}_EXCEPTIONS.CSV` (BATES, REASON, DETAIL) and
`{volume}_MANIFEST.JSON` may stand beside the load files. A document in the exceptions may be one
that cannot be opened; a number, or a range "A - B", in the exceptions is no gap.
"""


def document() -> Iterator[str]:
    """Yield `docs/checks.md`, under the default standard."""
    standard = loader.load()
    yield _HEAD.replace("{digest}", standard.called(standard.natives.digest)).replace(
        "{title}", standard.title
    )
    for area, name in AREAS.items():
        yield f"\n## {name}\n"
        for code, check in sorted(CHECKS.items()):
            if code.startswith(area):
                yield f"\n### {code} {check.title}\n\n"
                yield f"*{check.severity.capitalize()}; {cited(check, standard)}.*\n\n"
                yield f"{check.meaning}\n\n**Cause:** {check.cause}\n\n**Cure:** {check.cure}\n"


if __name__ == "__main__":
    sys.stdout.write("".join(document()))
