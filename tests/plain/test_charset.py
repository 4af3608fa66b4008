"""Charsets by what evidence calls them."""

from forthwith.plain.charset import charset_of


def test_code_pages_have_names() -> None:
    """Outlook, RTF and TNEF name a charset by the number of its Windows code page."""
    assert charset_of(28605) == "iso8859-15"
    assert charset_of(1251) == "cp1251"
    assert charset_of(65001) == "utf-8"
    assert charset_of(424242) == ""
