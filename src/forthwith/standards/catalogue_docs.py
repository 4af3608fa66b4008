"""`docs/checks.md`: every code of a finding for people, from the data the findings are made of.

After a change: python -m forthwith.standards.catalogue_docs > docs/checks.md
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from forthwith.standards import loader
from forthwith.standards.catalogue import AREAS, CATALOGUE, FindingKind

_HEAD = """# Checks

Every finding has a code, and a code stands for ever. `forthwith check` reads the load files of a
volume, opens every delivered file, and reports what it finds under the codes FM to AR below. A
sound volume has no finding at all; one fault gives one finding, at its Bates number, without its
echoes: a lost attachment is not told again as a gap, a stray page and a wrong range.

Given what a volume answers (`--requests`, `--responses`, `--privilege-log` and the options beside
them), `check` adds the codes RQ and PL; `forthwith deficiency` finds the same and writes the
letter. `forthwith privilege check` reports the codes PC, `forthwith books breaks` the codes BK,
`forthwith books check` the codes BR, and
`forthwith custody statements` flags sentences by the words that stand last here.

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

Any finding stops the seal of a volume of our own. Where its cause lies in the evidence, counsel can
accept it (`forthwith produce --accept CODE@NUMBER --reason`); each code says below if that is so,
and where it says nothing the cause is ours and must be cured. To its receiver an accepted finding
is a finding.
"""

_ACCEPT = {
    "always": "counsel may accept it as the truth of the evidence.",
    "with a fault": "counsel may accept it as the truth of the evidence, where the exceptions log "
    "has a fault of its family.",
}


#: What thresholds rest on, by the area of the findings.
_MEASURED = {
    "Page images": """
IM14 (blank where the native is not), IM17 and IM18 are asked only of documents whose native is a
PDF with as many pages. They were measured on 197 pages of real PDF files as this program draws
them, up to six of a file, against the pages of their natives:

| Page | told | of |
|---|---|---|
| its native's (least likeness 0.31) | 0 | 197 |
| a page of another document (IM17: likeness below 0.2) | 966 | 1,576 |
| another page of the same document (IM17) | 73 | 270 |
| turned by a quarter to the left, upside down, to the right (IM18) | 190, 185, 190 | 197 each |

So IM17 is no proof that a page is its native's: pages of running text look much alike. Swapped
pages are told by their numbers (IM16) and by being there twice (IM15) as well.
""",
    "Text": """
What TX05, TX06 and TX07 hold against each other was measured on 946 pairs of a real document and
its text as another extractor reads it (pypdf and pdfminer for PDF, python-docx, openpyxl, xlrd,
python-pptx, html2text, the email package of Python), on natives of 40 letters and more. Thresholds
were set on one half and counted on the other (505 pairs; those a change empties left out):

| Text | TX05 | TX06 | TX07 | of |
|---|---|---|---|---|
| as the other extractor reads it | 0 | 0 | 19 | 505 |
| the same with one letter in twenty misread | 2 | 0 | 14 | 504 |
| another document's of the same kind | 409 | 0 | 7 | 497 |
| cut to a third | 1 | 174 | 187 | 506 |
| three strange words in its place | 464 | 0 | 8 | 503 |
| a footer in its place | 451 | 0 | 0 | 503 |

On the half they were set on the first row is 0, 0 and 14 of 441. What TX07 tells in it are texts of
other extractors that lack most of the native's words: a second part of a message, parts behind a
broken boundary, form values, text boxes and templates of Word. So TX07 is minor.
What is not told of swapped, replaced and cut texts is shorter than is asked for, says the same in
both, or stands beside a native that cannot be read whole.
""",
}


def heading(kind: FindingKind) -> str:
    """Return the heading of one code: "FM01 Attachment …"; codes in words are set apart."""
    code = kind.code if kind.code.isupper() else f"`{kind.code}`"
    return f"### {code} {kind.title}"


def document() -> Iterator[str]:
    """Yield `docs/checks.md`, under the default standard."""
    standard = loader.load()
    yield _HEAD.replace("{digest}", standard.called(standard.natives.digest)).replace(
        "{title}", standard.title
    )
    for area in AREAS.values():
        yield f"\n## {area}\n"
        yield _MEASURED.get(area, "")
        kinds = [kind for kind in CATALOGUE.values() if kind.area == area]
        for kind in sorted(kinds, key=lambda kind: kind.code):
            yield f"\n{heading(kind)}\n\n"
            yield f"*{kind.severity.capitalize()}; {kind.cited(standard)}.*\n\n"
            yield f"{kind.meaning}\n\n"
            if kind.says:
                yield f"**Rule:** {kind.says}\n\n"
            yield f"**Cause:** {kind.cause}\n\n**Cure:** {kind.cure}\n"
            if kind.accept:
                yield f"\n**Of our own volume:** {_ACCEPT[kind.accept]}\n"


if __name__ == "__main__":
    sys.stdout.write("".join(document()))
