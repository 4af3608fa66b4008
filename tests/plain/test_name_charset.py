"""Names in old archives are read in the charset their writers used."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from forthwith.plain.name_charset import name_charset, name_of


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("cp932", "新しいテキスト ソ.txt"),
        ("cp932", "契約書.pdf"),
        ("cp932", "データ"),
        ("cp932", "表.xls"),
        ("gb18030", "合同.txt"),
        ("gb18030", "新建文本文档.txt"),
        ("gb18030", "会议纪要2023.doc"),
        ("cp950", "會議記錄.doc"),
        ("cp949", "계약서.pdf"),
        ("cp949", "새 폴더/회의록.hwp"),
        ("cp866", "Договор.txt"),
        ("cp1251", "Отчёт за год.doc"),
        ("koi8-r", "Договор.txt"),
        ("cp437", "Größe.txt"),
        ("cp437", "señor.txt"),
        ("cp850", "Ação.doc"),
        ("cp850", "São Paulo.txt"),
        ("cp1252", "Größe.txt"),
        ("cp1252", "Straße – 5.txt"),
        ("cp1250", "umowa spółki.doc"),
        ("cp874", "สัญญา.pdf"),
        ("mac_roman", "café.doc"),
    ],
)
def test_a_name_by_itself_is_read(charset: str, name: str) -> None:
    """One member of each country in one archive is met in practice."""
    assert name_of(name.encode(charset))[0] == name


@pytest.mark.parametrize(
    ("charset", "names"),
    [
        ("gb18030", ["图片", "附件1.rar", "朱镕基.pdf", "财务报表.xlsx"]),
        ("cp852", ["Zażółć gęślą.txt", "Řeka.txt", "umowa spółki.doc"]),
        ("cp932", ["あ", "議事録2023年.doc", "ソ連.txt"]),
    ],
)
def test_the_other_names_of_an_archive_help(charset: str, names: list[str]) -> None:
    """Two characters alone are valid in many charsets, even in UTF-8."""
    raw = [name.encode(charset) for name in names]

    assert [name_of(name, name_charset(raw))[0] for name in raw] == names


@pytest.mark.parametrize("name", ["plain.txt", "naïve é.txt", "秘密.txt", "Договор.txt"])
def test_utf_8_is_no_guess(name: str) -> None:
    assert name_of(name.encode()) == (name, "")


@given(st.binary(max_size=30))
def test_any_bytes_are_a_name(raw: bytes) -> None:
    assert isinstance(name_of(raw, name_charset([raw]))[0], str)
