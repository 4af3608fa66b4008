"""Headings of privilege logs: which column means what, whoever drew the log up."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from forthwith.plain.column_names import folded

#: Field to the headings it goes by; folded: lower case, letters and figures only. "idle" are
#: columns that are known and say nothing that is asked here.
HEADINGS: Mapping[str, tuple[str, ...]] = {
    "number": (
        "logno", "lognumber", "log", "privlogno", "privlognumber", "privilegelogno",
        "privilegelognumber", "privno", "privnumber", "privilegeno", "privilegenumber", "privid",
        "privilegeid", "logid", "privilegelogid", "entry", "entryno", "entrynumber", "no",
        "number", "item", "itemno", "itemnumber", "row", "rowno", "ref", "refno", "reference",
        "referenceno", "tab", "index", "line", "lineno",
    ),
    "pages": (
        "bates", "batesno", "batesnos", "batesnumber", "batesnumbers", "batesrange",
        "batesranges", "begbates", "beginbates", "beginningbates", "beginningbatesnumber",
        "batesbegin", "batesbeg", "batesstart", "startbates", "firstbates", "begdoc", "begdocno",
        "prodbeg", "begprod", "productionbegbates", "productionbates", "productionnumber",
        "productionno", "prodbates", "begno", "control", "controlno", "controlnumber",
        "begcontrol", "begcontrolno", "docid", "documentid", "docno", "documentno",
        "documentnumber", "docnumber", "slipsheetbates", "slipsheet", "slipsheetno", "batesid",
    ),
    "last": (
        "endbates", "endingbates", "endingbatesnumber", "batesend", "lastbates", "enddoc",
        "enddocno", "prodend", "endprod", "endno", "endcontrol",
    ),
    "dated": (
        "date", "docdate", "documentdate", "dateofdocument", "datesent", "sentdate", "sent",
        "datetime", "dateandtime", "daterange", "emaildate", "masterdate", "sortdate",
        "familydate", "datecreated", "created", "creationdate", "datemodified",
        "datelastmodified", "datereceived", "datetimesent", "maildate", "lastmodified",
    ),
    "author": (
        "author", "authors", "from", "sender", "senders", "emailfrom", "originator",
        "preparedby", "writtenby", "writer", "sentby", "emailsender", "authornames", "authorname",
        "sendername", "organizer", "createdby", "emailauthor",
    ),
    "recipients": (
        "to", "recipient", "recipients", "addressee", "addressees", "emailto", "sentto",
        "receivedby", "torecipients", "recipientto", "recipientsto", "torecipient",
        "recipientnames", "allrecipients", "recipientname", "cc", "emailcc", "copyee", "copyees",
        "copied", "copiedto", "ccrecipients", "recipientscc", "ccs", "ccd", "carboncopy", "bcc",
        "emailbcc", "bccs", "bccrecipients", "recipientsbcc", "blindcopy", "participants",
        "otherrecipients", "distribution",
    ),
    "kind": (
        "type", "doctype", "documenttype", "filetype", "recordtype", "kind", "typeofdocument",
        "format", "docformat", "form", "typeofdoc", "recordformat", "documentkind", "fileextension",
    ),
    "basis": (
        "basis", "privilege", "privileges", "privilegetype", "privtype", "typeofprivilege",
        "privilegebasis", "privbasis", "basisofprivilege", "basisforprivilege", "basisforclaim",
        "basisofclaim", "basisforwithholding", "basisforassertion", "privilegeasserted",
        "privilegesasserted", "privilegeclaimed", "privilegesclaimed", "privilegeclaim",
        "claim", "claims", "claimed", "asserted", "ground", "grounds", "protection",
        "protectionclaimed", "reasonwithheld", "reasonforwithholding", "privilegeprotection",
        "privilegeprotectionclaimed", "privilegeprotectionasserted", "privilegestatus",
        "privilegecode", "claimofprivilege", "basisforprivilegeclaim", "privilegeorprotection",
    ),
    "description": (
        "description", "privilegedescription", "privdescription", "documentdescription",
        "docdescription", "descriptionofdocument", "descriptionofcontents", "nature",
        "natureofdocument", "subjectmatter", "generalsubjectmatter", "summary",
        "privilegelogdescription", "logdescription", "descriptionofprivilegedmaterial",
        "descriptionofprivilegedmatter", "descriptionofsubjectmatter", "privilegenarrative",
        "narrative", "descriptionofcommunication", "descriptionofinformationwithheld", "details",
    ),
    "treatment": (
        "treatment", "action", "disposition", "withheldredacted", "redactedwithheld",
        "withheldorredacted", "redactedorwithheld", "withheldproduced", "producedwithheld",
        "withholdredact", "withhold", "withheld", "redacted", "privilegetreatment",
        "productionstatus", "withholdingtype", "withholdtype", "howproduced", "withheldinfull",
        "fullorpartial",
    ),
    "title": (
        "subject", "subjectline", "title", "documenttitle", "filename", "emailsubject",
        "subjectfilename", "subjecttitle", "regarding", "re", "filetitle", "docname",
        "documentname", "doctitle",
    ),
    "family": (
        "family", "familyid", "familyno", "familynumber", "familyrange", "familygroup", "group",
        "groupid", "groupidentifier", "attachmentgroup", "begattach", "begatt", "begfamily",
        "parentid", "parent", "parentlogno", "attachrange", "attachmentrange", "attachmentto",
        "parentchild",
    ),
    "attachments": (
        "attachments", "attachmentcount", "attachcount", "noofattachments",
        "numberofattachments", "attachmentscount",
    ),
    "stands_for": ("lognos", "lognumbers", "privlognos", "entries", "logentries"),
    "idle": (
        "custodian", "custodians", "allcustodians", "source", "pages", "pagecount", "noofpages",
        "numberofpages", "pgcount", "time", "timesent", "confidentiality", "designation",
        "documents", "documentcount", "noofdocuments", "numberofdocuments", "category",
        "categoryno", "categorynumber", "claimedby", "volume", "prodvol", "productionvolume",
        "md5hash", "hash", "sha256",
    ),
}  # fmt: skip
_BY_HEADING = {heading: name for name, headings in HEADINGS.items() for heading in headings}
_SIGNS = {"#": "number", "№": "number"}
_PARTS = re.compile(r"[/&,;()|+]|\band\b|\bor\b", re.IGNORECASE)
#: Fields by which a row is known to be the header of a log, and how many headings make one.
_TELLING = frozenset({"basis", "description", "number", "pages"})
_LEAST = 3


def fields(heading: str) -> tuple[str, ...]:
    """Return what a column says: one field, or several as "Basis / Description"; () if unknown."""
    field = _BY_HEADING.get(folded(heading)) or _SIGNS.get(heading.strip())
    if field is not None:
        return (field,)
    parts = filter(None, map(folded, _PARTS.split(heading)))
    names = [_BY_HEADING.get(part) for part in parts]
    return tuple(dict.fromkeys(name for name in names if name)) if all(names) else ()


def is_header(cells: Sequence[str]) -> bool:
    """Whether a row of cells is the header of a log."""
    names = {name for cell in cells for name in fields(cell)}
    return len(names) >= _LEAST and bool(_TELLING & names)


def columns(header: Sequence[str]) -> tuple[dict[str, list[int]], list[str]]:
    """Return places by field, and the headings nobody knows."""
    places: dict[str, list[int]] = {}
    unknown = []
    for place, heading in enumerate(header):
        names = fields(heading)
        for name in names:
            places.setdefault(name, []).append(place)
        if heading.strip() and not names:
            unknown.append(heading.strip())
    return places, unknown
