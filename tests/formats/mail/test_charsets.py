"""Every charset label mailers use, in bodies, in encoded words and in parameters."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.domain.evidence import Child, FaultReason, Hint, InMemory, Reading
from forthwith.formats.mail import eml
from forthwith.plain.charset import decode, known

_JAPANESE = "株式会社髙橋商事の﨑山です。お見積書①と②を添付。㈱サンプル ｶﾅ ～"
_JAPANESE_7_BIT = (
    b'\x1b$B3t<02q<R\x1b(B \x1b$B-!$H-"$rE:IU\x1b(B \x1b$B-j%5%s%W%k\x1b(B \x1b(I6E\x1b(B'
)
_CHINESE = "朱镕基先生，您好。陶喆的合同，龑先生也会参加会议。"
_TAIWAN = "請確認附件中的合約，謝謝。碁峰 €50"
_KOREAN = "안녕하세요. 뷁 똠방각하 햏 계약서를 첨부합니다."
_THAI = "กรุณาตรวจสอบเอกสารแนบ “ภายใน” วันศุกร์"
_WESTERN = "Contrat signé « avant vendredi » – œuvre à 50 €"
_GERMAN = "Grüße aus Köln, Straße 5"
_RUSSIAN = "Прошу проверить договор"
_GREEK = "Παρακαλώ ελέγξτε τη σύμβαση"
_HEBREW = "נא לבדוק את החוזה"
_ARABIC = "يرجى مراجعة العقد"
_POLISH = "Proszę sprawdzić załącznik żółć"
_TURKISH = "Lütfen sözleşmeyi inceleyiniz ığş"
_BALTIC = "Prašome patikrinti sutartį"
_VIETNAMESE = "Xin ki\u00ea\u0309m tra h\u01a1\u0323p"

#: Labels, the codec of the bytes that mailers write under each, a text that needs it.
TABLE: tuple[tuple[str, str, str], ...] = (
    (("shift_jis Shift-JIS sjis x-sjis windows-31j MS_Kanji cp932 windows-932 x-ms-cp932 "
      "csShiftJIS ms932 ibm-943 x-mac-japanese"), "cp932", _JAPANESE),
    (("gb2312 GB_2312-80 gbk x-gbk cp936 windows-936 csGB2312 chinese euc-cn gb18030 GB18030-2000 "
      "iso-ir-58 x-mac-chinesesimp"), "gb18030", _CHINESE),
    ("big5 cn-big5 csBig5 x-x-big5 cp950 windows-950 big5-eten ms950", "cp950", _TAIWAN),
    ("big5 big5-hkscs", "big5hkscs", "香港嘅文件，喺度，㗎"),
    (("euc-kr EUC_KR ks_c_5601-1987 ks_c_5601-1989 ks_c_5601 ksc5601 KSC_5601 korean windows-949 "
      "x-windows-949 cp949 uhc ms949 csEUCKR iso-ir-149 x-mac-korean 5601"), "cp949", _KOREAN),
    ("johab", "johab", _KOREAN),
    ("tis-620 TIS620 windows-874 iso-8859-11 cp874 dos-874", "cp874", _THAI),
    (("iso-8859-1 ISO8859-1 iso_8859-1 iso8859_1 latin1 latin-1 l1 windows-1252 cp1252 x-ansi "
      "ansi win-1252 windows1252 cp-1252 x-cp1252 ISO_8859-1:1987 8859-1 iso-ir-100 ibm-819 "
      "iso-latin-1"), "cp1252", _WESTERN),
    ("iso-8859-15 iso8859-15 latin-9 latin9 8859-15 ISO_8859-15:1998", "iso8859-15", "Grüße 50 €"),
    ("cp-850 cp850 ibm850 IBM-850 dos-850 x-cp850", "cp850", _GERMAN),
    ("cp437 ibm437 ibm-437 cp-437 oem-437", "cp437", _GERMAN),
    ("cp858 ibm00858 ibm-858", "cp858", "Grüße 50 €"),
    ("x-mac-roman macintosh mac mac-roman x-macroman csMacintosh", "mac_roman", _WESTERN),
    ("x-mac-ce mac-ce x-mac-centraleurroman", "mac_latin2", "Proszę sprawdzić"),
    ("x-mac-cyrillic x-mac-ukrainian", "mac_cyrillic", _RUSSIAN),
    ("x-mac-greek", "mac_greek", "Παρακαλ"),
    ("x-mac-turkish", "mac_turkish", "Lütfen şğı"),
    ("windows-1251 cp1251 cp-1251 win-1251 windows1251 x-cp1251 win1251 ansi-1251 cp_1251",
     "cp1251", _RUSSIAN),
    ("koi8-r koi8r koi8 cskoi8r koi", "koi8-r", _RUSSIAN),
    ("koi8-u koi8-ru", "koi8-u", "Прошу їжак"),
    ("cp866 ibm866 ibm-866 dos-866 cp-866", "cp866", _RUSSIAN),
    ("iso-8859-5 iso_8859-5 iso8859-5 cyrillic", "iso8859-5", _RUSSIAN),
    ("iso-8859-2 latin2 iso8859_2", "iso8859-2", _POLISH),
    ("windows-1250 cp1250 x-cp1250 win-1250", "cp1250", _POLISH),
    ("cp852 ibm-852", "cp852", _POLISH),
    ("windows-1253 cp1253", "cp1253", _GREEK),
    ("iso-8859-7 greek", "iso8859-7", _GREEK),
    ("windows-1254 iso-8859-9 latin5 iso_8859-9:1989", "cp1254", _TURKISH),
    ("windows-1255 cp1255", "cp1255", _HEBREW),
    ("iso-8859-8 iso-8859-8-i iso-8859-8-e logical hebrew", "iso8859-8", _HEBREW),
    ("windows-1256 cp1256", "cp1256", _ARABIC),
    ("iso-8859-6 iso-8859-6-i arabic", "iso8859-6", _ARABIC),
    ("windows-1257 cp1257", "cp1257", _BALTIC),
    ("iso-8859-4 latin4", "iso8859-4", "Prašome"),
    ("iso-8859-13 latin7", "iso8859-13", _BALTIC),
    ("iso-8859-10 latin6", "iso8859-10", "Þórður"),
    ("iso-8859-14 iso-8859-16 iso-8859-3", "ascii", "plain"),
    ("windows-1258 cp1258", "cp1258", _VIETNAMESE),
    ("euc-jp x-euc-jp eucJP EUC_JP ujis csEUCPkdFmtJapanese x-euc", "euc_jp", "お見積書です"),
    ("hz-gb-2312 hz", "hz", "你好，请查收 ~ 附件"),
    ("iso-2022-kr csISO2022KR", "iso2022_kr", "안녕하세요 계약서"),
    ("utf-7 UTF7 unicode-1-1-utf-7 csUnicode11UTF7 x-unicode-2-0-utf-7", "utf-7", _JAPANESE),
    ("utf-8 UTF8 utf8mb4 unicode-1-1-utf-8 utf_8 x-unicode20utf8 'utf-8' utf-8; cp65001 utf8mb3",
     "utf-8", _JAPANESE),
    ("utf-16le unicode utf-16", "utf-16-le", _WESTERN),
    ("utf-16be unicodeFFFE", "utf-16-be", _WESTERN),
    ("us-ascii ansi_x3.4-1968 iso646-us ascii", "ascii", "plain words"),
)  # fmt: skip
ROWS = [(label, codec, text) for labels, codec, text in TABLE for label in labels.split()]


def read(data: bytes) -> Reading:
    return eml.read(InMemory(data), Hint())


def undecodable(reading: Reading) -> list[str]:
    return [fault.detail for fault in reading.faults if fault.reason is FaultReason.UNDECODABLE]


def in_every_place(label: str, data: bytes) -> Reading:
    """Return the reading of a mail with `data` as body, subject and the name of a file."""
    plain_label = label.strip("';")
    word = f"=?{plain_label}?B?{base64.b64encode(data).decode()}?="
    body = base64.encodebytes(data).decode()
    return read(
        f"From: a@x.example\nTo: b@x.example\nSubject: {word}\nMIME-Version: 1.0\n"
        f'Content-Type: multipart/mixed; boundary="o"\n\n--o\n'
        f'Content-Type: text/plain; charset="{label}"\nContent-Transfer-Encoding: base64\n\n'
        f"{body}\n--o\nContent-Type: application/pdf\nContent-Disposition: attachment; "
        f"filename*={plain_label}''{quote(data)}\n\n%PDF\n--o--\n".encode()
    )


@pytest.mark.parametrize(("label", "codec", "text"), ROWS)
def test_a_label_means_what_its_mailers_send(label: str, codec: str, text: str) -> None:
    """Shift_JIS is code page 932 in fact, GB2312 is GBK, Latin-1 is cp1252, and so on."""
    reading = in_every_place(label, text.encode(codec))

    assert reading.children is not None
    (child,) = [child for child in reading.children() if isinstance(child, Child)]
    assert (reading.text.strip(), reading.value("subject"), child.name) == (text, text, text)
    assert not undecodable(reading)


_ESCAPED = (
    "iso-2022-jp ISO2022JP csISO2022JP iso-2022-jp-ms iso-2022-jp-1 iso-2022-jp-2 iso-2022-jp-3 "
    "cp50220 cp50221 cp50222 us-ascii utf-8 iso-8859-1 x-unknown"
)


@pytest.mark.parametrize("label", _ESCAPED.split())
def test_escapes_never_stay_in_a_text(label: str) -> None:
    """ISO-2022-JP has the NEC and IBM rows in mail, and often another label or none."""
    reading = in_every_place(label, _JAPANESE_7_BIT)

    assert reading.text.strip() == "株式会社 ①と②を添付 ㈱サンプル ｶﾅ"
    assert reading.value("subject") == "株式会社 ①と②を添付 ㈱サンプル ｶﾅ"
    assert "\x1b" not in reading.text
    assert not undecodable(reading)


def test_a_bare_header_in_escapes_is_read() -> None:
    """Japanese mailers of the nineties wrote no encoded words."""
    reading = read(b"From: a@x.example\nTo: b@x.example\nSubject: \x1b$B8+@Q=q\x1b(B 5\n\nx\n")

    assert reading.value("subject") == "見積書 5"
    assert "見積書" in reading.value("header")


@pytest.mark.parametrize(
    ("declared", "sent", "text"),
    [
        ("us-ascii", "utf-8", "Envoyé par le service"),
        ("us-ascii", "cp1252", "the firm’s “letter” of May, as sent before to all of them"),
        ("unknown-8bit", "utf-8", _WESTERN),
        ("x-unknown", "utf-8", _JAPANESE),
        ("iso-2022-jp", "cp932", "お見積書を添付いたします。"),
        ("shift_jis", "euc_jp", "お見積書を添付いたします。"),
        ("utf-16", "utf-8", "plain words, in fact"),
        ("gb2312", "gb18030", "合同金额"),
        ("utf-7", "ascii", "1 + 1 = 2"),
    ],
)
def test_a_wrong_label_gives_way(declared: str, sent: str, text: str) -> None:
    assert decode(text.encode(sent), declared).text == text


def test_a_bare_plus_leaves_the_rest_of_utf_7_readable() -> None:
    assert decode(b"+ZeVnLIqe- 1 + 1 = 2 +AGE-+-", "utf-7").text == "日本語 1 + 1 = 2 a+"


def test_code_page_936_has_a_euro_sign() -> None:
    assert decode("合同 50".encode("gbk") + b"\x80", "gb2312").text == "合同 50€"


def test_bytes_no_charset_explains_are_told_where_they_stand() -> None:
    """One damaged byte does not make Japanese into Latin letters, and is not kept quiet."""
    reading = in_every_place("shift_jis", _JAPANESE.encode("cp932") + b"\x81\xff\x81")

    assert reading.text.startswith("株式会社髙橋商事")
    assert any("replacement character" in detail for detail in undecodable(reading))
    assert any("header Subject" in detail for detail in undecodable(reading))


def test_replacement_characters_of_the_sender_are_told() -> None:
    """What an exporter lost before us reads as a fault, not as a text that is whole."""
    reading = in_every_place("utf-8", "caf\ufffd notes".encode())

    assert any("lost before it was collected" in detail for detail in undecodable(reading))


@pytest.mark.parametrize("label", ["x-unknown", "unknown-8bit", "", "base64", "idna", "none"])
def test_what_is_no_charset_is_known_as_none(label: str) -> None:
    assert known(label) == ""


_PIECES = st.sampled_from([b"\x1b$B", b"\x1b(B", b"\x0e", b"\x1bN", b"~{", b"8!", b"\xa4"])


@given(
    st.binary(max_size=60) | st.lists(_PIECES).map(b"".join),
    st.sampled_from([label for label, _, _ in ROWS] + ["iso-2022-cn", "iso-2022-jp-2"]),
)
def test_no_bytes_stop_a_charset(data: bytes, label: str) -> None:
    """Hostile text under any label decodes to something that can be written."""
    decode(data, label).text.encode()


@pytest.mark.parametrize(
    ("charset", "words"),
    [("cp949", "교육팀"), ("cp950", "小吳"), ("cp932", "見積書をお送りします"), ("cp1252", "£97m")],
)
def test_a_few_raw_characters_in_a_header_are_read(charset: str, words: str) -> None:
    """A subject of three characters is too short for a detector made for pages."""
    head = b"From: a@x.example\nTo: b@x.example\nSubject: "
    reading = read(head + words.encode(charset) + b"\n\nx")

    assert reading.value("subject") == words
    assert undecodable(reading)


def test_replacement_characters_in_a_header_are_told() -> None:
    reading = read(b"From: a@x.example\nTo: b@x.example\nSubject: =?utf-8?Q?caf=EF=BF=BD?=\n\nx")

    assert [detail[:8] for detail in undecodable(reading)] == ["subject:"]
