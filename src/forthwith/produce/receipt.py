"""The receipt of a delivery in words: what was handed over, what opens it, and how to check it."""

from __future__ import annotations

from collections.abc import Iterator

from forthwith.domain.receipts import DeliveredFile, DeliveredVolume, Receipt
from forthwith.papers import text as paper_text
from forthwith.papers.blocks import Block, Centred, Heading, Lines, Paragraph, long_date
from forthwith.plain.counting import count

_WAYS = {
    "age": "with age (age-encryption.org)",
    "openpgp": "with OpenPGP (RFC 9580)",
    "zip": "as a zip file under AES-256 (WinZip's AE-2)",
}


def as_text(receipt: Receipt, standard: str = "") -> bytes:
    """Return the receipt as text.

    `standard` is what the recipient checks by, where it is not the one `check` takes by itself.
    """
    return paper_text.as_text(list(_blocks(receipt, standard)))


def _blocks(receipt: Receipt, standard: str) -> Iterator[Block]:
    names = ", ".join(volume.name for volume in receipt.volumes)
    yield Centred(f"RECEIPT OF DELIVERY: {names}")
    number = f" ({receipt.number})" if receipt.number else ""
    yield Lines(
        (
            f"Matter:    {receipt.matter}{number}",
            f"Day:       {long_date(receipt.day)}",
            f"Delivery:  {receipt.delivery}",
            f"Encrypted: {_WAYS[receipt.way]}",
        )
    )
    yield Heading("What is handed over")
    yield Lines(tuple(line for file in receipt.files for line in _file(file)))
    if len(receipt.files) > 1:
        yield Paragraph(f"These are {len(receipt.files)} parts of one file:")
        yield Lines(tuple(_file(receipt.whole)))
    yield Heading("What is in it")
    yield Lines(tuple(line for volume in receipt.volumes for line in _volume(volume)))
    if receipt.archive is not None:
        yield Paragraph("They lie in one zip file, which before it was encrypted was:")
        yield Lines(tuple(_file(receipt.archive)))
    yield Heading("Who can open it")
    yield from _openers(receipt)
    yield Heading("How to open it")
    yield from _opening(receipt)
    yield Heading("How to check it")
    yield from _checking(receipt, standard)
    yield Heading("What this receipt rests on")
    yield Paragraph(
        f"The journal of the matter had {count(receipt.entries, 'entry', 'entries')} before this "
        "delivery. The digest of the last is below; the entry after it names the digests above and "
        "that of this receipt as JSON. This receipt holds nothing that opens the delivery. It is "
        "not signed: whoever could change the files on their way could change it as well, so "
        "have it by another way, or compare a digest by telephone."
    )
    yield Lines((receipt.head,))


def _file(file: DeliveredFile) -> Iterator[str]:
    yield f"{file.name}  ({count(file.size, 'byte')})"
    yield f"  SHA-256 {file.sha256}"


def _volume(volume: DeliveredVolume) -> Iterator[str]:
    if volume.over:
        yield f"{volume.name}: overlay, to be loaded over {volume.over}"
        yield f"  {count(volume.documents, 'document')} changed"
    else:
        yield f"{volume.name}: {volume.first_bates} to {volume.last_bates}"
        yield f"  {count(volume.documents, 'document')}"
    yield f"  {count(volume.files, 'file')}, {count(volume.size, 'byte')}, sealed {volume.sealed}"
    yield f"  SHA-256 of its manifest {volume.manifest}"


def _openers(receipt: Receipt) -> Iterator[Block]:
    if receipt.by_password:
        yield Paragraph(
            "Whoever has the password. Send it by another way than the files: never in the same "
            "mail or parcel."
        )
    else:
        yield Paragraph("Whoever has the secret key of one of these, and nobody else:")
        lines: list[str] = []
        for recipient in receipt.recipients:
            name = f" of {recipient['name']}" if recipient["name"] else ""
            lines += [f"{recipient['kind']}{name}", f"  {recipient['fingerprint']}"]
        yield Lines(tuple(lines))
    if receipt.way == "zip":
        yield Paragraph("Names, sizes and times of the files in it can be read without.")


def _opening(receipt: Receipt) -> Iterator[Block]:
    whole = receipt.whole.name
    split = len(receipt.files) > 1
    if split:
        yield Paragraph("Put all parts into one folder first.")
    if receipt.way == "zip":
        first = receipt.files[0].name
        yield Paragraph(
            "With 7-Zip or WinZip (Keka on a Mac), which ask for the password"
            f"{': open the first part' if split else ''}. Windows Explorer and the command unzip "
            "cannot open AES-256. In a terminal:"
        )
        yield Lines((f"  7z x {first}",))
        return
    if split:
        yield Paragraph(
            "Join them: in 7-Zip with File, Combine files; or in a terminal, the second line on "
            "Windows:"
        )
        yield Lines((f"  cat {whole}.??? > {whole}", f"  copy /b {whole}.??? {whole}"))
    archive = whole.rpartition(".")[0]
    if receipt.way == "openpgp":
        yield Paragraph("Then with Gpg4win or Kleopatra, or in a terminal:" if split else
                        "With Gpg4win or Kleopatra, or in a terminal:")  # fmt: skip
        yield Lines((f"  gpg --output {archive} --decrypt {whole}",))
    else:
        key = "" if receipt.by_password else "--identity YOUR-KEY "
        asks = " It asks for the password." if receipt.by_password else ""
        yield Paragraph(f"With age, from age-encryption.org, in a terminal:{asks}")
        yield Lines((f"  age --decrypt {key}--output {archive} {whole}",))
    yield Paragraph("The zip file opens with any program, or in a terminal:")
    yield Lines((f"  unzip {archive}",))


def _checking(receipt: Receipt, standard: str) -> Iterator[Block]:
    first = receipt.files[0].name
    yield Paragraph(
        "The digest of a file must be the one above: sha256sum prints it (on a Mac shasum -a 256, "
        "on Windows certutil -hashfile FILE SHA256). forthwith compares all of them, decrypts the "
        "delivery and checks every document; no matter is needed:"
    )
    how = "--password-file FILE" if receipt.by_password else "--identity YOUR-KEY"
    rules = f" --standard {standard}" if standard else ""
    yield Lines((f"  forthwith check {first}{rules} \\", f"    {how} \\",
                 f"    --receipt {receipt_name(receipt)}.json"))  # fmt: skip
    if receipt.by_password:
        yield Paragraph("FILE is a text file with the password on a line.")


def receipt_name(receipt: Receipt) -> str:
    """Return the name of the receipt's files, without their ending."""
    return f"{receipt.whole.name.partition('.')[0]}_RECEIPT"
