"""Why a parcel cannot be made or opened."""

from __future__ import annotations

from forthwith.domain.errors import ForthwithError


class ParcelError(ForthwithError):
    """A parcel cannot be made or opened."""


class LibraryMissingError(ParcelError):
    """A library that encrypts is not installed."""

    def __init__(self, library: str) -> None:
        super().__init__(
            f"Encrypted deliveries need {library}, which is not installed. Install it once: "
            "pip install 'forthwith[delivery]'"
        )


class KeyUnusableError(ParcelError):
    """A recipient or a key cannot be used; the sentence never repeats what may be a secret."""

    def __init__(self, name: str, why: str, cure: str) -> None:
        super().__init__(f"{name} is not taken as a key: {why}. {cure}.")


class WrongKeyError(ParcelError):
    """No key and no password that was given opens a parcel."""


class DamagedParcelError(ParcelError):
    """An encrypted parcel is not what was encrypted: cut short, or changed on its way."""


class PartsError(ParcelError):
    """The parts of a parcel do not make one file."""
