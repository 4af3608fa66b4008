"""Claims, log and checks of one matter, put together from what `record` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from forthwith.domain.documents import ControlNumber, Document
from forthwith.record import acts as journal_acts
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.review.privilege import claims as privilege_claims
from forthwith.review.privilege.checks import Review
from forthwith.review.privilege.gate import texts_of, twins_among
from forthwith.review.privilege.log import Maker, PrivilegeLog
from forthwith.review.privilege.people import Roster, Sides
from forthwith.review.privilege.produced import shown


def log_of(matter: Matter, *, subjects: bool = False) -> PrivilegeLog:
    """Return the log as the claims stand. Raises NotProcessedError, BodyError."""
    acts = journal_acts.read(matter)
    maker = Maker(
        documents=_documents(matter),
        roster=Roster(
            privilege_claims.attorneys(acts),
            Sides.of(matter.settings.parties),
        ),
        zone=ZoneInfo(matter.settings.time_zone),
        bates={
            number: (document.first, document.last) for number, document in shown(matter).items()
        },
        agreed=privilege_claims.cut_off(acts),
        subjects=subjects,
    )
    return maker.log(privilege_claims.claims(acts))


def review_of(matter: Matter) -> Review:
    """Return everything the checks look at. Raises NotProcessedError, BodyError."""
    acts, table = journal_acts.read(matter), DocumentTable(matter.derived)
    documents = _documents(matter)
    claims = privilege_claims.claims(acts)
    return Review(
        claims=claims,
        documents=documents,
        roster=Roster(
            privilege_claims.attorneys(acts),
            Sides.of(matter.settings.parties),
        ),
        zone=ZoneInfo(matter.settings.time_zone),
        texts={text.control: text for text in texts_of(table, documents, set(claims))},
        shown=shown(matter),
        withheld=privilege_claims.withheld(claims, documents.values()),
        twins=twins_among(acts, table, set(documents)),
    )


def _documents(matter: Matter) -> Mapping[ControlNumber, Document]:
    return {document.control_number: document for document in DocumentTable(matter.derived).ask()}
