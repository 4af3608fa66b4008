"""Documents that keep one known secret, each in another hiding place.

On its face none of them shows it: whoever redacts what can be seen leaves it in. `PLACES` are files
by a name for the place; the secret is made up of two words and a number, so it is found nowhere by
chance.
"""

from __future__ import annotations

import base64
import binascii
import bz2
import gzip
import io
import lzma
import quopri
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable

import pikepdf
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from forthwith.formats.ole.writer import Storage, written
from tests.builders import office, outlook, pdf

SECRET = "Calloway Ridge 4417-2093"
#: The same in pieces.
_ONE, _TWO, _NUMBER = SECRET.split()


def _pixels(size: tuple[int, int] = (64, 64)) -> Image.Image:
    return Image.effect_noise(size, 40).convert("RGB")


def _saved(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    _pixels().save(out, kind, **options)
    return out.getvalue()


def _zip(
    *members: tuple[str, bytes], comment: bytes = b"", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0)), data, method)
        archive.comment = comment
    return out.getvalue()


def _mail(body: bytes, *, kind: str = "text/plain; charset=utf-8", way: str = "7bit") -> bytes:
    head = (
        "From: a@northgate.example\r\nTo: b@northgate.example\r\nSubject: Weekly\r\n"
        f"MIME-Version: 1.0\r\nContent-Type: {kind}\r\nContent-Transfer-Encoding: {way}\r\n\r\n"
    )
    return head.encode() + body


def _multipart(*parts: bytes, kind: str = "mixed") -> bytes:
    body = b"".join(b"--=b=\r\n" + part + b"\r\n" for part in parts) + b"--=b=--\r\n"
    return _mail(body, kind=f'multipart/{kind}; boundary="=b="')


_TEXT = b"Content-Type: text/plain\r\n\r\nSee the figures."


# PDF


def _on_page(change: Callable[[pikepdf.Pdf], None], content: str = "") -> bytes:
    return pdf.drawn(content or pdf.words("Figures of the week"), change=change)


def _crop(document: pikepdf.Pdf) -> None:
    document.pages[0].CropBox = pikepdf.Array([0, 150, 300, 300])


def _hidden_layer(document: pikepdf.Pdf) -> None:
    layer = document.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.OCG, Name="Draft"))
    document.pages[0].obj.Resources["/Properties"] = pikepdf.Dictionary(L1=layer)
    document.Root.OCProperties = pikepdf.Dictionary(
        OCGs=pikepdf.Array([layer]),
        D=pikepdf.Dictionary(BaseState=pikepdf.Name.ON, OFF=pikepdf.Array([layer])),
    )


def _annotated(**keys: object) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        note = pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Text, Rect=[0, 0, 9, 9], **keys
        )
        document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(note)])

    return _on_page(change)


def _appearance(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(pdf.words(SECRET, 2, 2).encode())
    stream.Type, stream.Subtype = pikepdf.Name.XObject, pikepdf.Name.Form
    stream.BBox, stream.Resources = [0, 0, 200, 20], document.pages[0].obj.Resources
    stamp = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[0, 0, 200, 20], F=2,
        AP=pikepdf.Dictionary(N=document.make_indirect(stream)),
    )  # fmt: skip
    document.pages[0].obj.Annots = pikepdf.Array([document.make_indirect(stamp)])


def _form_field(document: pikepdf.Pdf) -> None:
    box = document.make_indirect(
        pikepdf.Dictionary(
            Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, FT=pikepdf.Name.Tx, T="client",
            V=SECRET, Rect=[0, 0, 0, 0], F=2,
        )
    )  # fmt: skip
    document.pages[0].obj.Annots = pikepdf.Array([box])
    document.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array([box]))


def _xmp(document: pikepdf.Pdf) -> None:
    with document.open_metadata() as metadata:
        metadata["dc:description"] = SECRET


def _piece(document: pikepdf.Pdf) -> None:
    stream = document.make_stream(f"<draft>{SECRET}</draft>".encode())
    document.pages[0].obj.PieceInfo = pikepdf.Dictionary(Draw=pikepdf.Dictionary(Private=stream))


def _outline(document: pikepdf.Pdf) -> None:
    with document.open_outline() as outline:
        outline.root.append(pikepdf.OutlineItem(SECRET, 0))


def _revision() -> bytes:
    """A page whose words were taken out by an update that left the old bytes in."""
    first = pdf.drawn(pdf.words(SECRET))
    with pikepdf.open(io.BytesIO(first)) as document:
        place, generation = document.pages[0].obj.Contents.objgen
    clean = zlib.compress(pdf.words("Figures of the week").encode())
    at = len(first)
    body = b"%d %d obj\n<</Length %d/Filter/FlateDecode>>stream\n" % (place, generation, len(clean))
    body += clean + b"\nendstream\nendobj\n"
    before = first.rindex(b"startxref")
    start = int(first[before:].split()[1])
    cross = b"xref\n%d 1\n%010d %05d n \n" % (place, at, generation)
    with pikepdf.open(io.BytesIO(first)) as document:
        root, size = document.Root.objgen[0], len(document.objects) + 1
    tail = b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        size, root, start, at + len(body),
    )  # fmt: skip
    return first + body + cross + tail


def _font_name(document: pikepdf.Pdf) -> None:
    font = document.pages[0].obj.Resources.Font.F1
    font.BaseFont = pikepdf.Name("/ABCDEF+Calloway#20Ridge#204417-2093".replace("#20", " "))


def _lzw(data: bytes) -> bytes:
    """Encode as LZW codes of nine bits: a clear before the table outgrows them."""
    codes = []
    for place, byte in enumerate(data):
        if place % 200 == 0:
            codes.append(256)
        codes.append(byte)
    bits = "".join(f"{code:09b}" for code in [*codes, 257])
    bits += "0" * (-len(bits) % 8)
    return int(bits, 2).to_bytes(len(bits) // 8, "big")


def _filtered(name: str, encode: Callable[[bytes], bytes]) -> bytes:
    def change(document: pikepdf.Pdf) -> None:
        content = pdf.words(SECRET, mode=3).encode()
        document.pages[0].Contents = pikepdf.Stream(
            document, encode(content), Filter=pikepdf.Name(name)
        )

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf.drawn(""))) as document:
        change(document)
        document.save(
            out, compress_streams=False, stream_decode_level=pikepdf.StreamDecodeLevel.none
        )
    return out.getvalue()


def _glyph_by_glyph() -> bytes:
    shown = " ".join(f"({sign}) Tj 7 0 Td" for sign in SECRET)
    return pdf.drawn(f"1 g BT /F1 12 Tf 20 200 Td {shown} ET\n")


def _packed_objects() -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf.pages("Figures", title=SECRET))) as document:
        document.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _owner_locked() -> bytes:
    return pdf.changed(pdf.drawn(pdf.words(SECRET, colour="1 g")), owner="who knows")


_PDF = {
    "pdf-under-a-box.pdf": lambda: pdf.drawn(pdf.words(SECRET) + pdf.box(15, 195, 200, 18)),
    "pdf-white-on-white.pdf": lambda: pdf.drawn(pdf.words(SECRET, colour="1 g")),
    "pdf-invisible.pdf": lambda: pdf.drawn(pdf.words(SECRET, mode=3)),
    "pdf-outside-the-crop.pdf": lambda: _on_page(_crop, pdf.words(SECRET, y=20)),
    "pdf-outside-the-page.pdf": lambda: pdf.drawn(pdf.words(SECRET, y=900)),
    "pdf-hidden-layer.pdf": lambda: _on_page(
        _hidden_layer, f"/OC /L1 BDC\n{pdf.words(SECRET)}EMC\n"
    ),
    "pdf-earlier-revision.pdf": _revision,
    "pdf-annotation.pdf": lambda: _annotated(Contents=SECRET),
    "pdf-annotation-rich-text.pdf": lambda: _annotated(
        RC=f"<body><p>{_ONE} <b>{_TWO}</b> 4417&#45;2093</p></body>"
    ),
    "pdf-appearance.pdf": lambda: _on_page(_appearance),
    "pdf-form-field.pdf": lambda: _on_page(_form_field),
    "pdf-actual-text.pdf": lambda: pdf.drawn(
        f"/Span <</ActualText <FEFF{SECRET.encode('utf-16-be').hex()}>>> BDC\n"
        f"{pdf.words('xxxx')}EMC\n"
    ),
    "pdf-title.pdf": lambda: pdf.pages("Figures", title=SECRET),
    "pdf-object-stream.pdf": _packed_objects,
    "pdf-xmp.pdf": lambda: _on_page(_xmp),
    "pdf-attachment.pdf": lambda: pdf.changed(
        pdf.pages("Figures"), files={"a.txt": SECRET.encode()}
    ),
    "pdf-attached-workbook.pdf": lambda: pdf.changed(
        pdf.pages("Figures"), files={"a.xlsx": _strings(SECRET)}
    ),
    "pdf-private-data.pdf": lambda: _on_page(_piece),
    "pdf-bookmark.pdf": lambda: _on_page(_outline),
    "pdf-font-name.pdf": lambda: _on_page(_font_name),
    "pdf-lzw.pdf": lambda: _filtered("/LZWDecode", _lzw),
    "pdf-ascii85.pdf": lambda: _filtered(
        "/ASCII85Decode", lambda data: base64.a85encode(data) + b"~>"
    ),
    "pdf-hex.pdf": lambda: _filtered("/ASCIIHexDecode", lambda data: data.hex().encode() + b">"),
    "pdf-glyph-by-glyph.pdf": _glyph_by_glyph,
    "pdf-owner-password.pdf": _owner_locked,
    "pdf-behind-the-end.pdf": lambda: pdf.pages("Figures") + b"\n% " + SECRET.encode(),
    "pdf-script.pdf": lambda: pdf.altered(
        lambda document: document.Root.__setattr__(
            "OpenAction",
            pikepdf.Dictionary(
                S=pikepdf.Name.JavaScript, JS=r"app.alert('Calloway Ri\x64ge 4417\u002d2093')"
            ),
        )
    ),
}


# Office


def _strings(text: str) -> bytes:
    return office.workbook(
        {"Sheet1": ("", '<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>')},
        {
            "xl/sharedStrings.xml": '<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/'
            f'2006/main"><si><t>{text}</t></si></sst>'
        },
    )


def _sheet(text: str) -> str:
    cell = f'<c r="A1" t="inlineStr"><is><t>{text}</t></is></c>'
    return f'<sheetData><row r="1">{cell}</row></sheetData>'


def _beside(part: str, xml: str) -> bytes:
    """A workbook with a part that no cell shows."""
    return office.workbook({"Sheet1": ("", _sheet("Figures"))}, {part: xml})


def _word_with(part: str, data: str | bytes) -> bytes:
    return office.word("<w:p><w:r><w:t>Figures</w:t></w:r></w:p>", {part: data})


def _said(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def _obfuscated(data: bytes) -> bytes:
    """A font as Word embeds it: the first 32 bytes mixed with a key."""
    key = bytes(range(1, 17)) * 2
    return bytes(a ^ b for a, b in zip(data[:32], key)) + data[32:]


def _macro_source(text: bytes) -> bytes:
    """The text as a compressed container of literal bytes."""
    chunk = bytearray()
    for at in range(0, len(text), 8):
        chunk += b"\0" + text[at : at + 8]
    return b"\x01" + struct.pack("<H", 0xB000 | len(chunk) - 1) + bytes(chunk)


def _macros() -> bytes:
    source = f'Attribute VB_Name = "M"\r\nConst Client = "{SECRET}"\r\n'.encode()
    return written(Storage({"VBA": Storage({"M": b"\x07" * 40 + _macro_source(source)})}))


_OFFICE = {
    "word-hidden.docx": lambda: office.word(
        f"<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>{SECRET}</w:t></w:r></w:p>"
    ),
    "word-split-runs.docx": lambda: office.word(
        "<w:p>"
        + "".join(f"<w:r><w:t>{SECRET[at : at + 3]}</w:t></w:r>" for at in range(0, 24, 3))
        + "</w:p>"
    ),
    "word-deleted.docx": lambda: office.word(
        f'<w:p><w:del w:author="T"><w:r><w:delText>{SECRET}</w:delText></w:r></w:del></w:p>'
    ),
    "word-comment.docx": lambda: _word_with(
        "word/comments.xml",
        f'<w:comments {office.W}><w:comment w:id="0">{_said(SECRET)}</w:comment></w:comments>',
    ),
    "word-footnote.docx": lambda: _word_with(
        "word/footnotes.xml", f"<w:footnotes {office.W}>{_said(SECRET)}</w:footnotes>"
    ),
    "word-custom-xml.docx": lambda: _word_with("customXml/item1.xml", f"<c><n>{SECRET}</n></c>"),
    "word-custom-property.docx": lambda: _word_with(
        "docProps/custom.xml", f"<Properties><property><v>{SECRET}</v></property></Properties>"
    ),
    "word-variable.docx": lambda: _word_with(
        "word/settings.xml",
        f'<w:settings {office.W}><w:docVars><w:docVar w:name="c" w:val="{SECRET}"/></w:docVars>'
        "</w:settings>",
    ),
    "word-glossary.docx": lambda: _word_with(
        "word/glossary/document.xml",
        f"<w:glossaryDocument {office.W}>{_said(SECRET)}</w:glossaryDocument>",
    ),
    "word-embedded-object.docx": lambda: _word_with(
        "word/embeddings/oleObject1.bin", office.ole_package("a.txt", SECRET.encode())
    ),
    "word-embedded-workbook.docx": lambda: _word_with("word/embeddings/b.xlsx", _strings(SECRET)),
    "word-font.docx": lambda: _word_with(
        "word/fonts/font1.odttf", _obfuscated(bytes(64) + SECRET.encode("utf-16-be") + bytes(64))
    ),
    "word-thumbnail-tag.docx": lambda: _word_with(
        "docProps/thumbnail.jpeg", _saved("JPEG", comment=SECRET)
    ),
    "word-alternate-content.docx": lambda: _word_with(
        "word/afchunk.mht", _mail(base64.encodebytes(SECRET.encode()), way="base64")
    ),
    "word-macro.docm": lambda: _word_with("word/vbaProject.bin", _macros()),
    "word-flat.xml": lambda: office.flat(_word_with("customXml/item1.xml", f"<n>{SECRET}</n>")),
    "word-soft-hyphens.docx": lambda: office.word(
        _said("Callo\u00adway\u200b Rid\u00adge\u00a044\u206017-20\ufeff93")
    ),
    "book-hidden-sheet.xlsx": lambda: office.workbook({"B": ("hidden", _sheet(SECRET))}),
    "book-very-hidden-sheet.xlsx": lambda: office.workbook({"B": ("veryHidden", _sheet(SECRET))}),
    "book-defined-name.xlsx": lambda: office.workbook(
        {"Sheet1": ("", _sheet("Figures"))},
        tail=f'<definedNames><definedName name="n" comment="{SECRET}">1</definedName>'
        "</definedNames>",
    ),
    "book-comment.xlsx": lambda: _beside(
        "xl/comments1.xml",
        f"<comments><commentList><comment><text><t>{SECRET}</t></text></comment></commentList>"
        "</comments>",
    ),
    "book-threaded-comment.xlsx": lambda: _beside(
        "xl/threadedComments/t1.xml", f"<ThreadedComments><text>{SECRET}</text></ThreadedComments>"
    ),
    "book-chart-cache.xlsx": lambda: _beside(
        "xl/charts/chart1.xml",
        f"<c:chart><c:strCache><c:pt><c:v>{SECRET}</c:v></c:pt></c:strCache></c:chart>",
    ),
    "book-pivot-cache.xlsx": lambda: _beside(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition><sharedItems><s v="{SECRET}"/></sharedItems>'
        "</pivotCacheDefinition>",
    ),
    "book-validation.xlsx": lambda: office.workbook(
        {
            "Sheet1": (
                "",
                _sheet("Figures")
                + f'<dataValidations><dataValidation prompt="{SECRET}"/></dataValidations>',
            )
        }
    ),
    "book-external-link.xlsx": lambda: _beside(
        "xl/externalLinks/externalLink1.xml",
        f"<externalLink><cell><v>{SECRET}</v></cell></externalLink>",
    ),
    "book-unused-string.xlsx": lambda: office.workbook(
        {"Sheet1": ("", "<sheetData/>")},
        {
            "xl/sharedStrings.xml": f"<sst><si><r><t>{_ONE}</t></r>"
            f"<r><t> {_TWO} {_NUMBER}</t></r></si></sst>"
        },
    ),
    "slides-notes.pptx": lambda: office.slides(("Figures", True, SECRET)),
    "slides-hidden.pptx": lambda: office.slides((SECRET, False, "")),
    "text-odf-hidden.odt": lambda: office.opendocument(
        f"<text:p><text:hidden-text text:string-value=\"{SECRET}\"/></text:p>"
    ),
    "ole-stream.doc": lambda: written(
        Storage(
            {
                "WordDocument": b"\xec\xa5" + bytes(900),
                "Data": SECRET.encode("utf-16-le") + bytes(600),
            }
        )
    ),
    "ole-summary.doc": lambda: written(
        Storage({"\x05SummaryInformation": b"\xfe\xff" + bytes(60) + SECRET.encode() + bytes(99)})
    ),
}  # fmt: skip


# Mail


_MAIL = {
    "mail-alternative.eml": lambda: _multipart(
        _TEXT,
        b"Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        + quopri.encodestring(
            f"<p>{_ONE[:4]}<b>{_ONE[4:]}</b>&#32;R&#105;dge 44<i>17-2093</i>".encode()
        ),
        kind="alternative",
    ),
    "mail-base64.eml": lambda: _mail(base64.encodebytes(SECRET.encode()), way="base64"),
    "mail-utf-16-base64.eml": lambda: _mail(
        base64.encodebytes(SECRET.encode("utf-16")), kind="text/plain; charset=utf-16", way="base64"
    ),
    "mail-utf-7.eml": lambda: _mail(
        b"+" + base64.b64encode(SECRET.encode("utf-16-be")).rstrip(b"=") + b"-",
        kind="text/plain; charset=utf-7",
    ),
    "mail-uuencoded.eml": lambda: _mail(
        b"begin 644 a.txt\r\n" + binascii.b2a_uu(SECRET.encode()) + b"`\r\nend\r\n"
    ),
    "mail-subject.eml": lambda: b"Subject: =?utf-8?B?"
    + base64.b64encode(SECRET.encode())
    + b"?=\r\n"
    + _mail(b"See the figures."),
    "mail-header-folded.eml": lambda: b"X-Note: "
    + f"{_ONE}\r\n {_TWO}\r\n\t{_NUMBER}\r\n".encode()
    + _mail(b"Figures"),
    "mail-attached-mail.eml": lambda: _multipart(
        _TEXT,
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(_mail(base64.encodebytes(SECRET.encode()), way="base64")),
    ),
    "mail-attached-zip.eml": lambda: _multipart(
        _TEXT,
        b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(_zip(("a.xlsx", _strings(SECRET)))),
    ),
    "mail-preamble.eml": lambda: _multipart(_TEXT).replace(
        b"\r\n\r\n--=b=", b"\r\n\r\n" + SECRET.encode() + b"\r\n--=b=", 1
    ),
    "mail-winmail.eml": lambda: _multipart(
        _TEXT,
        b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(
            outlook.tnef(
                {0x10090102: outlook.compressed_rtf(rb"{\rtf1 Calloway {\b Rid}ge 4417\'2d2093}")}
            )
        ),
    ),
    "mail-data-address.eml": lambda: _mail(
        b'<img src="data:text/plain;base64,' + base64.b64encode(SECRET.encode()) + b'">',
        kind="text/html",
    ),
    "mail-percent.eml": lambda: _mail(
        b'<a href="https://n.example/?q=Calloway%20%52idge%204417%2D2093">x</a>', kind="text/html"
    ),
    "outlook-body.msg": lambda: outlook.MsgBuilder(
        {
            **outlook.MEMO,
            0x10090102: outlook.compressed_rtf(rb"{\rtf1\v Calloway\~Ridge\par 4417-2093}"),
        }
    ).build(),
    "outlook-attached.msg": lambda: outlook.MsgBuilder()
    .embed(outlook.MsgBuilder({**outlook.MEMO, 0x1000001F: SECRET}))
    .build(),
    "outlook-property.msg": lambda: outlook.MsgBuilder(
        {**outlook.MEMO, 0x8001001F: SECRET}
    ).build(),
}  # fmt: skip


# Pictures


def _thumbnail() -> bytes:
    """A picture whose EXIF thumbnail has a comment."""
    small = _saved("JPEG", comment=SECRET)
    exif = Image.Exif()
    exif[0x010E] = "page"
    block = exif.tobytes()
    return _saved("JPEG", exif=block + small)


def _second_picture() -> bytes:
    """A TIFF with a second directory that nothing leads to."""
    first = _saved("TIFF")
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[270] = SECRET
    out = io.BytesIO()
    _pixels().save(out, "TIFF", tiffinfo=tags)
    return first + out.getvalue()


def _png(text: PngInfo) -> bytes:
    return _saved("PNG", pnginfo=text)


def _chunk(**options: bool) -> bytes:
    text = PngInfo()
    if options.get("international"):
        text.add_itxt("Comment", SECRET, zip=True)
    else:
        text.add_text("Comment", SECRET, zip=bool(options.get("packed")))
    return _png(text)


def _described() -> bytes:
    tags = TiffImagePlugin.ImageFileDirectory_v2()
    tags[40092] = SECRET.encode("utf-16-le")
    out = io.BytesIO()
    _pixels().convert("1").save(out, "TIFF", compression="group4", tiffinfo=tags)
    return out.getvalue()


def _exif(tag: int, value: object) -> bytes:
    exif = Image.Exif()
    exif[tag] = value
    return _saved("JPEG", exif=exif.tobytes())


_PICTURES = {
    "picture-comment.jpg": lambda: _saved("JPEG", comment=SECRET),
    "picture-exif.jpg": lambda: _exif(0x010E, SECRET),
    "picture-exif-wide.jpg": lambda: _exif(0x9C9C, SECRET.encode("utf-16-le")),
    "picture-thumbnail.jpg": _thumbnail,
    "picture-xmp.jpg": lambda: _saved(
        "JPEG", xmp=f"<x:xmpmeta><rdf:li>{_ONE} &#x52;idge {_NUMBER}</rdf:li></x:xmpmeta>".encode()
    ),
    "picture-iptc.jpg": lambda: _saved("JPEG").replace(
        b"\xff\xdb",
        b"\xff\xed\0\x3aPhotoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x1c\x1c\x02\x78\0\x18"
        + SECRET.encode()
        + b"\0" * 5
        + b"\xff\xdb",
        1,
    ),
    "picture-behind-the-end.jpg": lambda: _saved("JPEG") + SECRET.encode("utf-16-be"),
    "picture-text.png": lambda: _chunk(),
    "picture-packed-text.png": lambda: _chunk(packed=True),
    "picture-international-text.png": lambda: _chunk(international=True),
    "picture-tag.tif": _described,
    "picture-second-directory.tif": _second_picture,
    "picture-vector.svg": lambda: f"<svg><metadata>{SECRET}</metadata></svg>".encode(),
}  # fmt: skip


# Archives, and what stands beside what they list


def _gap() -> bytes:
    """A zip with a member that its directory does not list, before those that it does."""
    lost = _zip(("lost.txt", SECRET.encode() * 40))
    return lost[: lost.index(b"PK\x01\x02")] + _zip(("a.txt", b"Figures"))


def _tar(mode: str) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        data = SECRET.encode()
        info = tarfile.TarInfo("a.txt")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


_ARCHIVES = {
    "zip-comment.zip": lambda: _zip(("a.txt", b"Figures"), comment=SECRET.encode()),
    "zip-member-name.zip": lambda: _zip((f"{SECRET}.txt", b"Figures")),
    "zip-in-a-zip.zip": lambda: _zip(("b.zip", _zip(("c.zip", _zip(("a.txt", SECRET.encode())))))),
    "zip-unlisted-member.zip": _gap,
    "zip-behind-the-end.zip": lambda: _zip(("a.txt", b"Figures")) + gzip.compress(SECRET.encode()),
    "zip-bzip2.zip": lambda: _zip(("a.txt", SECRET.encode()), method=zipfile.ZIP_BZIP2),
    "zip-lzma.zip": lambda: _zip(("a.txt", SECRET.encode()), method=zipfile.ZIP_LZMA),
    "tar-gzip.tgz": lambda: _tar("w:gz"),
    "tar-xz.txz": lambda: _tar("w:xz"),
    "bzip2.bz2": lambda: bz2.compress(SECRET.encode()),
    "lzma.lzma": lambda: lzma.compress(SECRET.encode(), lzma.FORMAT_ALONE),
}  # fmt: skip


# Texts


_TEXTS = {
    "text-rtf-hidden.rtf": lambda: rb"{\rtf1\ansi Figures {\v C\'61lloway \u82?idge 4417-2093}}",
    "text-rtf-picture.rtf": lambda: rb"{\rtf1 Figures {\*\objdata "
    + written(Storage({"CONTENTS": SECRET.encode() * 9})).hex().encode()
    + b"}}",
    "text-html-comment.html": lambda: f"<p>Figures<!-- {SECRET} --></p>".encode(),
    "text-html-entities.html": lambda: (
        "<p style='display:none'>" + "".join(f"&#{ord(sign)};" for sign in SECRET) + "</p>"
    ).encode(),
    "text-subtitles.srt": lambda: (
        f"1\n00:00:01,000 --> 00:00:02,000\n{_ONE}\n\n2\n00:00:02,000 --> 00:00:03,000\n"
        f"{_TWO}\n\n3\n00:00:03,500 --> 00:00:04,000\n{_NUMBER}\n"
    ).encode(),
    "text-json-escapes.json": lambda: (
        '{"note": "' + "".join(f"\\u{ord(sign):04x}" for sign in SECRET) + '"}'
    ).encode(),
    "text-hyphenated.txt": lambda: b"the client Callo-\r\nway Rid-\r\nge 4417-\r\n2093 said",
    "text-full-width.txt": lambda: "".join(
        chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in SECRET
    ).encode(),
    "text-utf-32.txt": lambda: SECRET.encode("utf-32"),
    "text-hexadecimal.txt": lambda: b"dump: " + SECRET.encode().hex().encode(),
    "text-base64-twice.txt": lambda: base64.b64encode(base64.b64encode(SECRET.encode() * 3)),
    "calendar-description.ics": lambda: (
        f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nDESCRIPTION:{SECRET[:12]}\r\n {SECRET[12:]}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode(),
}  # fmt: skip

#: File names to what writes the file.
PLACES: dict[str, Callable[[], bytes]] = {
    **_PDF, **_OFFICE, **_MAIL, **_PICTURES, **_ARCHIVES, **_TEXTS,
}  # fmt: skip
