"""The passages of the transmittal letter: each says one thing about the volume, and only if so."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from forthwith.produce.sheets import Sheet
from forthwith.produce.tally import Tally

if TYPE_CHECKING:
    from forthwith.produce.transmittal import Facts


def counted(tally: Tally) -> str:
    """Say how the counts were come by."""
    inline = ""
    if tally.inline_images:
        inline = (
            f" {many(tally.inline_images, 'inline image')} of message bodies "
            f"{'is' if tally.inline_images == 1 else 'are'} part of the message, counted apart "
            "from attachments and not produced alone."
        )
    return (
        "The counts agree with the load files and with the manifest in the DATA folder, which "
        "gives size and SHA-256 of every file. Families are unique by the MD5 of their natives in "
        f"order; a family without a native counts as one.{inline}"
    )


def times(facts: Facts) -> Iterator[str]:
    """Say the zone, the formats, and for how many documents the zone is an assumption."""
    order = facts.order
    yield (
        f"E-mail and file times are standardised to {facts.zone_name} (IANA zone "
        f"{order.time_zone}). Dates are written {facts.standard.formats.date}, times "
        f"{facts.standard.formats.time} in a field of their own, as in 07:05 PM "
        f"{facts.zone_name.split('/')[0]}; the abbreviation is the one in force that day. A day "
        "without a time in the source has a date only."
    )
    if count := facts.tally.assumed_zone:
        verb = "states" if count == 1 else "state"
        yield (
            f"{many(count, 'document')} {verb} a date and time without a zone; it was taken "
            f"to be in {order.matter_zone}."
        )


def families() -> Iterator[str]:
    """Say how families are told, and what became of containers."""
    yield (
        "Families are whole and together, the parent first. ATTACHRANGE, BEGATTACH and ENDATTACH "
        "run from the parent's first page to the last attachment's last page; PARENT_BATES and "
        "CHILD_BATES are those of the top of the family, also where attachments lie within "
        "attachments."
    )
    yield (
        "Documents are in order of custodian, then of the family's date (sent, else received, "
        "else modified). Mailboxes and archives were expanded and are not produced themselves; "
        "the path of each document shows them."
    )


def natives(facts: Facts) -> Iterator[str]:
    """Say what natives are, how they are hashed, and which were written for the production."""
    yield (
        "Every document not withheld is produced in native form as collected, unless the "
        "exceptions say otherwise. FILE_NAME is the original name; where its extension belies the "
        "content, the delivered file has the extension of the content."
    )
    yield (
        "MD5HASH and SHA256 are computed over the delivered native file, e-mail included, not over "
        "selected fields. FILE_SIZE is in kilobytes of "
        f"{facts.standard.formats.size_unit:,} bytes, rounded up."
    )
    if count := facts.tally.from_store:
        yield (
            f"{many(count, 'message')} lived in an Outlook store (PST or OST) or inside another "
            "Outlook message, where a message is a set of properties and not a file. Each is "
            "produced as an Internet message (EML) written from those properties with its "
            "attachments; its hash values are those of the file so written, and so is HEADER where "
            "the store kept no header."
        )
    else:
        yield "No message in this volume had to be written from the properties of an Outlook store."
    yield {
        None: "It has not been determined whether native files come from Mac computers.",
        True: "Some native files come from Mac computers.",
        False: "No native file comes from a Mac computer.",
    }[facts.order.from_mac]


def images(facts: Facts) -> Iterator[str]:
    """Say how pages are imaged, what slip-sheets stand for, and how text is written."""
    rules, tally = facts.standard.images, facts.tally
    legend = facts.order.confidentiality
    lower_left = f' and "{legend}" lower left' if legend else ""
    yield (
        f"Black-and-white pages are single-page Group IV TIFF at {rules.dpi} dpi, colour pages "
        f"JPEG, each named by its Bates number and endorsed with it {rules.endorse}{lower_left}."
    )
    if tally.sheets:
        named = "; ".join(
            f"{tally.sheets[sheet]:,} {_MEANING[sheet]}" for sheet in Sheet if tally.sheets[sheet]
        )
        total = sum(tally.sheets.values())
        verb = "is" if total == 1 else "are"
        yield f"{many(total, 'document')} {verb} shown by a slip-sheet: {named}."
    yield (
        "Document text is in UTF-8 with a byte order mark, one file a document, named by its first "
        "number. Comments, tracked changes and other hidden content stand in it in marked sections."
    )
    if tally.without_text:
        verb = "has" if tally.without_text == 1 else "have"
        yield (
            f"{many(tally.without_text, 'imaged document')} {verb} no text that could be "
            "extracted; the text file says so in one line in brackets."
        )


_MEANING = {
    Sheet.NATIVE: "produced in native format",
    Sheet.WITHHELD: "withheld for privilege",
    Sheet.NATIVE_WITHHELD: "whose native contains a document withheld for privilege",
    Sheet.UNPROCESSABLE: "that could not be processed",
    Sheet.CONTAINER: "being a container that could not be fully expanded",
    Sheet.TECHNICAL: "that could not be imaged",
}


def duplicates(facts: Facts) -> Iterator[str]:
    """Say whether copies were suppressed, by whose leave, and where they are told."""
    order, suppressed = facts.order, facts.selection.suppressed
    if not order.suppress_duplicates or order.approval is None:
        yield (
            "No duplicate was suppressed. ALLCUSTODIANS and ALLPATHS name every custodian and "
            "place holding a copy of the document's family."
        )
        return
    count = sum(len(family.members) for family in suppressed)
    approval = order.approval
    yield (
        f"Duplicate families were suppressed as approved by {approval.by} on "
        f"{approval.on.month:02d}/{approval.on.day:02d}/{approval.on.year} ({approval.letter}). "
        "Families are duplicates where the parent and every attachment have the same content; an "
        "attachment is never suppressed alone. "
        f"{many(len(suppressed), 'family', 'families')} of {many(count, 'document')} "
        f"{'is' if len(suppressed) == 1 else 'are'} represented by one copy; ALLCUSTODIANS and "
        "ALLPATHS give the custodians and places of all copies."
    )


def exceptions(facts: Facts) -> Iterator[str]:
    """Say how many documents have an exception, and where the log is."""
    log = f"DATA/{facts.order.volume}_EXCEPTIONS.CSV"
    if not facts.exceptions:
        yield f"Every document was read and imaged without exception; {log} has no entry."
        return
    touched = len({each.bates for each in facts.exceptions if each.bates})
    lost = sum(each.document.lost and not each.withheld for each in facts.planned)
    yield (
        f"{many(touched, 'document')} {'has' if touched == 1 else 'have'} an entry in the "
        f"exceptions log, {log}, which gives the reason for each."
    )
    if lost:
        verb = "is" if lost == 1 else "are"
        yield (
            f"Of these, {many(lost, 'document')} could not be read (damaged, encrypted or of an "
            f"unknown form) and {verb} produced in family order, with a slip-sheet and the native "
            "as collected."
        )


def privilege(facts: Facts) -> Iterator[str]:
    """Say what is withheld, and that producing by mistake waives nothing."""
    if count := len(facts.selection.withheld):
        yield (
            f"{many(count, 'document')} {'is' if count == 1 else 'are'} withheld for privilege. A "
            "slip-sheet with the number of the entry in the privilege log stands in place of each; "
            "no native, text or descriptive field is given. The native of a document that contains "
            "a withheld one is not produced either."
        )
    else:
        yield "No document is withheld from this volume for privilege."
    yield (
        "The production of any privileged or protected document is inadvertent and no waiver; "
        "please tell us of any you come upon."
    )


def confidentiality(facts: Facts) -> Iterator[str]:
    """Ask for confidential treatment (17 CFR 200.83)."""
    yield (
        f'The documents are endorsed "{facts.order.confidentiality}". Confidential treatment is '
        "requested for this letter and for every page of the volume, "
        f"{facts.bates_range}, under 17 C.F.R. § 200.83 and the Freedom of Information Act, "
        "5 U.S.C. § 552. Please inform us of any request for them before disclosure, so that the "
        "request can be substantiated."
    )


def load_files(facts: Facts) -> Iterator[str]:
    """Say which load files there are, how they are written, and that fields follow in order."""
    volume = facts.order.volume
    yield (
        f"The data load file is DATA/{volume}.DAT (UTF-8 with a byte order mark; field separator "
        "ASCII 020, text qualifier ASCII 254, line breaks inside a value ASCII 174, several values "
        f"separated by a semicolon). The image pointer file is DATA/{volume}.OPT (ASCII). Paths "
        "are relative to the volume's folder."
    )
    yield (
        "Fields that do not apply to a kind of document are blank. The fields of the data load "
        "file, in order:"
    )


def many(count: int, one: str, more: str = "") -> str:
    """Return "1 document" or "1,204 documents"."""
    return f"{count:,} {one if count == 1 else more or one + 's'}"
