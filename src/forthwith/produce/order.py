"""What counsel orders of one production: names, numbers, zone, what is withheld, what is approved.

Everything the delivery says beyond the documents themselves comes from here, the day included;
nothing in `produce` looks at a clock.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

from forthwith.domain.acceptance import Acceptance
from forthwith.domain.bates import Bates
from forthwith.domain.documents import ControlNumber
from forthwith.domain.redactions import Redactions
from forthwith.produce.errors import BatesPrefixError, DuplicateApprovalError, VolumeNameError

_NAME = re.compile(r"[A-Za-z0-9_]{1,64}")
_PREFIX = re.compile(r"[A-Za-z0-9_]{0,32}[A-Za-z_]")


@dataclass(frozen=True, slots=True)
class Approval:
    """The receiver's consent to suppress duplicates (SEC Data Delivery Standards, General)."""

    #: Who at the receiver approved.
    by: str
    on: date
    #: The letter or message that shows it.
    letter: str

    @property
    def complete(self) -> bool:
        """True when a reader could find the approval again."""
        return bool(self.by.strip() and self.letter.strip())


@dataclass(frozen=True, slots=True)
class SealedBy:
    """The key a production is sealed with, as its letter and its manifest name it."""

    #: Whose it is.
    name: str
    #: "Ed25519".
    algorithm: str
    #: SHA-256 of the public key, 64 hex digits.
    fingerprint: str
    #: Where the journal stands: number and digest of its last entry.
    seq: int
    head: str


@dataclass(frozen=True, slots=True)
class ProductionOrder:
    """One production as ordered.

    Raises VolumeNameError, BatesPrefixError, DuplicateApprovalError.
    """

    volume: str
    prefix: str
    #: Digits of a Bates number, the same in the whole matter.
    width: int
    matter_name: str
    matter_number: str
    #: Day on the transmittal.
    day: date
    producing_party: str = ""
    requesting_staff: str = ""
    signer: str = ""
    #: Which production of the matter this is, from 1.
    ordinal: int = 1
    #: IANA name; every date and time in the load file is rendered in it.
    time_zone: str = "UTC"
    #: IANA name; where an instant names no zone it is taken to be of this one.
    matter_zone: str = "UTC"
    #: Endorsed lower left on every page; "" for none.
    confidentiality: str = ""
    #: Withheld as privileged, with the number of the entry in the privilege log.
    withheld: Mapping[ControlNumber, str] = field(default_factory=dict)
    suppress_duplicates: bool = False
    approval: Approval | None = None
    #: Whether natives come from Mac computers; None when nobody has said.
    from_mac: bool | None = None
    #: The volume this one replaces; "" for a new one.
    replaces: str = ""
    #: Why it replaces it, as the letter says it; "" where nobody said.
    reason: str = ""
    #: Log number -> ground and description of the claim, for what is called back.
    grounds: Mapping[str, str] = field(default_factory=dict)
    #: Findings about the volume that counsel accepts as the truth of the evidence.
    accepted: tuple[Acceptance, ...] = ()
    #: Sentences on rules of the gate that counsel let stand, for the letter.
    let_stand: tuple[str, ...] = ()
    #: Pages of each document in the volume it replaces: a slip-sheet stands on every one of them.
    pages_before: Mapping[ControlNumber, int] = field(default_factory=dict)

    #: First and last number of each document, where they are given already: in an overlay.
    numbers: Mapping[ControlNumber, tuple[Bates, Bates]] = field(default_factory=dict)
    #: What is redacted, by control number; those that stand alone.
    redactions: Redactions = field(default_factory=dict)
    #: Boxes are widened to whole lines, so that their length tells nothing.
    even: bool = False
    #: None where no key seals the matter.
    sealed_by: SealedBy | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.volume):
            raise VolumeNameError(self.volume)
        if not _PREFIX.fullmatch(self.prefix) or not 4 <= self.width <= 18:
            raise BatesPrefixError(self.prefix, self.width)
        if self.suppress_duplicates and (self.approval is None or not self.approval.complete):
            raise DuplicateApprovalError

    @property
    def zone(self) -> ZoneInfo:
        """The production's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def zone_when_unsaid(self) -> ZoneInfo:
        """The zone of instants that name none."""
        return ZoneInfo(self.matter_zone)

    def bates(self, number: int) -> Bates:
        """Return the page number as it is stamped."""
        return Bates(self.prefix, self.width, number)
