"""The transmittal letter: what a cover letter to the receiver must say, from what was delivered.

Every number in it is counted from the volume, none is typed. Each passage says one thing about the
volume, and only if it is so. What a column is called, how dates, sizes, pages and files are written
is quoted from the standard by which the volume was written, so a letter states no rule that was not
followed. The clauses are those of the SEC's General 1 and the list the FTC asks for; whoever signs
reads it first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from forthwith.domain.documents import LONG_LIST
from forthwith.domain.evidence import FaultReason
from forthwith.papers import transmittal
from forthwith.papers.blocks import Block, Lines, Paragraph, Table
from forthwith.plain.counting import ordinal
from forthwith.produce import letterhead
from forthwith.produce.files import text_encoding
from forthwith.produce.imaging.files import legend_place
from forthwith.produce.imaging.page import DPI
from forthwith.produce.manifest import ASIDE, Tally, Unsound
from forthwith.produce.order import ProductionOrder
from forthwith.produce.plan import Planned, Sheet
from forthwith.produce.replaced import REDACTED, Change, Recalled
from forthwith.produce.selection import Selection
from forthwith.standards import catalogue, prose
from forthwith.standards.loader import Standard

#: Changed documents a letter lists; of more, it names the file that does.
_LISTED = 40


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
        "gives size and SHA-256 of every file. Families are unique by the "
        f"{prose.DIGESTS[tally.digest]} of their natives in order; a family without a native "
        f"counts as one.{inline}"
    )


def times(facts: Facts) -> Iterator[str]:
    """Say the zone, the formats, and for how many documents the zone is an assumption."""
    order = facts.order
    yield (
        f"E-mail and file times are standardised to {facts.zone_name} (IANA zone "
        f"{order.time_zone}). {_moments(facts)} A day without a time in the source has a date "
        "only. Page images and texts of messages show the same zone; where the source wrote "
        "another, its own time stands beside it."
    )
    if count := facts.tally.assumed_zone:
        verb = "states" if count == 1 else "state"
        yield (
            f"{many(count, 'document')} {verb} a date and time without a zone; it was taken "
            f"to be in {order.matter_zone}."
        )


def _moments(facts: Facts) -> str:
    """Say how dates and times are written, and where."""
    forms, standard = facts.standard.formats, facts.standard
    shown = f"as in {prose.examples(standard, facts.zone_name.split('/')[0])}"
    ways = {column.fill.partition(":")[0] for column in standard.all_columns}
    if "time" in ways:
        sentence = (
            f"Dates are written {forms.date}, times {forms.time} in a field of their own, {shown}"
        )
    elif "datetime" in ways:
        sentence = f"Dates are written {forms.date}, and after them in one field times {forms.time}"
        sentence += f", {shown}"
    else:
        return f"Dates are written {forms.date}; the load file has no field for times."
    if forms.time.zoned:
        return f"{sentence}; the abbreviation is the one in force that day."
    if standard.has("time_zone"):
        return f"{sentence}; the zone stands in {standard.called('time_zone')}."
    return f"{sentence}; the load file has no field for the zone."


def families(standard: Standard) -> Iterator[str]:
    """Say how families are told, and what became of containers."""
    paths = standard.has("path") or standard.has("internal_path")
    ranges = _called(standard, "family_range", "family_first", "family_last")
    tops = _called(standard, "parent", "children")
    sentences = ["Families are whole and together, the parent first."]
    if ranges:
        sentences.append(
            f"{_listed(ranges)} {'runs' if len(ranges) == 1 else 'run'} from the parent's first "
            "page to the last attachment's last page" + (";" if tops else ".")
        )
    if tops:
        sentences.append(
            f"{_listed(tops)} {'is that' if len(tops) == 1 else 'are those'} of the top of the "
            "family, also where attachments lie within attachments."
        )
    yield " ".join(sentences)
    yield (
        "Documents are in order of custodian, then of the family's date (sent, else received, "
        "else modified). Mailboxes and archives were expanded and are not produced themselves"
        + ("; the path of each document shows them." if paths else ".")
    )


def natives(facts: Facts) -> Iterator[str]:
    """Say what natives are, how they are hashed, and which were written for the production."""
    standard = facts.standard
    name = "; where the extension of the original name belies"
    if standard.has("file_name"):
        name = f". {standard.called('file_name')} is the original name; where its extension belies"
    yield (
        "Every document not withheld is produced in native form as collected, unless the "
        f"exceptions say otherwise{name} the content, the delivered file has the extension of the "
        "content."
    )
    digests = _called(standard, "md5", "sha1", "sha256")
    hashed = "The load file gives no hash value of natives; the manifest gives their SHA-256."
    if digests:
        hashed = (
            f"{_listed(digests)} {'is' if len(digests) == 1 else 'are'} computed over the "
            "delivered native file, e-mail included, not over selected fields."
        )
    yield f"{hashed}{_sizes(standard)}"
    if count := facts.tally.from_store:
        yield (
            f"{many(count, 'message')} lived in an Outlook store (PST or OST) or inside another "
            "Outlook message, where a message is a set of properties and not a file. Each is "
            "produced as an Internet message (EML) written from those properties with its "
            "attachments; its hash values are those of the file so written"
            + (
                f", and so is {standard.called('header')} where the store kept no header."
                if standard.has("header")
                else "."
            )
        )
    else:
        yield "No message in this volume had to be written from the properties of an Outlook store."
    yield {
        None: "It has not been determined whether native files come from Mac computers.",
        True: "Some native files come from Mac computers.",
        False: "No native file comes from a Mac computer.",
    }[facts.order.from_mac]


def _sizes(standard: Standard) -> str:
    if not standard.has("size"):
        return ""
    return f" {standard.called('size')} is in {prose.sizes(standard)}."


def _endorsed(facts: Facts) -> str:
    """Say what stands on every page, and where."""
    place, legend = facts.standard.images.endorse, facts.order.confidentiality
    number = "not endorsed with it" if place == "none" else f"endorsed with it {place}"
    if not legend:
        return number
    return f'{number}{", but with" if place == "none" else " and"} "{legend}" {legend_place(place)}'


def images(facts: Facts) -> Iterator[str]:
    """Say how pages are imaged, what slip-sheets stand for, and how text is written."""
    rules, tally = facts.standard.images, facts.tally
    larger = f" (painted at {DPI} and enlarged)" if rules.dpi > DPI else ""
    tiff = f"single-page Group IV TIFF (.{rules.black_white[0].upper()}) at {rules.dpi} dpi{larger}"
    kinds = f"Pages, those in colour included, are {tiff}"
    if rules.colour:
        colour = rules.colour[0].upper()
        kinds = f"Black-and-white pages are {tiff}, colour pages JPEG (.{colour})"
    yield f"{kinds}, each named by its Bates number and {_endorsed(facts)}."
    if tally.sheets:
        meaning = {
            **_MEANING,
            Sheet.NATIVE: f'{_MEANING[Sheet.NATIVE]} (they say "{rules.placeholder}")',
        }
        named = "; ".join(
            f"{tally.sheets[sheet]:,} {meaning[sheet]}" for sheet in Sheet if tally.sheets[sheet]
        )
        total = sum(tally.sheets.values())
        verb = "is" if total == 1 else "are"
        yield f"{many(total, 'document')} {verb} shown by a slip-sheet: {named}."
    encoding, level = _text_encoding(facts.standard), facts.standard.text.level
    yield (
        f"Document text is in {encoding}, one file a {level}, named by its first number. Comments, "
        "tracked changes and other hidden content stand in it in marked sections."
    )
    if tally.without_text:
        verb = "has" if tally.without_text == 1 else "have"
        yield (
            f"{many(tally.without_text, 'imaged document')} {verb} no text that could be "
            "extracted; the text file says so in one line in brackets."
        )
    yield from _words_unread(facts)


def _words_unread(facts: Facts) -> Iterator[str]:
    """Say which text lacks the words of pictures, so that nobody takes a search for complete."""
    unread = sum(each.document.words_unread and not each.withheld for each in facts.planned)
    if not unread:
        return
    text = (
        ("text", "it", "lacks", "that text")
        if unread == 1
        else ("texts", "them", "lack", "these texts")
    )
    yield (
        f"{many(unread, 'document')} {'consists' if unread == 1 else 'consist'} in whole or in "
        "part of pictures or scanned pages off which no words were read by machine (optical "
        f"character recognition). The {text[0]} produced for {text[1]} {text[2]} the words those "
        f"pictures show, and a search of {text[3]} will not find them. The page images and natives "
        "show the pictures; the exceptions log names each document."
    )


def _text_encoding(standard: Standard) -> str:
    rules = standard.text
    if rules.one_encoding_per_production or text_encoding(rules).startswith("utf"):
        return f"{prose.encoded(text_encoding(rules))} throughout"
    names = [prose.encoded(name) for name in rules.encodings]
    return f"the first of {', '.join(names)} that holds its characters"


def _called(standard: Standard, *names: str) -> list[str]:
    """Return the columns of these roles, as far as the standard has them."""
    return [standard.called(role) for role in names if standard.has(role)]


def _listed(names: list[str]) -> str:
    """Return "A", "A and B", "A, B and C"."""
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


_MEANING = {
    Sheet.NATIVE: "produced in native format",
    Sheet.WITHHELD: "withheld for privilege",
    Sheet.NATIVE_WITHHELD: "whose native contains a document withheld for privilege",
    Sheet.REDACTED: "redacted, of which neither pages nor a native can be produced",
    Sheet.NATIVE_REDACTED: "whose native contains a document with redactions",
    Sheet.UNPROCESSABLE: "that could not be processed",
    Sheet.CONTAINER: "being a container that could not be fully expanded",
    Sheet.TECHNICAL: "that could not be imaged",
}


def duplicates(facts: Facts) -> Iterator[str]:
    """Say whether copies were suppressed, by whose leave, and where they are told."""
    order, suppressed = facts.order, facts.selection.suppressed
    names = _called(facts.standard, "all_custodians", "all_paths")
    holders = f"{_listed(names)} " if names else ""
    what = "every custodian and place" if len(names) == 2 else "every place"
    if names and not facts.standard.has("all_paths"):
        what = "every custodian"
    if not order.suppress_duplicates or order.approval is None:
        sentence = (
            f" {holders}{'name' if len(names) == 2 else 'names'} {what} holding a copy of the "
        )
        yield (
            f"No duplicate was suppressed.{sentence}document's family."
            if names
            else ("No duplicate was suppressed.")
        )
        if names and facts.selection.listed_once:
            yield (
                f"Where there are more than {LONG_LIST} of them, {holders}"
                f"{'name' if len(names) == 2 else 'names'} them in the row of the first copy in "
                "this volume alone; the row of every other copy names its own."
            )
        return
    count = sum(len(family.members) for family in suppressed)
    approval = order.approval
    yield (
        f"Duplicate families were suppressed as approved by {approval.by} on "
        f"{facts.standard.formats.date.write(approval.on)} ({approval.letter}). "
        "Families are duplicates where the parent and every attachment have the same content; an "
        "attachment is never suppressed alone. "
        f"{many(len(suppressed), 'family', 'families')} of {many(count, 'document')} "
        f"{'is' if len(suppressed) == 1 else 'are'} represented by one copy; "
        + (
            f"{holders}{'give' if len(names) == 2 else 'gives'} the custodians and places of all "
            "copies."
            if names
            else "the load file has no field for custodians and places of the others."
        )
    )


def exceptions(facts: Facts) -> Iterator[str]:
    """Say how many documents have an exception, and where the log is."""
    log = f"DATA/{facts.order.volume}_EXCEPTIONS.CSV"
    if not facts.exceptions:
        yield f"Every document was read and imaged without exception; {log} has no entry."
        return
    touched = len({exception.bates for exception in facts.exceptions if exception.bates})
    unnumbered = sum(
        not exception.bates and exception.reason not in {ASIDE, FaultReason.OPENED}
        for exception in facts.exceptions
    )
    aside = sum(exception.reason == ASIDE for exception in facts.exceptions)
    lost = sum(document.document.lost and not document.withheld for document in facts.planned)
    if touched:
        yield (
            f"{many(touched, 'document')} {'has' if touched == 1 else 'have'} an entry in the "
            f"exceptions log, {log}, which gives the reason for each."
        )
    else:
        yield f"No single document has an entry in the exceptions log, {log}."
    if lost:
        verb = "is" if lost == 1 else "are"
        yield (
            f"Of these, {many(lost, 'document')} could not be read (damaged, encrypted or of an "
            f"unknown form) and {verb} produced in family order, with a slip-sheet and the native "
            "as collected."
        )
    yield from _opened(facts)
    if unnumbered:
        yield (
            f"{many(unnumbered, 'line')} of the log without a number "
            f"{'speaks' if unnumbered == 1 else 'speak'} of mailboxes or archives that were "
            "expanded and are not produced themselves: something of them may be missing, or is in "
            "doubt, beside the documents that came out of them."
        )
    if accepted := facts.order.accepted:
        yield (
            f"Our own check of the volume has {many(len(accepted), 'finding')} that we accept as "
            "the truth of the evidence, and so may yours:"
        )
        kinds = catalogue.kinds(facts.standard)
        for finding in accepted:
            yield (
                f"{finding.code} {kinds[finding.code].title}, {finding.number}. The reason: "
                f"{finding.reason.rstrip('.')}."
            )
    if aside:
        yield (
            f"{many(aside, 'line')} of the log without a number "
            f"{'names' if aside == 1 else 'name'} files that are set aside and not produced: what "
            "operating systems and programs leave in folders, and files known by their digests to "
            "be parts of published software."
        )


def _opened(facts: Facts) -> Iterator[str]:
    """Say what passwords opened, and in what state it is delivered."""
    opened = {line.bates for line in facts.exceptions if line.reason == FaultReason.OPENED}
    if not opened:
        return
    numbered = len(opened - {""})
    whose = many(numbered, "document") if numbered else "What came out of encrypted archives"
    verb = "were" if numbered > 1 else "was"
    yield (
        f"{whose} {verb} opened with a password held by the producing party. Text and images show "
        "what the password opened; a native that is itself encrypted is produced as it was "
        "collected, still encrypted, and the log says of which documents this is so."
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


def redactions(facts: Facts) -> Iterator[str]:
    """Say what is redacted and why, how, and what that does not hide."""
    redacted = [planned for planned in facts.planned if planned.reading is not None]
    named = {reason.name: reason.words for reason in facts.standard.redaction_reasons}
    counted = Counter(
        name
        for planned in redacted
        for name in dict.fromkeys(redaction.reason for redaction in planned.redactions)
    )
    why = "; ".join(
        f"{many(number, 'document')} for {name} ({named.get(name, name)})"
        for name, number in sorted(counted.items())
    )
    verb = "is" if len(redacted) == 1 else "are"
    yield (
        f"{many(len(redacted), 'document')} {verb} redacted: {why}. "
        f"{facts.standard.called('redacted')} gives the reasons of each. Boxes are burnt into the "
        "page images, with the reason where it fits; the text of such a document is made of the "
        'words left on its pages and of "[REDACTED – reason]"; no native of it is produced, nor '
        "of a file that contains it. Cells of the load file that would give redacted words away "
        "read the same."
    )
    anew = sum(planned.reading.rebuilt for planned in redacted if planned.reading is not None)
    if anew:
        verb = "is" if anew == 1 else "are"
        yield (
            f"{many(anew, 'native')} of them {verb} built anew: a workbook of the values its cells "
            "show, hidden sheets included, without formulas, charts, pivot tables, macros, notes "
            "and properties; a recording of its samples alone, silent where it is redacted."
        )
    yield (
        "The size of a box tells how much it covers"
        + (
            ", but for its height, for every box is widened to whole lines"
            if facts.order.even
            else ""
        )
        + ", and the letters beside it stand where they stood. Nothing is promised of what may be "
        "inferred from either."
    )


def confidentiality(facts: Facts) -> Iterator[str]:
    """Ask for confidential treatment, by the rule the standard names for it."""
    clause = facts.standard.clause("CONF")
    under = "" if clause is None else f", under {clause.title}"
    yield (
        f'The documents are endorsed "{facts.order.confidentiality}". Confidential treatment is '
        "requested for this letter and for every page of the volume, "
        f"{facts.bates_range}{under}. Please inform us of any request for them before disclosure, "
        "so that the request can be substantiated."
    )


def load_files(facts: Facts) -> Iterator[str]:
    """Say which load files there are, how they are written, and that fields follow in order."""
    volume, rules = facts.order.volume, facts.standard.load_file
    written = prose.encoded(facts.encoding, marked=rules.bom_if_unicode)
    quote = f"text qualifier {prose.sign(rules.quote)}" if rules.quote else "no text qualifier"
    header = "with a header row" if rules.header else "without a header row"
    several = prose.separator(facts.standard)
    yield (
        f"The data load file is DATA/{volume}.DAT ({written}; {header}; field separator "
        f"{prose.sign(rules.field)}, {quote}, line breaks inside a value "
        f"{prose.sign(rules.newline)}, several values separated by {several}). The image pointer "
        f"file is DATA/{volume}.OPT (ASCII). Paths are relative to the volume's folder; at most "
        f"{facts.standard.names.files_per_folder:,} files lie in a folder."
    )
    yield (
        "Fields that do not apply to a kind of document are blank. The fields of the data load "
        "file, in order:"
    )


def many(count: int, singular: str, more: str = "") -> str:
    """Return "1 document" or "1,204 documents"."""
    return f"{count:,} {singular if count == 1 else more or singular + 's'}"


@dataclass(frozen=True, slots=True)
class Facts:
    """What the letter is written from."""

    order: ProductionOrder
    standard: Standard
    selection: Selection
    planned: tuple[Planned, ...]
    tally: Tally
    exceptions: tuple[Unsound, ...]
    zone_name: str
    #: Encoding the data load file was written in.
    encoding: str = "utf-8-sig"
    #: Against the volume this one replaces.
    changes: tuple[Change, ...] = ()
    recalled: tuple[Recalled, ...] = ()

    @property
    def bates_range(self) -> str:
        """First to last number of the volume."""
        return f"{self.planned[0].first} to {self.planned[-1].numbers.last}"


def compose(facts: Facts) -> list[Block]:
    """Return the letter."""
    return [*_opening(facts), *transmittal.numbered(_parts(facts)), *_closing(facts)]


def _opening(facts: Facts) -> Iterator[Block]:
    order = facts.order
    subject = transmittal.subject(
        letterhead.matter(order), ordinal(order.ordinal), order.volume, facts.bates_range
    )
    yield from letterhead.head(order, facts.standard, subject, order.confidentiality.upper())
    party = f" on behalf of {order.producing_party}" if order.producing_party else ""
    yield Paragraph(
        f"We transmit{party} the {ordinal(order.ordinal)} production in this matter as volume "
        f"{order.volume}, prepared to the {facts.standard.title}."
    )
    if order.replaces:
        yield Paragraph(
            f"This volume replaces documents of volume {order.replaces} under the numbers they "
            "already have. Please put its files in place of the earlier ones."
            + (f" The reason: {order.reason}" if order.reason else "")
        )


def _parts(facts: Facts) -> Iterator[tuple[str, list[Block]]]:
    if facts.order.replaces:
        yield f"What differs from volume {facts.order.replaces}", list(_differences(facts))
    yield "What is produced", [_counts(facts), Paragraph(counted(facts.tally))]
    yield "Custodians", [_custodians(facts)]
    yield "Dates, times and time zone", _paragraphs(times(facts))
    yield "Families and containers", _paragraphs(families(facts.standard))
    yield "Native files, hash values and Outlook stores", _paragraphs(natives(facts))
    yield "Images and text", _paragraphs(images(facts))
    yield "Duplicates", _paragraphs(duplicates(facts))
    yield "Exceptions", [*_paragraphs(exceptions(facts)), *_reasons(facts)]
    yield "Privilege", _paragraphs(privilege(facts))
    if any(planned.reading is not None for planned in facts.planned):
        yield "Redactions", _paragraphs(redactions(facts))
    if facts.order.let_stand:
        yield "What was let stand", _paragraphs(iter(facts.order.let_stand))
    if facts.order.confidentiality:
        yield "Confidential treatment", _paragraphs(confidentiality(facts))
    yield "Load files and fields", [*_paragraphs(load_files(facts)), _fields(facts)]
    if facts.order.sealed_by is not None:
        yield "Signature", _paragraphs(letterhead.sealing(facts.order))


def _differences(facts: Facts) -> Iterator[Block]:
    """Say which documents are not as they went out, and what is called back."""
    order, changes = facts.order, facts.changes
    listed = f"DATA/{order.volume}_CHANGES.CSV"
    same = facts.tally.documents - len(changes)
    verb = "is" if same == 1 else "are"
    if not changes:
        yield Paragraph(
            f"Every document is as it went out in volume {order.replaces}, byte for byte; what the "
            "load files say of the volume itself is new."
        )
        return
    yield Paragraph(
        f"{many(len(changes), 'document')} {'is' if len(changes) == 1 else 'are'} not as in volume "
        f"{order.replaces}; {listed} says of each what differs."
        + (f" {many(same, 'other document')} {verb} the same, byte for byte." if same else "")
    )
    if len(changes) <= _LISTED:
        rows = tuple((change.first, change.last, "; ".join(change.what)) for change in changes)
        yield Table(("First", "Last", "What differs"), rows)
    if any(REDACTED in change.what for change in changes):
        yield Paragraph(
            "Documents of which redactions were added or moved are marked so. Please destroy the "
            "earlier images, texts, natives and load file rows of these, and every copy of them."
        )
    if facts.recalled:
        yield Paragraph(
            "What was produced and is now withheld is called back by the notice under Fed. R. Civ. "
            f"P. 26(b)(5)(B) in DATA/{order.volume}_CLAWBACK_NOTICE.DOCX."
        )


def _paragraphs(texts: Iterator[str]) -> list[Block]:
    return [Paragraph(text) for text in texts]


def _counts(facts: Facts) -> Table:
    tally = facts.tally
    rows = (
        ("Documents", tally.documents),
        ("Families, documents standing alone included", tally.families),
        ("Families with attachments", tally.with_attachments),
        ("Attachments", tally.attachments),
        ("Pages numbered", tally.pages),
        ("Image files, TIFF", tally.tiffs),
        ("Image files, JPEG", tally.jpegs),
        ("Native files", tally.natives),
        ("Text files", tally.texts),
        ("Unique families", tally.unique),
    )
    return transmittal.counts(rows)


def _custodians(facts: Facts) -> Table:
    return transmittal.custodians(
        (planned.document.custodian, str(planned.first), str(planned.numbers.last))
        for planned in facts.planned
    )


def _reasons(facts: Facts) -> list[Block]:
    counted = Counter(exception.reason for exception in facts.exceptions)
    if not counted:
        return []
    rows = tuple((str(reason), f"{count:,}") for reason, count in sorted(counted.items()))
    return [Table(("Reason", "Lines in the log"), rows)]


def _fields(facts: Facts) -> Table:
    rows = tuple(
        (str(column.order), column.name, f"{column.says} ({column.when})")
        for column in facts.standard.all_columns
    )
    return Table(("No.", "Field", "What it holds (and of which documents it is asked)"), rows)


def _closing(facts: Facts) -> Iterator[Block]:
    yield Paragraph("Please call us with any question about this volume.")
    yield Lines(("Respectfully submitted,", "", "", facts.order.signer or "______________________"))
