"""A sound volume whose pages and texts say something, sealed with a manifest and a letter.

Fourteen documents on fifteen pages, each of a different subject: twelve messages, one of them with
an attachment, and a plan of two pages as a PDF. Each page is drawn and stamped, so that faults of
what pages, texts and rows say can be put in, and nothing else is wrong.
"""

from __future__ import annotations

import functools
import hashlib
import io
import json
import random
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from tests.builders import volume
from tests.builders.volume import Doc, VolumeBuilder, number

SIZE = (850, 1100)
_SUBJECTS = (
    "harbour dredging permits", "orchard frost insurance", "violin string orders",
    "tunnel ventilation survey", "glacier meltwater gauges", "bakery oven leases",
    "satellite antenna licence", "museum lantern loan", "railway sleeper tender",
    "beekeeping supply audit", "paper mill effluent", "lighthouse lens repair",
)  # fmt: skip
_WORDS = [
    "amber",
    "beacon",
    "candle",
    "dormer",
    "engine",
    "fallow",
    "gravel",
    "hollow",
    "indigo",
    "jasper",
    "kettle",
    "ladder",
    "marble",
    "nickel",
    "oyster",
    "pepper",
    "quarry",
    "ribbon",
    "saddle",
    "timber",
    "urchin",
    "velvet",
    "walnut",
    "yellow",
    "zephyr",
    "anchor",
    "basket",
    "copper",
    "dagger",
    "embers",
    "falcon",
    "garnet",
    "hammer",
    "island",
    "jacket",
    "kernel",
    "lantern",
    "meadow",
    "needle",
    "orange",
    "parcel",
    "quiver",
    "rafter",
    "silver",
    "thread",
    "umbrella",
    "valley",
    "window",
]


def prose(subject: str, lines: int = 14) -> str:
    """Return the body about a subject: its own words in its own order."""
    chance = random.Random(subject)
    rows = [" ".join(chance.choices(_WORDS, k=9)) for _ in range(lines)]
    return f"Concerning the {subject}.\n" + "\n".join(rows) + "\n"


def drawn(text: str, stamp: str, *, size: tuple[int, int] = SIZE) -> Image.Image:
    """Return a small page with these lines and its number at the foot, lower right."""
    page = Image.new("1", size, 1)
    pen = ImageDraw.Draw(page)
    for place, line in enumerate(text.splitlines()):
        pen.text((80, 95 + 40 * place), line, fill=0, font=_font(16))
    if stamp:
        pen.text((size[0] - 50, size[1] - 20), stamp, fill=0, font=_stamp(), anchor="rs")
    return page


@functools.cache
def _stamp() -> ImageFont.FreeTypeFont:
    """Return the face our own pages are stamped in."""
    return ImageFont.truetype(find_fonts() / "DejaVuSans-Bold.ttf", 18)


def find_fonts() -> Path:
    """Return the folder of the fonts that come with matplotlib."""
    spec = find_spec("matplotlib")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "mpl-data/fonts/ttf"


@functools.cache
def _font(points: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(points)


def tiff(page: Image.Image) -> bytes:
    """Return a page as the standard asks for it."""
    out = io.BytesIO()
    page.save(out, "TIFF", compression="group4", dpi=(300, 300))
    return out.getvalue()


def _message(subject: str, *attached: tuple[str, bytes]) -> Doc:
    doc = volume.mail(subject, *attached)
    body = prose(subject)
    assert doc.native is not None
    doc.native = doc.native.replace(f"About {subject}.\n".encode(), body.encode())
    doc.text = body
    return doc


def _plan() -> Doc:
    """Return a PDF of two pages, whose words are pictures."""
    pages = [drawn(prose(f"plan {place}"), "") for place in (1, 2)]
    out = io.BytesIO()
    first, second = (page.convert("L") for page in pages)
    first.save(out, "PDF", resolution=100, save_all=True, append_images=[second])
    cells = {
        "FILE_NAME": "spring plan.pdf", "PATH": "J:\\Shared\\spring plan.pdf",
        "MIME_TYPE": "application/pdf",
    }  # fmt: skip
    # No day of its own: a row would have to give it.
    data = out.getvalue().replace(b"CreationDate", b"CreationXxxx").replace(b"ModDate", b"ModXxxx")
    return Doc(cells, "PDF", data, prose("plan 1") + prose("plan 2"), 2)


class ToldVolume(VolumeBuilder):
    """The volume in memory, until it is sealed."""

    def seal(self) -> ToldVolume:
        """Write manifest and letter of what is in it now."""
        self.extra |= papers(self)
        return self


def sound() -> ToldVolume:
    """Return the sound volume, sealed."""
    built = ToldVolume()
    for subject in _SUBJECTS[:-1]:
        built.add(_message(subject))
    memo = prose("crane inspection").encode()
    built.add(_message(_SUBJECTS[-1], ("crane inspection.txt", memo)))
    built.add(_plan())
    said = {row.cells["FIRSTBATES"]: (row.text or ("", b""))[1].decode() for row in built.rows}
    for row in built.rows:
        plan = row.cells["FILE_EXTEN"] == "PDF"
        row.cells["CUSTODIAN"] = "Ortega, Marisol"
        text = said[row.cells["FIRSTBATES"]]
        row.images = [
            (page, path, tiff(drawn(_shown(text, place, plan), page)), first)
            for place, (page, path, _, first) in enumerate(row.images)
        ]
    return built.seal()


def _shown(text: str, place: int, plan: bool) -> str:
    return prose(f"plan {place + 1}") if plan else text


def papers(built: VolumeBuilder) -> dict[str, bytes]:
    """Return manifest and letter of a volume as it is written."""
    files, rows = built.files(), built.rows
    spans = [(row.cells["FIRSTBATES"], row.cells["LASTBATES"]) for row in rows]
    pages = sum(len(row.images) for row in rows)
    counts = {
        "documents": len(rows), "pages": pages, "natives": len(rows), "texts": len(rows),
        "images_tif": pages, "images_jpg": 0,
    }  # fmt: skip
    entries = [
        {"path": path.replace("\\", "/"), "size": len(data),
         "sha256": hashlib.sha256(data).hexdigest()}
        for path, data in files.items()
    ]  # fmt: skip
    letter = (
        f"Bates range {spans[0][0]} to {spans[-1][1]}\n\n"
        f"  Documents       {len(rows)}\n  Pages numbered  {pages}\n  Native files    {len(rows)}\n"
        f"  Text files      {len(rows)}\n\nThe counts agree with the load files and with the "
        "manifest in the DATA folder.\n"
    ).encode()
    name = "DATA/VOL001_TRANSMITTAL.TXT"
    digest = hashlib.sha256(letter).hexdigest()
    entries.append({"path": name, "size": len(letter), "sha256": digest})
    manifest = {
        "format": "forthwith-volume-manifest/1", "first": spans[0][0], "last": spans[-1][1],
        "files": entries, "documents": [{"first": first, "last": last} for first, last in spans],
        "counts": counts,
    }  # fmt: skip
    return {name: letter, "DATA/VOL001_MANIFEST.JSON": json.dumps(manifest).encode()}


def page(built: VolumeBuilder, bates: str, data: bytes, place: int = 0) -> None:
    """Put another image in a page's place."""
    name, path, _, first = built.row(bates).images[place]
    built.row(bates).images[place] = (name, path, data, first)


def image(built: VolumeBuilder, bates: str, place: int = 0) -> bytes:
    """Return a page's image."""
    return built.row(bates).images[place][2]


def text(built: VolumeBuilder, bates: str, said: str) -> None:
    """Put another text in a text's place."""
    row = built.row(bates)
    row.text = (row.cells["OCRPATH"], said.encode())


def native(built: VolumeBuilder, bates: str, data: bytes) -> None:
    """Put another native in a native's place, with digests and size of its own."""
    row = built.row(bates)
    row.native = (row.cells["LINK"], data)
    row.cells["MD5HASH"] = hashlib.md5(data).hexdigest().upper()
    row.cells["SHA256"] = hashlib.sha256(data).hexdigest()
    row.cells["FILE_SIZE"] = f"{-(-len(data) // 1024):,}"


A, B, C = number(1), number(2), number(3)
PARENT, CHILD, PLAN, PLAN_TWO = (number(place) for place in (12, 13, 14, 15))
