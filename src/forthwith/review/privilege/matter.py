"""Claims, log and checks of one matter, put together from what `record` keeps."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo

from forthwith.domain.documents import ControlNumber, Document
from forthwith.record import acts as ledger
from forthwith.record.documents import DocumentTable
from forthwith.record.matter import Matter
from forthwith.review.privilege import claims as privilege_ledger
from forthwith.review.privilege import produced as privilege_volumes
from forthwith.review.privilege.checks import Review
from forthwith.review.privilege.gate import texts_of, twins_among
from forthwith.review.privilege.log import Maker, PrivilegeLog
from forthwith.review.privilege.people import Roster, Sides


def log_of(matter: Matter, *, subjects: bool = False) -> PrivilegeLog:
    """Return the log as the claims stand. Raises NotProcessedError, BodyError."""
    acts = ledger.read(matter)
    shown = privilege_volumes.shown(matter)
    maker = Maker(
        documents=_documents(matter),
        roster=Roster(
            privilege_ledger.attorneys(acts),
            Sides.of(matter.settings.parties),
        ),
        zone=ZoneInfo(matter.settings.time_zone),
        bates={number: (each.first, each.last) for number, each in shown.items()},
        agreed=privilege_ledger.cut_off(acts),
        subjects=subjects,
    )
    return maker.log(privilege_ledger.claims(acts))


def review_of(matter: Matter) -> Review:
    """Return everything the checks look at. Raises NotProcessedError, BodyError."""
    acts, table, documents = ledger.read(matter), DocumentTable(matter.derived), _documents(matter)
    claims = privilege_ledger.claims(acts)
    return Review(
        claims=claims,
        documents=documents,
        roster=Roster(
            privilege_ledger.attorneys(acts),
            Sides.of(matter.settings.parties),
        ),
        zone=ZoneInfo(matter.settings.time_zone),
        texts={each.control: each for each in texts_of(table, documents, set(claims))},
        shown=privilege_volumes.shown(matter),
        withheld=privilege_ledger.withheld(claims, documents.values()),
        twins=twins_among(acts, table, set(documents)),
    )


def _documents(matter: Matter) -> Mapping[ControlNumber, Document]:
    return {each.control_number: each for each in DocumentTable(matter.derived).ask()}
