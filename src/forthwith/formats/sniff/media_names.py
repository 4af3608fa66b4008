"""What media types are called by: the extensions each goes by, and which kinds of file they are.

Names never decide a type. They are compared with it, to report a file that says it is one thing and
is another, and to give a produced native an extension that opens.
"""

from __future__ import annotations

import re

from forthwith.domain.evidence import Fault, FaultReason

_OOXML = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."

#: Kind of file, media type, extensions (the usual one first).
_TABLE = f"""
mail message/rfc822 eml mht mhtml mim mime nws
mail application/mbox mbox mbx
mail application/x-emlx emlx
mail application/rsmf rsmf eml
mail application/vnd.ms-outlook msg oft
mail application/vnd.ms-outlook-pst pst ost
mail application/vnd.ms-tnef dat tnef
mail application/pkcs7-mime p7m p7c
mail application/pkcs7-signature p7s
crypt application/pgp-encrypted pgp gpg asc
crypt application/pgp-signature sig asc
crypt application/pgp-keys key asc
archive application/zip zip zipx
archive application/x-slack-export+zip zip
archive application/x-rsmf+zip zip
archive application/epub+zip epub
archive application/java-archive jar war ear
archive application/vnd.android.package-archive apk
archive application/vnd.google-earth.kmz kmz
archive application/x-xpinstall xpi
archive application/x-7z-compressed 7z cb7
archive application/x-tar tar
archive application/gzip gz tgz svgz emz wmz
archive application/x-bzip2 bz2 tbz2 tbz
archive application/x-xz xz txz
archive application/x-lzma lzma tlz
archive application/x-lzip lz
archive application/zstd zst tzst
archive application/x-compress z taz
archive application/x-lz4 lz4
archive application/vnd.rar rar cbr
archive application/vnd.ms-cab-compressed cab
archive application/x-cpio cpio
archive application/x-archive ar a deb lib
archive application/x-lzh lzh lha
archive application/x-iso9660-image iso
archive application/x-xar xar pkg
archive application/x-rpm rpm
archive application/warc warc
archive application/x-arj arj
archive application/x-ace-compressed ace
archive application/x-stuffit sit sitx
archive application/x-zoo zoo
archive application/x-alz-compressed alz
archive application/x-apple-diskimage dmg
archive application/x-expert-witness e01
words {_OOXML}wordprocessingml.document docx
words {_OOXML}wordprocessingml.template dotx
words application/vnd.ms-word.document.macroenabled.12 docm
words application/vnd.ms-word.template.macroenabled.12 dotm
words application/msword doc dot wiz
words {_ODF}text odt
words {_ODF}text-template ott
words {_ODF}text-master odm
words application/rtf rtf
words application/vnd.wordperfect wpd wp wp5 wp6
words application/vnd.apple.pages pages
sheets {_OOXML}spreadsheetml.sheet xlsx
sheets {_OOXML}spreadsheetml.template xltx
sheets application/vnd.ms-excel.sheet.macroenabled.12 xlsm
sheets application/vnd.ms-excel.template.macroenabled.12 xltm
sheets application/vnd.ms-excel.addin.macroenabled.12 xlam
sheets application/vnd.ms-excel.sheet.binary.macroenabled.12 xlsb
sheets application/vnd.ms-excel xls xlt xla xlw
sheets {_ODF}spreadsheet ods
sheets {_ODF}spreadsheet-template ots
sheets application/vnd.apple.numbers numbers
slides {_OOXML}presentationml.presentation pptx
slides {_OOXML}presentationml.template potx
slides {_OOXML}presentationml.slideshow ppsx
slides application/vnd.ms-powerpoint.presentation.macroenabled.12 pptm
slides application/vnd.ms-powerpoint.template.macroenabled.12 potm
slides application/vnd.ms-powerpoint.slideshow.macroenabled.12 ppsm
slides application/vnd.ms-powerpoint.addin.macroenabled.12 ppam
slides application/vnd.ms-powerpoint ppt pps pot ppa
slides {_ODF}presentation odp
slides {_ODF}presentation-template otp
slides application/vnd.apple.keynote key
drawing {_ODF}graphics odg
drawing application/vnd.ms-visio.drawing vsdx
drawing application/vnd.ms-visio.drawing.macroenabled.12 vsdm
pdf application/pdf pdf ai
pdf application/postscript ps eps ai
pdf application/vnd.ms-xpsdocument xps oxps
text text/html html htm xhtml shtml hta
text text/plain txt text log md rst ini cfg conf asc nfo me
text text/csv csv tsv tab
text application/json json jsonl ndjson geojson ipynb
text text/xml xml xsd xsl xslt rss atom wsdl rdf svg
text text/calendar ics ical ifb vcs
text text/vcard vcf vcard
image image/jpeg jpg jpeg jpe jfif
image image/png png
image image/gif gif
image image/bmp bmp dib
image image/tiff tif tiff
image image/webp webp
image image/heic heic heif
image image/avif avif
image image/jp2 jp2 j2k jpx
image image/svg+xml svg
image image/vnd.microsoft.icon ico cur
image image/vnd.adobe.photoshop psd psb
image image/vnd.dwg dwg
image image/vnd.djvu djvu djv
image image/wmf wmf
image image/emf emf
sound audio/mpeg mp3
sound audio/wav wav
sound audio/flac flac
sound audio/ogg ogg oga opus
sound audio/mp4 m4a m4b
sound audio/amr amr
sound audio/aiff aif aiff
sound audio/midi mid midi
sound audio/basic au snd
sound video/mp4 mp4 m4v
sound video/quicktime mov qt
sound video/3gpp 3gp
sound video/x-msvideo avi
sound video/x-matroska mkv webm
sound video/x-ms-asf wmv wma asf
sound video/x-flv flv
sound video/mpeg mpg mpeg vob
program application/vnd.microsoft.portable-executable exe dll sys scr ocx
program application/x-executable so o elf bin
data application/vnd.sqlite3 sqlite sqlite3 db
data application/vnd.ms-access mdb accdb
data application/onenote one
data application/vnd.lotus-notes nsf
data application/x-outlook-express-dbx dbx
data application/octet-stream bin
"""
_KINDS: dict[str, str] = {}
_EXTENSIONS: dict[str, tuple[str, ...]] = {}
_KINDS_OF: dict[str, set[str]] = {}
for _line in _TABLE.strip().splitlines():
    _kind, _type, *_names = _line.split()
    _KINDS[_type] = _kind
    _EXTENSIONS[_type] = tuple(_names)
    for _name in _names:
        _KINDS_OF.setdefault(_name, set()).add(_kind)

#: Kinds that look alike: mail and armoured data are text, a mailbox may be zipped or plain.
_ALIKE = {
    frozenset(pair)
    for pair in (
        ("mail", "text"),
        ("crypt", "text"),
        ("crypt", "mail"),
        ("text", "image"),
        ("text", "data"),
        ("program", "data"),
        ("words", "drawing"),
        ("slides", "drawing"),
    )
}
#: Extensions every program uses for anything.
_ANYTHING = frozenset(
    {"dat", "bin", "tmp", "bak", "old", "db", "key", "me", "asc", "lib", "a", "o", "ai"}
)
#: Kinds whose files are known by their first bytes, so that bytes that show none are no such file.
_SIGNED = frozenset({"words", "sheets", "slides", "pdf", "image", "archive"})
_SAFE = re.compile(r"[a-z0-9]{1,10}")


def extension_of(name: str) -> str:
    """Return the extension of `name` in lower case without its dot; "" when it has none."""
    base, dot, extension = name.rpartition(".")
    return extension.lower() if dot and base and _SAFE.fullmatch(extension.lower()) else ""


def mislabelled(media_type: str, name: str) -> Fault | None:
    """Return the Fault of a file whose extension is that of a clearly different kind of file."""
    extension = extension_of(name)
    named = _KINDS_OF.get(extension, set())
    if not named or extension in _ANYTHING or _agrees(media_type, extension, named):
        return None
    detail = f"is named .{extension} but its content is {media_type}"
    return Fault(FaultReason.MISLABELLED, detail)


def _agrees(media_type: str, extension: str, named: set[str]) -> bool:
    if media_type in ("inode/x-empty", "application/x-ole-storage"):
        return True
    if extension in _EXTENSIONS.get(media_type, ()):
        return True
    if media_type == "application/octet-stream":
        return not named & _SIGNED
    kind = _KINDS.get(media_type) or _by_family(media_type)
    return not kind or any(kind == one or frozenset((kind, one)) in _ALIKE for one in named)


def _by_family(media_type: str) -> str:
    family = media_type.split("/", 1)[0]
    return {"image": "image", "audio": "sound", "video": "sound", "text": "text"}.get(family, "")


def extension_for(media_type: str, name: str) -> str:
    """Return the extension, dot included, for a native produced from `name`; "" when none is known.

    The original one where it does not contradict the type, otherwise the type's usual one.
    """
    extension = extension_of(name)
    usual = _EXTENSIONS.get(media_type, ())
    if extension and (extension in usual or _keeps(media_type, extension)):
        return f".{extension}"
    return f".{usual[0]}" if usual else ""


def _keeps(media_type: str, extension: str) -> bool:
    """Tell whether an extension the type does not list may stay."""
    named = _KINDS_OF.get(extension)
    if media_type not in _EXTENSIONS or media_type == "application/octet-stream":
        return mislabelled(media_type, f"x.{extension}") is None
    return media_type == "text/plain" and (named is None or "text" in named)
