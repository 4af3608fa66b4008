"""Where each file of a volume lies: names from Bates numbers, never too many in one folder."""

from __future__ import annotations

from dataclasses import dataclass

DATA, IMAGES, NATIVES, TEXT = "DATA", "IMAGES", "NATIVES", "TEXT"


@dataclass(slots=True)
class FolderSlots:
    """Deals out places in numbered folders, keeping one document's files together if they fit."""

    per_folder: int
    taken: int = 0

    def place(self, files: int) -> int:
        """Return the slot of the first of `files` files."""
        used = self.taken % self.per_folder
        if used and used + files > self.per_folder:
            self.taken += self.per_folder - used
        slot = self.taken
        self.taken += files
        return slot


def folder(slot: int, per_folder: int) -> str:
    """Return the folder of a slot: "0001"."""
    return f"{slot // per_folder + 1:04d}"


@dataclass(frozen=True, slots=True)
class DataFiles:
    """Names of the files in DATA, inside the volume."""

    volume: str

    def __call__(self, ending: str) -> str:
        """Return "DATA/VOL001.DAT" for ".DAT"."""
        return f"{DATA}/{self.volume}{ending}"
