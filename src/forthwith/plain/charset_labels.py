"""What mailers and old programs call a charset, and the codec that reads it.

A label means what the programs that write it send, which is often more than the standard of that
name: "shift_jis" is Windows code page 932 with the NEC and IBM rows, "gb2312" is GBK, "iso-8859-1"
is cp1252 (WHATWG Encoding, 4.2; the code pages of Windows). Labels are compared by their letters
and digits alone, so that "Shift-JIS", "shift_jis" and "ShiftJIS" are one.
"""

from __future__ import annotations

import codecs
import functools
import re

# Python calls these text encodings; no document is written in them, and some are slow on purpose.
_NOT_CHARSETS = frozenset(
    {"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "mbcs", "oem"}
)
_NOT_TEXT = frozenset({"base64", "bz2", "hex", "quopri", "rot-13", "uu", "zlib"})
#: What is meant by a charset Python knows under its own name.
_MEANT = {
    "iso8859-1": "cp1252", "ascii": "cp1252", "iso8859-9": "cp1254", "iso8859-11": "cp874",
    "tis-620": "cp874", "shift_jis": "cp932", "gb2312": "gb18030", "gbk": "gb18030",
    "big5": "cp950", "euc_kr": "cp949", "iso2022_jp_ext": "iso2022_jp",
    "iso2022_jp_1": "iso2022_jp", "iso2022_jp_2": "iso2022_jp", "iso2022_jp_3": "iso2022_jp",
    "iso2022_jp_2004": "iso2022_jp", "utf-8-sig": "utf-8", "iso8859-8-i": "iso8859-8",
}  # fmt: skip
#: Labels Python does not know, or knows as something narrower; letters and digits only.
_LABELS = {
    label: codec
    for codec, labels in {
        "cp932": "shiftjis sjis xsjis mskanji csshiftjis windows31j cswindows31j xmscp932 "
        "windows932 xwindows932 ms932 xms932 cp932 ibm943 cp943 cp943c ibm932 xmacjapanese "
        "macjapanese pck shiftjiswin sjiswin xshiftjis shiftjisms",
        "euc_jp": "eucjp xeucjp xeuc eucjpwin eucjpms cseucpkdfmtjapanese eucjp1997 ujis cp51932 "
        "extendedunixcodepackedformatforjapanese eucj",
        "iso2022_jp": "iso2022jp csiso2022jp iso2022jpms cp50220 cp50221 cp50222 jis jis7 "
        "iso2022jp1 iso2022jp2 iso2022jp3 iso2022jp2004 iso2022jpext csiso2022jp2 xiso2022jp "
        "iso2022jp7bit",
        "gb18030": "gb2312 gb231280 csgb2312 csiso58gb231280 chinese isoir58 xgbk gbk cp936 "
        "windows936 ms936 xmswin936 euccn xeuccn gb180302000 gb180302005 gb180302022 csgb18030 "
        "csgbk xgb2312 xgb gb xmacchinesesimp macchinesesimp gb13000 cngb xwindows936 "
        "gb231280raw gb2312gbk hzgb231208bit",
        "hz": "hz hzgb2312 hzgb csgbhz",
        "iso2022_cn": "iso2022cn iso2022cnext csiso2022cn",
        "cp950": "big5 cnbig5 csbig5 xxbig5 xbig5 big5eten cp950 windows950 xwindows950 ms950 "
        "xmacchinesetrad macchinesetrad big5uao xcp950",
        "big5hkscs": "big5hkscs big5hk hkscs big5hkscs2004 cp951",
        "cp949": "euckr xeuckr cseuckr kscu5601 ksc5601 ksc56011987 ksc56011989 csksc56011987 "
        "korean isoir149 windows949 xwindows949 ms949 cp949 uhc xuhc ksx1001 "
        "xmackorean mackorean cp51949 5601 windowsksc56011987",
        "iso2022_kr": "iso2022kr csiso2022kr cp50225",
        "cp1361": "johab windows1361 ms1361 xjohab ksc56011992",
        "cp874": "tis620 tis6200 tis62025331 windows874 xwindows874 dos874 iso885911 thai cp874 "
        "isoir166",
        "cp1252": "usascii ascii ansix341968 ansix341986 isoir6 iso646us us csascii iso646irv1991 "
        "iso88591 iso885911987 isoir100 latin1 l1 csisolatin1 8859 88591 isolatin1 ansi xansi "
        "windows1252 win1252 cp1252 ibm367 cp367 xcp1252 windowslatin1 ansi1252 "
        "usascii7 ascii7 iso88591windows31latin1 windowscp1252 xascii "
        "iso88591i csiso88591 cp819 ibm819 winlatin1 windowsansi iso646",
        "cp1254": "iso88599 latin5 l5 isoir148 csisolatin5 iso885991989",
        "iso8859-8": "iso88598i iso88598e csiso88598i csiso88598e logical visual",
        "iso8859-6": "iso88596i iso88596e csiso88596i csiso88596e arabic ecma114",
        "mac_roman": "xmacroman macintosh mac macroman csmacintosh xmac xmacromanian",
        "mac_cyrillic": "xmaccyrillic xmacukrainian maccyrillic macukrainian",
        "mac_latin2": "xmacce xmaccentraleurroman macce maccentraleurope xmaccentraleurope",
        "mac_greek": "xmacgreek macgreek",
        "mac_turkish": "xmacturkish macturkish",
        "mac_iceland": "xmacicelandic macicelandic",
        "mac_croatian": "xmaccroatian maccroatian",
        "mac_farsi": "xmacfarsi macfarsi",
        "mac_arabic": "xmacarabic macarabic",
        "koi8-r": "koi8r cskoi8r koi8 koi xkoi8r koi8rfc1489 cp20866",
        "koi8-u": "koi8u koi8ru cskoi8u cp21866",
        "koi8-t": "koi8t",
        "kz1048": "kz1048 strk10482002 rk1048",
        "ptcp154": "ptcp154 cp154 pt154 cyrillicasian csptcp154",
        "utf-7": "utf7 unicode11utf7 csunicode11utf7 csutf7 unicode20utf7 xunicode20utf7 u7 "
        "xutf7 cp65000",
        "utf-8": "utf8 unicode11utf8 csutf8 xunicode20utf8 unicode20utf8 utf8mb3 utf8mb4 xutf8 "
        "unicodeutf8 utf8n utf8bom utf8nobom cp65001 windows65001 u8 utf8sig utf8unix utf8mac",
        "utf-16": "utf16 unicode csunicode ucs2 iso10646ucs2 csutf16 cp1200 isounicode xutf16lebom "
        "unicodelittle xutf16",
        "utf-16-le": "utf16le csutf16le unicodefeff xutf16le unicodelittleunmarked ucs2le",
        "utf-16-be": "utf16be csutf16be unicodefffe xutf16be cp1201 unicodebigunmarked ucs2be",
        "utf-32": "utf32 csutf32 ucs4 iso10646ucs4 csucs4 cp12000",
        "hp-roman8": "hproman8 roman8 r8 cshproman8",
    }.items()
    for label in labels.split()
}
#: "windows-1251", "cp-850", "x-ibm-437", "win1250", "ccsid819": a code page by its number.
_PAGE = re.compile(
    r"(?:cs|x)?(?:windows|win|cp|ibm|dos|ms|msdos|oem|pc|codepage|ccsid|ansi)0*(\d{3,5})"
)
#: "iso-8859-15", "iso8859_15", "8859-15", "ISO_8859-15:1998".
_ISO_8859 = re.compile(r"(?:x-|cs)?(?:iso-?)?8859-?0*(\d{1,2})(?:-(?:i|e|\d{4}))?")
_SEPARATORS = re.compile(r"[^a-z0-9]+")
#: Windows code pages whose Python name is not "cp" and the number.
_CODE_PAGES = {
    1200: "utf-16-le", 1201: "utf-16-be", 12000: "utf-32-le", 12001: "utf-32-be",
    20127: "ascii", 20866: "koi8-r", 21866: "koi8-u", 20932: "euc_jp", 51932: "euc_jp",
    51936: "gb18030", 51949: "cp949", 52936: "hz", 54936: "gb18030", 50220: "iso2022_jp",
    50221: "iso2022_jp", 50222: "iso2022_jp", 50225: "iso2022_kr", 50227: "gb18030",
    10000: "mac_roman", 10001: "cp932", 10002: "cp950", 10003: "cp949", 10004: "mac_arabic",
    10006: "mac_greek", 10007: "mac_cyrillic", 10008: "gb18030", 10017: "mac_cyrillic",
    10029: "mac_latin2", 10079: "mac_iceland", 10081: "mac_turkish", 10082: "mac_croatian",
    20936: "gb18030", 20949: "cp949", 38598: "iso8859-8", 38596: "iso8859-6",
    65000: "utf-7", 65001: "utf-8", 936: "gb18030", 951: "big5hkscs", 943: "cp932",
    1361: "johab", 367: "ascii", 819: "iso8859-1",
}  # fmt: skip


@functools.lru_cache(maxsize=4096)
def known(name: str) -> str:
    """Return Python's name of the codec that reads a declared charset; "" for no such charset."""
    label = name[:100].lower().strip(" \t\r\n\0\"'`<>()[]{};,.:=*\\/")
    label = label.rpartition("charset=")[2].strip("\"' ")
    squeezed = _SEPARATORS.sub("", label)
    if squeezed in _LABELS:
        return _LABELS[squeezed]
    if (iso := _ISO_8859.fullmatch(_SEPARATORS.sub("-", label))) is not None:
        return _codec(f"iso8859-{int(iso[1])}")
    if (page := _PAGE.fullmatch(squeezed)) is not None:
        return charset_of(int(page[1]))
    return _codec(label) or _codec(squeezed.removeprefix("x"))


def charset_of(code_page: int) -> str:
    """Return Python's name of a Windows code page, or "" when it is not known."""
    if 28591 <= code_page <= 28605:
        return _codec(f"iso8859-{code_page - 28590}")
    return _codec(_CODE_PAGES.get(code_page, f"cp{code_page}"))


def _codec(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return ""
    return "" if found in _NOT_CHARSETS or found in _NOT_TEXT else _MEANT.get(found, found)
