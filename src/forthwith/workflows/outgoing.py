"""What may leave the house: sealed volumes and overlays that nothing has come in the place of."""

from __future__ import annotations

from collections.abc import Sequence

from forthwith.domain.errors import ForthwithError
from forthwith.workflows.case_file import CaseFile


class NotSealedError(ForthwithError):
    """A volume was named that is not sealed in this matter."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"There is no sealed volume {name!r} in this matter. "
            f"Sealed: {', '.join(known) or 'none'}."
        )


class NotToBeSentError(ForthwithError):
    """A volume should not leave the house any more."""

    def __init__(self, refusal: str, why: str, do: str) -> None:
        super().__init__(f"{refusal}: {why}. {do}.")


def check_may_go(case: CaseFile, volume: str, refusal: str, instead: str) -> None:
    """Refuse a volume replaced, or holding what is claimed, in a sentence begun by `refusal`.

    `instead` is the command that sends the volume which came in its place. Raises NotToBeSentError.
    """
    later = [other.volume for other in case.sealed.values() if other.replaces == volume]
    if later:
        why = f"{later[-1]} has come in its place"
        raise NotToBeSentError(refusal, why, f"Send that: {instead} {later[-1]}")
    pages = case.pages
    privileged = sorted(
        first
        for name, first, _ in (pages.numbers[control] for control in pages.loose)
        if name == volume
    )
    if privileged:
        more = f" and {len(privileged) - 1:,} more" if len(privileged) > 1 else ""
        why = f"{privileged[0]}{more} in it is claimed as privileged and is no slip-sheet"
        do = f"Replace it: forthwith produce {volume}_R1 --replace {volume}"
        raise NotToBeSentError(refusal, why, do)
