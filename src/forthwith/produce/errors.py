"""What `produce` refuses to do, each refusal with its own sentence.

Bad evidence is never one of these: it becomes a slip-sheet and a line in the exceptions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from forthwith.domain.errors import ForthwithError
from forthwith.plain.counting import count


class NothingToProduceError(ForthwithError):
    """The selection is empty: an empty volume would look like an answer."""

    def __init__(self, volume: str) -> None:
        super().__init__(
            f"{volume} would hold no document, so nothing was written. Look at what is selected "
            "with `forthwith documents`, and widen the selection."
        )


class VolumeExistsError(ForthwithError):
    """A volume of this name is already there."""

    def __init__(self, volume: str) -> None:
        super().__init__(
            f"There is already a volume {volume}, and a volume name is never used twice. "
            "Take the next free name; to correct a delivered volume, add _R1 to its name."
        )


class VolumeNameError(ForthwithError):
    """A volume name the standard does not allow."""

    def __init__(self, volume: str) -> None:
        super().__init__(
            f"{volume!r} cannot name a volume: only letters, digits and the underscore are "
            "allowed in names of files and folders, as in VOL001."
        )


class BatesPrefixError(ForthwithError):
    """A prefix or width from which no sound Bates number can be made."""

    def __init__(self, prefix: str, width: int) -> None:
        super().__init__(
            f"Bates prefix {prefix!r} with {width} digits cannot be used: a prefix takes letters, "
            "digits and underscores and does not end in a digit, and the number has 4 to 18 digits."
        )


class NumbersExhaustedError(ForthwithError):
    """The volume needs more numbers than the width can hold."""

    def __init__(self, last: int, width: int) -> None:
        super().__init__(
            f"The last page would be number {last:,}, which does not fit {width} digits. Numbers "
            "of two widths would not sort: choose a new prefix with a larger width in matter.toml."
        )


class BrokenFamilyError(ForthwithError):
    """A document's family is not whole."""

    def __init__(self, control_number: str, absent: str) -> None:
        super().__init__(
            f"{control_number} belongs to {absent}, which is not among the documents given. "
            "Families are produced whole: run `forthwith process` again, then produce."
        )


class DuplicateApprovalError(ForthwithError):
    """Duplicates were to be suppressed without the receiver's approval."""

    def __init__(self) -> None:
        super().__init__(
            "Duplicates can be suppressed only with the approval of the requesting staff. Give the "
            "approval note (who approved, on which day, in which letter), or produce every copy."
        )


class WithheldDuplicateError(ForthwithError):
    """One copy of a document is withheld and another would be produced."""

    def __init__(self, withheld: str, open_copy: str) -> None:
        super().__init__(
            f"{withheld} is withheld as privileged, but its duplicate {open_copy} would be "
            "produced. Withhold both or neither, then produce."
        )


class UnknownWithheldError(ForthwithError):
    """The withheld list names documents that do not exist."""

    def __init__(self, control_numbers: Sequence[str]) -> None:
        super().__init__(
            f"To be withheld, but no such document: {', '.join(control_numbers[:10])}. A misspelt "
            "control number would let a privileged document out: mend the list."
        )


class UnknownSelectionError(ForthwithError):
    """The selection names documents that do not exist."""

    def __init__(self, control_numbers: Sequence[str]) -> None:
        super().__init__(
            f"Selected, but no such document: {', '.join(control_numbers[:10])}. "
            "Nothing was produced; mend the selection."
        )


class NumbersTakenError(ForthwithError):
    """Bates numbers were given out before."""

    def __init__(self, first: str, last: str, volume: str, next_free: str) -> None:
        super().__init__(
            f"{first} to {last} overlap the numbers of {volume}. A Bates number is never used "
            f"twice; the next free one is {next_free}."
        )


class AlreadyProducedError(ForthwithError):
    """A document would go out a second time under other numbers."""

    def __init__(self, control_number: str, volume: str, count: int, replacement: str) -> None:
        more = "" if count == 1 else f" (and {count - 1:,} more)"
        super().__init__(
            f"{control_number}{more} was already produced in {volume}. Leave it out of this "
            f"selection; to correct it, issue the replacement volume {replacement}, "
            "which keeps its numbers."
        )


class NumbersChangedError(ForthwithError):
    """A replacement volume would move a document to other numbers."""

    def __init__(self, replacement: str, volume: str) -> None:
        super().__init__(
            f"{replacement} replaces {volume} but does not lie within its numbers. A replacement "
            "carries the numbers first given; what is new goes into a new volume."
        )


class PartReplacedError(ForthwithError):
    """A replacement would hold a part of the volume only."""

    def __init__(self, volume: str, control_number: str, count: int) -> None:
        more = f" and {count - 1:,} more" if count > 1 else ""
        super().__init__(
            f"The replacement of {volume} leaves out {control_number}{more}, which would then "
            "stand in a volume that was replaced. Replace the whole volume, without --where."
        )


class DocumentMovedError(ForthwithError):
    """A replacement volume would give a document other pages than it had."""

    def __init__(self, replacement: str, control_number: str, before: str, now: str) -> None:
        super().__init__(
            f"{replacement} is not sealed: it would move {control_number} from {before} to {now}, "
            "and what is cited by those numbers would be another document. Replace the whole "
            "volume (no --where); a document that takes more or fewer pages than it had goes into "
            "a new volume."
        )


class UnknownVolumeError(ForthwithError):
    """A volume to be replaced was never produced."""

    def __init__(self, volume: str) -> None:
        super().__init__(f"There is no produced volume {volume} to replace. Check the name.")


class StandardNamesError(ForthwithError):
    """The standard does not allow a name that every volume has."""

    def __init__(self, standard: str, pattern: str, name: str) -> None:
        super().__init__(
            f"{standard} allows names of files and folders by {pattern!r} alone, and {name} is not "
            "one, so no volume was written. Widen [names] pattern in the standard's file, or "
            "choose another name for the volume or another Bates prefix."
        )


class UnknownRuleError(ForthwithError):
    """The standard asks for a column this program cannot fill."""

    def __init__(self, column: str, fill: str) -> None:
        super().__init__(
            f"The standard fills column {column} by {fill!r}, which forthwith does not know. "
            "Mend the standard's file, or use a forthwith that knows it."
        )


class AcceptanceError(ForthwithError):
    """A finding cannot be accepted."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"--accept {name}: {why}. Nothing was sealed.")


class RedactionsStaleError(ForthwithError):
    """Redactions cannot be burnt where they were drawn."""

    def __init__(self, volume: str, why: Mapping[str, str]) -> None:
        #: Control number -> what is wrong.
        self.why = dict(why)
        first, sentence = next(iter(self.why.items()))
        more = f" So is it with {count(len(why) - 1, 'more document')}." if len(why) > 1 else ""
        super().__init__(
            f"{volume} is not made, for {first} would go out with a redaction that hides something "
            f"else: {sentence}. Open it, look, and draw it again or remove it; then produce again."
            f"{more}"
        )


class RedactionUnprovedError(ForthwithError):
    """A page with boxes does not read back as it was drawn."""

    def __init__(self, volume: str, wrong: Sequence[str]) -> None:
        more = f" ({count(len(wrong) - 1, 'more page')} likewise)" if len(wrong) > 1 else ""
        super().__init__(
            f"{volume} is not sealed: {wrong[0]}{more}. What is under a box might show, so nothing "
            "of it may go out. Produce again; where it says so twice, please report it."
        )


class RedactedDuplicateError(ForthwithError):
    """A copy would be produced in place of one that is redacted otherwise."""

    def __init__(self, redacted: str, other: str) -> None:
        super().__init__(
            f"{redacted} is redacted and its copy {other} is not, or otherwise; with duplicates "
            "suppressed one of them stands for both. Redact both alike, or produce without "
            "--suppress-duplicates."
        )
